/** Writes each change down on the VirtualServices that it writes: enough to show it, and to revert it. */
import { labelKeyProblem, labelValueProblem } from '../intent/label-rules.ts';
import { ANNOTATIONS_LIMIT, annotationBytes } from '../istio/annotations.ts';
import type { DestinationRule, KubeObject, Labels, VirtualService } from '../istio/types.ts';
import { canonicalJson, type JsonObject } from '../base/json.ts';
import { digest } from '../base/digest.ts';
import { finding, type Finding } from '../base/findings.ts';
import { withAnnotation } from '../plan/objects.ts';
import { titleOf } from '../base/title.ts';
import type { ChangedBuild, Plan, VirtualServiceWrite, Write } from '../plan/types.ts';
import { undoOf, virtualServiceUndo, withoutRemarks } from './diff.ts';
import { fitting } from './fitting.ts';
import { changeJson, HISTORY, MOST_CHANGES, parseHistory, type StoredChange } from './format.ts';
import { hostsSentTo, isForHosts } from './rule-hosts.ts';
import { isRecordedUndo } from './shape.ts';
import { changeSummaryOf } from './summary.ts';
import type { RecordedName, RecordedChange, RecordedUndo } from './types.ts';

/** What tells one change from another, kept for the whole run, however often it plans anew. */
export interface Stamp {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly time: string;
}

/** Who runs the operation, as far as that is known. */
export interface Signature {
  readonly actor?: string;
  readonly repository?: string;
  readonly run?: string;
  readonly pullRequest?: number;
}

/**
 * @param random from 0 up to 1: two runs may plan the very same in the same millisecond
 * @param partOf id of the change that this is a further part of
 */
export function stampOf({ phases }: Plan, now: Date, random: number, partOf?: string): Stamp {
  const time = now.toISOString();
  if (partOf !== undefined) return { id: partOf, time };
  const written = phases.flatMap(({ writes }) =>
    writes.map(({ before }) => [titleOf(before), before.metadata.resourceVersion]),
  );
  return { id: digest(canonicalJson([time, random, written])), time };
}

/**
 * The plan with the change in the `istiops/history` of every VirtualService that it writes. Where one has no room for
 * what reverts it, none has it (a change is reverted whole or not at all), and a warning says so.
 *
 * @param earlier what this run has written before it planned anew, in order
 */
export function withHistory(
  plan: Plan,
  stamp: Stamp,
  signature: Signature | undefined,
  earlier: readonly Write[],
): Plan {
  const writes = plan.phases.flatMap((phase) => phase.writes);
  const routes = writes.filter(isRoutes);
  if (routes.length === 0) return plan;
  const ruleWrites = [...earlier, ...writes].filter((write) => write.kind === 'DestinationRule');
  const { destinationRules } = undoOf(ruleWrites);
  const rules = destinationRules.flatMap((undo) => {
    const rule = ruleWrites.find(({ after }) => hasName(after, undo))?.after;
    return rule === undefined ? [] : [{ rule, undo }];
  });
  const before = earlier.filter(isRoutes);
  const wrote = [...new Set([...before, ...routes].map(({ after }) => after.metadata.name))].sort();
  const change = headOf(plan, stamp, signature, wrote);
  const headFor = ({ after }: VirtualServiceWrite): Omit<RecordedChange, 'undo'> =>
    ofBuild(change, plan.builds?.get(titleOf(after)));
  const records = routes.map((write) => ({ write, undo: recordedUndo(plan, write, rules) }));
  const texts = records.map(({ write, undo }) => textFor(write, { ...headFor(write), undo }));
  const tooLarge = records.find(({ undo }, i) => undo === null || texts[i]?.isKept === false);
  const texted = new Map(
    records.map(({ write }, i) => [
      write,
      tooLarge === undefined ? texts[i]?.text : textFor(write, { ...headFor(write), undo: null }).text,
    ]),
  );
  const marked = (write: Write): Write =>
    isRoutes(write) ? { ...write, after: withAnnotation(write.after, HISTORY, texted.get(write)) } : write;
  return {
    ...plan,
    phases: plan.phases.map((phase) => ({ ...phase, writes: phase.writes.map(marked) })),
    findings:
      tooLarge === undefined ? plan.findings : [...plan.findings, tooLargeFinding(tooLarge.write.after)],
  };
}

function hasName({ metadata }: KubeObject, { namespace, name }: RecordedName): boolean {
  return metadata.namespace === namespace && metadata.name === name;
}

function isRoutes(write: Write): write is VirtualServiceWrite {
  return write.kind === 'VirtualService';
}

function headOf(
  plan: Plan,
  { id, time }: Stamp,
  { actor, repository, run, pullRequest }: Signature = {},
  wrote: readonly string[],
): Omit<RecordedChange, 'undo'> {
  return {
    id,
    time,
    summary: changeSummaryOf(plan),
    labels: labelsOf(plan),
    asked: words(plan.asked),
    by: words(actor),
    repository: words(repository),
    run: run !== undefined && /^https?:\/\/[^\s"'<>]{1,480}$/.test(run) ? run : null,
    pullRequest: pullRequest ?? null,
    wrote,
  };
}

function words(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text.slice(0, 200);
}

/** Each VirtualService remembers its own build: `rollback`, `show` and `undo` look for that. */
function ofBuild(
  change: Omit<RecordedChange, 'undo'>,
  build: ChangedBuild | undefined,
): Omit<RecordedChange, 'undo'> {
  if (build === undefined) return change;
  const summary = { ...change.summary, subset: build.subset };
  return { ...change, summary, labels: labelsOf(build) };
}

/** Only what is a label: the input to paste is made of them. */
function labelsOf({ labels = null }: { readonly labels?: Labels | null }): Labels | null {
  if (labels === null) return null;
  const areLabels = Object.entries(labels).every(
    ([key, value]) => labelKeyProblem(key) === undefined && labelValueProblem(value) === undefined,
  );
  return areLabels ? labels : null;
}

/** null where it can't be kept, because its objects are none that Istio accepts. */
function recordedUndo(
  { wayBack }: Plan,
  { before, after }: VirtualServiceWrite,
  rules: readonly {
    readonly rule: DestinationRule;
    readonly undo: ReturnType<typeof undoOf>['destinationRules'][number];
  }[],
): RecordedUndo | null {
  const { namespace } = after.metadata;
  const hosts = new Set([before, after].flatMap((object) => [...hostsSentTo(object)]));
  const previous = wayBack?.get(titleOf(after));
  const recorded: RecordedUndo = {
    ...withoutRemarks(virtualServiceUndo({ before, after })),
    rules: rules
      .filter(({ rule }) => rule.metadata.namespace === namespace && isForHosts(rule, hosts))
      .map(({ undo: { namespace: _, ...undo } }) => undo),
    ...(previous !== undefined && {
      previous: withoutRemarks(virtualServiceUndo({ before: previous, after })),
    }),
  };
  return isRecordedUndo(recorded) ? recorded : null;
}

/**
 * The history of a VirtualService with one more change on top.
 *
 * @returns `isKept`: there was room for what reverts it
 */
function textFor(
  { before, after }: VirtualServiceWrite,
  change: RecordedChange,
): { readonly text: string | undefined; readonly isKept: boolean } {
  const others =
    ANNOTATIONS_LIMIT - annotationBytes(withAnnotation(after, HISTORY, undefined)) - HISTORY.length;
  const older = parseHistory(before).changes;
  const all = [changeJson(nextTo(older, change)), ...older.map((stored) => olderPart(stored, change))];
  const { stored, isFirstWhole } = fitting(all.slice(0, MOST_CHANGES), others);
  return { text: stored === null ? undefined : JSON.stringify(stored), isKept: isFirstWhole };
}

/** Parts of a change stand together in a history: where somebody else's came in between, this is a change by itself. */
function nextTo(older: readonly StoredChange[], change: RecordedChange): RecordedChange {
  const isApart = older.findIndex((stored) => stored.change.id === change.id) > 0;
  return isApart ? { ...change, id: digest(canonicalJson([change.id, change.time])) } : change;
}

/**
 * What an earlier attempt of this very run wrote is a part of the same change, and so is what an earlier run of the same
 * change wrote. The newest part speaks of all DestinationRules that its own run wrote.
 */
function olderPart({ change, json }: StoredChange, { id, time, wrote }: RecordedChange): JsonObject {
  if (change.id !== id || change.time !== time) return json;
  return changeJson({ ...change, wrote, undo: change.undo && { ...change.undo, rules: [] } });
}

function tooLargeFinding(object: KubeObject | VirtualService): Finding {
  const message =
    `What \`undo\` would need to revert this change does not fit into ${titleOf(object)}: Kubernetes allows ${ANNOTATIONS_LIMIT} bytes of annotations for an object. ` +
    'The change is made without it: keep the diff, or take it back with `rollback` or `clear`.';
  return finding('undo-too-large', 'warning', message, object);
}
