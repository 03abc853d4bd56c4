import { describe, expect, it } from 'vitest';
import { serversOf } from '../../src/istio/gateways.ts';
import type { HttpRequest } from '../../src/istio/requests/request.ts';
import { backCommand, backStep } from '../../src/report/next-texts.ts';
import { tryOuts, wayBackOf } from '../../src/report/next.ts';
import type { VirtualServiceView } from '../../src/plan/virtual-service-views.ts';
import type { Outcome } from '../../src/report/types.ts';
import { outcome, route, to } from '../support/outcomes.ts';

const REQUEST: HttpRequest = {
  method: 'GET',
  scheme: 'http',
  authority: 'api.domain.io',
  path: '/v2',
  headers: { 'x-cid': 'seu_madruga' },
  gateway: 'shop/public',
  port: 80,
  sourceLabels: {},
  sourceNamespace: 'shop',
};

const HTTP = { port: { number: 80, protocol: 'HTTP' }, hosts: ['*'] };
const HTTPS = {
  port: { number: 443, protocol: 'HTTPS' },
  hosts: ['shop/*.domain.io'],
  tls: { mode: 'SIMPLE' },
};

function preview(example: Partial<HttpRequest>, more: Partial<Outcome> = {}): Outcome {
  const change = {
    object: 'VirtualService default/api-domain',
    who: 'requests with x-cid: seu_madruga',
    before: 'v1',
    after: 'api-2',
    classes: 1,
    example: { ...REQUEST, ...example },
  };
  return outcome({
    operation: 'headers',
    effects: ['shifts-to-build', 'previews'],
    changed: true,
    subset: 'api-2',
    after: [route(0, { madeBy: 'istiops', destinations: [to('api-2', 100)] })],
    reach: {
      classes: 1,
      sampled: false,
      skipped: 0,
      changes: [change],
      unexpected: [],
      others: [],
      asked: [],
    },
    ...more,
  });
}

function served(...servers: readonly object[]): Partial<Outcome> {
  return { gatewayServers: { 'shop/public': serversOf({ servers }) } };
}

describe('tryOuts', () => {
  it.each<[string, Partial<Outcome>, string]>([
    ['https where a server of the gateway has it', served(HTTP, HTTPS), 'https://api.domain.io/v2'],
    ['http where that is all there is', served(HTTP), 'http://api.domain.io/v2'],
    [
      "the port that is not the scheme's own",
      served({ ...HTTPS, port: { number: 8443, protocol: 'HTTPS' } }),
      'https://api.domain.io:8443/v2',
    ],
    [
      'https where http only redirects',
      served({ ...HTTP, tls: { httpsRedirect: true } }, HTTPS),
      'https://api.domain.io/v2',
    ],
    ['no scheme where Gateways were not read', {}, 'api.domain.io/v2'],
    ['no scheme where no server has the host', served({ ...HTTPS, hosts: ['other.io'] }), 'api.domain.io/v2'],
    [
      'no scheme where TLS is passed through',
      served({ ...HTTPS, tls: { mode: 'PASSTHROUGH' } }),
      'api.domain.io/v2',
    ],
  ])('has %s', (_, more, url) => {
    const [first] = tryOuts(preview({}, more));
    expect(first?.commands[0]).toBe(`curl --header 'x-cid: seu_madruga' ${url}`);
  });

  it('says where the mesh has to be asked from', () => {
    const [first] = tryOuts(preview({ gateway: 'mesh', port: 8080, sourceLabels: { app: 'web' } }));
    expect(first?.commands[0]).toMatch(/ http:\/\/api\.domain\.io:8080\/v2$/);
    expect(first?.sentence).toBe(
      'This request now gets api-2, from a pod in the mesh of namespace shop with the labels app=web',
    );
  });

  it('says that a host is made up', () => {
    const services = [
      { namespace: 'default', name: 'api', hosts: ['*.domain.io'], gateways: [], behind: [] },
    ];
    const [first] = tryOuts(
      preview({ authority: 'any.domain.io' }, { ...served(HTTP), virtualServices: services }),
    );
    expect(first?.sentence).toContain('any.domain.io stands for a host that *.domain.io covers');
  });

  it.each<[string, Outcome]>([
    ['a dry run', preview({}, { dryRun: true })],
    ['a failure', preview({}, { failure: { reason: 'rejected', message: 'no' } })],
    [
      'a share',
      preview({}, { operation: 'weight', after: [route(0, { destinations: [to('api-2', 100)] })] }),
    ],
    ['requests that the build lost', preview({}, { subset: 'api-3' })],
  ])('is nothing for %s', (_, given) => {
    expect(tryOuts(given)).toEqual([]);
  });
});

describe('wayBackOf', () => {
  const words = (more: Partial<Outcome>): string | null => {
    const back = wayBackOf(
      outcome({
        operation: 'weight',
        effects: ['shifts-to-build', 'routes'],
        changed: true,
        ...more,
      }),
    );
    return back?.words == null ? (back?.sentence ?? null) : backCommand(back.words);
  };
  const asked = outcome({}).asked ?? expect.fail();
  const view = (name: string): VirtualServiceView => ({
    namespace: 'default',
    name,
    hosts: [],
    gateways: ['mesh'],
    behind: [],
  });

  it.each<[Partial<Outcome>, string | null]>([
    [
      {},
      'istiops traffic undo --namespace default --label-selector app=api-domain --pod-selector app=api-domain,build=PR-10',
    ],
    [
      { operation: 'clear', asked: { ...asked, podSelector: null, context: 'a b' } },
      "istiops traffic undo --namespace default --label-selector app=api-domain --context 'a b'",
    ],
    [
      { asked: { ...asked, manifests: "it's.yaml" } },
      String.raw`istiops traffic rollback --namespace default --label-selector app=api-domain --pod-selector app=api-domain,build=PR-10 --manifests 'it'\''s.yaml'`,
    ],
    [
      {
        operation: 'promote',
        effects: ['shifts-to-build', 'routes', 'cuts-over'],
        asked: { ...asked, manifests: 'deploy' },
      },
      'To take it back, restore the files from Git, or revert the commit that has them',
    ],
    [
      { operation: 'rollback', asked: { ...asked, selection: { 'virtual-service': 'web,api' } } },
      'istiops traffic undo --namespace default --virtual-service web,api --pod-selector app=api-domain,build=PR-10',
    ],
    [
      {
        operation: 'rollback',
        asked: { ...asked, selection: {} },
        virtualServices: [view('web'), view('api')],
      },
      'istiops traffic undo --namespace default --virtual-service web,api --pod-selector app=api-domain,build=PR-10',
    ],
    [
      {
        operation: 'rollback',
        asked: { ...asked, selection: {} },
        virtualServices: Array.from({ length: 21 }, (_, i) => view(`web-${i}`)),
      },
      'To take it back, run undo with a `virtual-service` that names the VirtualServices of the table',
    ],
    [
      // Elsewhere, there may be a kubeconfig of another cluster.
      { asked: { ...asked, kubeconfigFrom: 'home' } },
      'istiops traffic undo --namespace default --label-selector app=api-domain --pod-selector app=api-domain,build=PR-10 --kubeconfig-from home',
    ],
    [
      // What a step was given as its input, nobody has in a shell.
      { asked: { ...asked, kubeconfigFrom: 'input' } },
      'istiops traffic undo --namespace default --label-selector app=api-domain --pod-selector app=api-domain,build=PR-10',
    ],
    [{ dryRun: true }, 'To do it, run the same without `dry-run`'],
    [{ changed: false }, null],
    [{ operation: 'show' }, null],
    [{ failure: { reason: 'rejected', message: 'no' } }, null],
  ])('of %j', (more, expected) => {
    expect(words(more)).toBe(expected);
  });

  it('is a step of a workflow, in which nothing of others is an expression', () => {
    const step = backStep(
      {
        operation: 'undo',
        inputs: { namespace: 'on', 'label-selector': 'app in (a)', context: '${{ secrets.X }}' },
      },
      { uses: 'own/fork@v2', credentials: 'kubeconfig' },
    );
    expect(step?.split('\n')).toEqual([
      '- uses: own/fork@v2',
      '  with:',
      '    operation: undo',
      '    namespace: "on"',
      '    label-selector: "app in (a)"',
      String.raw`    context: "${'${{'} '${'${{'}' }} secrets.X }}"`,
      '    kubeconfig: ${{ secrets.KUBECONFIG }} # as in this step',
    ]);
  });

  it("says what else a step by GitHub's token needs", () => {
    const server = 'https://k8s.example:6443';
    const certificateAuthority = { kind: 'file', path: 'ca.crt' } as const;
    const words = { operation: 'undo', inputs: { namespace: 'shop' } } as const;
    const lines = (credentials: Parameters<typeof backStep>[1]['credentials']): readonly string[] =>
      backStep(words, { uses: 'own/fork@v2', credentials })?.split('\n').slice(4) ?? [];
    expect(lines({ server, audience: server })).toEqual([
      `    server: ${server} # the job needs permissions: id-token: write`,
    ]);
    expect(lines({ server, audience: 'kube', certificateAuthority }).slice(1)).toEqual([
      '    certificate-authority: ${{ vars.KUBE_CA }} # as in this step',
      '    audience: kube',
    ]);
  });
});
