/**
 * Somebody else changes an object in the middle of a change. It is planned again, on what they made and on what is
 * written by then. The report is that of a run that came after them: it tells of all, not of the last attempt alone.
 */
import { describe, expect, test } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import { titleOf } from '../../src/base/title.ts';
import type { Words } from '../../src/intent/types.ts';
import type { VirtualService } from '../../src/istio/types.ts';
import { jsonOf } from '../../src/report/json.ts';
import { summaryOf } from '../../src/report/summary.ts';
import type { Outcome } from '../../src/report/types.ts';
import type { Cluster } from '../support/memory-store.ts';
import { linesFor, NAMES, ruleOf, threeServices, virtualServiceOf } from '../support/three-services.ts';

const HEADERS = { operation: 'headers', services: linesFor('pr-10'), baggage: 'preview=pr-10' };
const OF_WEB = { 'virtual-service': 'web', 'pod-selector': 'app=web,build=v2' };
const WEIGHT = { operation: 'weight', ...OF_WEB, weight: '20' };

const CHANGES: Readonly<Record<string, readonly [Words, ...before: Words[]]>> = {
  headers: [HEADERS],
  'rollback of a preview': [{ operation: 'rollback', services: linesFor('pr-10') }, HEADERS],
  'promote of three': [{ operation: 'promote', services: linesFor('v2') }],
  weight: [WEIGHT],
  'more weight': [{ ...WEIGHT, weight: '50' }, WEIGHT],
  promote: [{ operation: 'promote', ...OF_WEB }, WEIGHT],
  clear: [{ operation: 'clear', 'virtual-service': 'web' }, WEIGHT],
  undo: [{ operation: 'undo', 'virtual-service': NAMES.join() }, HEADERS],
};

async function prepared(before: readonly Words[]): Promise<Cluster> {
  const made = threeServices();
  for (const words of before) expect((await made.run(words)).failure).toBeNull();
  made.journal.length = 0;
  return made;
}

/** As somebody else would: what nobody asks for. */
function edit(made: Cluster, title: string): void {
  const object = made.objects().find((one) => titleOf(one) === title);
  if (object === undefined) return;
  made.edit(object, (current) => ({
    ...current,
    metadata: { ...current.metadata, annotations: { ...current.metadata.annotations, team: 'orders' } },
  }));
}

/** Without what the server counts, and which change it was when. */
function told(outcome: Outcome): readonly unknown[] {
  const json = JSON.stringify(jsonOf(outcome), null, 1)
    .replaceAll(/"resourceVersion": "\d+"/g, '')
    .replaceAll(/1970-01-01T[\d:.]+Z/g, 'then')
    .replaceAll(/id\\":\\"[\w-]+/g, 'id');
  return [outcome.failure, summaryOf(outcome), json];
}

/** The first write of an object of this title is carried out, and a second try of it is in conflict with that. */
function losing(made: Cluster, title: string): Cluster {
  const write = made.store.write.bind(made.store);
  let isLost = false;
  made.store.write = async (one) => {
    const stored = await write(one);
    if (isLost || titleOf(one.after) !== title) return stored;
    isLost = true;
    throw new TrafficError('conflict', 'It was changed meanwhile.', { mayHaveBeenWritten: true });
  };
  return made;
}

describe.for(Object.entries(CHANGES))('%s', ([, [words, ...before]]) => {
  async function titlesWritten(): Promise<ReadonlySet<string>> {
    const undisturbed = await prepared(before);
    await undisturbed.run(words);
    return new Set(undisturbed.journal.flatMap((entry) => /^write (.*)/.exec(entry)?.[1] ?? []));
  }

  test('is told as a whole, whoever comes between', async () => {
    const titles = await titlesWritten();
    expect(titles.size).toBeGreaterThan(0);
    for (const title of titles) {
      const after = await prepared(before);
      edit(after, title);
      const expected = told(await after.run(words));
      const made = await prepared(before);
      made.on(`write ${title}`, () => {
        edit(made, title);
      });
      expect(told(await made.run(words)), title).toEqual(expected);
      expect(made.state()).toEqual(after.state());
    }
  });

  test('is told as a whole where the conflict is with itself', async () => {
    const undisturbed = await prepared(before);
    const expected = told(await undisturbed.run(words));
    for (const title of await titlesWritten()) {
      const made = losing(await prepared(before), title);
      expect(told(await made.run(words)), title).toEqual(expected);
      expect(made.state()).toEqual(undisturbed.state());
    }
  });
});

test('an undo is not undone where somebody changes what it has written', async () => {
  const made = await prepared([HEADERS]);
  const start = made.state();
  made.on('write VirtualService shop/orders', () => {
    for (const name of ['web', 'orders']) edit(made, `VirtualService shop/${name}`);
  });
  const outcome = await made.run({ operation: 'undo', 'virtual-service': NAMES.join() });
  expect(outcome.failure?.message).toMatch(/^VirtualService shop\/web was changed by somebody else after/);
  expect(outcome.failure?.message).toMatch(/everything is as it was\.$/);
  expect(Object.values(made.state()).map((one) => (one as VirtualService).spec)).toEqual(
    Object.values(start).map((one) => (one as VirtualService).spec),
  );
});

test('what the change does without, because of somebody else, does not stay', async () => {
  const made = threeServices();
  made.on('write VirtualService shop/web', () => {
    const { spec, ...rule } = ruleOf('web');
    const subsets = [{ name: 'web-pr-10', labels: { app: 'web', build: 'pr-10' } }];
    const other = { ...rule, metadata: { name: 'other', namespace: 'shop' }, spec: { ...spec, subsets } };
    made.edit(other, () => other);
    edit(made, 'VirtualService shop/web');
  });
  const outcome = await made.run(HEADERS);
  expect(outcome.failure?.message).toMatch(
    /^DestinationRule shop\/web, which this run has written, is no part of the change any more: .*everything is as it was\.$/,
  );
  const state = threeServices().state();
  for (const title of ['DestinationRule shop/web', 'DestinationRule shop/orders'])
    expect(made.state()[title]).toEqual(state[title]);
});

describe('somebody else does the same to the last object', () => {
  /** What stands between the last write of a kind and the first of the other. */
  const between = ({ journal }: Cluster, first: string, second: string): readonly string[] => {
    const from = journal.findLastIndex((entry) => entry.startsWith(`write ${first}`));
    const to = journal.findIndex((entry, at) => at > from && entry.startsWith(`write ${second}`));
    return journal.slice(from + 1, to);
  };

  test('no subset goes before Envoy has left the routes', async () => {
    const made = await prepared([HEADERS]);
    made.on('write VirtualService shop/stock', () => {
      const { spec } = virtualServiceOf('stock');
      made.edit(virtualServiceOf('stock'), (current) => ({ ...current, spec }));
    });
    expect((await made.run({ operation: 'rollback', services: linesFor('pr-10') })).failure).toBeNull();
    expect(between(made, 'VirtualService', 'DestinationRule')).toContain('sleep 5000');
  });

  test('no route sends to a subset before Envoy has it', async () => {
    const other = await prepared([HEADERS]);
    const rule = other.objects().find((one) => titleOf(one) === 'DestinationRule shop/stock');
    const made = await prepared([]);
    made.on('write DestinationRule shop/stock', () => {
      if (rule?.kind === 'DestinationRule') made.edit(rule, (current) => ({ ...current, spec: rule.spec }));
    });
    expect((await made.run(HEADERS)).failure).toBeNull();
    expect(between(made, 'DestinationRule', 'VirtualService')).toContain('sleep 5000');
  });
});
