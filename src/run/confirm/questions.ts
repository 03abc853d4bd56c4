/** What the questions of a phase are about, and what is remembered from one round of them to the next. */
import type { Standing } from '../../confirm/judge.ts';
import type { Wanted } from '../../confirm/wanted.ts';
import type { Look } from './look.ts';
import type { Ways } from './ways.ts';

/**
 * - `done`: has the change.
 * - `after-wait`: nothing speaks against it, and if that is still so at `until`, it counts as done. `unasked`: why it could
 *   not be asked, as part of a sentence; absent: it was asked.
 * - `open`: does not have it; `why`: part of a sentence.
 * - `gone`: its pod is not there any more, which the next list of pods will show.
 */
export type State =
  | { readonly kind: 'done' }
  | {
      readonly kind: 'after-wait';
      readonly until: number;
      readonly mayEndEarlier: boolean;
      readonly unasked?: string;
    }
  | { readonly kind: 'open'; readonly why: string }
  | { readonly kind: 'gone' };

/** What a phase remembers between rounds. */
export interface Memory {
  readonly gateways: Map<string, State>;
  /** By the pod of istiod: the number of a push that has the change. */
  readonly pushes: Map<string, number>;
  /** Pods of istiod that did not answer. */
  readonly silent: Set<string>;
  /** By the pod of istiod: when it was last asked for refusals alone. */
  readonly refusals: Map<string, number>;
  /** Gateways (`pod.namespace`) that have taken a later configuration than the one that they refused. */
  readonly recovered: Set<string>;
  /** Proxies that istiod was asked about one by one. */
  readonly asked: Map<string, { readonly acknowledged: string; readonly state: State }>;
}

export function emptyMemory(): Memory {
  return {
    gateways: new Map(),
    pushes: new Map(),
    silent: new Set(),
    refusals: new Map(),
    recovered: new Set(),
    asked: new Map(),
  };
}

export interface Questions {
  readonly ways: Ways;
  readonly wanted: Wanted;
  readonly look: Look | undefined;
  readonly memory: Memory;
  /** Pure work on names of hosts, which are resolved in the domain of the cluster. */
  readonly inDomain: (judge: () => Standing) => Standing;
  /** When the phase was written, and when this round begins, in milliseconds. */
  readonly start: number;
  readonly now: number;
  /** Milliseconds after which what still looks the same has settled. */
  readonly wait: number;
  readonly signal: AbortSignal;
}

/** As `afterWait`, of one that can't be asked. */
export function unasked(why: string, { start, wait }: Questions): State {
  return { kind: 'after-wait', until: start + wait, mayEndEarlier: false, unasked: why };
}

/** @param mayEndEarlier something may still be heard that speaks for it */
export function afterWait({ start, wait }: Questions, mayEndEarlier = false): State {
  return { kind: 'after-wait', until: start + wait, mayEndEarlier };
}
