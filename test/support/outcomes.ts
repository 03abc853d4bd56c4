/** Outcomes by hand, for the tests of this folder: one of each operation, and of each way that it can end. */
import { conditionsOf } from '../../src/istio/conditions.ts';
import type { DestinationRule, VirtualService } from '../../src/istio/types.ts';
import type { DestinationView, RouteView } from '../../src/plan/view-types.ts';
import type { Finding } from '../../src/base/findings.ts';
import { failed, type Outcome } from '../../src/report/types.ts';

export const HOST = 'api.domain.io';

export function to(
  subset: string | null,
  share: number,
  more: Partial<DestinationView> = {},
): DestinationView {
  const labels = subset === null ? null : { app: 'api-domain', build: subset };
  return { host: HOST, subset, port: 5000, share, labels, readyPods: null, ...more };
}

export function route(index: number, more: Partial<RouteView> = {}): RouteView {
  return {
    virtualService: 'api-domain',
    namespace: 'default',
    kind: 'http',
    index,
    name: null,
    pick: more.madeBy === 'istiops' ? null : `${more.kind ?? 'http'}[${index}]`,
    conditions: [],
    match: 'every request',
    isDefault: more.match === undefined,
    madeBy: 'user',
    destinations: [],
    action: null,
    settings: {},
    ...more,
  };
}

export function finding(severity: Finding['severity'], code: string, message: string): Finding {
  return { severity, code, message, object: 'VirtualService default/api-domain', forceable: false };
}

const NOTHING: Outcome = {
  ...failed({ reason: 'internal', message: '' }),
  place: 'cluster https://10.0.0.1:6443',
  namespace: 'default',
  failure: null,
  asked: {
    clusterDomain: null,
    selection: { 'label-selector': 'app=api-domain' },
    podSelector: 'app=api-domain,build=PR-10',
    manifests: null,
    context: null,
    kubeconfigPath: null,
    kubeconfigFrom: null,
    keyless: null,
  },
  virtualServices: [
    {
      namespace: 'default',
      name: 'api-domain',
      hosts: [HOST],
      gateways: ['mesh', 'shop/public'],
      behind: [],
    },
  ],
};

export function outcome(more: Partial<Outcome>): Outcome {
  return { ...NOTHING, ...more };
}

const SUBSET = 'api-domain-pr-10';

/** http[0] by path, http[1] pinned by hand, http[2] the default route. */
const BASE: readonly RouteView[] = [
  route(0, { name: 'v2', match: 'uri prefix "/v2"', destinations: [to('stable', 100)] }),
  route(1, { name: 'qa', match: 'header x-qa is present', destinations: [to('qa', 100)] }),
  route(2, { name: 'default', destinations: [to('stable', 100)] }),
];

const SPLIT: readonly RouteView[] = BASE.map((view) =>
  view.name === 'qa' ? view : { ...view, destinations: [to('stable', 80), to(SUBSET, 20)] },
);

/** Previews above the base routes that they are for, which moves everything down. */
const PREVIEWED: readonly RouteView[] = [
  ['v2', 'uri prefix "/v2" and header x-cid is "seu_madruga"'],
  ['qa', null],
  ['default', 'header x-cid is "seu_madruga"'],
]
  .flatMap(([name, match]) => {
    const base = BASE.find((view) => view.name === name) ?? route(0);
    if (match === null || match === undefined) return [base];
    const preview = {
      conditions: conditionsOf({ match: [{ headers: { 'x-cid': { exact: 'seu_madruga' } } }] }),
      name: `istiops-${SUBSET}${name === 'v2' ? '' : '-2'}`,
      match,
      madeBy: 'istiops' as const,
    };
    return [{ ...base, ...preview, pick: null, destinations: [to(SUBSET, 100)] }, base];
  })
  .map((view, index) => ({ ...view, index }));

const SERVICE: VirtualService = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: {
    name: 'api-domain',
    namespace: 'default',
    resourceVersion: '7',
    managedFields: [{ manager: 'kubectl' }],
  },
  spec: { hosts: [HOST], http: [{ route: [{ destination: { host: HOST, subset: 'stable' } }] }] },
};

const RULE: DestinationRule = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: { name: 'api-domain', namespace: 'default' },
  spec: { host: HOST, subsets: [{ name: 'stable', labels: { app: 'api-domain', build: 'stable' } }] },
};

const YAML = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: api-domain
  namespace: default
spec:
  hosts:
    - api.domain.io
  http:
    - name: default
      route:
        - destination:
            host: api.domain.io
            subset: stable
          weight: 100
`;

const MORE = `        - destination:
            host: api.domain.io
            subset: ${SUBSET}
          weight: 20
`;

const TEXTS = [
  {
    label: 'VirtualService default/api-domain',
    before: YAML,
    after: YAML.replace('weight: 100', 'weight: 80') + MORE,
  },
];

const WRITTEN: Partial<Outcome> = {
  changed: true,
  subset: SUBSET,
  phases: [
    { name: 'add-subsets', writes: [{ kind: 'DestinationRule', before: RULE, after: RULE }] },
    { name: 'routes', writes: [{ kind: 'VirtualService', before: SERVICE, after: SERVICE }] },
  ],
  texts: TEXTS,
};

export const OUTCOMES: Readonly<Record<string, Outcome>> = {
  show: outcome({
    operation: 'show',
    after: [
      ...PREVIEWED.map((view) => ({
        ...view,
        destinations: view.destinations.map((to) => ({ ...to, readyPods: to.subset === SUBSET ? 0 : 3 })),
      })),
      route(5, { match: 'uri prefix "/old"', action: 'redirect' }),
    ],
  }),
  headers: outcome({
    ...WRITTEN,
    operation: 'headers',
    effects: ['shifts-to-build', 'previews'],
    before: BASE,
    after: PREVIEWED,
  }),
  weight: outcome({
    ...WRITTEN,
    operation: 'weight',
    effects: ['shifts-to-build', 'routes'],
    before: BASE,
    after: SPLIT,
    findings: [
      finding('notice', 'other-service', 'it does not send to api.domain.io and stays as it is.'),
      finding(
        'warning',
        'argo-cd',
        'Argo CD delivers it and will write it back. Add to its Application:\n\nignoreDifferences:\n  - group: networking.istio.io\n    kind: VirtualService',
      ),
    ],
  }),
  'weight-dry-run': outcome({
    ...WRITTEN,
    operation: 'weight',
    effects: ['shifts-to-build', 'routes'],
    dryRun: true,
    before: BASE,
    after: SPLIT,
  }),
  'weight-nothing': outcome({
    operation: 'weight',
    effects: ['shifts-to-build', 'routes'],
    subset: SUBSET,
    before: SPLIT,
    after: SPLIT,
  }),
  promote: outcome({
    ...WRITTEN,
    operation: 'promote',
    effects: ['shifts-to-build', 'routes', 'cuts-over'],
    before: SPLIT,
    after: BASE.map((view) => (view.name === 'qa' ? view : { ...view, destinations: [to(SUBSET, 100)] })),
    safeToScaleDown: ['app=api-domain,build=stable'],
  }),
  rollback: outcome({
    ...WRITTEN,
    operation: 'rollback',
    effects: ['routes'],
    before: PREVIEWED.map((view) =>
      view.name === 'default' ? { ...view, destinations: [to('stable', 80), to(SUBSET, 20)] } : view,
    ),
    after: BASE,
    safeToScaleDown: [`app=api-domain,build=${SUBSET}`],
  }),
  'rollback-nothing': outcome({
    operation: 'rollback',
    effects: ['routes'],
    subset: SUBSET,
    before: BASE,
    after: BASE,
  }),
  clear: outcome({
    ...WRITTEN,
    operation: 'clear',
    effects: ['previews', 'routes'],
    subset: null,
    dryRun: true,
    before: PREVIEWED,
    after: BASE,
  }),
  'not-found': outcome({
    operation: 'weight',
    effects: ['shifts-to-build', 'routes'],
    failure: {
      reason: 'not-found',
      message: 'no VirtualService in namespace default has the labels app=api-domain.',
    },
  }),
  forbidden: outcome({
    operation: 'weight',
    effects: ['shifts-to-build', 'routes'],
    subset: SUBSET,
    before: BASE,
    after: BASE,
    failure: {
      reason: 'forbidden',
      message:
        'may not update VirtualServices in namespace default. Grant this Role:\n\nrules:\n  - apiGroups: [networking.istio.io]\n    resources: [virtualservices]\n    verbs: [get, list, update]',
    },
    findings: [finding('error', 'no-ready-pod', 'no ready pod has the labels app=api-domain,build=PR-10.')],
  }),
  'invalid-input': outcome({
    operation: null,
    place: null,
    namespace: null,
    failure: {
      reason: 'invalid-input',
      message: 'weight is "120": a whole number from 0 to 100 is accepted, as in 20.',
    },
  }),
  'two-services': outcome({
    ...WRITTEN,
    operation: 'weight',
    effects: ['shifts-to-build', 'routes'],
    before: ['web', 'mobile'].flatMap((virtualService) => [
      route(0, { virtualService, destinations: [to('stable', 100), to('old', 0, { host: 'other' })] }),
      route(0, { virtualService, kind: 'tcp', pick: 'tcp[0]', destinations: [to('stable', 100)] }),
    ]),
    after: ['web', 'mobile'].flatMap((virtualService) => [
      route(0, {
        virtualService,
        destinations: [to('stable', 66.67), to('old', 0, { host: 'other' }), to(SUBSET, 33.33)],
      }),
      route(0, {
        virtualService,
        kind: 'tcp',
        pick: 'tcp[0]',
        destinations: [to('stable', 80), to(SUBSET, 20)],
      }),
    ]),
  }),
  confirmed: outcome({
    ...WRITTEN,
    operation: 'weight',
    before: BASE,
    after: SPLIT,
    confirmation: {
      how: 'proxies',
      words: 'Routes are in 3 of 3 gateway pods after 0.3 s, acknowledged by 211 of 211 sidecars (2 istiods)',
    },
  }),
  'show-proxies': outcome({
    operation: 'show',
    before: SPLIT,
    after: SPLIT,
    proxies: [
      {
        virtualService: 'default/api-domain',
        proxy: 'istio-system/edge-1',
        kind: 'gateway',
        state: 'has',
        words: '',
      },
      {
        virtualService: 'default/api-domain',
        proxy: 'istio-system/edge-2',
        kind: 'gateway',
        state: 'differs',
        words:
          'route default of api.domain.io:80 sends to stable 100 %, where it should: sends to stable 80 %, api-domain-pr-10 20 %',
      },
      {
        virtualService: 'default/api-domain',
        proxy: 'default/web-1',
        kind: 'sidecar',
        state: 'unknown',
        words: 'istiod does not say what it must have',
      },
    ],
    findings: [
      finding('warning', 'proxies-not-asked', 'Not all proxies could be asked: istiod-2 does not answer.'),
    ],
  }),
  'many-routes': outcome({
    ...WRITTEN,
    operation: 'weight',
    effects: ['shifts-to-build', 'routes'],
    before: Array.from({ length: 45 }, (_, i) =>
      route(i, { match: `uri prefix "/p${i}"`, destinations: [to('stable', 100)] }),
    ),
    after: Array.from({ length: 45 }, (_, i) =>
      route(i, {
        match: `uri prefix "/p${i}"`,
        destinations: i < 33 ? [to('stable', 50), to(SUBSET, 50)] : [to('stable', 100)],
      }),
    ),
  }),
  nasty: outcome({
    ...WRITTEN,
    operation: 'headers',
    effects: ['shifts-to-build', 'previews'],
    place: 'manifests in <b>@here</b>|`x`',
    before: [
      route(0, {
        match: 'header x is "a|b`c`<script>" and uri regex "^/(a|b)\\\\d+%%[x]{2}$"',
        destinations: [to('stable', 100)],
      }),
    ],
    after: [
      route(0, {
        name: `istiops-${SUBSET}`,
        madeBy: 'istiops',
        conditions: conditionsOf({
          match: [{ headers: { 'x-cid': { exact: '1. @octocat\u001b[31m | ` <img src=x> " or \u202e' } } }],
        }),
        match: 'header x-cid is "1. @octocat\u001b[31m | ` <img src=x> \\" or \u202e"',
        destinations: [to(SUBSET, 100, { host: 'www.example.com' })],
      }),
      route(1, {
        name: 'end\n| cell',
        pick: 'http[0]',
        match: 'header x is "a|b`c`<script>" and uri regex "^/(a|b)\\\\d+%%[x]{2}$"',
        destinations: [to('stable', 100)],
      }),
    ],
    texts: [
      { label: 'a\nb.yaml', before: 'a: 1\n# ```\n', after: 'a: 2\n# ```\n# ````` \u001b[2J </details>\n' },
    ],
    findings: [finding('warning', 'shadow', 'http[0] "a|b" <b>takes</b> them:\n```\ncode\n')],
  }),
};
