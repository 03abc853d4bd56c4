import { stringify } from 'yaml';
import { memoizedFor } from '../../base/memoized.ts';
import { withoutFields, type JsonObject } from '../../base/json.ts';
import type { DestinationRule, VirtualService } from '../../istio/types.ts';
import { withAnnotation } from '../../plan/objects.ts';
import type { Write } from '../../plan/types.ts';
import type { TextChange } from '../../report/types.ts';
import { count } from '../../base/text.ts';
import { changeName } from '../../plan/change-text.ts';
import { HISTORY, parseHistory } from '../../undo/format.ts';
import { titleOf } from '../../base/title.ts';

/**
 * The objects that writes change, as YAML before the first and after the last of them. What the server keeps
 * count of itself is left out: it changes with every write, and says nothing to a person. The history is one line that
 * says what is in it: what `undo` needs is the diff itself, backwards.
 */
export function textChanges(writes: readonly Write[]): TextChange[] {
  const changes = new Map<string, TextChange>();
  for (const write of writes) {
    const { before, after } = write;
    const how = write.kind === 'DestinationRule' ? write.how : undefined;
    const label = titleOf(after);
    const first = changes.get(label)?.before ?? (how === 'create' ? '' : yamlOf(before));
    changes.set(label, { label, before: first, after: how === 'delete' ? '' : yamlOf(after) });
  }
  return [...changes.values()];
}

const COUNTED = ['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp'];

const yamlOf = memoizedFor((object: VirtualService | DestinationRule): string => {
  const { apiVersion, kind } = object;
  const metadata = withoutFields(withFoldedHistory(object).metadata, COUNTED);
  const shown: JsonObject = {
    apiVersion,
    kind,
    metadata,
    ...withoutFields(object, ['apiVersion', 'kind', 'metadata', 'status']),
  };
  return stringify(shown, { lineWidth: 0, aliasDuplicateObjects: false });
});

/** A history that can't be read is left as it is: nobody knows how many changes are in it. */
function withFoldedHistory(object: VirtualService | DestinationRule): VirtualService | DestinationRule {
  if (object.kind !== 'VirtualService') return object;
  const { changes } = parseHistory(object);
  const [newest] = changes;
  if (newest === undefined) return object;
  const { summary, time } = newest.change;
  const name = `${summary.isBack ? 'undo of ' : ''}${changeName(summary)}`;
  return withAnnotation(
    object,
    HISTORY,
    `folded: ${count(changes.length, 'change')}, the newest ${name} at ${time}`,
  );
}
