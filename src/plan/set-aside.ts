/** Objects of the snapshot that nobody understands: they are set aside, and said. */
import { TrafficError } from '../base/errors.ts';
import { chooser } from '../intent/selection.ts';
import { titleOfOdd, type NotUnderstood } from '../istio/not-understood.ts';
import { isNarrowed, selects, selectsRule, type Selection } from '../istio/selection.ts';
import type { Snapshot } from './types.ts';
import type { Finding } from '../base/findings.ts';

/** A warning for each, where nothing is changed. */
export function setAsideFindings({ notUnderstood = [] }: Snapshot): readonly Finding[] {
  return notUnderstood.map((odd) => oddFinding(odd, 'warning', `${whatIsWrong(odd)} It was set aside.`));
}

/**
 * A finding of the code `not-understood`. An error can be overruled by `force`.
 *
 * @param message whole sentences
 */
export function oddFinding(odd: NotUnderstood, severity: Finding['severity'], message: string): Finding {
  return {
    code: 'not-understood',
    severity,
    message,
    object: titleOfOdd(odd),
    forceable: severity === 'error',
  };
}

/** `VirtualService shop/odd is not what Istio describes: spec.http must be a list, not text ("api").` */
export function whatIsWrong(odd: NotUnderstood): string {
  return odd.isRefused === true
    ? `Kubernetes would refuse ${titleOfOdd(odd)}: ${odd.why}.`
    : `${titleOfOdd(odd)} is not what Istio describes: ${odd.why}.`;
}

/** Of a text that Kubernetes would refuse, nothing is changed: who knows what it was meant to say. */
export function refuseRefused({ refused = [] }: Snapshot): void {
  if (refused.length > 0) throw new TrafficError('invalid-input', refusedText(refused));
}

const MOST_LINES = 50;

/** @param faults each with file, line and column */
export function refusedText(faults: readonly string[]): string {
  const more = faults.length - MOST_LINES;
  return [
    'Kubernetes would refuse these manifests, so nothing is done with any:',
    ...faults.slice(0, MOST_LINES),
    ...(more > 0 ? [`… and ${more} more.`] : []),
  ].join('\n');
}

/** Is the object selected, as far as its labels can be read? Without a selection nothing is. */
export function isChosen(odd: NotUnderstood, selection: Selection, namespace: string): boolean {
  if (!isNarrowed(selection) || odd.namespace !== namespace) return false;
  const { labels, ...named } = odd;
  const chooses = odd.kind === 'VirtualService' ? selects : selectsRule;
  if (labels !== null) return chooses(selection, { ...named, labels });
  const { selector: _unreadable, ...byName } = selection;
  return chooses(byName, named);
}

/**
 * A change is not planned without an object that it is asked for. `force` goes on without it in a cluster; manifests
 * that Kubernetes would refuse are a fault of the input.
 *
 * @throws TrafficError invalid-input in manifests, check-failed in a cluster
 */
export function refuseChosen(snapshot: Snapshot, selection: Selection, force: boolean): void {
  const { source, namespace, notUnderstood = [] } = snapshot;
  const chosen = notUnderstood.filter((odd) => isChosen(odd, selection, namespace));
  const [first] = chosen;
  if (first === undefined) return;
  if (source === 'manifests') {
    throw new TrafficError('invalid-input', refusedText(chosen.map(({ why }) => why)));
  }
  if (force) return;
  const message = `${whatIsWrong(first)} Nothing can be planned without it, because ${chooser(selection)} selects it. Correct the object, or delete it.`;
  throw new TrafficError('check-failed', message, { findings: [oddFinding(first, 'error', message)] });
}

/** In a cluster the others' objects count only where the message is about one of their hosts. */
function mayBeAbout({ kind, hosts }: NotUnderstood, message: string): boolean {
  if (kind === 'VirtualService') return false;
  return hosts === null || hosts.some((host) => message.includes(host.replace(/^\*/, '')));
}

/**
 * Does what can't be planned have to do with what was set aside? Its advice may be wrong then: a DestinationRule that
 * nobody understands is there all the same.
 */
export function withSetAside(thrown: unknown, snapshot: Snapshot): unknown {
  const odd = (snapshot.notUnderstood ?? []).filter(
    (one) =>
      snapshot.source === 'manifests' ||
      one.namespace === snapshot.namespace ||
      (thrown instanceof TrafficError && mayBeAbout(one, thrown.message)),
  );
  if (!(thrown instanceof TrafficError) || odd.length === 0) return thrown;
  const names = odd.slice(0, 3).map(whatIsWrong).join(' ');
  const more = odd.length > 3 ? ` Nor are ${odd.length - 3} more.` : '';
  const isRuleMissing = thrown.findings.some(({ code }) => code === 'destinationrule-missing');
  // To create another one beside it could take the service down.
  const rest =
    isRuleMissing && odd.some(({ kind }) => kind === 'DestinationRule')
      ? 'No other DestinationRule is for this host: correct that one and run again.'
      : `Without what was set aside: ${thrown.message}`;
  const message = `${names}${more} ${rest}`;
  return new TrafficError(thrown.reason, message, {
    cause: thrown,
    findings: thrown.findings,
    mayHaveBeenWritten: thrown.mayHaveBeenWritten,
  });
}
