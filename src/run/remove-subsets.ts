import { toTrafficError } from '../base/errors.ts';
import { finding, type Finding } from '../base/findings.ts';
import { isSameObject, titleOf } from '../base/title.ts';
import { resolveHost } from '../istio/hosts.ts';
import type { DestinationRule } from '../istio/types.ts';
import { lossOf } from '../plan/created-rule.ts';
import { removedSubsets } from '../plan/subset-removals.ts';
import { referencedSubsets, subsetKey, withoutSubsets, type ReferencedSubsets } from '../plan/subsets.ts';
import type { Write } from '../plan/types.ts';
import { untilNoConflict } from './conflicts.ts';
import { inRunDomain } from './journal-readers.ts';
import type { RunContext } from './context.ts';
import { newest, writeOne } from './write-one.ts';

/**
 * Takes away the subsets that `before` has and `after` hasn't, from DestinationRules as they are now, and only those
 * that nothing refers to now: during the wait, another run may have sent traffic to one of them, or changed the same
 * DestinationRule. The journal is told which stay.
 *
 * The DestinationRules are read only where one of them has changed since, which is a conflict: an API server answers a
 * list at once where objects of that kind were written last, and after tens of milliseconds where others were.
 *
 * @throws TrafficError as the store
 * @see https://kubernetes.io/blog/2024/08/15/consistent-read-from-cache-beta/
 */
export async function removeSubsets(writes: readonly Write[], context: RunContext): Promise<void> {
  const { store, journal } = context;
  const ruleWrites = writes.filter((write) => write.kind === 'DestinationRule');
  const findings = await untilNoConflict(context, async (attempt) => {
    const snapshot = await store.read(attempt === 1 ? 'routes' : 'routing');
    const used = inRunDomain(journal.entries, () =>
      referencedSubsets(snapshot.virtualServices.map((one) => newest(one, journal.entries))),
    );
    const rules = attempt === 1 ? ruleWrites.map(({ before }) => before) : snapshot.destinationRules;
    const staying: Finding[] = [];
    for (const write of ruleWrites) {
      const known = rules.find((rule) => isSameObject(rule, write.before));
      if (known === undefined) continue;
      const rule = newest(known, journal.entries);
      const { free, inUse } = inRunDomain(journal.entries, () => removedBy(write, rule, used));
      staying.push(...inUse.map((name) => stays(name, rule)));
      const after = withoutSubsets(rule, new Set(free));
      if (after !== rule) await unlessGone(() => writeOne('remove-subsets', lossOf(rule, after), context));
    }
    return staying;
  });
  for (const one of findings) journal.add({ kind: 'found', finding: one });
}

/** A DestinationRule that somebody has deleted meanwhile has no subsets to lose. */
async function unlessGone(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (thrown) {
    if (toTrafficError(thrown).reason !== 'not-found') throw thrown;
  }
}

/** Names of the subsets that a write removes, by whether anything uses them now. */
function removedBy(
  write: Write,
  rule: DestinationRule,
  used: ReferencedSubsets,
): { readonly free: readonly string[]; readonly inUse: readonly string[] } {
  const host = resolveHost(rule.spec.host, rule.metadata.namespace);
  const { inUse = [], free = [] } = Object.groupBy(removedSubsets(write), (name) =>
    used.has(subsetKey(host, name)) ? 'inUse' : 'free',
  );
  return { free, inUse };
}

function stays(name: string, rule: DestinationRule): Finding {
  const message = `Subset ${name} of ${titleOf(rule)} stays: a VirtualService sends traffic to it meanwhile.`;
  return finding('subset-in-use', 'notice', message, rule);
}
