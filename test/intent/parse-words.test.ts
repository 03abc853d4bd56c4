import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import { ALL_INPUTS } from '../../src/operations/inputs.ts';
import { parseWords, type ParseOptions } from '../../src/operations/parse-words.ts';
import { parseShift } from '../../src/operations/parse-shift.ts';
import type { KubeconfigSource, Words } from '../../src/intent/types.ts';
import { OPERATIONS } from '../../src/operations/index.ts';
import { refusalOf } from '../support/refusal.ts';

const SELECTOR = { text: 'app=api', requirements: [{ key: 'app', operator: 'in', values: ['api'] }] };
const BUILD: Words = { 'label-selector': 'app=api', 'pod-selector': 'app=api,build=10' };
const WEIGHT: Words = { operation: 'weight', ...BUILD, weight: '20' };
const CLUSTER = { kind: 'kubernetes' };
const DEFAULTS = {
  place: CLUSTER,
  dryRun: false,
  force: false,
  propagationWait: 5000,
  confirm: 'auto',
  confirmTimeout: 30_000,
  waitForPods: 0,
  onFailure: 'keep',
};
/** What only reads waits for nobody. */
const READS = { propagationWait: 0, confirmTimeout: 0 };
const SHIFT = { selector: SELECTOR, podLabels: { app: 'api', build: '10' }, routes: [] };

const refusal = (words: Words, options?: ParseOptions): string => refusalOf(() => parseWords(words, options));

test.each<[Words, object]>([
  [
    { operation: 'show', 'label-selector': 'app=api' },
    { intent: { operation: 'show', selector: SELECTOR }, ...READS },
  ],
  [{ operation: 'show' }, { intent: { operation: 'show' }, ...READS }],
  [
    { operation: 'show', 'all-namespaces': 'true' },
    { intent: { operation: 'show', allNamespaces: true }, ...READS },
  ],
  [{ operation: 'history' }, { intent: { operation: 'history' }, ...READS }],
  [
    { operation: 'clear', 'virtual-service': 'web\nshop/api', namespace: 'shop' },
    {
      intent: {
        operation: 'clear',
        virtualServices: [{ name: 'web' }, { namespace: 'shop', name: 'api' }],
        mode: 'all',
      },
      namespace: 'shop',
    },
  ],
  [WEIGHT, { intent: { operation: 'weight', ...SHIFT, weight: 20 } }],
  [
    {
      ...WEIGHT,
      namespace: 'shop',
      hostname: 'api',
      port: '80',
      routes: 'main',
      'stable-pod-selector': 'build=9',
    },
    {
      namespace: 'shop',
      intent: {
        operation: 'weight',
        ...SHIFT,
        hostname: 'api',
        port: 80,
        routes: [{ text: 'main', at: { name: 'main' } }],
        weight: 20,
        stableLabels: { build: '9' },
      },
    },
  ],
  [
    { operation: 'headers', ...BUILD, headers: 'x-cid=a\nx-cid=b' },
    {
      intent: {
        operation: 'headers',
        ...SHIFT,
        alternatives: [{ 'x-cid': { exact: 'a' } }, { 'x-cid': { exact: 'b' } }],
      },
    },
  ],
  [
    { operation: 'headers', ...BUILD, headers: 'a=1\nb=2', cookies: 'c=3\nd=4' },
    {
      intent: {
        operation: 'headers',
        ...SHIFT,
        alternatives: [
          { a: { exact: '1' }, cookie: { regex: '^(?:.*; *)?c=3 *(?:;.*)?$' } },
          { a: { exact: '1' }, cookie: { regex: '^(?:.*; *)?d=4 *(?:;.*)?$' } },
          { b: { exact: '2' }, cookie: { regex: '^(?:.*; *)?c=3 *(?:;.*)?$' } },
          { b: { exact: '2' }, cookie: { regex: '^(?:.*; *)?d=4 *(?:;.*)?$' } },
        ],
      },
    },
  ],
  [{ operation: 'promote', ...BUILD }, { intent: { operation: 'promote', ...SHIFT } }],
  [
    { operation: 'rollback', 'label-selector': ' ', 'pod-selector': 'app=api-domain,version:1.0.0' },
    { intent: { operation: 'rollback', podLabels: { app: 'api-domain', version: '1.0.0' } } },
  ],
  [
    { operation: 'rollback', ...BUILD },
    { intent: { operation: 'rollback', selector: SELECTOR, podLabels: { app: 'api', build: '10' } } },
  ],
  [
    { operation: 'clear', 'label-selector': 'app=api', mode: 'soft' },
    { intent: { operation: 'clear', selector: SELECTOR, mode: 'stale' } },
  ],
  [
    { ...WEIGHT, 'dry-run': 'true', force: 'TRUE', 'propagation-wait': '0s', 'wait-for-pods': '2m' },
    {
      intent: { operation: 'weight', ...SHIFT, weight: 20 },
      dryRun: true,
      force: true,
      propagationWait: 0,
      waitForPods: 120_000,
    },
  ],
  [
    { ...WEIGHT, kubeconfig: 'kind: Config\n', context: ' staging ' },
    {
      intent: { operation: 'weight', ...SHIFT, weight: 20 },
      place: { ...CLUSTER, kubeconfig: 'kind: Config\n', context: 'staging' },
    },
  ],
  [
    { ...WEIGHT, manifests: 'deploy/**/*.yaml' },
    {
      intent: { operation: 'weight', ...SHIFT, weight: 20 },
      place: { kind: 'manifests', path: 'deploy/**/*.yaml' },
      propagationWait: 0,
    },
  ],
])('the words %j are one request, without a warning', (words, request) => {
  expect(parseWords(words)).toEqual({ request: { ...DEFAULTS, ...request }, warnings: [] });
});

test.each<[string, Words, KubeconfigSource[] | undefined]>([
  ['absent', {}, undefined],
  ['one place', { kubeconfig: 'x: y', 'kubeconfig-from': ' input ' }, ['input']],
  [
    'several, in their order, by commas, blanks or lines',
    { 'kubeconfig-from': 'home,env\nin-cluster' },
    ['home', 'env', 'in-cluster'],
  ],
  ['one twice', { 'kubeconfig-from': 'env, home, env' }, ['env', 'home']],
  [
    'the default',
    { 'kubeconfig-from': 'input, env, in-cluster, home' },
    ['input', 'env', 'in-cluster', 'home'],
  ],
])('kubeconfig-from: %s', (_, words, expected) => {
  const { request, warnings } = parseWords({ ...WEIGHT, ...words });
  expect(request.place).toMatchObject({ kind: 'kubernetes' });
  expect(request.place.kind === 'kubernetes' ? request.place.kubeconfigFrom : null).toEqual(expected);
  expect(warnings).toEqual([]);
});

test.each<[string, Words, RegExp]>([
  [
    'a place that there is not',
    { 'kubeconfig-from': 'input, hoem' },
    /"hoem" is no such place: did you mean home\?[\s\S]*accepted: input, env, in-cluster, home/,
  ],
  ['two of them', { 'kubeconfig-from': 'a, b' }, /"a", "b" are no such places/],
  ['none at all', { 'kubeconfig-from': ',' }, /it names no place/],
  [
    'the input alone, and it is empty',
    { kubeconfig: ' \n', 'kubeconfig-from': 'input' },
    /kubeconfig: empty \(an unset variable\?\)\n {2}problem: {2}it says nothing, nor does `server`, and `kubeconfig-from` allows no other place.*Is the secret or variable set.*fork.*Dependabot/,
  ],
  [
    'a kubeconfig that is not to be looked at',
    { kubeconfig: 'x: y', 'kubeconfig-from': 'in-cluster' },
    /`kubeconfig` is given, and this does not name input/,
  ],
])('kubeconfig-from: %s', (_, words, message) => {
  expect(() => parseWords({ ...WEIGHT, ...words })).toThrow(message);
});

test('kubeconfig-from is not used with manifests', () => {
  const { warnings } = parseWords({ ...WEIGHT, manifests: 'deploy', 'kubeconfig-from': 'input' });
  expect(warnings).toEqual(['`kubeconfig-from` is not used with `manifests`: there is no cluster to reach.']);
});

test.each<[string, Words, object]>([
  [
    'alone',
    { server: 'https://K8S.example:6443/' },
    { server: 'https://k8s.example:6443', audience: 'https://k8s.example:6443' },
  ],
  [
    'with all that belongs to it',
    { server: 'https://k8s.example', audience: 'kube', 'certificate-authority': 'ca.crt' },
    {
      server: 'https://k8s.example',
      audience: 'kube',
      certificateAuthority: { kind: 'file', path: 'ca.crt' },
    },
  ],
  [
    'from an input, and never from elsewhere',
    { server: 'https://k8s.example', 'kubeconfig-from': 'input' },
    { server: 'https://k8s.example', audience: 'https://k8s.example' },
  ],
  [
    'with a default that the runner fills in',
    { server: 'https://k8s.example', 'kubeconfig-from': 'input, env, in-cluster, home' },
    { server: 'https://k8s.example', audience: 'https://k8s.example' },
  ],
])('server: %s', (_, words, keyless) => {
  const { request, warnings } = parseWords({ ...WEIGHT, ...words });
  expect(request.place).toEqual({ ...CLUSTER, keyless });
  expect(warnings).toEqual([]);
});

const SERVER = 'https://k8s.example:6443';

test.each<[string, Words, RegExp]>([
  [
    'a bad one',
    { server: 'k8s.example' },
    /server: "k8s.example"\n {2}problem: {2}it does not begin with https/,
  ],
  [
    'and a kubeconfig',
    { server: SERVER, kubeconfig: 'x: y', context: 'ci' },
    /server: .*\n {2}problem: {2}it can't go together with `kubeconfig` and `context`/,
  ],
  [
    'and manifests',
    { server: SERVER, manifests: 'deploy' },
    /manifests: .*\n {2}problem: .*with `server`: either files/,
  ],
  [
    'and places without the inputs',
    { server: SERVER, 'kubeconfig-from': 'env' },
    /kubeconfig-from: .*\n {2}problem: {2}`server` is given, and this does not name input/,
  ],
  [
    'missing, and what belongs to it is given',
    { 'certificate-authority': 'ca.crt', audience: 'kube' },
    /server: not given\n {2}problem: {2}`certificate-authority` and `audience` need it. Is the variable set/,
  ],
])('server: %s is an error', (_, words, message) => {
  expect(() => parseWords({ ...WEIGHT, ...words })).toThrow(message);
});

test.for(['auto', 'proxies', 'wait'])('confirm: %s', (confirm) => {
  expect(parseWords({ ...WEIGHT, confirm: ` ${confirm} ` }).request.confirm).toBe(confirm);
});

test('confirm: what there is not', () => {
  expect(refusal({ ...WEIGHT, confirm: 'proxys' })).toContain('did you mean proxies?');
  expect(refusal({ ...WEIGHT, confirm: 'true' })).toContain('auto, proxies, wait');
});

test('on the command line a kubeconfig is a path', () => {
  const { request } = parseWords({ ...WEIGHT, kubeconfig: ' kube/config ' }, { kubeconfigIs: 'path' });
  expect(request.place).toEqual({ ...CLUSTER, kubeconfigPath: 'kube/config' });
});

test.each<[Words, readonly string[]]>([
  [
    { ...WEIGHT, headers: '((', mode: 'stale' },
    ['`headers` is not used by the operation weight.', '`mode` is not used by the operation weight.'],
  ],
  [
    {
      operation: 'show',
      'label-selector': 'app=api',
      'dry-run': 'true',
      force: 'false',
      'propagation-wait': '1s',
    },
    ['`dry-run` is not used by the operation show.', '`propagation-wait` is not used by the operation show.'],
  ],
  [
    { ...WEIGHT, manifests: 'deploy', 'wait-for-pods': '1m' },
    ['`wait-for-pods` is not used with `manifests`: in files there is nothing to wait for.'],
  ],
  [
    { ...WEIGHT, manifests: 'deploy', confirm: 'proxies', 'confirm-timeout': '1m' },
    [
      '`confirm` is not used with `manifests`: in files there are no proxies to ask.',
      '`confirm-timeout` is not used with `manifests`: in files there are no proxies to ask.',
    ],
  ],
  [
    { operation: 'headers', ...BUILD, headers: "x-cid='a'\nx-env=*\nx-id=pr-*" },
    [
      "`headers: x-cid='a'` matches only requests whose x-cid has the value 'a' to the letter, quotes included. Without them: x-cid=a.",
      '`headers: x-env=*` matches only requests whose x-env has the value * to the letter. For any value: x-env.',
      '`headers: x-id=pr-*` matches only requests whose x-id has the value pr-* to the letter. For values that begin with pr-: x-id^=pr-.',
    ],
  ],
  [
    { operation: 'headers', ...BUILD, headers: 'x-a!=b\nx-b*=1.2\nx-c$=d' },
    [
      "`headers: x-a!=b` matches only requests that have a header of the name x-a!, because there is no operator !=. That a request must not have it can't be said in headers; x-a alone matches any value.",
      '`headers: x-b*=1.2` matches only requests that have a header of the name x-b*, because there is no operator *=. For values that contain 1.2: x-b~=.*1\\.2.*',
      '`headers: x-c$=d` matches only requests that have a header of the name x-c$, because there is no operator $=. For values that end with d: x-c~=.*d',
    ],
  ],
  [
    { operation: 'headers', ...BUILD, headers: 'x-a=b # our own\nx-b=${{ github.sha }}\nx-c=#1' },
    [
      '`headers: x-a=b # our own` matches only requests whose x-a has the value b # our own to the letter, what is behind the # included, because headers have no comments. Without it: x-a=b.',
      '`headers: x-b=${{ github.sha }}` matches only requests whose x-b has the value ${{ github.sha }} to the letter: nobody has evaluated the expression in it.',
    ],
  ],
  [{ ...WEIGHT, mode: 'all', 'wait-for-pods': '0s', cookies: '', 'label-selectors': undefined }, []],
])('%j warns', (words, warnings) => {
  expect(parseWords(words).warnings).toEqual(warnings);
});

test('every fault is in one error', () => {
  const words: Words = {
    operation: 'headers',
    'label-selector': 'app=api,tier in (web',
    'pod-selector': 'app=api,build=',
    hostname: 'https://api.shop',
    port: '80x',
    headers: 'x-cid~=(\nx-a=1,X-A=2',
    kubeconfig: 'hunter2',
    context: 'staging',
    manifests: 'deploy',
    'propagation-wait': '5',
    forse: 'true',
  };
  expect(refusal(words)).toMatchInlineSnapshot(`
    "8 inputs can't be used (label-selector, pod-selector, hostname, port, headers, and 3 more); nothing was read or changed.

    label-selector: "app=api,tier in (web"
      problem:  it ends where a comma or ) is expected
      accepted: a Kubernetes label selector
      example:  app=api,tier in (web,edge)

    pod-selector: "app=api,build="
      problem:  the label "build" has no value (a variable that is not set?)
      accepted: labels as key=value (or key==value, key:value), separated by commas or lines
      example:  app=api,build=10

    hostname: "https://api.shop"
      problem:  leave out "https://"
      accepted: the name of a service or host, without scheme, port or wildcard
      example:  api.shop.svc.cluster.local

    port: "80x"
      problem:  it is not a whole number in plain digits
      accepted: a whole number from 1 to 65535
      example:  8080

    headers: "x-cid~=(\\nx-a=1,X-A=2"
      problem:  line 1: x-cid: the regex is not RE2: missing closing ): \`(\`
                line 2: the header "x-a" is there twice: a request has one value of it (for either, use two lines)
      accepted: name=exact, name^=prefix, name~=regex (RE2) or name; commas for "and", lines for "or"
      example:  x-cid=seu_madruga,x-env^=pr-

    manifests: "deploy"
      problem:  it can't go together with \`kubeconfig\` and \`context\`: either files are changed or a cluster
      accepted: a path or glob of .yaml, .yml or .json files, without \`kubeconfig\`, \`context\` and \`server\`
      example:  deploy/istio

    propagation-wait: "5"
      problem:  it has no unit: did you mean "5s"?
      accepted: a duration of at most 1h, in h, m, s and ms; 0s for none
      example:  1m30s

    forse: (not shown)
      problem:  there is no such input; did you mean force?
      accepted: operation, namespace, all-namespaces, proxies, cluster-domain, label-selector, virtual-service, pod-selector, services, hostname, port, headers, cookies, baggage, link, link-path, link-host, bridge, weight, routes, stable-pod-selector, create-destination-rule, steps, interval, metrics, metrics-headers, gates, finish, on-unclear, notice, to, mode, requests, expectations, follow, propagate, gateway, source-labels, source-namespace, kubeconfig, context, kubeconfig-from, server, certificate-authority, audience, manifests, dry-run, confirm, confirm-timeout, propagation-wait, wait-for-pods, force, probe-url, probe-headers, probe-expect, probe-count, probe-timeout, expires, comment, deployment, github-token, on-failure
      example:  force"
  `);
  expect(refusal(words)).not.toContain('hunter2');
});

test.each<[Words, string]>([
  [{}, 'operation: not given\n  problem:  it is required\n  accepted: show, explain, headers,'],
  [{ operation: 'wieght' }, 'operation: "wieght"\n  problem:  did you mean weight?'],
  [{ operation: 'nope', port: '0', weight: '101' }, '3 inputs'],
  [
    { operation: 'clear', 'label-selector': '\n' },
    'label-selector: empty (an unset variable?)\n  problem:  the operation clear requires `label-selector` or `virtual-service`\n',
  ],
  [
    { operation: 'show', namespace: 'shop', 'virtual-service': 'web,prod/api' },
    'virtual-service: "web,prod/api"\n  problem:  prod/api is not in the namespace shop, which `namespace` gives',
  ],
  [
    { operation: 'show', 'virtual-service': 'shop/web,prod/api' },
    'problem:  they are in several namespaces (shop, prod), and an operation works in one',
  ],
  [
    { operation: 'show', services: 'virtual-service: shop/web\nvirtual-service: prod/api' },
    'problem:  its lines are in several namespaces (shop, prod), and an operation works in one',
  ],
  [
    { operation: 'promote', namespace: 'shop', services: 'virtual-service: prod/api -> a=b' },
    'problem:  line 1, virtual-service: prod/api is not in the namespace shop, which `namespace` gives',
  ],
  [
    { operation: 'promote', 'label-selector': 'a' },
    'pod-selector: not given\n  problem:  the operation promote',
  ],
  [{ operation: 'weight', ...BUILD }, 'weight: not given'],
  [
    { operation: 'headers', ...BUILD },
    'headers: not given\n  problem:  the operation headers requires `headers`, `cookies`, `baggage` or `link`',
  ],
  [
    { operation: 'headers', ...BUILD, headers: 'cookie=a', cookies: 'a=b' },
    'headers: "cookie=a"\n  problem:  the header "cookie" is matched by `cookies` already',
  ],
  [
    { operation: 'headers', ...BUILD, headers: 'baggage=a', baggage: 'a=b' },
    'headers: "baggage=a"\n  problem:  the header "baggage" is matched by `baggage` already',
  ],
  [
    { ...WEIGHT, 'stable-pod-selector': 'build:10,app:api' },
    'stable-pod-selector: "build:10,app:api"\n  problem:  it is the same as `pod-selector`',
  ],
  [
    { operation: 'clear', 'label-selector': 'a', manifests: 'deploy', mode: 'soft' },
    'mode: "soft"\n  problem:  this mode needs a cluster',
  ],
  [{ ...WEIGHT, manifests: 'x', context: 'y' }, "it can't go together with `context`:"],
  [
    { ...WEIGHT, lable_selector: 'secret' },
    'lable_selector: (not shown)\n  problem:  there is no such input; did you mean label-selector?',
  ],
  [{ ...WEIGHT, constructor: 'a' }, 'constructor: (not shown)\n  problem:  there is no such input\n'],
])('%j is refused', (words, part) => {
  const message = refusal(words);
  expect(message).toContain(part);
  expect(message).not.toContain('secret');
});

test('an error stays short enough to be read, however much is wrong', () => {
  for (const headers of [
    'x y\n'.repeat(200_000),
    `a\n${'x y,'.repeat(200_000)}`,
    `${'x'.repeat(1_000_000)}=`,
  ]) {
    expect(refusal({ operation: 'headers', ...BUILD, headers }).length).toBeLessThan(6000);
  }
  expect(refusal({ operation: 'headers', ...BUILD, headers: 'x y\n'.repeat(30) })).toContain('and 10 more\n');
});

test('whatever is given, the answer is a request or a TrafficError that repeats no secret', () => {
  const names = [...ALL_INPUTS.map(({ name }) => name), 'destination', 'build', '__proto__'];
  const grammar = fc.string({
    unit: fc.constantFrom(
      ...'a=,^~"\\()[]!<>:;/.*+?{}|$-%0129 \n\r\té\u0000'.split(''),
      ' in ',
      '(?i)',
      '\\Q',
      '[^',
      '\\p',
    ),
    maxLength: 16,
  });
  const text = fc.oneof(
    grammar,
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom('app=api', 'true', '5s'),
  );
  const words = fc.tuple(
    fc.constantFrom(...OPERATIONS, 'nope'),
    fc.dictionary(fc.constantFrom(...names.filter((name) => name !== 'kubeconfig')), text, {
      noNullPrototype: true,
    }),
  );
  fc.assert(
    fc.property(words, fc.constantFrom(parseWords, parseShift), ([operation, rest], parse) => {
      try {
        parse({ operation, ...rest, kubeconfig: 'hunter2' });
      } catch (thrown) {
        if (!(thrown instanceof TrafficError)) throw thrown;
        expect(thrown.reason).toBe('invalid-input');
        expect(thrown.message).not.toContain('hunter2');
      }
    }),
    { numRuns: 2000 },
  );
});

test.for<[Words, string | undefined]>([
  [{ 'virtual-service': 'shop/web,shop/api' }, 'shop'],
  [{ 'virtual-service': 'shop/web', namespace: 'shop' }, 'shop'],
  // Nobody says where `web` is: in the namespace of the context.
  [{ 'virtual-service': 'web,shop/api' }, undefined],
  [{ 'virtual-service': 'web' }, undefined],
  [{ 'virtual-service': 'shop/web,prod/api', 'all-namespaces': 'true' }, undefined],
])('%s is in namespace %s', ([words, namespace]) => {
  expect(parseWords({ operation: 'show', ...words }).request.namespace).toBe(namespace);
});

test('every example in the table is accepted', () => {
  for (const { name, example, parse } of ALL_INPUTS) expect([name, parse(example).ok]).toEqual([name, true]);
});

test('every default in the table is accepted', () => {
  for (const { name, default: text, parse } of ALL_INPUTS) {
    if (text !== undefined) expect([name, parse(text).ok]).toEqual([name, true]);
  }
});

test('a namespace that all lines of services have in front is that of the operation', () => {
  const lines = ['web', 'api'].map((name) => `virtual-service: shop/${name}`);
  const { request } = parseWords({ operation: 'show', services: lines.join('\n') });
  expect(request.namespace).toBe('shop');
  const change = lines.map((line) => `${line} -> app=a,build=1`).join('\n');
  expect(parseWords({ operation: 'promote', services: change }).request.namespace).toBe('shop');
});

test('of what lines of services give, that which the operation does not use is named once', () => {
  const services = ['web', 'api']
    .map((name) => `virtual-service: ${name}, port: 80 -> app=${name}`)
    .join('\n');
  expect(parseWords({ operation: 'show', services }).warnings).toEqual([
    '`port` in `services` is not used by the operation show.',
  ]);
  expect(parseWords({ operation: 'promote', services }).warnings).toEqual([]);
});

test.for([
  [
    { operation: 'weight', weight: 20 },
    "weight is no text: what a library is given is written as in a workflow, { 'weight': '20' }.",
  ],
  [{ operation: ['show'] }, 'operation is no text'],
  [{ operation: 'show', namespace: null }, 'namespace is no text'],
  [null, "words is no text: what a library is given is written as in a workflow, { operation: 'show' }."],
] as const)('%j of a program without types is refused', ([words, problem]) => {
  expect(() => parseWords(words as never)).toThrow(problem);
});
