/** Who applies an object on the server's side (Helm since version 4, `kubectl apply --server-side`). */
import { finding, type Finding } from '../base/findings.ts';
import { field, listIn, objectIn, textIn } from '../base/json.ts';
import { titleOf } from '../base/title.ts';
import type { KubeObject } from '../istio/types.ts';

const LISTS_OF_ROUTES = ['http', 'tcp', 'tls'];
const LISTS_OF_RULES = ['subsets'];

/**
 * Lists of routes and subsets have one owner as a whole. Once istiops has written one, whoever applied it before can't
 * apply another without a conflict.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
 */
export function checkAppliers(object: KubeObject): readonly Finding[] {
  const entries = listIn(object.metadata['managedFields']).map(objectIn);
  return entries.flatMap((entry) => {
    if (entry['operation'] !== 'Apply' || textIn(entry['subresource']) !== '') return [];
    const spec = field(entry['fieldsV1'], 'f:spec');
    const owned = (object.kind === 'VirtualService' ? LISTS_OF_ROUTES : LISTS_OF_RULES).filter(
      (name) => field(spec, `f:${name}`) !== undefined,
    );
    if (owned.length === 0) return [];
    const manager = textIn(entry['manager']);
    const fields = owned.map((name) => `spec.${name}`).join(' and ');
    const message =
      `${titleOf(object)} is applied by ${manager} on the server's side, and ${fields} is its own: ` +
      `the next apply${manager === 'helm' ? ' (`helm upgrade`)' : ''} ends with a conflict with istiops or, where it is forced (\`--force-conflicts\`), undoes this change. ` +
      'Take this change back before that, or apply it without that field.';
    return [finding('server-side-applied', 'warning', message, object)];
  });
}
