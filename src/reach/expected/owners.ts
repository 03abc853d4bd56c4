/** The guard's own reading of whose a preview is (`istiops/previews`). */
import { isObject, ownValue, parseJson, type Json } from '../../base/json.ts';
import type { VirtualService } from '../../istio/types.ts';
import type { Snapshot } from '../../plan/types.ts';

/** May nobody need the previews of a subset any more, by the record of a VirtualService? */
export function mayBeOver(
  { metadata }: VirtualService,
  subset: string,
  { time, pullRequests }: Pick<Snapshot, 'time' | 'pullRequests'>,
): boolean {
  const record = recordOf(metadata.annotations?.['istiops/previews'] ?? '', subset);
  if (record === undefined) return false;
  const { expires, repository, pullRequest } = record;
  if (typeof expires === 'string' && time !== undefined && Date.parse(expires) <= Date.parse(time))
    return true;
  const known = typeof repository === 'string' ? pullRequests?.get(repository) : undefined;
  return known?.state === 'known' && typeof pullRequest === 'number' && !known.open.has(pullRequest);
}

function recordOf(text: string, subset: string): Readonly<Record<string, Json | undefined>> | undefined {
  const stored = parseJson(text);
  const record = isObject(stored) ? ownValue(stored, subset) : undefined;
  return isObject(record) ? record : undefined;
}
