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
 * @throws TrafficError as the store
 */
export async function removeSubsets(writes: readonly Write[], context: RunContext): Promise<void> {
  const { store, journal } = context;
  const findings = await untilNoConflict(context, async () => {
    const snapshot = await store.read('routing');
    const used = inRunDomain(journal.entries, () =>
      referencedSubsets(snapshot.virtualServices.map((one) => newest(one, journal.entries))),
    );
    const staying: Finding[] = [];
    for (const write of writes) {
      if (write.kind !== 'DestinationRule') continue;
      const read = snapshot.destinationRules.find((rule) => isSameObject(rule, write.before));
      if (read === undefined) continue;
      const rule = newest(read, journal.entries);
      const { free, inUse } = inRunDomain(journal.entries, () => removedBy(write, rule, used));
      staying.push(...inUse.map((name) => stays(name, rule)));
      const after = withoutSubsets(rule, new Set(free));
      if (after !== rule) await writeOne('remove-subsets', lossOf(rule, after), context);
    }
    return staying;
  });
  for (const one of findings) journal.add({ kind: 'found', finding: one });
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
