/** After a failure in the middle: what was written is undone, and what that leaves behind is put into words. */
import { toTrafficError } from '../base/errors.ts';
import { titleOf } from '../base/title.ts';
import type { Finding } from '../base/findings.ts';
import { uncancellable, type RunContext } from './context.ts';
import { settleDoubt } from './doubt.ts';
import type { Part } from './options.ts';
import { findingsIn, hasEntry, since, writesIn, type Written } from './journal-readers.ts';
import { undoObject } from './undo-object.ts';

/**
 * Takes back what was written, routes first, unless the routes are done (then only subsets that nothing uses are left,
 * and taking the change back would do more harm than they do). The journal is told what is left.
 *
 * @returns which state things are in, and what to do: sentences that follow the failure's
 */
export async function undoWrites(context: RunContext, part: Part = {}): Promise<string> {
  const { journal, log } = context;
  const steady = uncancellable(context);
  await settleDoubt(steady);
  const written = writesIn(journal.entries);
  if (written.length === 0)
    return part.isAfterWrites === true ? 'Nothing more was changed.' : 'Nothing was changed.';
  if (hasEntry(journal.entries, 'tidying')) {
    markLeft(
      written.map(({ stored }) => titleOf(stored)),
      context,
    );
    return 'The routes are changed as asked; only subsets that nothing uses any more are left in the DestinationRule. Run `clear`, or the same again, to remove them.';
  }
  journal.add({ kind: 'undoing' });
  return log.group('Undo what was written', () => undoAll(written, steady));
}

/** The title of an object, and the writes of it in order. */
type WritesOf = readonly [title: string, writes: readonly Written[]];

/** Why an object is still changed, by its title. */
type Left = ReadonlyMap<string, string>;

async function undoAll(written: readonly Written[], context: RunContext): Promise<string> {
  const objects = [...Map.groupBy(written, ({ stored }) => titleOf(stored))].toReversed();
  const isRoutes = ([title]: WritesOf): boolean => title.startsWith('VirtualService ');
  const [routes, rules] = [objects.filter(isRoutes), objects.filter((object) => !isRoutes(object))];
  if (routes.length > 0 && rules.length > 0) await context.propagation.before('routes');
  const routesLeft = await undoEach(routes, context);
  if (routes.length > 0 && rules.length > 0) {
    const propagated = await context.propagation.after('routes');
    if (propagated.kind === 'unknown')
      return keepSubsets(
        rules.map(([title]) => title),
        routesLeft,
        propagated.why,
        context,
      );
  }
  const left: Left = new Map([...routesLeft, ...(await undoEach(rules, context))]);
  markLeft(left.keys(), context);
  if (left.size > 0)
    return `What had been written before could not be undone everywhere. Still changed: ${stillChanged(left)}. Run the same again to finish the change, or \`rollback\` to take it back.`;
  return `What had been written before was undone${exceptFor(findingsIn(since(context.journal.entries, 'undoing')))}`;
}

async function undoEach(objects: readonly WritesOf[], context: RunContext): Promise<Left> {
  const left = new Map<string, string>();
  for (const [title, writes] of objects) {
    const why = await whyNotUndone(writes, context);
    if (why !== undefined) left.set(title, why);
  }
  return left;
}

/** @returns undefined: the object is as it was */
async function whyNotUndone(writes: readonly Written[], context: RunContext): Promise<string | undefined> {
  const [first, last] = [writes[0], writes.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  if (last.mayHaveBeenWritten)
    return "perhaps: no answer that can be used came to the write, and what is there now can't be read or is somebody else's";
  try {
    await undoObject(first.write, last.stored, context);
    context.log.info(`Undid ${titleOf(last.stored)}`);
    return undefined;
  } catch (thrown) {
    const { message, mayHaveBeenWritten } = toTrafficError(thrown);
    return mayHaveBeenWritten ? `perhaps: ${message}` : message;
  }
}

/** As long as proxies may still send requests to them, the subsets must stay. */
function keepSubsets(rules: readonly string[], routesLeft: Left, why: string, context: RunContext): string {
  markLeft([...routesLeft.keys(), ...rules], context);
  const state =
    routesLeft.size === 0
      ? 'The routes are as they were; the'
      : `Still changed: ${stillChanged(routesLeft)}. The`;
  return `${state} subsets that were added stay in ${rules.join(', ')}: ${why}. Nothing uses them; \`rollback\` removes them.`;
}

function exceptFor(findings: readonly Finding[]): string {
  if (findings.length === 0) return ': everything is as it was.';
  return findings.some(({ code }) => code === 'stable-subset-stays')
    ? ', but a route stays with its stable subset, because the whole service includes the pods of the build.'
    : ', but for a subset that a VirtualService sends traffic to meanwhile.';
}

function markLeft(titles: Iterable<string>, { journal }: RunContext): void {
  for (const title of titles) journal.add({ kind: 'left', title });
}

function stillChanged(left: Left): string {
  return [...left].map(([title, why]) => `${title} (${why})`).join('; ');
}
