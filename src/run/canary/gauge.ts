/** What a canary is judged by, as far as it has to be asked: the effects around the pure room `gates/`. */
import type { CanaryPods, Tick } from '../../gates/types.ts';

/** The counts, queries and web hooks of one look. */
export type Reading = Pick<Tick, 'counts' | 'queries' | 'hooks'>;

export interface Gauge {
  /** Asks everything once. Never throws, but where the run is cancelled. */
  read(pods: CanaryPods): Promise<Reading>;
}
