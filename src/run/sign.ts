/** Who changed it, and how to revert it: written into every VirtualService that changes. */
import { changeOperationOf, intentsOf, isReadOnly, type RequestedIntent } from '../operations/index.ts';
import type { Request } from '../operations/request.ts';
import type { TakesBack } from '../operations/types.ts';
import { titleOf } from '../base/title.ts';
import { LAST_CHANGE } from '../plan/last-change.ts';
import { withAnnotation } from '../plan/objects.ts';
import { withPreviewOwners, type PreviewOwner } from '../plan/preview-owners.ts';
import { removalsOf } from '../plan/subset-removals.ts';
import type { Phase, Plan, VirtualServiceWrite, Write } from '../plan/types.ts';
import type { Author, Collaborators } from '../ports/collaborators.ts';
import { stampOf, withHistory, type Stamp } from '../undo/record.ts';
import type { Journal } from './journal.ts';
import { inRunDomain, lastOf, writesIn } from './journal-readers.ts';

/**
 * The plan with its signature and its history, which the journal keeps. A run that plans anew signs as it did before.
 * A trial leaves no trace (neither who tried it nor how to take it back), only what it found.
 *
 * @param partOf id of the change that this run is a part of, where several runs are one change
 */
export async function signPlan(
  planned: Plan,
  { intent, dryRun }: Request,
  { clock, author: whoAsks }: Pick<Collaborators, 'clock' | 'author'>,
  journal: Journal,
  partOf?: string,
): Promise<Plan> {
  const earlier = lastOf(journal.entries, 'signed');
  const stamp = earlier?.stamp ?? stampOf(planned, clock.now(), clock.random(), partOf);
  const author = earlier !== undefined || dryRun ? earlier?.author : await whoAsks();
  const written = writesIn(journal.entries).map(({ write }) => write);
  const whole = inRunDomain(journal.entries, () =>
    withHistory(
      sign(partOf === undefined ? planned : asPart(planned), intent, author, stamp),
      stamp,
      author,
      written,
    ),
  );
  const plan = dryRun ? { ...planned, findings: whole.findings } : whole;
  journal.add({ kind: 'signed', plan, stamp, author });
  return plan;
}

/** What came before is recorded by the earlier parts, so a `promote` at the end need not know it. */
function asPart({ wayBack: _, ...planned }: Plan): Plan {
  return planned;
}

/** Says in every VirtualService that changes who changed it, and whose its previews are. */
function sign(planned: Plan, intent: RequestedIntent, author: Author | undefined, { time }: Stamp): Plan {
  const owned = withOwners(planned, intent, author, time);
  return author === undefined ? owned : withLastChange(owned, intent, author, time);
}

/** A preview that goes takes the record of its owner with it. */
function withOwners(planned: Plan, intent: RequestedIntent, author: Author | undefined, time: string): Plan {
  const isPreview = !isReadOnly(intent) && makesPreviews(changeOperationOf(intent).takesBack);
  // All services are given the same.
  const [lifetime] = intentsOf(intent).flatMap((one) => ('expires' in one ? (one.expires ?? []) : []));
  const expires = lifetime === undefined ? null : Date.parse(time) + lifetime;
  const owner: PreviewOwner = {
    repository: author?.repository ?? null,
    pullRequest: author?.pullRequest ?? null,
    commit: author?.commit ?? null,
    made: time,
    expires: expires === null ? null : new Date(expires).toISOString(),
  };
  return withRouteWrites(planned, (write) => ({
    ...write,
    after: withPreviewOwners(write.after, isPreview ? subsetFor(planned, write) : null, owner),
  }));
}

function makesPreviews(takesBack: TakesBack): boolean {
  return takesBack.by === 'rollback' && takesBack.makes.includes('previews');
}

function subsetFor({ builds, subset }: Plan, { after }: Write): string | null {
  const own = builds?.get(titleOf(after));
  return own === undefined ? subset : own.subset;
}

function withLastChange(planned: Plan, intent: RequestedIntent, author: Author, time: string): Plan {
  // Rollback and clear know by themselves what is theirs to remove, when they are done again.
  const isKnown = !isReadOnly(intent) && changeOperationOf(intent).direction === 'builds-back';
  const removes = isKnown ? [] : removalsOf(planned.phases);
  const { pullRequest: _, commit: __, ...who } = author;
  const text = JSON.stringify({
    operation: planned.operation,
    ...who,
    time,
    ...(removes.length > 0 && { removes }),
  });
  return withRouteWrites(planned, (write) => ({
    ...write,
    after: withAnnotation(write.after, LAST_CHANGE, text),
  }));
}

function withRouteWrites(plan: Plan, edit: (write: VirtualServiceWrite) => VirtualServiceWrite): Plan {
  const phases = plan.phases.map((phase): Phase => ({
    ...phase,
    writes: phase.writes.map((write) => (write.kind === 'VirtualService' ? edit(write) : write)),
  }));
  return { ...plan, phases };
}
