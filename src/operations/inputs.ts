/** Which operation uses which input. */
import { input, type Input } from '../intent/input.ts';
import { INPUTS } from '../intent/inputs.ts';
import { nearest } from '../intent/nearest.ts';
import { bad, good, type Parsed } from '../intent/parsed.ts';
import type { InputUse } from '../intent/reader.ts';
import { OPERATIONS, isOperation, operationNamed, type Operation } from './index.ts';
import { PLACE_INPUTS } from '../intent/inputs/place.ts';

/** The input that says what to do; every operation requires it. */
export const OPERATION_INPUT: Input<Operation> = input({
  name: 'operation',
  description: 'What to do.',
  accepted: OPERATIONS.join(', '),
  example: 'weight',
  parse: parseOperation,
});

function parseOperation(given: string): Parsed<Operation> {
  const text = given.trim().toLowerCase();
  if (isOperation(text)) return good(text);
  const meant = nearest(text, OPERATIONS);
  return bad(meant === undefined ? 'there is no such operation' : `did you mean ${meant}?`);
}

/** In the order in which they are shown. */
export const ALL_INPUTS: readonly Input<unknown>[] = [OPERATION_INPUT, ...Object.values(INPUTS)];

/** Where the objects are, which every operation has to know. */
const ALWAYS_USED: ReadonlySet<Input<unknown>> = new Set<Input<unknown>>([
  OPERATION_INPUT,
  INPUTS.namespace,
  INPUTS.clusterDomain,
  ...Object.values(PLACE_INPUTS),
]);

/** How to write, which every operation has to know that writes. */
const USED_BY_CHANGES: ReadonlySet<Input<unknown>> = new Set<Input<unknown>>([
  INPUTS.dryRun,
  INPUTS.confirm,
  INPUTS.confirmTimeout,
  INPUTS.propagationWait,
  INPUTS.force,
  INPUTS.onFailure,
  INPUTS.comment,
  INPUTS.deployment,
  INPUTS.githubToken,
]);

/** Which inputs an operation uses. */
export function inputUse(operation: Operation): InputUse {
  const { kind, door } = operationNamed(operation);
  const required = new Set<Input<unknown>>([OPERATION_INPUT, ...door.inputs.required]);
  const optional = new Set<Input<unknown>>(door.inputs.optional);
  return {
    operation,
    isRequired: (one) => required.has(one),
    isUsed: (one) =>
      required.has(one) ||
      optional.has(one) ||
      ALWAYS_USED.has(one) ||
      (kind === 'change' && USED_BY_CHANGES.has(one)),
  };
}

/** The operations that use an input, those that write first. */
export function usedBy(one: Input<unknown>): readonly Operation[] {
  const users = OPERATIONS.filter((operation) => inputUse(operation).isUsed(one));
  const writes = (operation: Operation): boolean => operationNamed(operation).kind === 'change';
  return [...users.filter(writes), ...users.filter((operation) => !writes(operation))];
}

/** The operations that can't do without it. */
export function requiredBy(one: Input<unknown>): readonly Operation[] {
  return OPERATIONS.filter((operation) => inputUse(operation).isRequired(one));
}
