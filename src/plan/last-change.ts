import type { VirtualService } from '../istio/types.ts';
import { listIn, objectIn, parseJson } from '../base/json.ts';

/** Who changed a VirtualService last, by what and from where; not in manifests, where the commit says it. */
export const LAST_CHANGE = 'istiops/last-change';

export interface LastChange {
  readonly operation: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly actor?: string;
  /** `host|subset` of what it was to take away at its end. */
  readonly removes: readonly string[];
}

/** What the annotation says; undefined where there is none, or where somebody made it something else. */
export function lastChangeOf(virtualService: VirtualService): LastChange | undefined {
  const text = virtualService.metadata.annotations?.[LAST_CHANGE];
  if (text === undefined) return undefined;
  const { operation, time, actor, removes } = objectIn(parseJson(text));
  if (typeof operation !== 'string' || typeof time !== 'string') return undefined;
  return {
    operation,
    time,
    ...(typeof actor === 'string' && { actor }),
    removes: listIn(removes).filter((key) => typeof key === 'string'),
  };
}
