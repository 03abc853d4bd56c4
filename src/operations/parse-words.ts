import { faultsError, type Fault } from '../intent/faults.ts';
import { headerDoubts } from '../intent/header-doubts.ts';
import { INPUTS } from '../intent/inputs.ts';
import { readProbe } from '../intent/read-probe.ts';
import { unusedInLines } from '../intent/read-lines.ts';
import { namespaceOfNames } from '../intent/selection.ts';
import type { Input } from '../intent/input.ts';
import { looksSecret } from '../net/credential-text.ts';
import { createReader, unknownFaults, type Reader } from '../intent/reader.ts';
import { AS_INPUTS, type InputSpelling } from '../intent/spelling.ts';
import type { HeaderMatch, KubeconfigSource, Place, Words } from '../intent/types.ts';
import {
  doorOf,
  intentsOf,
  operationOf,
  selectionsOf,
  operationNamed,
  type Intent,
  type Operation,
  type RequestedIntent,
} from './index.ts';
import { readKeyless } from './read-keyless.ts';
import { readServices } from './read-services.ts';
import { ALL_INPUTS, OPERATION_INPUT, inputUse, usedBy } from './inputs.ts';
import type { ParsedWords, Request, Told } from './request.ts';
import type { Door } from './types.ts';

export interface ParseOptions {
  /** What the word `kubeconfig` holds: its text (default), or a path, as on the command line. */
  readonly kubeconfigIs?: 'text' | 'path';
  /** How messages write the inputs; default: as a workflow has them. */
  readonly spelling?: InputSpelling;
}

/**
 * The words of a door as one request. Nothing is contacted and no file is read.
 *
 * @throws TrafficError invalid-input: one for all faults, each with what was given, what is accepted, an example
 * @example parseWords({ operation: 'show', 'label-selector': 'app=api' }).request.intent.operation // 'show'
 */
export function parseWords(words: Words, options: ParseOptions = {}): ParsedWords {
  const { parsed, faults } = tryParseWords(words, options);
  if (parsed === undefined || faults.length > 0) throw faultsError(faults, NAMES, options.spelling);
  return parsed;
}

/** As `parseWords`, with the faults handed back, for an alias that has found some of its own. */
export function tryParseWords(
  words: Words,
  options: ParseOptions,
): { readonly parsed: ParsedWords | undefined; readonly faults: readonly Fault[] } {
  const first = createReader(words, undefined);
  if (first.text(OPERATION_INPUT) === undefined) first.fault(OPERATION_INPUT, 'it is required');
  const operation = first.read(OPERATION_INPUT);
  const reader = createReader(words, operation && inputUse(operation), first.faults);
  // Where nobody knows the operation, each input is judged by itself.
  if (operation === undefined)
    for (const input of ALL_INPUTS) if (input !== OPERATION_INPUT) reader.read(input);
  const request = operation && readRequest(reader, operation, options);
  const parsed = request && {
    request,
    warnings: [
      ...unusedWarnings(reader, request),
      ...unusedOfLines(reader, request),
      ...blankWarnings(reader, options.spelling),
      ...doubts(request),
    ],
  };
  return { parsed, faults: [...reader.faults, ...unknownFaults(words, NAMES)] };
}

/**
 * Where the objects are, of words without an operation.
 *
 * @throws TrafficError invalid-input: one for all faults
 */
export function parsePlace(
  words: Words,
  options: ParseOptions = {},
): { readonly place: Place; readonly namespace: string | undefined } {
  const reader = createReader(words, undefined);
  const namespace = reader.read(INPUTS.namespace);
  const place = readPlace(reader, options);
  if (reader.faults.length > 0) throw faultsError(reader.faults, NAMES, options.spelling);
  return { place, namespace };
}

/** What was understood, and may be meant otherwise. */
function doubts({ intent }: Request): readonly string[] {
  return headerDoubts(requestedAlternatives(intent) ?? []);
}

/** Which requests are meant; undefined where the operation goes by none. All services are for the same. */
function requestedAlternatives(intent: RequestedIntent): readonly HeaderMatch[] | undefined {
  const [first] = intentsOf(intent);
  return first !== undefined && 'alternatives' in first ? first.alternatives : undefined;
}

/** Of `show`, several services are a selection like others. */
function readIntent(reader: Reader, operation: Operation): RequestedIntent | undefined {
  const door = doorOf(operation);
  const isOfOne = reader.text(INPUTS.services) === undefined || !reader.isUsed(INPUTS.services);
  return isOfOne || operationNamed(operation).kind === 'read'
    ? door.read(reader)
    : readServices(reader, door);
}

const NAMES = ALL_INPUTS.map(({ name }) => name);

function readRequest(reader: Reader, operation: Operation, options: ParseOptions): Request | undefined {
  const door = doorOf(operation);
  const given = reader.read(INPUTS.namespace);
  const clusterDomain = reader.read(INPUTS.clusterDomain);
  const intent = readIntent(reader, operation);
  const intents = intent === undefined ? [] : intentsOf(intent);
  const isOfAll = intents.some((one) => 'allNamespaces' in one);
  const namespace =
    given ??
    (isOfAll || intent === undefined
      ? undefined
      : selectionsOf(intent).flatMap((one) => namespaceOfNames(one) ?? [])[0]);
  const place = readPlace(reader, options);
  const dryRun = reader.read(INPUTS.dryRun) ?? false;
  const force = reader.read(INPUTS.force) ?? false;
  const propagationWait = reader.read(INPUTS.propagationWait) ?? 0;
  const confirm = reader.read(INPUTS.confirm) ?? 'auto';
  const confirmTimeout = reader.read(INPUTS.confirmTimeout) ?? 0;
  const waitForPods = reader.read(INPUTS.waitForPods) ?? 0;
  const probe = readProbe(reader, intent && requestedAlternatives(intent));
  const onFailure = reader.read(INPUTS.onFailure) ?? 'keep';
  if (place.kind === 'manifests') faultsOfManifests(reader, door, intents);
  if (intent === undefined) return undefined;
  // In files nothing has to settle, and no pod becomes ready.
  const waits =
    place.kind === 'manifests' ? { propagationWait: 0, waitForPods: 0 } : { propagationWait, waitForPods };
  const chosen = {
    ...(namespace !== undefined && { namespace }),
    ...(clusterDomain !== undefined && { clusterDomain }),
  };
  // Nothing changes that an address could tell of.
  const probed = probe === undefined || dryRun || place.kind === 'manifests' ? {} : { probe };
  const confirming = { confirm, confirmTimeout };
  const told = readTold(reader, dryRun);
  return {
    intent,
    place,
    ...chosen,
    dryRun,
    force,
    ...waits,
    ...confirming,
    ...probed,
    onFailure,
    ...(told && { told }),
  };
}

/** Whoever can't have it in files should not mend another input first. */
function faultsOfManifests(reader: Reader, door: Door<Intent>, intents: readonly Intent[]): void {
  const asked = intents.length === 0 ? [undefined] : intents;
  for (const intent of asked) {
    const refused = door.refusedForManifests?.(intent);
    if (refused !== undefined) reader.fault(refused.input, refused.problem);
  }
}

/** A trial changes nothing that others would want to know of. */
function readTold(reader: Reader, isDryRun: boolean): Told | undefined {
  const comment = reader.read(INPUTS.comment) ?? false;
  const environment = reader.read(INPUTS.deployment) ?? null;
  const token = reader.read(INPUTS.githubToken);
  if (isDryRun || (!comment && environment === null)) return undefined;
  if (token === undefined)
    reader.fault(INPUTS.githubToken, 'it is empty, and without it GitHub can not be called');
  return { comment, environment };
}

function readPlace(reader: Reader, { kubeconfigIs = 'text' }: ParseOptions): Place {
  const path = reader.read(INPUTS.manifests);
  const kubeconfig = reader.read(INPUTS.kubeconfig);
  const context = reader.read(INPUTS.context);
  const from = reader.read(INPUTS.kubeconfigFrom);
  const keyless = readKeyless(reader, from);
  if (path !== undefined) {
    const others = [INPUTS.kubeconfig, INPUTS.context, INPUTS.server].filter(
      (input) => reader.text(input) !== undefined,
    );
    if (others.length > 0) {
      const names = others.map(({ name }) => `\`${name}\``).join(' and ');
      reader.fault(
        INPUTS.manifests,
        `it can't go together with ${names}: either files are changed or a cluster`,
      );
    }
    return { kind: 'manifests', path };
  }
  if (reader.text(INPUTS.server) !== undefined)
    return keyless === undefined ? { kind: 'kubernetes' } : { kind: 'kubernetes', keyless };
  if (from !== undefined) faultsOfOrigin(reader, from, kubeconfigIs);
  const isChosen = reader.text(INPUTS.kubeconfigFrom) !== undefined && from !== undefined;
  const chosen = {
    ...(context === undefined ? {} : { context }),
    ...(isChosen ? { kubeconfigFrom: from } : {}),
  };
  if (kubeconfig === undefined) return { kind: 'kubernetes', ...chosen };
  if (kubeconfigIs === 'path' && (looksSecret(kubeconfig) || /[\r\n]/.test(kubeconfig.trim())))
    reader.fault(
      KUBECONFIG_PATH,
      'it is not the path of one file, but the text of a kubeconfig or several lines',
    );
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
      '`kubeconfig` is given, and this does not name input: leave one of them out',
    );
  }
  if (isGiven || from.some((source) => source !== 'input')) return;
  const other = 'nor does `server`, and `kubeconfig-from` allows no other place to look';
  const problem =
    kubeconfigIs === 'path'
      ? `it says nothing, ${other}`
      : `it says nothing, ${other}. Is the secret or variable set, for this repository, organisation or environment, and spelled as in the workflow? ` +
        'A pull request from a fork gets no secrets, and one of Dependabot only those of Dependabot';
  reader.fault(kubeconfigIs === 'path' ? KUBECONFIG_PATH : INPUTS.kubeconfig, problem);
}

/** What the input is on the command line, where a text would be in the list of processes. */
const KUBECONFIG_PATH: Input<string> = {
  ...INPUTS.kubeconfig,
  accepted: 'the path of a kubeconfig',
  example: 'ci.kubeconfig',
};

/**
 * An input at its default says nothing, so it is not warned about: a workflow that hands all inputs on to several
 * operations stays quiet.
 */
function unusedWarnings(reader: Reader, { intent, dryRun: isDryRun }: Request): readonly string[] {
  const operation = operationOf(intent);
  const isInFiles = reader.text(INPUTS.manifests) !== undefined;
  return ALL_INPUTS.filter((input) => {
    const text = reader.text(input);
    // The runner puts a token in place of the default, which is an expression.
    const isGivenByRunner = input.secret && input.default !== undefined;
    return text !== undefined && !isGivenByRunner && text.trim() !== input.default;
  }).flatMap((input) => {
    const { name } = input;
    if (!usedBy(input).includes(operation)) return [`\`${name}\` is not used by the operation ${operation}.`];
    const why = isInFiles ? IDLE_IN_FILES[name] : undefined;
    if (why !== undefined) return [`\`${name}\` is not used with \`manifests\`: ${why}.`];
    const isIdle = isDryRun && name === INPUTS.probeUrl.name;
    return isIdle
      ? [`\`${name}\` is not used with \`dry-run: true\`: nothing changes that it could tell of.`]
      : [];
  });
}

/**
 * A flag that is given as an empty text is most often a variable of the shell that isn't set. An input of the Action
 * says nothing by it: the runner hands on those that the workflow leaves out likewise.
 */
function blankWarnings(reader: Reader, { noun }: Pick<InputSpelling, 'noun'> = AS_INPUTS): readonly string[] {
  if (noun !== 'flag') return [];
  return ALL_INPUTS.filter((input) => reader.isUsed(input) && reader.isBlank(input)).map(
    ({ name }) => `\`${name}\` is empty (an unset variable?) and counts as not given.`,
  );
}

/** The same of what the lines of `services` give. */
function unusedOfLines(reader: Reader, { intent }: Request): readonly string[] {
  const text = reader.text(INPUTS.services);
  if (text === undefined || !reader.isUsed(INPUTS.services)) return [];
  const lines = INPUTS.services.parse(text);
  if (!lines.ok) return [];
  return unusedInLines(reader, lines.value).map(
    (name) => `\`${name}\` in \`services\` is not used by the operation ${operationOf(intent)}.`,
  );
}

const IDLE_IN_FILES: Readonly<Record<string, string>> = {
  [INPUTS.kubeconfigFrom.name]: 'there is no cluster to reach',
  [INPUTS.propagationWait.name]: 'in files there is nothing to wait for',
  [INPUTS.confirm.name]: 'in files there are no proxies to ask',
  [INPUTS.confirmTimeout.name]: 'in files there are no proxies to ask',
  [INPUTS.waitForPods.name]: 'in files there is nothing to wait for',
  [INPUTS.expires.name]: 'files do not say whose a preview is',
  [INPUTS.probeUrl.name]: 'no mesh has the change yet that it could tell of',
  [INPUTS.onFailure.name]: 'the files go with the job, and what is committed is for git to revert',
};
