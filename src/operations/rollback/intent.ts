import { INPUTS } from '../../intent/inputs.ts';
import { alternativesOf, MATCH_INPUTS, readMatches } from '../../intent/read-alternatives.ts';
import type { Reader } from '../../intent/reader.ts';
import { readSelection } from '../../intent/selection.ts';
import type { HeaderMatch } from '../../intent/types.ts';
import type { Selection } from '../../istio/selection.ts';
import type { Labels } from '../../istio/types.ts';

/** Without a selection: every VirtualService and DestinationRule of the namespace that knows the build. */
export type RollbackIntent = Selection & {
  readonly operation: 'rollback';
} & (RollbackOfBuild | RollbackOfRequests);

export interface RollbackOfBuild {
  readonly podLabels: Labels;
}

/** Whatever builds requests with these headers get by a preview. At least one alternative; they are ORed. */
export interface RollbackOfRequests {
  readonly alternatives: readonly HeaderMatch[];
}

export function readRollback(reader: Reader): RollbackIntent | undefined {
  const before = reader.faults.length;
  const selection = readSelection(reader);
  const podLabels = reader.read(INPUTS.podSelector);
  const given = readMatches(reader) ?? {};
  const alternatives = alternativesOf(given, reader.read(INPUTS.bridge) === true);
  const isMatchGiven = MATCH_INPUTS.some((input) => reader.text(input) !== undefined);
  if (reader.text(INPUTS.podSelector) !== undefined && isMatchGiven)
    reader.fault(
      INPUTS.podSelector,
      "it can't go together with `headers`, `cookies` or `baggage`: the one names the build, the others find it",
    );
  if (podLabels !== undefined) return { operation: 'rollback', podLabels, ...selection };
  if (alternatives !== undefined) return { operation: 'rollback', alternatives, ...selection };
  if (reader.faults.length === before)
    reader.fault(
      INPUTS.podSelector,
      'the operation rollback requires it, or `headers`, `cookies` or `baggage` in its place',
    );
  return undefined;
}
