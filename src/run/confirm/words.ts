/** How a confirmation ended, in sentences. */
import { count } from '../../base/text.ts';
import { quoted } from '../../confirm/words.ts';
import type { Refusal } from '../../confirm/istiod.ts';
import type { Wanted } from '../../confirm/wanted.ts';
import type { State } from './questions.ts';
import type { Round } from './round.ts';

/** Names in one sentence. */
const MOST_NAMES = 5;

/** @example 'Routes are in 3 of 3 gateway pods after 0.3 s, acknowledged by 211 of 211 sidecars (2 istiods)' */
export function confirmedWords(
  phase: Wanted['phase'],
  { gateways, mesh, istiods }: Round,
  milliseconds: number,
): string {
  const [what, verb] = phase === 'routes' ? ['Routes', 'are in'] : ['Subsets', 'are usable in'];
  const after = `after ${(milliseconds / 1000).toFixed(1)} s`;
  const others = unaskedIn(gateways).size + unaskedIn(mesh).size;
  if (others > 0) {
    const asked = {
      gateways: askedIn(gateways),
      mesh: askedIn(mesh),
      istiods: istiods - unaskedIn(mesh).size,
    };
    if (asked.gateways.size + asked.mesh.size === 0)
      return `Nobody could be asked, so the run waited ${(milliseconds / 1000).toFixed(1)} s`;
    const whole = { ...asked, refusals: [] };
    return `${confirmedWords(phase, whole, milliseconds)}; ${others} could not be asked`;
  }
  if (gateways.size === 0 && mesh.size === 0)
    return `No sidecar is connected that could have the change (${count(istiods, 'istiod')})`;
  const ofMesh = `acknowledged by ${mesh.size} of ${count(mesh.size, 'sidecar')} (${count(istiods, 'istiod')})`;
  if (gateways.size === 0) return `${what} are ${ofMesh} ${after}`;
  const ofGateways = `${what} ${verb} ${gateways.size} of ${count(gateways.size, 'gateway pod')} ${after}`;
  return mesh.size === 0 ? ofGateways : `${ofGateways}, ${ofMesh}`;
}

/** By name, why those could not be asked that could not. */
export function unaskedIn(states: ReadonlyMap<string, State>): ReadonlyMap<string, string> {
  return new Map(
    [...states].flatMap(([name, state]) =>
      state.kind === 'after-wait' && state.unasked !== undefined ? [[name, state.unasked] as const] : [],
    ),
  );
}

function askedIn(states: ReadonlyMap<string, State>): ReadonlyMap<string, State> {
  const others = unaskedIn(states);
  return new Map([...states].filter(([name]) => !others.has(name)));
}

/** Who does not have it, as part of a sentence: `1 of 2 gateway pods … : istio-system/edge-1 (…) after 8.1 s`. */
export function openWords({ gateways, mesh }: Round, milliseconds: number): string {
  const seconds = `${Number((milliseconds / 1000).toFixed(1))} s`;
  const parts = [partWords('gateway pod', gateways), partWords('sidecar', mesh)];
  if (parts.every((part) => part === '')) return `pods come and go, and not all could be asked in ${seconds}`;
  return `${parts.filter((part) => part !== '').join('; ')} after ${seconds}`;
}

function partWords(what: string, states: ReadonlyMap<string, State>): string {
  const open = [...states].flatMap(([name, state]) =>
    state.kind === 'open' ? [`${name} (${state.why})`] : [],
  );
  if (open.length === 0) return '';
  const more = open.length > MOST_NAMES ? `, and ${open.length - MOST_NAMES} more` : '';
  const names = open.slice(0, MOST_NAMES).join(', ');
  return `${open.length} of ${count(states.size, what)} not confirmed: ${names}${more}`;
}

/** @example 'Envoy in edge-1.istio-system refuses, 0.2 s after the write, the routes that istiod has sent since: "missing ): (".' */
export function refusedWords(
  [first, ...more]: readonly [Refusal, ...Refusal[]],
  milliseconds: number,
): string {
  const others = more.length === 0 ? '' : ` and ${more.length} more`;
  const after = `${(milliseconds / 1000).toFixed(1)} s after the write`;
  return (
    `Envoy in ${first.id}${others} refuses, ${after}, the ${first.what} that istiod has sent since: ${quoted(first.words)}. ` +
    'As long as it does, none of its later changes arrive there. Correct what it names, and run again.'
  );
}

/**
 * Why a wait stands for the word of proxies, in sentences.
 *
 * @param reasons parts of a sentence
 */
export function notAskedWords(
  reasons: readonly string[],
  {
    isAnybodyAsked,
    wait,
    isRightMissing,
  }: {
    readonly isAnybodyAsked: boolean;
    /** Milliseconds. */
    readonly wait: number;
    readonly isRightMissing: boolean;
  },
): string {
  const [who, others] = isAnybodyAsked
    ? ['Some of the proxies could not be asked whether they have the change', ' for these']
    : ['The proxies could not be asked whether they have the change', ' instead'];
  const meanwhile =
    wait > 0
      ? `so the run waited ${wait / 1000} s (\`propagation-wait\`)${others}`
      : 'and `propagation-wait` is 0 s, so they may not have it yet';
  const help = isRightMissing ? ' `istiops doctor` prints the Role that allows it.' : '';
  return `${who}, ${meanwhile}: ${[...new Set(reasons)].join('; ')}.${help}`;
}
