/** How far everybody is after a round of questions, and when to ask again. */
import type { Round } from './round.ts';

export type Progress =
  | { readonly kind: 'done'; readonly isByWait: boolean }
  /** Everybody looks as they must, and only time is missing. */
  | { readonly kind: 'waiting'; readonly until: number; readonly mayEndEarlier: boolean }
  | { readonly kind: 'open' };

/** @param end when the wait is over for those that can't be asked; undefined: there are none */
export function progressOf({ gateways, mesh }: Round, now: number, end: number | undefined): Progress {
  const states = [...gateways.values(), ...mesh.values()];
  if (states.some(({ kind }) => kind === 'open')) return { kind: 'open' };
  const ends = states.flatMap((state) => (state.kind === 'after-wait' ? [state.until] : []));
  const until = Math.max(now, ...ends, end ?? now);
  const isByWait = ends.length > 0 || end !== undefined;
  if (now >= until) return { kind: 'done', isByWait };
  const mayEndEarlier = states.some((state) => state.kind === 'after-wait' && state.mayEndEarlier);
  return { kind: 'waiting', until, mayEndEarlier };
}

/** Milliseconds between two rounds: short while most changes arrive, for istiod pushes after a tenth of a second. */
const PAUSES = [20, 40, 40, 40, 40, 60, 60, 80, 100, 150, 200, 300] as const;
const LONGEST_PAUSE = 500;
/** istiod makes the whole configuration of a proxy for an answer about the mesh. */
const SHORTEST_OF_MESH = 100;

export interface LastRound {
  /** From 0. */
  readonly number: number;
  /** Milliseconds that its answers took: where they are large, nobody is asked for more than half of the time. */
  readonly took: number;
  readonly isMeshAsked: boolean;
}

/** Who may still be heard to have the change is asked again; else there is nothing new to hear. */
export function pauseAfter(
  progress: Progress,
  now: number,
  { number, took, isMeshAsked }: LastRound,
): number {
  const shortest = Math.max(took, isMeshAsked ? SHORTEST_OF_MESH : 0);
  const pause = Math.max(PAUSES[number] ?? LONGEST_PAUSE, Math.min(shortest, LONGEST_PAUSE));
  if (progress.kind !== 'waiting') return pause;
  const left = progress.until - now;
  return progress.mayEndEarlier ? Math.min(pause, left) : left;
}
