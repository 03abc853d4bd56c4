/** The writing half of a run: phase by phase, with a way back until the routes are done. */
import { TrafficError } from '../base/errors.ts';
import { finding } from '../base/findings.ts';
import type { Phase, PhaseName, Plan } from '../plan/types.ts';
import { uncancellable, type RunContext } from './context.ts';
import type { Entry } from './journal.ts';
import { hasEntry, writesIn } from './journal-readers.ts';
import { removeSubsets } from './remove-subsets.ts';
import { writeOne } from './write-one.ts';

const TITLES = {
  'add-subsets': 'Add subsets',
  routes: 'Change routes',
  'remove-subsets': 'Remove subsets that nothing uses',
} as const;

/**
 * Writes a plan: subsets, wait, routes, wait, probe, subsets that are to go.
 *
 * @throws TrafficError conflict: somebody else wrote in between, plan again; anything else: as the store
 */
export async function writePlan(plan: Plan, context: RunContext): Promise<void> {
  const { journal, log } = context;
  const unsettled = phaseUnderWay(plan, journal.entries);
  if (unsettled !== undefined) await waitFor(unsettled, context);
  for (const [position, phase] of plan.phases.entries()) {
    // As long as the subsets that are to go are there, there is something to go back to.
    if (phase.name === 'remove-subsets') await probeOnce(context);
    await log.group(TITLES[phase.name], async () => {
      if (phase.name !== 'remove-subsets') await context.propagation.before(phase.name);
      if (phase.name === 'remove-subsets') await tidyUp(phase, context);
      else for (const write of phase.writes) await writeOne(phase.name, write, context);
      const isLast = position === plan.phases.length - 1;
      // After the routes even if nothing follows: "done" means that Envoy has them.
      if (phase.name === 'routes' || !isLast) await waitFor(phase.name, context);
    });
  }
  await probeOnce(context);
}

/**
 * The phase whose result this plan may have found at this very moment, without a wait since. A run that was killed has
 * left subsets that its routes left just now; a conflict on a DestinationRule means that a subset, which is there now,
 * was not when we read; an earlier attempt may have written the last of a phase before it met a conflict. Without the
 * wait istiod could push both in one go, and that loses requests.
 */
function phaseUnderWay({ phases }: Plan, entries: readonly Entry[]): PhaseName | undefined {
  const isPending = (name: PhaseName): boolean => {
    const last = lastStep(name, entries);
    return last !== undefined && last !== 'confirmed';
  };
  switch (phases[0]?.name) {
    case 'remove-subsets':
      return lastStep('routes', entries) === 'confirmed' ? undefined : 'routes';
    case 'routes':
      return isPending('add-subsets') ? 'add-subsets' : undefined;
    case undefined:
      return isPending('routes') ? 'routes' : undefined;
    default:
      return undefined;
  }
}

/** What was done last in a phase; undefined: nothing. */
function lastStep(name: PhaseName, entries: readonly Entry[]): Entry['kind'] | undefined {
  return entries.findLast((entry) => 'phase' in entry && entry.phase === name)?.kind;
}

/**
 * Waits until the proxies have what a phase has written. If they don't: no route may send to new subsets, so the run
 * fails; changed routes stay, and so do the subsets that proxies with the routes of before still send to.
 *
 * @throws TrafficError timeout: new subsets
 */
async function waitFor(phase: PhaseName, { propagation, journal }: RunContext): Promise<void> {
  const propagated = await propagation.after(phase);
  if (propagated.kind === 'yes') return;
  if (phase === 'add-subsets')
    throw new TrafficError('timeout', `The proxies may not have the subsets yet: ${propagated.why}.`);
  journal.add({ kind: 'unconfirmed' });
  const message = `The routes are written, and proxies may still have those of before: ${propagated.why}. The subsets that were to go stay: run the same again to remove them, or \`clear\`.`;
  journal.add({ kind: 'found', finding: finding('unconfirmed', 'warning', message) });
}

/** Once a run, after its routes, also where an earlier attempt has written them. */
async function probeOnce({ journal, probe }: RunContext): Promise<void> {
  if (hasEntry(journal.entries, 'probed')) return;
  if (!writesIn(journal.entries).some(({ phase }) => phase === 'routes')) return;
  journal.add({ kind: 'probed' });
  await probe?.();
}

/** Removes subsets. A cancelled run finishes this, because going back from here would do more harm than they do. */
async function tidyUp({ name, writes }: Phase, context: RunContext): Promise<void> {
  if (hasEntry(context.journal.entries, 'unconfirmed')) return;
  context.journal.add({ kind: 'tidying' });
  const steady = uncancellable(context);
  if (context.store.kind === 'kubernetes') await removeSubsets(writes, steady);
  else for (const write of writes) await writeOne(name, write, steady);
}
