import { ANOTHER_NAMESPACE } from '../../istio/requests/proxy-namespaces.ts';
import { sameJson } from '../../base/json.ts';
import type { ExplainedCandidate, ExplainedResult } from '../../plan/explanation.ts';

/** What a request gets from a proxy of a namespace; undefined: of any. */
export interface SourcedResult {
  readonly sourceNamespace: string | undefined;
  readonly result: ExplainedResult;
}

/** Does it make a difference which of the possible proxies has the request? */
export function answersDiffer(answers: readonly SourcedResult[]): boolean {
  return answers.some(({ result }) => !sameJson(result, answers[0]?.result));
}

/** The one result where all possible proxies agree, else what it depends on: the namespace that they are in. */
export function oneOf(answers: readonly SourcedResult[], gateway: string): ExplainedResult {
  const distinct = answers.filter(
    ({ result }, index) => answers.findIndex((other) => sameJson(other.result, result)) === index,
  );
  const [first, ...others] = distinct;
  if (first === undefined) return { kind: 'none' };
  if (others.length === 0) return first.result;
  return {
    kind: 'undecided',
    candidates: distinct.flatMap(({ sourceNamespace, result }, index) => {
      const isLast = index === distinct.length - 1;
      const from =
        isLast && sourceNamespace === ANOTHER_NAMESPACE ? null : namespaceCondition(gateway, sourceNamespace);
      return candidatesOf(result).map((one) => ({ ...one, unknown: joinedBoth(from, one.unknown) }));
    }),
  };
}

/** @example "the caller's pods are in namespace shop" */
export function namespaceCondition(gateway: string, namespace: string | undefined): string {
  const whose = gateway === 'mesh' ? 'caller' : 'gateway';
  return `the ${whose}'s pods are in ${namespaceText(namespace)}`;
}

function namespaceText(namespace: string | undefined): string {
  if (namespace === undefined || namespace === ANOTHER_NAMESPACE) return 'another namespace';
  return `namespace ${namespace}`;
}

export function joinedBoth(a: string | null, b: string | null): string | null {
  return a === null || b === null ? (a ?? b) : `${a} and ${b}`;
}

/** A result as the only candidate. */
export function candidatesOf(result: ExplainedResult): readonly ExplainedCandidate[] {
  switch (result.kind) {
    case 'route':
      return [{ kind: 'route', route: result.route, does: result.does, unknown: null }];
    case 'service':
      return [{ kind: 'service', route: null, does: result.does, unknown: null }];
    case 'none':
      return [{ kind: 'none', route: null, does: result.does ?? null, unknown: null }];
    case 'undecided':
      return result.candidates;
  }
}
