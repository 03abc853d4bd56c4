/** Whether a server stores what it was sent: a mutating admission webhook may change it on the way. */
import { TrafficError } from '../base/errors.ts';
import { specDifference } from '../istio/same-spec.ts';
import type { DestinationRule, VirtualService } from '../istio/types.ts';
import { titleOf } from '../base/title.ts';
import type { Write } from '../plan/types.ts';

type Routing = VirtualService | DestinationRule;

/** Annotations without which a change can't be taken back. */
const OURS = 'istiops/';

/**
 * The first thing that istiops sent and that is stored in another meaning than it was sent with: a field of the spec, or an
 * annotation of istiops. What others add elsewhere (labels, annotations of their own) is not compared.
 *
 * @returns `spec.http[0].route[1].weight is 20 in what was sent, and 50 in what is stored`; undefined: nothing
 */
function changedOnTheWay(sent: Routing, stored: Routing): string | undefined {
  const difference = specDifference(sent.kind, sent.spec, stored.spec);
  if (difference !== undefined) return sentence(difference.field, difference.first, difference.second);
  const [mine, theirs] = [sent, stored].map(
    ({ metadata }) => new Map(Object.entries(metadata.annotations ?? {})),
  );
  for (const name of new Set([...(mine?.keys() ?? []), ...(theirs?.keys() ?? [])])) {
    const [first, second] = [mine?.get(name), theirs?.get(name)];
    if (name.startsWith(OURS) && first !== second) return sentence(`the annotation ${name}`, first, second);
  }
  return undefined;
}

function sentence(what: string, sent: unknown, stored: unknown): string {
  return `${what} is ${inShort(sent)} in what was sent, and ${inShort(stored)} in what is stored`;
}

const LONGEST = 80;

function inShort(value: unknown): string {
  if (value === undefined) return 'absent';
  const text = JSON.stringify(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}

const REMEDY =
  'A mutating admission webhook changes it (kubectl get mutatingwebhookconfigurations lists them): exempt this object from it, or make the change where the webhook takes its values from.';

/**
 * @param stored as the server would store it
 * @throws TrafficError rejected, with the field that differs
 */
export function refuseToWriteOtherwise({ after }: Write, stored: Routing): void {
  refuseDifference(after, stored, `The server would not store ${titleOf(after)} as it is sent`);
}

/**
 * @param stored as the server has stored it
 * @throws TrafficError rejected, with the field that differs
 */
export function refuseWrittenOtherwise({ after }: Write, stored: Routing): void {
  refuseDifference(after, stored, `The server stored something else than was sent for ${titleOf(after)}`);
}

function refuseDifference(sent: Routing, stored: Routing, fault: string): void {
  const words = changedOnTheWay(sent, stored);
  if (words !== undefined) throw new TrafficError('rejected', `${fault}: ${words}. ${REMEDY}`);
}
