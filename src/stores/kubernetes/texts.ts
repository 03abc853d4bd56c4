import { stringify } from 'yaml';
import type { JsonObject } from '../../base/json.ts';
import type { KubeObject } from '../../istio/types.ts';
import { withAnnotation } from '../../plan/objects.ts';
import type { Write } from '../../plan/types.ts';
import type { TextChange } from '../../report/types.ts';
import { HISTORY } from '../../undo/format.ts';
import { without } from './fields.ts';

/**
 * The objects that writes change, as YAML before the first and after the last of them. What the server keeps
 * count of itself is left out: it changes with every write, and says nothing to a person. So is the history:
 * what `undo` needs is the diff itself, backwards.
 */
export function textChanges(writes: readonly Write[]): TextChange[] {
  const changes = new Map<string, TextChange>();
  for (const { kind, before, after } of writes) {
    const label = `${kind} ${after.metadata.namespace}/${after.metadata.name}`;
    const first = changes.get(label)?.before ?? yamlOf(before);
    changes.set(label, { label, before: first, after: yamlOf(after) });
  }
  return [...changes.values()];
}

const COUNTED = ['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp'];

function yamlOf(object: KubeObject): string {
  const { apiVersion, kind } = object;
  const metadata = without(withAnnotation(object, HISTORY, undefined).metadata, COUNTED);
  const shown: JsonObject = {
    apiVersion,
    kind,
    metadata,
    ...without(object, ['apiVersion', 'kind', 'metadata', 'status']),
  };
  return stringify(shown, { lineWidth: 0, aliasDuplicateObjects: false });
}
