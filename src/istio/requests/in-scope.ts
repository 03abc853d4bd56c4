/** Is a match block for this proxy and this request's way in at all? */
import { formatLabels, hasLabels } from '../labels.ts';
import type { Labels, Match } from '../types.ts';
import { MET, unknown, unmet, type Meeting } from './meeting.ts';
import type { EntryPoint } from './request.ts';

/**
 * Blocks that are not are left out when istiod builds the list. A block with gateways is not asked for labels or
 * namespace of its source: Istio looks at these only without.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/route/route.go sourceMatchHTTP
 */
export function inScope(block: Match, entry: EntryPoint): Meeting {
  const { port, gateways, sourceLabels, sourceNamespace } = block;
  let open: Meeting | undefined;
  if (port !== undefined && port !== 0) {
    if (entry.port === undefined) open = unknown(`port ${port}`, 'the port is not known');
    else if (port !== entry.port)
      return unmet(() => `port ${port}: the request is for port ${entry.port ?? 0}`);
  }
  if (gateways !== undefined && gateways.length > 0) {
    if (gateways.includes(entry.gateway)) return open ?? MET;
    return unmet(() => {
      const way = entry.gateway === 'mesh' ? 'from within the mesh' : `by gateway ${entry.gateway}`;
      return `gateway ${gateways.join(', ')}: the request comes ${way}`;
    });
  }
  if (sourceLabels !== undefined && !hasLabels(entry.sourceLabels, sourceLabels)) {
    if (!mayHaveLabels(entry, sourceLabels)) {
      return unmet(() => {
        const has = formatLabels(entry.sourceLabels);
        const words = has === '' ? 'no labels of its source are given' : `its source has ${has}`;
        return `from pods ${formatLabels(sourceLabels)}: ${words}`;
      });
    }
    open = unknown(`from pods ${formatLabels(sourceLabels)}`, 'not all labels of its source are known');
  }
  if (sourceNamespace !== undefined && sourceNamespace !== '') {
    const asked = `from namespace ${sourceNamespace}`;
    if (entry.sourceNamespace === undefined)
      open = unknown(asked, 'the namespace of its source is not known');
    else if (entry.sourceNamespace !== sourceNamespace) {
      return unmet(() => `${asked}: the request comes from ${entry.sourceNamespace ?? ''}`);
    }
  }
  return open ?? MET;
}

function mayHaveLabels({ sourceLabels, openLabels = [] }: EntryPoint, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) =>
    Object.hasOwn(sourceLabels, key)
      ? sourceLabels[key] === value
      : openLabels === 'any' || openLabels.includes(key),
  );
}
