/**
 * Texts of others that are commands to the runner, escape sequences to a terminal, or both, in every place that a text
 * can come from. Every process of these tests is looked through for commands that were not meant (`printed.ts`); here
 * are those that would print them.
 */
import { describe, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { JsonObject } from '../../src/base/json.ts';
import { startAddress } from '../support/process/address.ts';
import { change, OBJECTS, secretKubeconfig } from '../support/process/cluster.ts';
import { runAction, runCli } from '../support/process/processes.ts';
import { MARK } from '../support/process/printed.ts';
import { serverOptions } from '../support/process/scenarios.ts';
import { answers, startServer, type FakeServer } from '../support/api-server/server.ts';

/** One line, as a name or a header's value is. */
const LINE = `::error file=a::${MARK} ##[set-env name=A]${MARK} ##[error]${MARK}`;

/** Everything at once, on lines of its own. */
const TEXT = [
  `::set-env name=NODE_OPTIONS::${MARK}`,
  ` \t::add-mask::${MARK}`,
  `\u00a0::stop-commands::${MARK}`,
  `\u200b::error::${MARK}`,
  `#\u200b#[error]${MARK}`,
  `x ##[add-mask]${MARK}\r::error::${MARK}\u2028::error::${MARK}\u0085::error::${MARK}`,
  `\u001b[2J\u001b]8;;https://example.com\u0007\u009b1m\u202e\u2066${MARK}`,
  `::debug::${MARK}`,
].join('\n');

const istio = 'networking.istio.io/v1';
const labels = { app: 'api-domain', [LINE]: LINE };
const destination = { host: 'api.domain.io', subset: 'stable', port: { number: 5000 } };

/** Whatever is not needed to find the route is hostile. */
const VIRTUAL_SERVICE: JsonObject = {
  apiVersion: istio,
  kind: 'VirtualService',
  metadata: { name: 'api-domain', labels, annotations: { [LINE]: TEXT, team: LINE } },
  spec: {
    hosts: ['api.domain.io', LINE, TEXT],
    gateways: [LINE, 'mesh'],
    exportTo: ['*'],
    [LINE]: TEXT,
    http: [
      {
        name: LINE,
        match: [
          {
            headers: { [LINE]: { exact: TEXT }, 'x-a': { prefix: LINE } },
            [LINE]: TEXT,
            uri: { exact: LINE },
          },
          { queryParams: { [LINE]: { exact: LINE } }, name: TEXT, authority: { exact: TEXT } },
        ],
        route: [{ destination: { host: LINE, subset: LINE } }, { destination: { host: TEXT, subset: TEXT } }],
        headers: { request: { set: { [LINE]: TEXT } } },
      },
      { name: TEXT, match: [{ uri: { prefix: LINE } }], redirect: { uri: LINE, authority: TEXT } },
      {
        name: `a${LINE}`,
        match: [{ uri: { regex: '.+' } }],
        route: [{ destination }],
        timeout: LINE,
        mirror: { host: LINE, subset: TEXT },
        [LINE]: { [LINE]: TEXT },
      },
      { name: `b\n${TEXT}`, route: [{ destination, headers: { response: { set: { [LINE]: LINE } } } }] },
    ],
  },
};

const DESTINATION_RULE: JsonObject = {
  apiVersion: istio,
  kind: 'DestinationRule',
  metadata: { name: 'api-domain', labels, annotations: { [LINE]: TEXT } },
  spec: {
    host: 'api.domain.io',
    subsets: [
      { name: 'stable', labels: { app: 'api-domain', version: '1.0.0' } },
      { name: LINE, labels: { [LINE]: TEXT } },
    ],
    trafficPolicy: { [LINE]: TEXT },
  },
};

const OTHER: JsonObject = {
  ...VIRTUAL_SERVICE,
  metadata: { name: 'other', labels },
  spec: { hosts: [LINE], http: [{ name: TEXT, route: [{ destination: { host: LINE } }] }] },
};

const HOSTILE = [
  VIRTUAL_SERVICE,
  DESTINATION_RULE,
  OTHER,
  ...OBJECTS.filter(({ kind }) => kind !== 'VirtualService' && kind !== 'DestinationRule'),
];

/** Annotations of our own, forged. */
const RECORDS: Readonly<Record<string, readonly string[]>> = {
  'istiops/last-change': [
    JSON.stringify({ operation: LINE, actor: TEXT, repository: LINE, run: TEXT, time: LINE }),
    TEXT,
    JSON.stringify({ operation: 'weight', actor: LINE, repository: TEXT, run: LINE, time: TEXT }),
  ],
  'istiops/baseline': [
    TEXT,
    JSON.stringify({ v: 1, destinations: [{ destination: { host: TEXT } }], routes: [[TEXT]] }),
    JSON.stringify({
      v: 1,
      destinations: [{ destination: { host: LINE } }],
      routes: [[[[0]], [[0, 5]], null, LINE, [LINE]]],
    }),
  ],
  'istiops/undo': [
    TEXT,
    JSON.stringify({ v: 1, id: LINE, time: TEXT, deed: LINE, wrote: [LINE], inverse: TEXT }),
    JSON.stringify({
      v: 1,
      id: LINE,
      time: TEXT,
      deed: { operation: 'weight', subset: LINE, isBack: false },
      wrote: [LINE],
      inverse: {
        virtualServices: [{ namespace: LINE, name: TEXT, lists: [], runs: [], annotations: [] }],
        destinationRules: [],
      },
    }),
  ],
  'istiops/subsets': [`${LINE},${TEXT}`, TEXT, LINE],
};

const SERVICE = { 'label-selector': 'app=api-domain' };
const BUILD = { ...SERVICE, 'pod-selector': 'app=api-domain,build=PR-10', 'propagation-wait': '0s' };
const HOST = { hostname: 'api.domain.io' };
const HEADERS = { operation: 'headers', ...BUILD, ...HOST, headers: 'x-cid=seu_madruga' };
const WEIGHT = { operation: 'weight', ...BUILD, ...HOST, weight: '20' };
const OPERATIONS: readonly Readonly<Record<string, string>>[] = [
  { operation: 'show', ...SERVICE },
  { operation: 'explain', ...SERVICE, requests: 'https://api.domain.io/v1' },
  HEADERS,
  WEIGHT,
  { operation: 'promote', ...BUILD, ...HOST },
  { operation: 'rollback', ...BUILD },
  { operation: 'clear', ...SERVICE, 'propagation-wait': '0s' },
  { operation: 'undo', ...SERVICE, 'propagation-wait': '0s' },
];

function flags({ operation = '', ...inputs }: Readonly<Record<string, string>>): string[] {
  return ['traffic', operation, ...Object.entries(inputs).flatMap(([name, text]) => [`--${name}`, text])];
}

type Door = 'action' | 'pretty' | 'json' | 'yaml';

interface Case {
  readonly objects?: readonly JsonObject[];
  readonly doors?: readonly Door[];
  /** Is done before, by the same way but without a process. */
  readonly earlier?: boolean;
  readonly given?: (server: FakeServer) => unknown;
}

interface Printed {
  readonly code: number | null;
  readonly text: string;
}

/** The Action and the command line's forms, one after the other on a server each. */
async function everyDoor(
  inputs: Readonly<Record<string, string>>,
  { objects = OBJECTS, doors = ['action', 'pretty'], earlier = false, given }: Case,
): Promise<Printed[]> {
  const printed: Printed[] = [];
  for (const door of doors) {
    await using server = await startServer(serverOptions({ objects }));
    if (earlier) await change(server, HEADERS, WEIGHT);
    given?.(server);
    const kubeconfig = secretKubeconfig(server);
    const { code, stdout, stderr } =
      door === 'action'
        ? await runAction({ kubeconfig, ...inputs })
        : await runCli([...flags(inputs), '--output', door], { files: { '.kube/config': kubeconfig } });
    printed.push({ code, text: stdout + stderr });
    if (door === 'json') JSON.parse(stdout);
    if (door === 'yaml') parse(stdout);
  }
  return printed;
}

describe.concurrent('hostile text', () => {
  test.for(OPERATIONS)('in every field of every object: $operation', async (inputs, { expect }) => {
    const { operation = '' } = inputs;
    const doors: readonly Door[] =
      operation === 'show' || operation === 'weight'
        ? ['action', 'pretty', 'json', 'yaml']
        : ['action', 'pretty'];
    const earlier = ['promote', 'rollback', 'clear', 'undo'].includes(operation);
    const printed = await everyDoor(inputs, { objects: HOSTILE, doors, earlier });
    expect(printed.map(({ code }) => code)).toEqual(doors.map(() => 0));
    // It is there to be seen, and harmless.
    if (operation === 'show' || operation === 'weight')
      for (const { text } of printed) expect(text).toContain('##\\u005berror]');
  });

  test.for([0, 1, 2])('in the annotations of istiops (%s)', async (nth, { expect }) => {
    const forged = HOSTILE.map((object) => ({
      ...object,
      metadata: {
        ...(object['metadata'] as JsonObject),
        annotations: Object.fromEntries(
          Object.entries(RECORDS).flatMap(([key, texts]) =>
            texts.slice(nth, nth + 1).map((text) => [key, text]),
          ),
        ),
      },
    }));
    for (const inputs of OPERATIONS.filter(({ operation = '' }) =>
      ['weight', 'rollback', 'undo'].includes(operation),
    ))
      expect(await everyDoor(inputs, { objects: forged, doors: ['action'] })).toHaveLength(1);
  });

  test.for<[string, (server: FakeServer) => unknown]>([
    [
      'in a conflict',
      (server) => server.on('PUT virtualservices', answers.status(409, TEXT), answers.status(409, LINE)),
    ],
    ['in a refusal', (server) => server.on('PUT virtualservices', answers.status(422, TEXT))],
    ['in a refusal of the rehearsal', (server) => server.on('DRYRUN destinationrules', answers.denied(TEXT))],
    [
      'in a server fault',
      (server) =>
        server
          .on('LIST pods', answers.status(500, TEXT))
          .on('PUT virtualservices', answers.status(503, LINE)),
    ],
    ['in a 401', (server) => server.always('* *', answers.status(401, TEXT))],
    [
      'in a 403',
      (server) => server.always('LIST virtualservices', answers.forbidden(LINE, 'list', TEXT, LINE, TEXT)),
    ],
    [
      'in a 404',
      (server) => server.always('* *', { status: 404, headers: { 'content-type': 'text/plain' }, raw: TEXT }),
    ],
    [
      'in a content type',
      (server) =>
        server.always('* *', { status: 200, headers: { 'content-type': `text/html; ${LINE}` }, raw: TEXT }),
    ],
  ])('in what the server says: %s', async ([, given], { expect }) => {
    expect(await everyDoor(WEIGHT, { given })).toHaveLength(2);
  });

  test('in warnings of the server', async ({ expect }) => {
    await using server = await startServer(serverOptions({ warnings: [LINE] }));
    const { code, stdout } = await runAction({ ...WEIGHT, kubeconfig: secretKubeconfig(server) });
    expect(code).toBe(0);
    expect(stdout).toContain('##\\u005berror]');
  });

  test('in what an address answers', async ({ expect }) => {
    await using server = await startServer(serverOptions());
    await using address = await startAddress({ status: 200, body: TEXT, headers: { 'x-build': LINE } });
    for (const expected of ['body=ok', 'header x-build=10', `header x-build=${LINE}\nstatus=500`]) {
      const inputs = { ...WEIGHT, 'probe-url': address.url, 'probe-expect': expected };
      const { code } = await runAction({ kubeconfig: secretKubeconfig(server), ...inputs });
      expect(code).toBe(1);
      const cli = await runCli(flags(inputs), { files: { '.kube/config': secretKubeconfig(server) } });
      expect(cli.code).toBe(1);
    }
  });

  test('in a kubeconfig', async ({ expect }) => {
    await using server = await startServer(serverOptions());
    const config = stringify({
      ...(parse(secretKubeconfig(server)) as JsonObject),
      contexts: [{ name: LINE, context: { cluster: 'here', user: TEXT, namespace: LINE } }],
      users: [
        { name: TEXT, user: { exec: { command: LINE, apiVersion: 'client.authentication.k8s.io/v1' } } },
      ],
      'current-context': LINE,
    });
    for (const kubeconfig of [
      config,
      config.replaceAll('users:', 'users: [::x'),
      `- ${LINE}`,
      `${LINE}: [`,
    ]) {
      const { code } = await runAction({ ...WEIGHT, kubeconfig });
      expect(code).toBe(1);
      const cli = await runCli(flags({ ...WEIGHT, context: LINE }), {
        files: { '.kube/config': kubeconfig },
      });
      expect(cli.code).toBe(1);
    }
  });

  test('in the inputs', async ({ expect }) => {
    const names = [
      'label-selector',
      'pod-selector',
      'weight',
      'hostname',
      'headers',
      'routes',
      'mode',
      'probe-url',
    ];
    for (const text of [LINE, TEXT]) {
      const words = Object.fromEntries(names.map((name) => [name, text]));
      for (const operation of ['weight', 'headers', LINE]) {
        const { code } = await runAction({ ...words, operation, manifests: text });
        expect(code).toBe(1);
      }
      const { code } = await runAction({ ...WEIGHT, manifests: text });
      expect(code).toBe(1);
    }
    for (const args of [
      [...flags(WEIGHT), '--manifests', LINE],
      [...flags(WEIGHT), `--${LINE}`, LINE],
      [...flags(WEIGHT), '--weight', TEXT, '--output', 'json'],
      ['traffic', LINE],
      [TEXT],
    ])
      expect((await runCli(args)).code).toBeGreaterThan(0);
  });

  test('in manifests: names of files, comments, what is no YAML', async ({ expect }) => {
    const comment = TEXT.split(/[\n\r\u2028\u0085]/)
      .map((line) => `# ${line.replaceAll(/\p{Cc}/gu, '')}\n`)
      .join('');
    const documents = [VIRTUAL_SERVICE, DESTINATION_RULE].map((object) => `${comment}${stringify(object)}`);
    const [name, files] = [`##[error]${MARK}.yaml`, documents.join('---\n')] as const;
    for (const [path, text] of [
      [name, files],
      [`::error::${MARK}.yaml`, files],
      [`a\n::error::${MARK}.yaml`, files],
      [name, `${files}---\nkey: 1\nkey: 2 # ${LINE}\n`],
      [name, `${files}---\n${LINE}: [${LINE}\n`],
      [name, `{{ ${LINE} }}\n`],
    ] as const) {
      const around = { files: { [`in/${path}`]: text } };
      await runAction({ ...WEIGHT, manifests: 'in' }, around);
      await runCli(flags({ ...WEIGHT, manifests: 'in' }), around);
    }
    const expectations = stringify([
      { name: TEXT, request: 'https://api.domain.io/', expect: { host: LINE } },
    ]);
    const explained = await runCli(
      [
        'traffic',
        'explain',
        '-l',
        'app=api-domain',
        '--manifests',
        'in',
        '--expectations',
        `${LINE}.yaml`,
        '-o',
        'junit',
      ],
      { files: { 'in/a.yaml': files, [`${LINE}.yaml`]: expectations } },
    );
    expect(explained.code).toBe(1);
  });
});
