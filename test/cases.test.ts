/**
 * Golden cases: a folder each in `cases/`.
 *
 * - `args`: what is typed after `istiops`, a line a step; `edit: s/old/new/` changes the text in between, as somebody
 *   else would; a line that starts with `#` says what the case shows.
 * - `before.yaml` (or `before.json`): the manifests, or what the cluster holds where there is a `pods.yaml` or a
 *   `services.yaml` (these may say `# forbidden: why`). A `mesh.yaml` there is what other namespaces have, which can't be
 *   read without it. A `webhook.txt` there changes what is written: `s/old/new/`.
 * - `after.yaml` and `summary.md`: the text after the last step and that step's job summary; or `error.txt`: the
 *   reason and the message of a last step that fails, and changes nothing. Annotations are in it in
 *   brief: `istiops/history` as `<weight for api-10; headers for api-11>`, the newest first, and `istiops/baseline` as
 *   `<baseline; asked api-10 20>`, where it remembers a list of `before.yaml` or of somebody's edit.
 * - `traffic.yaml`: the requests that a canary is judged by (`support/traffic-file.ts`). Such a case has a `log.txt`, the
 *   log of its last step. Where it fails, it has `after.yaml` and `summary.md` beside `error.txt`: it was taken back.
 *
 * A step may name any other file of the folder (`--expectations expectations.yaml`).
 *
 * `vitest run test/cases.test.ts -u` writes the expectations anew: read what it changed before it is kept.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Collaborators } from '../src/ports/collaborators.ts';
import type { Metrics } from '../src/ports/metrics.ts';
import { toTrafficError } from '../src/base/errors.ts';
import type { Words } from '../src/intent/types.ts';
import type { ParsedWords } from '../src/operations/request.ts';
import type { KubeObject } from '../src/istio/types.ts';
import { finding } from '../src/base/findings.ts';
import { titleOf } from '../src/base/title.ts';
import { summaryOf } from '../src/report/summary.ts';
import { failed, type Outcome } from '../src/report/types.ts';
import { run } from '../src/run/run.ts';
import { manifestsStore } from '../src/stores/manifests/store.ts';
import {
  clusterInText,
  documentsOf,
  objectsIn,
  parseCommandLine,
  type ClusterFiles,
  type Held,
} from './support/cases.ts';
import { baselineInBrief, historyInBrief, listsIn } from './support/in-brief.ts';
import { trafficOf } from './support/traffic-file.ts';

const CASES = join(import.meta.dirname, 'cases');

let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'istiops-cases-'));
});
afterAll(async () => {
  await rm(scratch, { recursive: true });
});

describe('golden cases', () => {
  const names = readdirSync(CASES).sort();
  test('there are many', () => {
    expect(names.length).toBeGreaterThanOrEqual(60);
  });
  test.for(names)('%s', async (name, { expect }) => {
    const golden = (file: string): string => join(CASES, name, file);
    const read = (file: string): string | undefined =>
      existsSync(golden(file)) ? readFileSync(golden(file), 'utf8') : undefined;
    const extension = read('before.json') === undefined ? 'yaml' : 'json';
    const start = read(`before.${extension}`) ?? '';
    const files: ClusterFiles = {
      pods: read('pods.yaml'),
      services: read('services.yaml'),
      mesh: read('mesh.yaml'),
      webhook: read('webhook.txt'),
    };
    const isCluster = files.pods !== undefined || files.services !== undefined;
    const objects = isCluster
      ? inCluster(start, files, read('traffic.yaml'))
      : await inManifests(start, join(scratch, name), `istio.${extension}`);
    const place = { ...objects, readText: (path: string) => readFile(golden(path), 'utf8') };
    const steps = stepsOf(read('args') ?? '');
    const last = steps.at(-1) ?? '';
    const known = new Set(listsIn(start));
    for (const step of steps.slice(0, -1)) {
      const outcome = await take(step, place);
      expect(outcome?.failure ?? null, step).toBeNull();
      if (outcome === null) for (const list of listsIn(await place.text())) known.add(list);
    }
    const before = await place.text();
    const outcome = await take(last, place);
    if (outcome === null) throw new Error('The last step of a case is a command line.');
    const after = await place.text();

    // Kept in the repository with plain line ends, whatever the case is about.
    const text = baselineInBrief(historyInBrief(after.replaceAll('\r\n', '\n')), known);
    const isWatched = read('traffic.yaml') !== undefined;
    if (isWatched) await expect(`${place.log.join('\n')}\n`).toMatchFileSnapshot(golden('log.txt'));
    if (outcome.failure !== null) {
      const { reason, message } = outcome.failure;
      if (isWatched) {
        await expect(text).toMatchFileSnapshot(golden(`after.${extension}`));
        await expect(summaryOf(outcome)).toMatchFileSnapshot(golden('summary.md'));
      } else {
        expect([existsSync(golden(`after.${extension}`)), existsSync(golden('summary.md'))], message).toEqual(
          [false, false],
        );
        expect(after, message).toBe(before);
      }
      await expect(`${reason}\n\n${message}\n`).toMatchFileSnapshot(golden('error.txt'));
      return;
    }
    expect(existsSync(golden('error.txt')), 'it was to fail').toBe(false);
    await expect(text).toMatchFileSnapshot(golden(`after.${extension}`));
    await expect(baselineInBrief(summaryOf(outcome), known)).toMatchFileSnapshot(golden('summary.md'));
    expect(lineEnds(after)).toEqual(lineEnds(before));
    expectOthersUntouched(before, after, outcome);

    if (outcome.operation === 'undo' && outcome.changed && !outcome.dryRun) {
      // Taken back once more it is done again, so it is as it was after the next one.
      // By its number it is the newest by then.
      const again = last.replace(/--to \d+/, '--to 1');
      for (const _ of ['again', 'and back']) expect((await take(again, place))?.changed).toBe(true);
      expect(unsigned(await place.text())).toBe(unsigned(after));
      return;
    }
    const again = await take(last, place);
    expect(again?.failure ?? null).toBeNull();
    expect(again?.changed).toBe(outcome.dryRun && outcome.changed);
    expect(await place.text()).toBe(after);
  });
});

/** Without who changed it last, and when. */
function unsigned(text: string): string {
  return text.replaceAll(/^ +istiops\/(last-change|history): .*\n/gm, '');
}

function stepsOf(args: string): string[] {
  return args.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
}

/** Takes a step: somebody's edit of the text (no outcome), or a command line, as the doors run and report it. */
async function take(step: string, place: Place): Promise<Outcome | null> {
  const edit = /^edit: s(.)(.*?)\1(.*?)\1$/.exec(step);
  if (edit !== null) {
    const [, , old = '', replacement = ''] = edit;
    const text = await place.text();
    const pattern = new RegExp(old, 'm');
    if (!pattern.test(text)) throw new Error(`Nothing to edit: ${step}`);
    await place.write(
      text.replaceAll(new RegExp(old, 'gm'), replacement.replaceAll('\\n', '\n').replaceAll('\\r', '\r')),
    );
    return null;
  }
  let parsed: ParsedWords;
  try {
    parsed = parseCommandLine(step, place.words);
  } catch (thrown) {
    return failed(toTrafficError(thrown));
  }
  place.log.length = 0;
  const outcome = await run(parsed.request, collaborators(place));
  place.steps.push(step);
  const unused = parsed.warnings.map((message) => finding('unused-input', 'warning', message));
  return { ...outcome, findings: [...unused, ...outcome.findings] };
}

/** A clock that only sleeping moves, so that waits and conflicts take no time; every step is a minute later. */
function collaborators({ openStore, readText, steps, time, log, metrics }: Place): Collaborators {
  time.now = Math.max(time.now, Date.UTC(2030, 0, 1, 0, steps.length));
  return {
    openStore,
    clock: {
      now: () => new Date(time.now),
      sleep: (milliseconds) => {
        time.now += milliseconds;
        return Promise.resolve();
      },
      random: () => 0.5,
    },
    log: {
      info: (line) => log.push(line),
      group: (title, body) => {
        log.push(title);
        return body();
      },
    },
    ...(metrics !== undefined && { openMetrics: () => Promise.resolve(metrics) }),
    author: () => Promise.resolve({ actor: 'octocat' }),
    readText,
  };
}

/** `\r\n`, `\n`, or both where a text mixes them. */
function lineEnds(text: string): Set<string> {
  return new Set(text.match(/\r?\n/g));
}

/** A document that no write is about is, byte for byte, what it was. */
function expectOthersUntouched(before: string, after: string, { phases }: Outcome): void {
  const written = new Set(phases.flatMap(({ writes }) => writes.map((write) => titleOf(write.before))));
  const others = (text: string): string[] =>
    documentsOf(text).filter(
      (document) => !objectsIn(document).some((object) => written.has(titleOf(inDefault(object)))),
    );
  expect(others(after)).toEqual(others(before));
}

function inDefault(object: KubeObject): KubeObject {
  return { ...object, metadata: { ...object.metadata, namespace: object.metadata.namespace || 'default' } };
}

/** When the first step is taken, and how long before the service has had requests. */
const LEAD = 60_000;
const BEGIN = Date.UTC(2030, 0, 1) - LEAD;

/** And where its other files are. */
type Place = CasePlace & Required<Pick<Collaborators, 'readText'>>;

/** Where a case's objects are. */
interface CasePlace {
  /** The steps taken so far. */
  readonly steps: string[];
  /** Milliseconds: only sleeping moves it. */
  readonly time: { now: number };
  /** Of the step that was taken last. */
  readonly log: string[];
  /** Absent: nobody counts requests. */
  readonly metrics?: Metrics;
  readonly words: Words;
  readonly openStore: Collaborators['openStore'];
  text(): Promise<string>;
  write(text: string): Promise<void>;
}

function inCluster(start: string, files: ClusterFiles, traffic: string | undefined): CasePlace {
  const time = { now: BEGIN };
  const watched =
    traffic === undefined ? undefined : trafficOf(traffic, start, files.pods ?? '', () => time.now);
  const held: Held = watched?.held ?? { text: start };
  // So that the counters have grown.
  time.now += LEAD;
  return {
    steps: [],
    time,
    log: [],
    ...(watched !== undefined && { metrics: watched.metrics }),
    words: {},
    openStore: (_place, namespace) => Promise.resolve(clusterInText(held, namespace ?? 'default', files)),
    text: () => Promise.resolve(held.text),
    write: (text) => {
      held.text = text;
      return Promise.resolve();
    },
  };
}

async function inManifests(start: string, folder: string, file: string): Promise<CasePlace> {
  const path = join(folder, file);
  await mkdir(folder);
  await writeFile(path, start);
  return {
    steps: [],
    time: { now: BEGIN },
    log: [],
    words: { manifests: file },
    openStore: (_place, namespace) => Promise.resolve(manifestsStore({ path: file, cwd: folder, namespace })),
    text: () => readFile(path, 'utf8'),
    write: (text) => writeFile(path, text),
  };
}
