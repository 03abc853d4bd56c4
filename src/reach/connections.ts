import { describeMatch } from '../istio/describe.ts';
import { placeOf } from '../istio/routes.ts';
import { sameJson } from '../base/json.ts';
import { answerWords, sameAnswer } from './answers.ts';
import { connectionAt } from './expected/shift.ts';
import type { GuardRule } from './expected/types.ts';
import { afterWords, expectedWords, isAsExpected } from './judge.ts';
import type { Pair } from './lists.ts';
import type { Observation } from './merge.ts';

/** Routes of tls and tcp keep their order and whom they accept: each is compared with the one in its place. */
export function compareConnections(
  { before, after }: Pair,
  { ofConnection }: GuardRule,
): { readonly value: number; readonly findings: readonly Observation[] } {
  const object = `VirtualService ${before.metadata.namespace}/${before.metadata.name}`;
  const compared = (['tls', 'tcp'] as const).flatMap((kind) => {
    const [was, is] = [before.spec[kind] ?? [], after.spec[kind] ?? []];
    return Array.from({ length: Math.max(was.length, is.length) }, (_, index): readonly Observation[] => {
      const [from, to] = [connectionAt(before, kind, index), connectionAt(after, kind, index)];
      const moved = from !== undefined && to !== undefined && !sameJson(from.route.match, to.route.match);
      const allowed = ofConnection(before, kind, index);
      const isRight = !moved && allowed.some((expected) => isAsExpected(expected, to));
      if (isRight && sameAnswer(from, to)) return [];
      const route = from?.route ?? to?.route ?? {};
      const [best] = allowed;
      return [
        {
          object,
          who: `connections of ${placeOf({ kind, index })} (${describeMatch(route)})`,
          before: answerWords(from),
          after: `${afterWords(from, to)}${moved ? `, for ${describeMatch(to.route)}` : ''}`,
          ...(!isRight && best !== undefined && { expected: expectedWords(best) }),
          example: null,
        },
      ];
    });
  });
  return { value: compared.length, findings: compared.flat() };
}
