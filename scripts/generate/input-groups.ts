import type { Input } from '../../src/intent/input.ts';
import { INPUTS } from '../../src/intent/inputs.ts';
import { createReader } from '../../src/intent/reader.ts';
import { SELECTION_INPUTS } from '../../src/intent/selection.ts';
import { OPERATIONS, doorOf, type Operation } from '../../src/operations/index.ts';
import { ALL_INPUTS, inputUse, requiredBy, usedBy } from '../../src/operations/inputs.ts';

/** Inputs that answer one question: a banner in action.yml, a heading in the README's table. */
export interface InputGroup {
  readonly title: string;
  readonly inputs: readonly Input<unknown>[];
}

const TITLES: Readonly<Record<string, readonly string[]>> = {
  'What to do': ['operation', 'mode', 'to'],
  'Which objects, which build': [
    'virtual-service',
    'label-selector',
    'pod-selector',
    'services',
    'hostname',
    'port',
    'routes',
    'stable-pod-selector',
    'create-destination-rule',
  ],
  'Who gets the build': [
    'headers',
    'cookies',
    'baggage',
    'link',
    'link-path',
    'link-host',
    'bridge',
    'expires',
    'weight',
  ],
  'A canary': ['steps', 'interval', 'metrics', 'metrics-headers', 'gates', 'finish', 'on-unclear', 'notice'],
  'Which requests to explain': [
    'requests',
    'expectations',
    'follow',
    'propagate',
    'gateway',
    'source-labels',
    'source-namespace',
  ],
  'Where: a cluster or files': [
    'namespace',
    'all-namespaces',
    'proxies',
    'cluster-domain',
    'kubeconfig',
    'kubeconfig-from',
    'context',
    'server',
    'certificate-authority',
    'audience',
    'manifests',
  ],
  'How to write': ['dry-run', 'confirm', 'confirm-timeout', 'propagation-wait', 'wait-for-pods', 'force'],
  'What undoes it': [
    'probe-url',
    'probe-headers',
    'probe-expect',
    'probe-count',
    'probe-timeout',
    'on-failure',
  ],
  'What GitHub is told': ['comment', 'deployment', 'github-token'],
};

const SELECTION = `One of \`virtual-service\`, \`label-selector\` and \`services\` is required, except by ${joined(withoutSelection())}.`;

/** What goes together and what doesn't: no property of one input alone, so the table of inputs has no room for it. */
const TOGETHER: Readonly<Record<string, string>> = {
  'virtual-service': SELECTION,
  'label-selector': SELECTION,
  'pod-selector':
    'rollback has it, or `headers`, `cookies` or `baggage` in its place. With `services`, their lines have it.',
  services:
    'Not with `label-selector`, `virtual-service`, `pod-selector`, `hostname`, `port` or `routes` as inputs: the lines have them.',
  headers: 'One of `headers`, `cookies` and `baggage` is required by the operation headers.',
  cookies: 'One of `headers`, `cookies` and `baggage` is required by the operation headers.',
  baggage: 'One of `headers`, `cookies` and `baggage` is required by the operation headers.',
  requests: 'One of `requests`, `expectations` and `follow` is required.',
  expectations: 'One of `requests`, `expectations` and `follow` is required.',
  propagate: 'Needs `follow`.',
  'all-namespaces': 'Not with `namespace`.',
  'metrics-headers': 'Secret. Needs `metrics` with an address; not with a Service.',
  gates: 'All but web hooks need `metrics`.',
  steps: 'A stage without a time needs `interval`.',
  proxies: 'Not with `manifests`.',
  mode: 'stale needs a cluster: not with `manifests`.',
  manifests: `Not for ${joined(withoutManifests())}, which need a cluster.`,
  kubeconfig: 'Not with `manifests` and `server`.',
  'kubeconfig-from': 'No effect with `manifests`.',
  context: 'Not with `manifests` and `server`.',
  server: 'Not with `kubeconfig`, `context` and `manifests`.',
  'certificate-authority': 'Needs `server`.',
  audience: 'Needs `server`.',
  confirm: 'No effect with `manifests`.',
  'confirm-timeout': 'No effect with `manifests`.',
  'propagation-wait': 'No effect with `manifests`.',
  'wait-for-pods': 'No effect with `manifests`.',
  'probe-url': 'No effect with `dry-run` and `manifests`.',
  'probe-headers': 'Secret. Needs `probe-url`.',
  'probe-expect': 'Needs `probe-url`.',
  'on-failure': 'No effect with `manifests`; no flag of the command line.',
  comment: 'No effect with dry-run; no flag of the command line.',
  deployment: 'No effect with dry-run; no flag of the command line.',
  'github-token': 'Secret. No flag of the command line.',
};

/** Operations that go on where nothing is selected. */
function withoutSelection(): readonly Operation[] {
  return OPERATIONS.filter((operation) => {
    const reader = createReader({}, inputUse(operation));
    doorOf(operation).read(reader);
    return SELECTION_INPUTS.every(({ name }) => reader.faults.every((fault) => fault.name !== name));
  });
}

/** Operations that are refused for manifests, whatever is asked of them. */
function withoutManifests(): readonly Operation[] {
  return OPERATIONS.filter((operation) => {
    const door = doorOf(operation);
    const words = Object.fromEntries(door.inputs.required.map(({ name, example }) => [name, example]));
    const selection = { [INPUTS.labelSelector.name]: INPUTS.labelSelector.example };
    const intent = door.read(createReader({ ...words, ...selection }, inputUse(operation)));
    return intent !== undefined && door.refusedForManifests?.(intent)?.input === INPUTS.manifests;
  });
}

/** `show, explain and history` */
function joined(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

/**
 * All inputs, grouped.
 *
 * @throws Error when an input is in no group: it would be missing in action.yml, and the runner would drop it
 */
export function inputGroups(): readonly InputGroup[] {
  const byName = new Map(ALL_INPUTS.map((input) => [input.name, input]));
  const groups = Object.entries(TITLES).map(([title, names]) => ({
    title,
    inputs: names.map((name) => {
      const input = byName.get(name);
      if (input === undefined)
        throw new Error(`scripts/generate/input-groups.ts names ${name}, which is no input.`);
      byName.delete(name);
      return input;
    }),
  }));
  if (byName.size > 0) {
    throw new Error(`scripts/generate/input-groups.ts has no group for ${[...byName.keys()].join(', ')}.`);
  }
  return groups;
}

/** What an input accepts, and what it can't go together with, in sentences. */
export function rulesOf(input: Input<unknown>): string {
  const together = TOGETHER[input.name];
  return [`Accepts ${input.accepted}.`, ...(together === undefined ? [] : [together])].join(' ');
}

/** `headers, weight; required` or `every operation; required by show and clear`. */
export function usedByText(input: Input<unknown>): string {
  const [users, needing] = [usedBy(input), requiredBy(input)];
  const names = users.length === OPERATIONS.length ? 'every operation' : users.join(', ');
  if (needing.length === 0) return names;
  if (needing.length === users.length) return `${names}; required`;
  const without = users.filter((operation) => !needing.includes(operation));
  return `${names}; required except by ${without.join(', ')}`;
}
