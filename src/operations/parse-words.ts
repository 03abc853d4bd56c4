import { TrafficError } from '../base/errors.ts';
import { isObject } from '../base/json.ts';
import { faultsError, type Fault } from '../intent/faults.ts';
import { INPUTS } from '../intent/inputs.ts';
import { readProbe } from '../intent/read-probe.ts';
import { namespaceOfNames } from '../intent/selection.ts';
import { createReader, unknownFaults, type Reader } from '../intent/reader.ts';
import type { InputSpelling } from '../intent/spelling.ts';
import type { Place, Words } from '../intent/types.ts';
import {
  doorOf,
  intentsOf,
  requestedAlternatives,
  selectionsOf,
  operationNamed,
  type Intent,
  type Operation,
  type RequestedIntent,
} from './index.ts';
import { readPlace } from './read-place.ts';
import { readServices } from './read-services.ts';
import { ALL_INPUTS, OPERATION_INPUT, inputUse } from './inputs.ts';
import type { ParsedWords, Request, GithubPlaces } from './request.ts';
import type { Door } from './types.ts';
import { wordWarnings } from './word-warnings.ts';

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
  refuseOtherThanText(words);
  const first = createReader(words, undefined);
  if (first.text(OPERATION_INPUT) === undefined) first.fault(OPERATION_INPUT, 'it is required');
  const operation = first.read(OPERATION_INPUT);
  const reader = createReader(words, operation && inputUse(operation), first.faults);
  // Where nobody knows the operation, each input is judged by itself.
  if (operation === undefined)
    for (const input of ALL_INPUTS) if (input !== OPERATION_INPUT) reader.read(input);
  const request = operation && readRequest(reader, operation, options);
  const parsed = request && { request, warnings: wordWarnings(reader, request, options.spelling) };
  return { parsed, faults: [...reader.faults, ...unknownFaults(words, NAMES)] };
}

/** A program without types may give `weight: 20`. @throws TrafficError invalid-input */
function refuseOtherThanText(words: unknown): void {
  const odd = isObject(words)
    ? Object.entries(words).find(([, word]) => word !== undefined && typeof word !== 'string')?.[0]
    : 'words';
  if (odd === undefined) return;
  const message = `${odd} is no text: what a library is given is written as in a workflow, ${odd === 'words' ? "{ operation: 'show' }" : `{ '${odd}': '20' }`}.`;
  throw new TrafficError('invalid-input', message);
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
  const place = readPlace(reader, options.kubeconfigIs);
  if (reader.faults.length > 0) throw faultsError(reader.faults, NAMES, options.spelling);
  return { place, namespace };
}

/** With `services`, what writes gets an intent for each line. What only reads selects by the lines. */
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
  const place = readPlace(reader, options.kubeconfigIs);
  const dryRun = reader.read(INPUTS.dryRun) ?? false;
  const force = reader.read(INPUTS.force) ?? false;
  const propagationWait = reader.read(INPUTS.propagationWait) ?? 0;
  const confirm = reader.read(INPUTS.confirm) ?? 'auto';
  const confirmTimeout = reader.read(INPUTS.confirmTimeout) ?? 0;
  const waitForPods = reader.read(INPUTS.waitForPods) ?? 0;
  const probe = readProbe(reader, intent && requestedAlternatives(intent));
  const onFailure = reader.read(INPUTS.onFailure) ?? 'keep';
  const isInFiles = place.kind === 'manifests';
  if (isInFiles) faultsOfManifests(reader, door, intents);
  if (intent === undefined) return undefined;
  const github = readGithubPlaces(reader, dryRun);
  return {
    intent,
    place,
    ...(namespace !== undefined && { namespace }),
    ...(clusterDomain !== undefined && { clusterDomain }),
    dryRun,
    force,
    // In files nothing has to settle, and no pod becomes ready.
    propagationWait: isInFiles ? 0 : propagationWait,
    waitForPods: isInFiles ? 0 : waitForPods,
    confirm,
    confirmTimeout,
    // A dry run and files change nothing that an address could show.
    ...(probe !== undefined && !dryRun && !isInFiles && { probe }),
    onFailure,
    ...(github && { github }),
  };
}

/** An operation that can't be done in files says so together with all other faults. */
function faultsOfManifests(reader: Reader, door: Door<Intent>, intents: readonly Intent[]): void {
  const asked = intents.length === 0 ? [undefined] : intents;
  for (const intent of asked) {
    const refused = door.refusedForManifests?.(intent);
    if (refused !== undefined) reader.fault(refused.input, refused.problem);
  }
}

/** A dry run changes nothing that GitHub should be told of. */
function readGithubPlaces(reader: Reader, isDryRun: boolean): GithubPlaces | undefined {
  const comment = reader.read(INPUTS.comment) ?? false;
  const environment = reader.read(INPUTS.deployment) ?? null;
  const token = reader.read(INPUTS.githubToken);
  if (isDryRun || (!comment && environment === null)) return undefined;
  if (token === undefined)
    reader.fault(INPUTS.githubToken, "it is empty, and without it GitHub can't be called");
  return { comment, environment };
}
