import { finding, type Finding } from '../base/findings.ts';
import { grouped } from '../base/text.ts';
import { lacking } from '../confirm/proxy-view.ts';
import type { Diagnosis, Examined, ProxyFacts } from './types.ts';

/** Proxies that are named in one finding. */
const MOST_NAMES = 5;

/** Proxies that send requests another way than the VirtualServices say, and who can't be asked. */
export function proxyFindings(found: Examined<ProxyFacts>): readonly Finding[] {
  if (found.state === 'unknown')
    return [finding('proxies-not-asked', 'notice', `What the proxies have is not known: ${found.why}`)];
  const { views, gaps, roles } = found.value;
  return [...differing(views), ...notAsked(gaps, roles)];
}

function differing(views: ProxyFacts['views']): readonly Finding[] {
  const late = lacking(views);
  if (late.length === 0) return [];
  const names = late
    .slice(0, MOST_NAMES)
    .map(
      ({ kind, proxy, virtualService, words }) =>
        `- ${kind} ${proxy}, VirtualService ${virtualService}: ${words}`,
    );
  const rest = late.length > MOST_NAMES ? [`- and ${late.length - MOST_NAMES} more`] : [];
  const number = new Set(late.map(({ proxy }) => proxy)).size;
  const message =
    `${number === 1 ? 'A proxy sends' : `${grouped(number)} proxies send`} requests another way than the VirtualServices say now. If that is so for more than some seconds, look at ` +
    `istiod's log, and at \`istiops traffic show --proxies\`:\n${[...names, ...rest].join('\n')}`;
  return [finding('proxies-differ', 'warning', message)];
}

function notAsked(gaps: readonly string[], roles: string): readonly Finding[] {
  if (gaps.length === 0) return [];
  const why = `Not all proxies can be asked what they have: ${[...new Set(gaps)].join('; ')}.`;
  const meanwhile = 'Changes wait (`propagation-wait`) instead of being confirmed.';
  const remedy =
    roles === ''
      ? ''
      : ` To have them confirmed, grant these Roles besides (kubectl apply -f -). They allow more than asking: who may forward to a port of a gateway may also stop it.\n\n${roles.trimEnd()}`;
  return [finding('proxies-not-asked', 'notice', `${why} ${meanwhile}${remedy}`)];
}

/** @returns null: nobody was asked */
export function proxyCount(facts: ProxyFacts | undefined): Diagnosis['proxies'] {
  const known = (facts?.views ?? []).filter(({ state }) => state === 'has' || state === 'differs');
  if (known.length === 0) return null;
  const byProxy = Map.groupBy(known, ({ proxy }) => proxy);
  const upToDate = [...byProxy.values()].filter((some) => some.every(({ state }) => state === 'has'));
  return { upToDate: upToDate.length, asked: byProxy.size };
}
