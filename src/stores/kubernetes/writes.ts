import { toTrafficError, TrafficError, withSentence } from '../../base/errors.ts';
import { isObject, objectIn, sameJson, withoutFields, type JsonObject } from '../../base/json.ts';
import { titleOf } from '../../base/title.ts';
import { sameSpec } from '../../istio/same-spec.ts';
import type { DestinationRule, KubeObject, VirtualService } from '../../istio/types.ts';
import type { Write } from '../../plan/types.ts';
import { howOf } from '../../plan/writes.ts';
import { signatureOf } from '../../undo/signature.ts';
import { otherObject } from './asked-for.ts';
import { callUntilSettled, RetriesExhausted, type Attempts } from './calls.ts';
import { checked, isValidDestinationRule, isValidVirtualService } from './lists.ts';
import { isStatus, json, refusal, statusWords, unusable } from './refusals.ts';
import type { About, HttpResponse, Call, Wire } from './wire.ts';

const RESOURCES = { VirtualService: 'virtualservices', DestinationRule: 'destinationrules' } as const;

export interface WriteOptions extends Attempts {
  /** Whose writes these are, in the objects' managedFields: `istiops`. */
  readonly fieldManager: string;
  /** Is told what the server says of an object, by its title, besides its answer. */
  readonly onWarning: (object: string, sentence: string) => void;
}

/**
 * Asks for a write without doing it (`dryRun=All`): admission and validation speak, nothing is stored. A webhook
 * that can't take part in a dry run makes the server refuse all of them; that is no no to the write.
 *
 * @returns the object as it would be stored; undefined: the server can't say
 * @throws TrafficError rejected, conflict, forbidden, not-found, unauthorized, unreachable, timeout
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
 */
export async function rehearseWrite(
  write: Write,
  options: WriteOptions,
): Promise<VirtualService | DestinationRule | undefined> {
  const how = howOf(write);
  const about = aboutOf(write, how);
  const { answer } = await callUntilSettled(callOf(write, { dryRun: 'All' }, options), about, options);
  if (how === 'delete' && mayStay(answer)) {
    options.onWarning(titleOf(write.after), staysWords(write));
    return rehearseWrite(asUpdate(write), options);
  }
  if (answer.status === 400 && /does not support dry run/i.test(statusWords(answer))) {
    const words = options.wire.shown(statusWords(answer));
    const title = titleOf(write.after);
    options.onWarning(
      title,
      `${title} could not be rehearsed, so a refusal would come with the write itself: ${words}.`,
    );
    return undefined;
  }
  if (how === 'delete' && answer.status === 404) return undefined;
  if (answer.status >= 300) throw refusal(answer, about, options.wire);
  if (how === 'delete') return undefined;
  const object = storedObject(write, answer, about, options);
  tellWarnings(write, answer, options);
  return object;
}

/**
 * Replaces an object, creates one, or removes one. The resourceVersion makes a second try safe: should the first have been carried out and only
 * its answer been lost, the second is a 409, and then the object says whether the write was ours. The second try
 * may be a gateway's (nginx, HAProxy and others repeat a PUT by themselves), so that our first one is a 409. An answer
 * that is no such object says nothing about the write, whatever its status: it is a lost answer, too.
 *
 * @returns the object as the server now has it
 * @throws TrafficError conflict: nothing was written, unless it says `mayHaveBeenWritten`; otherwise as
 *   {@link rehearseWrite}
 */
export async function put(write: Write, options: WriteOptions): Promise<VirtualService | DestinationRule> {
  if (howOf(write) === 'delete') return remove(write, options);
  const about = aboutOf(write, howOf(write));
  const call = callOf(write, {}, options);
  let settled;
  try {
    settled = await callUntilSettled(call, about, options);
  } catch (thrown) {
    if (!(thrown instanceof RetriesExhausted) || !thrown.mayHaveBeenCarriedOut) throw thrown;
    return await afterDoubt(write, call, options, thrown);
  }
  const { answer, mayHaveBeenCarriedOut } = settled;
  if (answer.status === 409 && (mayHaveBeenCarriedOut || isSigned(write))) {
    const live = await current(write, call, options).catch(() => 'unknown' as const);
    if (live === 'unknown') throw unclearConflict(refusal(answer, about, options.wire));
    if (live !== undefined && isAsSent(live, write, call)) return live;
  }
  if (answer.status >= 300) {
    const refused = refusal(answer, about, options.wire);
    // The second try was refused; what became of the first is another question. So is what became of one that was
    // refused by something else than an API server.
    const isOpen = (mayHaveBeenCarriedOut && answer.status !== 409) || !isStatus(answer);
    if (isOpen) return await afterDoubt(write, call, options, refused);
    throw refused;
  }
  let stored: VirtualService | DestinationRule;
  try {
    stored = storedObject(write, answer, about, options);
  } catch (thrown) {
    const odd = toTrafficError(thrown);
    const live = await afterDoubt(write, call, options, odd);
    options.onWarning(
      titleOf(write.after),
      withSentence(odd.message, 'A look at the object shows that it was written.'),
    );
    return live;
  }
  tellWarnings(write, answer, options);
  return stored;
}

/** The object may not be read now: whether the conflict is with our own first try is found out when all is read again. */
function unclearConflict({ message }: TrafficError): TrafficError {
  return new TrafficError('conflict', message, { mayHaveBeenWritten: true });
}

/**
 * Removes a DestinationRule that nothing uses. Whoever may not delete it has it left without subsets, which changes no
 * request: a rollback must not fail because of it.
 *
 * @returns what is left of it: the rule without subsets
 */
async function remove(write: Write, options: WriteOptions): Promise<VirtualService | DestinationRule> {
  const about = aboutOf(write, 'delete');
  const call = callOf(write, {}, options);
  const { answer } = await callUntilSettled(call, about, options);
  if (mayStay(answer)) {
    options.onWarning(titleOf(write.after), staysWords(write));
    return put(asUpdate(write), options);
  }
  // It was to go, and it is gone.
  if (answer.status >= 300 && answer.status !== 404) throw refusal(answer, about, options.wire);
  const { resourceVersion: _, ...metadata } = write.after.metadata;
  return { ...write.after, metadata };
}

/** Is it authorization's no? Admission's is one to the change itself. */
function mayStay(answer: HttpResponse): boolean {
  return answer.status === 403 && /cannot delete resource/.test(statusWords(answer));
}

function asUpdate({ kind, before, after }: Write): Write {
  // The kinds agree: both are of one write.
  return { kind, before, after } as Write;
}

function staysWords(write: Write): string {
  const { object = '' } = aboutOf(write, 'delete');
  return `${object}, which istiops created, stays without subsets, because it may not be deleted: grant \`delete\` on destinationrules, or delete it.`;
}

/** All tries are over and one of them had no answer that can be used: a look tells whether it got through. */
async function afterDoubt(write: Write, call: Call, options: WriteOptions, exhausted: TrafficError) {
  const once = Math.min(5_000, options.patience.perTry);
  const patience = { perTry: once, total: once, unreached: 0 };
  const live = await current(write, call, { ...options, patience }).catch(() => 'unknown' as const);
  if (live !== 'unknown' && live !== undefined && isAsSent(live, write, call)) return live;
  const before = write.before.metadata.resourceVersion;
  const untouched = live === undefined || (live !== 'unknown' && live.metadata.resourceVersion === before);
  const words = untouched
    ? withSentence(exhausted.message, `${titleOf(write.after)} was not written.`)
    : exhausted.message;
  throw new TrafficError(exhausted.reason, words, { mayHaveBeenWritten: !untouched });
}

/** The object as it is; undefined where it is gone. */
async function current(write: Write, call: Call, options: Attempts) {
  const { name } = write.after.metadata;
  const path = call.method === 'POST' ? `${call.path}/${encodeURIComponent(name)}` : call.path;
  const about = aboutOf(write, 'get');
  const { answer } = await callUntilSettled({ method: 'GET', path }, about, options);
  if (answer.status === 404) return undefined;
  if (answer.status >= 300) throw refusal(answer, about, options.wire);
  return storedObject(write, answer, about, options);
}

/**
 * Does it carry what only this very run writes, so that the same content can only be its own? A DestinationRule doesn't:
 * another run may have given it the same subset, and to take its change for ours would be to undo it when we fail.
 */
function isSigned({ kind, before, after }: Write): boolean {
  return kind === 'VirtualService' && signatureOf(before) !== signatureOf(after);
}

function callOf(write: Write, query: Record<string, string>, options: WriteOptions): Call {
  const { metadata, apiVersion } = write.after;
  const { resourceVersion } = write.before.metadata;
  const [namespace, name] = [metadata.namespace, metadata.name].map(encodeURIComponent);
  const list = `/apis/${apiVersion}/namespaces/${namespace}/${RESOURCES[write.kind]}`;
  const mine = { fieldManager: options.fieldManager, ...query };
  switch (howOf(write)) {
    case 'create':
      return { method: 'POST', path: list, query: mine, body: { ...write.after } };
    case 'delete': {
      const preconditions = { ...(resourceVersion !== undefined && { resourceVersion }) };
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions };
      return { method: 'DELETE', path: `${list}/${name}`, query, body };
    }
    case 'update':
      return {
        method: 'PUT',
        path: `${list}/${name}`,
        query: mine,
        body: { ...write.after, metadata: { ...metadata, resourceVersion } },
      };
  }
}

function aboutOf(write: Write, verb: About['verb']): About {
  const { namespace } = write.after.metadata;
  return { verb, resource: RESOURCES[write.kind], namespace, object: titleOf(write.after) };
}

/** @throws TrafficError unreachable: it is no such object, or another one than was asked for */
function storedObject(
  { kind, after }: Write,
  answer: HttpResponse,
  about: About,
  { wire }: Attempts,
): VirtualService | DestinationRule {
  const { namespace, name } = after.metadata;
  const object = answer.tooMuch === undefined ? json(answer) : undefined;
  const other = otherObject(object, { apiVersion: after.apiVersion, kind, namespace, name });
  if (!isObject(object) || other !== undefined) throw unusable(answer, about, wire, other);
  return kind === 'VirtualService'
    ? checked(object, kind, isValidVirtualService)
    : checked(object, kind, isValidDestinationRule);
}

const COUNTED = ['resourceVersion', 'managedFields', 'generation'];
/** What the server gives an object once, when it creates it. */
const GIVEN = ['uid', 'creationTimestamp'];

/** Is it what we sent, but for what the server keeps count of itself and for a spelling that means the same? */
function isAsSent(live: KubeObject, { kind }: Write, { method, body }: Call): boolean {
  const counted = method === 'POST' ? [...COUNTED, ...GIVEN] : COUNTED;
  const bare = (object: JsonObject) => ({
    ...withoutFields(object, ['status', 'spec']),
    metadata: withoutFields(objectIn(object['metadata']), counted),
  });
  return body !== undefined && sameJson(bare(live), bare(body)) && sameSpec(kind, live['spec'], body['spec']);
}

function tellWarnings({ after }: Write, answer: HttpResponse, { wire, onWarning }: WriteOptions): void {
  const title = titleOf(after);
  for (const warning of warningsOf(answer, wire))
    onWarning(title, `The API server says of ${title}: ${warning}`);
}

/** The `Warning` headers that kubectl prints too, without secrets: `299 - "spec.http[0]: …"`. */
function warningsOf(answer: HttpResponse, wire: Wire): string[] {
  const header = answer.headers['warning'] ?? '';
  return [...header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, words = '']) =>
    wire.shown(words.replace(/\\(.)/g, '$1')),
  );
}
