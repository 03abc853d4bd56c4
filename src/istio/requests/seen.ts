import type { NotUnderstood } from '../not-understood.ts';
import { fullName } from '../../base/title.ts';

/** Which VirtualServices are in sight: one that is not may have routes of which nobody knows. */
export interface Seen {
  /** Those of these namespaces, `all`: of every one. */
  readonly namespaces: 'all' | readonly string[];
  /** But not these: `namespace/name`. */
  readonly except: readonly string[];
}

export const ALL_SEEN: Seen = { namespaces: 'all', except: [] };

/** What was read. A `Snapshot` is one. */
export interface ReadExtent {
  readonly source: 'kubernetes' | 'manifests';
  readonly namespace: string;
  readonly virtualServicesOf?: 'all' | readonly string[];
  readonly notUnderstood?: readonly NotUnderstood[];
}

/** Which VirtualServices would be in sight if they were there. A folder of manifests may lack any. */
export function seenOf({ source, namespace, virtualServicesOf, notUnderstood = [] }: ReadExtent): Seen {
  return {
    namespaces: source === 'manifests' ? [] : (virtualServicesOf ?? [namespace]),
    except: notUnderstood.map(fullName),
  };
}
