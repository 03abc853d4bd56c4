/** Every operation that there is. Names, intents, inputs, help, guard, headlines and the schema follow from here. */
import { canary } from './canary/operation.ts';
import { clear } from './clear/operation.ts';
import type { HeaderMatch } from '../intent/types.ts';
import type { Selection } from '../istio/selection.ts';
import { explain } from './explain/operation.ts';
import { headers } from './headers/operation.ts';
import { history } from './history/operation.ts';
import { prune } from './prune/operation.ts';
import { promote } from './promote/operation.ts';
import { rollback } from './rollback/operation.ts';
import { show } from './show/operation.ts';
import { takeBack } from './take-back/operation.ts';
import { isOfServices, type ServicesIntent } from './services.ts';
import type { ChangeOperation, ChangeParts, Door, ReadOperation } from './types.ts';
import { undo } from './undo/operation.ts';
import { weight } from './weight/operation.ts';

/** In the order in which they are shown. */
const TABLE = { show, explain, headers, weight, canary, promote, rollback, clear, prune, undo, history };

/** Those that no input names. */
const INNER = { 'take-back': takeBack };

type Table = typeof TABLE;
type Inner = typeof INNER;
type IntentOf<Entry> = Entry extends ReadOperation<infer I> | ChangeParts<infer I> ? I : never;
type ReadEntry<Entry> = Entry extends { readonly kind: 'read' } ? Entry : never;

/** What a person can ask for. */
export type Operation = keyof Table;

/** What is asked for: one kind for each operation. Nothing in it says where or how to write. */
export type Intent = IntentOf<Table[Operation] | Inner[keyof Inner]>;

/** The intent of an operation that only reads. */
export type ReadIntent = IntentOf<ReadEntry<Table[Operation]>>;

/** The intent of an operation that changes something. */
export type ChangeIntent = Exclude<Intent, ReadIntent>;

/** What a run is asked for: about one service, or about several in one change. */
export type RequestedIntent = Intent | ServicesIntent;

/** An entry whose name is not its intent's doesn't compile. */
const REGISTRY: {
  readonly [K in Operation]:
    | ReadOperation<Extract<ReadIntent, { readonly operation: K }>>
    | ChangeOperation<Extract<ChangeIntent, { readonly operation: K }>>;
} = TABLE;

export function isOperation(name: string): name is Operation {
  return Object.hasOwn(REGISTRY, name);
}

/** Their names, in the order in which they are shown. */
export const OPERATIONS: readonly Operation[] = Object.keys(REGISTRY).filter(isOperation);

/**
 * An entry by its name. Give it intents of its own operation alone: the compiler doesn't see it, because it lets a
 * method's parameters be narrower than they are declared.
 */
export function operationNamed(name: Operation): ReadOperation<ReadIntent> | ChangeOperation<ChangeIntent> {
  return REGISTRY[name];
}

/** How doors know an operation; as with `operationNamed`, its intents are its own. */
export function doorOf(name: Operation): Door<Intent> {
  return REGISTRY[name].door;
}

/** The entry of an intent's operation. */
export function readOperationOf(intent: ReadIntent): ReadOperation<ReadIntent> {
  return TABLE[intent.operation];
}

/** The entry of an intent's operation. */
export function changeOperationOf({ operation }: ChangeIntent | ServicesIntent): ChangeParts<ChangeIntent> {
  return { ...TABLE, ...INNER }[operation];
}

/** Which VirtualServices an intent is about; a step that is taken back names its own. */
export function selectionOf(intent: Intent): Selection {
  return intent.operation === 'take-back' ? {} : intent;
}

/** All selections of what is asked for: `show` and changes of several services have one for each line. */
export function selectionsOf(intent: RequestedIntent): readonly Selection[] {
  return intentsOf(intent).flatMap((one) =>
    one.operation === 'show' && one.services !== undefined ? one.services : [selectionOf(one)],
  );
}

/** The intents of its services; of one service, itself. */
export function intentsOf(intent: RequestedIntent): readonly Intent[] {
  return isOfServices(intent) ? intent.services.map((service) => service.intent) : [intent];
}

/** Which requests are meant; undefined where the operation goes by none. All services are for the same. */
export function requestedAlternatives(intent: RequestedIntent): readonly HeaderMatch[] | undefined {
  const [first] = intentsOf(intent);
  return first !== undefined && 'alternatives' in first ? first.alternatives : undefined;
}

/** Does it only read? */
export function isReadOnly(intent: RequestedIntent): intent is ReadIntent {
  return isOperation(intent.operation) && REGISTRY[intent.operation].kind === 'read';
}

/** The operation of an intent, as reports name it. */
export function operationOf({ operation }: RequestedIntent): Operation {
  return isOperation(operation) ? operation : INNER[operation].reportedAs;
}
