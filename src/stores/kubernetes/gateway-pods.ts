/** Which Gateways the same pods serve, where their selectors alone don't say so. */
import type { GatewayServer } from '../../istio/gateways.ts';
import { formatLabels } from '../../istio/labels.ts';
import { meetAtPort } from '../../istio/requests/gateway-pods.ts';
import type { Labels } from '../../istio/types.ts';
import type { Attempts } from './calls.ts';
import { namespacesOfPods } from './gateway-places.ts';

/** A Gateway as far as its pods and servers go. */
export interface SelectingGateway {
  /** `namespace/name` */
  readonly name: string;
  readonly selector: Labels;
  readonly servers: readonly GatewayServer[];
}

/** Selectors put together that pods are looked for by, at most; of more, nothing is said. */
const MOST_SELECTORS = 20;

/**
 * For each named Gateway, others that have pods in common with it, as far as it matters: those with equal selectors, and
 * others with a server for the same hosts at the same port. Asks once for two selectors that one pod could have both of.
 *
 * @returns undefined where pods of the whole cluster can't be listed
 * @throws TrafficError unreachable, timeout, unauthorized
 */
export async function readPodsInCommon(
  all: readonly SelectingGateway[],
  named: ReadonlySet<string>,
  attempts: Attempts,
): Promise<Readonly<Record<string, readonly string[]>> | undefined> {
  const pairs = all
    .filter(({ name }) => named.has(name))
    .map((one) => ({ one, others: all.filter((other) => other !== one && mayMatter(one, other)) }));
  const wanted = new Map(
    pairs.flatMap(({ one, others }) =>
      others
        .filter((other) => !isSameSelector(one, other))
        .map((other) => {
          const both = { ...one.selector, ...other.selector };
          return [formatLabels(both), both] as const;
        }),
    ),
  );
  const asked = [...wanted].slice(0, MOST_SELECTORS);
  const found = new Map(
    await Promise.all(
      asked.map(async ([key, both]) => [key, await namespacesOfPods(both, attempts)] as const),
    ),
  );
  if ([...found.values()].includes(undefined)) return undefined;
  return Object.fromEntries(
    pairs.map(({ one, others }) => [
      one.name,
      others
        .filter(
          (other) =>
            isSameSelector(one, other) ||
            (found.get(formatLabels({ ...one.selector, ...other.selector })) ?? []).length > 0,
        )
        .map(({ name }) => name),
    ]),
  );
}

/** With equal selectors always: a request that one of them does not serve may be served by the other. */
function mayMatter(one: SelectingGateway, other: SelectingGateway): boolean {
  if (isSameSelector(one, other)) return true;
  const isPossible = Object.entries(one.selector).every(
    ([key, value]) => (other.selector[key] ?? value) === value,
  );
  return isPossible && one.servers.some((a) => other.servers.some((b) => meetAtPort(a, b)));
}

function isSameSelector(one: SelectingGateway, other: SelectingGateway): boolean {
  return formatLabels(one.selector) === formatLabels(other.selector);
}
