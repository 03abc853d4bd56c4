import { faultsError, type Fault } from './faults.ts';
import { ALL_INPUTS, INPUTS } from './inputs.ts';
import { readIntent } from './read-intent.ts';
import { readProbe } from './read-probe.ts';
import { createReader, unknownFaults, type Reader } from './reader.ts';
import {
  operationOf,
  type KubeconfigSource,
  type ParsedWords,
  type Place,
  type Request,
  type Words,
} from './types.ts';

export interface ParseOptions {
  /** What the word `kubeconfig` holds: its text (default), or a path, as on the command line. */
  readonly kubeconfigIs?: 'text' | 'path';
}

/**
 * The words of a door as one request. Nothing is contacted and no file is read.
 *
 * @throws TrafficError invalid-input: one for all faults, each with what was given, what is accepted, an example
 * @example parseWords({ operation: 'show', 'label-selector': 'app=api' }).request.intent.operation // 'show'
 */
export function parseWords(words: Words, options: ParseOptions = {}): ParsedWords {
  const { parsed, faults } = collect(words, options);
  if (parsed === undefined || faults.length > 0) throw faultsError(faults);
  return parsed;
}

/** As `parseWords`, with the faults handed back, for an alias that has found some of its own. */
export function collect(
  words: Words,
  options: ParseOptions,
): { readonly parsed: ParsedWords | undefined; readonly faults: readonly Fault[] } {
  const reader = createReader(words);
  const request = readRequest(reader, options);
  const parsed = request && { request, warnings: unusedWarnings(reader, request) };
  return { parsed, faults: [...reader.faults, ...unknownFaults(words)] };
}

function readRequest(reader: Reader, options: ParseOptions): Request | undefined {
  if (reader.operation === undefined) {
    for (const input of ALL_INPUTS) if (input.name !== INPUTS.operation.name) reader.read(input);
    return undefined;
  }
  const namespace = reader.read(INPUTS.namespace);
  const intent = readIntent(reader, reader.operation);
  const place = readPlace(reader, options);
  const dryRun = reader.read(INPUTS.dryRun) ?? false;
  const force = reader.read(INPUTS.force) ?? false;
  const propagationWait = reader.read(INPUTS.propagationWait) ?? 0;
  const waitForPods = reader.read(INPUTS.waitForPods) ?? 0;
  const probe = readProbe(reader, intent);
  const onFailure = reader.read(INPUTS.onFailure) ?? 'keep';
  if (intent === undefined) return undefined;
  if (place.kind === 'manifests' && intent.operation === 'clear' && intent.mode === 'stale') {
    reader.fault(INPUTS.mode, 'this mode needs a cluster: manifests do not say which pods are ready');
  }
  if (place.kind === 'manifests' && intent.operation === 'undo') {
    reader.fault(
      INPUTS.manifests,
      'the operation undo needs a cluster: to undo a change of files, use the history of the repository (git revert)',
    );
  }
  if (place.kind === 'manifests' && intent.operation === 'history') {
    reader.fault(
      INPUTS.manifests,
      'the operation history needs a cluster: the changes of files are in the history of the repository (git log)',
    );
  }
  // In files nothing has to settle, and no pod becomes ready.
  const waits =
    place.kind === 'manifests' ? { propagationWait: 0, waitForPods: 0 } : { propagationWait, waitForPods };
  const chosen = namespace === undefined ? {} : { namespace };
  // Nothing changes that an address could tell of.
  const probed = probe === undefined || dryRun || place.kind === 'manifests' ? {} : { probe };
  return { intent, place, ...chosen, dryRun, force, ...waits, ...probed, onFailure };
}

function readPlace(reader: Reader, { kubeconfigIs = 'text' }: ParseOptions): Place {
  const path = reader.read(INPUTS.manifests);
  const kubeconfig = reader.read(INPUTS.kubeconfig);
  const context = reader.read(INPUTS.context);
  const from = reader.read(INPUTS.kubeconfigFrom);
  if (path !== undefined) {
    const others = [INPUTS.kubeconfig, INPUTS.context].filter((input) => reader.text(input) !== undefined);
    if (others.length > 0) {
      const names = others.map(({ name }) => name).join(' and ');
      reader.fault(
        INPUTS.manifests,
        `it can't go together with ${names}: either files are changed or a cluster`,
      );
    }
    return { kind: 'manifests', path };
  }
  if (from !== undefined) faultsOfOrigin(reader, from, kubeconfigIs);
  const isChosen = reader.text(INPUTS.kubeconfigFrom) !== undefined && from !== undefined;
  const chosen = {
    ...(context === undefined ? {} : { context }),
    ...(isChosen ? { kubeconfigFrom: from } : {}),
  };
  if (kubeconfig === undefined) return { kind: 'kubernetes', ...chosen };
  return kubeconfigIs === 'path'
    ? { kind: 'kubernetes', kubeconfigPath: kubeconfig.trim(), ...chosen }
    : { kind: 'kubernetes', kubeconfig, ...chosen };
}

/** A kubeconfig that isn't given and must be, and one that is given and must not be looked at. */
function faultsOfOrigin(
  reader: Reader,
  from: readonly KubeconfigSource[],
  kubeconfigIs: ParseOptions['kubeconfigIs'],
): void {
  const isGiven = reader.text(INPUTS.kubeconfig) !== undefined;
  if (isGiven && !from.includes('input')) {
    reader.fault(
      INPUTS.kubeconfigFrom,
      'kubeconfig is given, and this does not name input: leave one of them out',
    );
  }
  if (isGiven || from.some((source) => source !== 'input')) return;
  const other = 'and kubeconfig-from allows no other place to look for one';
  const problem =
    kubeconfigIs === 'path'
      ? `no path is given, ${other}`
      : `it is empty, ${other}. Is the secret set, for this repository, organisation or environment, and spelled as in the workflow? ` +
        'A pull request from a fork gets no secrets, and one of Dependabot only those of Dependabot';
  reader.fault(INPUTS.kubeconfig, problem);
}

/**
 * An input at its default says nothing, so it is not warned about: a workflow that hands all inputs on to several
 * operations stays quiet.
 */
function unusedWarnings(reader: Reader, { intent, dryRun: isDryRun }: Request): readonly string[] {
  const operation = operationOf(intent);
  const isInFiles = reader.text(INPUTS.manifests) !== undefined;
  return ALL_INPUTS.filter((input) => {
    const text = reader.text(input);
    return text !== undefined && text.trim() !== input.default;
  }).flatMap(({ name, usedBy }) => {
    if (!usedBy.includes(operation)) return [`The input ${name} is not used by the operation ${operation}.`];
    const why = isInFiles ? IDLE_IN_FILES[name] : undefined;
    if (why !== undefined) return [`The input ${name} is not used with manifests: ${why}.`];
    const isIdle = isDryRun && name === INPUTS.probeUrl.name;
    return isIdle
      ? [`The input ${name} is not used with dry-run: nothing changes that it could tell of.`]
      : [];
  });
}

const IDLE_IN_FILES: Readonly<Record<string, string>> = {
  [INPUTS.kubeconfigFrom.name]: 'there is no cluster to reach',
  [INPUTS.propagationWait.name]: 'in files there is nothing to wait for',
  [INPUTS.waitForPods.name]: 'in files there is nothing to wait for',
  [INPUTS.probeUrl.name]: 'no mesh has the change yet that it could tell of',
  [INPUTS.onFailure.name]: 'the files go with the job, and what is committed is for git to revert',
};
