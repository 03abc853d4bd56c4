import type { Place } from '../intent/types.ts';
import type { Intent } from '../operations/index.ts';
import type { Request } from '../operations/request.ts';
import { formatLabels } from '../istio/labels.ts';

/** What was asked for, as far as the next command has to repeat it. Null: not given. */
export interface AskedFor {
  readonly labelSelector: string | null;
  /** `app=api,build=10` */
  readonly podSelector: string | null;
  /** The path of manifests; null: a cluster. */
  readonly manifests: string | null;
  readonly context: string | null;
  /** Of the command line alone. */
  readonly kubeconfigPath: string | null;
}

export function askedFor({ intent, place }: Pick<Request, 'intent' | 'place'>): AskedFor {
  return { ...selectorsOf(intent), ...placeOf(place) };
}

function selectorsOf(intent: Intent): Pick<AskedFor, 'labelSelector' | 'podSelector'> {
  return {
    labelSelector: 'selector' in intent ? intent.selector.text : null,
    podSelector: 'podLabels' in intent ? formatLabels(intent.podLabels) : null,
  };
}

function placeOf(place: Place): Pick<AskedFor, 'manifests' | 'context' | 'kubeconfigPath'> {
  if (place.kind === 'manifests') return { manifests: place.path, context: null, kubeconfigPath: null };
  return { manifests: null, context: place.context ?? null, kubeconfigPath: place.kubeconfigPath ?? null };
}
