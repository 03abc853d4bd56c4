/** With any cluster domain everything is as with `cluster.local`: every golden case, in a cluster of another name. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { toTrafficError } from '../../src/base/errors.ts';
import type { Collaborators } from '../../src/ports/collaborators.ts';
import { summaryOf } from '../../src/report/summary.ts';
import { failed, type Outcome } from '../../src/report/types.ts';
import { run } from '../../src/run/run.ts';
import { clusterInText, parseCommandLine, type ClusterFiles } from '../support/cases.ts';

const CASES = join(import.meta.dirname, '..', 'cases');
/** As long as `cluster.local`, so that long sentences are cut at the same place. */
const DOMAIN = 'intra.example';

/** A text of a cluster in one of the other domain. */
const moved = (text: string): string =>
  text.replaceAll('.svc.cluster.local', `.svc.${DOMAIN}`).replaceAll('"*.local"', '"*.example"');

interface Played {
  readonly said: string;
  readonly left: string;
}

/** The last step's summary, and what the cluster holds then, without notes whose checksums hold the hosts. */
async function played(name: string, domain: string | null): Promise<Played> {
  const there = domain === null ? (text: string): string => text : moved;
  const read = (file: string): string | undefined => {
    const path = join(CASES, name, file);
    return existsSync(path) ? there(readFileSync(path, 'utf8')) : undefined;
  };
  const held = { text: read('before.yaml') ?? '' };
  const files: ClusterFiles = {
    pods: read('pods.yaml'),
    services: read('services.yaml'),
    mesh: read('mesh.yaml'),
    webhook: read('webhook.txt'),
  };
  let outcome: Outcome | undefined;
  let now = Date.UTC(2030, 0, 1);
  const steps = (read('args') ?? '').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  for (const step of steps) {
    const [, , old = '', replacement = ''] = /^edit: s(.)(.*?)\1(.*?)\1$/.exec(step) ?? [];
    if (old !== '') {
      held.text = held.text.replaceAll(new RegExp(old, 'gm'), replacement.replaceAll('\\n', '\n'));
      continue;
    }
    now += 60_000;
    outcome = await took(step, domain, {
      openStore: (_place, namespace) => Promise.resolve(clusterInText(held, namespace ?? 'default', files)),
      clock: {
        now: () => new Date(now),
        sleep: (milliseconds) => {
          now += milliseconds;
          return Promise.resolve();
        },
        random: () => 0.5,
      },
      log: { info: () => undefined, group: (_title, body) => body() },
      author: () => Promise.resolve({ actor: 'octocat' }),
      readText: (path) => Promise.resolve(read(path) ?? ''),
    });
  }
  const notes = /^.*istiops\/(?:baseline|created|history|last-change)\b.*\n/gm;
  return {
    said: outcome === undefined ? '' : summaryOf({ ...outcome, texts: [] }),
    left: held.text.replaceAll(notes, ''),
  };
}

async function took(step: string, domain: string | null, collaborators: Collaborators): Promise<Outcome> {
  try {
    const { request } = parseCommandLine(step, domain === null ? {} : { 'cluster-domain': domain });
    return await run(request, collaborators);
  } catch (thrown) {
    return failed(toTrafficError(thrown));
  }
}

/** Their headlines end elsewhere, because a command in them has one more input. */
const CUT_OFF: ReadonlySet<string> = new Set(['cluster-services-undo-of-two-builds']);

describe('golden cases in another domain', () => {
  const names = readdirSync(CASES).filter(
    // Those are about domains, or about inputs, whose examples are what they are.
    (name) =>
      !/^(?:cluster-domain|invalid)-/.test(name) &&
      !CUT_OFF.has(name) &&
      existsSync(join(CASES, name, 'before.yaml')),
  );
  test.for(names)('%s', async (name) => {
    const [here, there] = [await played(name, null), await played(name, DOMAIN)];
    // The way back repeats the input.
    const said = there.said
      .replaceAll(` --cluster-domain ${DOMAIN}`, '')
      .replaceAll(/^ +cluster-domain: .*\n/gm, '');
    expect(said).toBe(moved(here.said));
    expect(there.left).toBe(moved(here.left));
  });
});
