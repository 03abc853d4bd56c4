import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import { bodyOf, BODY_LIMIT } from '../../src/github/note/body.ts';
import { publishNote, type Comment, type Comments } from '../../src/github/note/publish.ts';
import { hiddenLine, rowsIn, type NoteRow } from '../../src/github/note/row.ts';
import { rowsAfter, rowsOfEndedStep, type NoteFacts } from '../../src/github/note/rows.ts';
import type { Outcome } from '../../src/report/types.ts';
import { outcome, OUTCOMES, route, to, HOST } from '../support/outcomes.ts';

const ROW: NoteRow = {
  key: 'shop/api.shop.svc.cluster.local',
  host: 'api',
  build: 'api-pr-10',
  requests: 'x-cid: seu_madruga',
  progress: null,
  takenBack: null,
  curl: "curl --header 'x-cid: seu_madruga' https://api.example.com/",
  link: 'https://api.example.com/.preview/pr-10',
  routes: 2,
  readyPods: 3,
  commit: 'a'.repeat(40),
  run: 'https://github.com/octo-org/api/actions/runs/7',
  at: '2030-01-01T00:00:00.000Z',
};

const FACTS: NoteFacts = {
  commit: 'b'.repeat(40),
  run: 'https://github.com/octo-org/api/actions/runs/8',
  at: '2030-01-02T00:00:00.000Z',
  link: null,
};

const row = fc
  .record({
    key: fc.string({ unit: 'binary', minLength: 1 }),
    host: fc.string({ unit: 'binary' }),
    requests: fc.option(fc.string({ unit: 'binary' })),
    readyPods: fc.option(fc.nat()),
  })
  .map((some): NoteRow => ({ ...ROW, ...some }));

describe('a note', () => {
  test('as it is written', () => {
    const down = { ...ROW, key: 'shop/stock', host: 'stock', requests: null, curl: null, link: null };
    expect(bodyOf('previews', [down, ROW]).replaceAll(/(?<=row )\S+/g, '…')).toMatchInlineSnapshot(`
      "<!-- istiops:previews -->
      ### Previews of this pull request: 1 of 2

      | Service | Build | Requests | Routes | Ready pods | Commit | Since |
      | --- | --- | --- | --- | --- | --- | --- |
      | [api](https://api.example.com/.preview/pr-10) | <code>api-pr-10</code> | <code>x-cid: seu_madruga</code> | 2 | 3 | aaaaaaaaaa | [2030-01-01 at 00:00 UTC](https://github.com/octo-org/api/actions/runs/7) |
      | stock | <code>api-pr-10</code> | taken down |  |  | aaaaaaaaaa | [2030-01-01 at 00:00 UTC](https://github.com/octo-org/api/actions/runs/7) |

      <details>
      <summary>Send such a request</summary>

      \`\`\`sh
      # api
      curl --header 'x-cid: seu_madruga' https://api.example.com/
      \`\`\`

      </details>

      <!-- istiops:row … -->
      <!-- istiops:row … -->
      "
    `);
  });

  test('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.uniqueArray(row, { selector: ({ key }) => key, maxLength: 5 }), (rows) => {
        const sorted = [...rows].sort((a, b) => (a.key < b.key ? -1 : 1));
        expect(rowsIn(bodyOf('previews', rows))).toEqual(sorted);
      }),
    );
  });

  test('has no text of a row outside of its cell', () => {
    const hostile = 'a|b --> <img src=x> [x](javascript:alert(1)) @ada #1 ```\n| c |';
    const body = bodyOf('previews', [{ ...ROW, host: hostile, build: hostile, requests: hostile }]);
    const [, , , , , line = ''] = body.split('\n');
    expect(line.split('|')).toHaveLength(9);
    const [, fence = ''] = body.split('<details>');
    expect(body.replace(fence, '')).not.toMatch(/<img|\]\(javascript|@ada|-->.*-->/);
    expect(
      fence.split('\n').filter((text) => text.startsWith('# ') || text.startsWith('curl ')),
    ).toHaveLength(2);
  });

  test.for([
    ['no base64', '<!-- istiops:row %% -->'],
    ['no row', `<!-- istiops:row ${Buffer.from('{"key":1}').toString('base64url')} -->`],
    ['a link that runs something', hiddenLine({ ...ROW, link: 'javascript:alert(1)' })],
    ['a commit that is none', hiddenLine({ ...ROW, commit: '](x)' })],
    ['too long', hiddenLine({ ...ROW, host: 'x'.repeat(3_000) })],
  ] as const)('a forged line is left out: %s', ([, line]) => {
    expect(rowsIn(line)).toEqual([]);
  });

  test('fits into a comment, and keeps what is up', () => {
    const many = Array.from({ length: 300 }, (_, i): NoteRow => {
      const key = `shop/service-${i}`;
      return { ...ROW, key, host: key, ...(i % 2 === 0 && { requests: null }) };
    });
    const body = bodyOf('previews', many);
    expect(body.length).toBeLessThanOrEqual(BODY_LIMIT);
    expect(rowsIn(body).filter(({ requests }) => requests === null)).toEqual([]);
    expect(body).toMatch(/\d+ more would be too long for a comment/);
  });
});

describe('rows after a change', () => {
  const key = `default/${HOST}`;

  test('a preview', () => {
    const rows = rowsAfter([], OUTCOMES['headers'] ?? outcome({}), FACTS);
    expect(rows).toMatchInlineSnapshot(`
      [
        {
          "at": "2030-01-02T00:00:00.000Z",
          "build": "api-domain-pr-10",
          "commit": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
          "curl": null,
          "host": "api.domain.io",
          "key": "default/api.domain.io",
          "link": null,
          "progress": null,
          "readyPods": null,
          "requests": "x-cid: seu_madruga",
          "routes": 2,
          "run": "https://github.com/octo-org/api/actions/runs/8",
          "takenBack": null,
        },
      ]
    `);
  });

  const up = { ...ROW, key, host: HOST, build: 'pr-9' };
  const sends = (subset: string) => route(0, { madeBy: 'istiops', destinations: [to(subset, 100)] });

  test('of a newer build replaces the one of an older build', () => {
    const rows = rowsAfter([up], outcome({ subset: 'pr-10', after: [sends('pr-10')] }), FACTS);
    expect(rows.map(({ build }) => build)).toEqual(['pr-10']);
  });

  test('taken back', () => {
    const change = outcome({ subset: 'pr-9', before: [sends('pr-9')], after: [] });
    const [down] = rowsAfter([up], change, FACTS);
    expect(down).toMatchObject({ build: 'pr-9', requests: null, link: null, routes: 0, at: FACTS.at });
    expect(rowsAfter([down ?? up], change, { ...FACTS, at: '2030-02-01T00:00:00.000Z' })).toEqual([down]);
  });

  test('of another service stay', () => {
    const other = { ...up, key: 'shop/other' };
    expect(rowsAfter([other], outcome({ subset: 'pr-9', after: [] }), FACTS)).toEqual([other]);
  });

  test('that a later job wrote stay', () => {
    const later = { ...up, at: '2030-01-02T00:05:00.000Z' };
    expect(rowsAfter([later], outcome({ subset: 'pr-9', after: [] }), FACTS)).toEqual([later]);
  });

  test('of a day to come, which somebody has written by hand, do not stay', () => {
    const forged = { ...up, at: '9999-01-01T00:00:00.000Z' };
    const [row] = rowsAfter([forged], outcome({ subset: 'pr-10', after: [sends('pr-10')] }), FACTS);
    expect(row).toMatchObject({ build: 'pr-10', at: FACTS.at });
  });

  const undone = { operation: 'headers', time: FACTS.at, actor: null } as unknown as Outcome['undone'];
  const back = { operation: 'undo' as const, ...(undone && { undone }) };

  test('of a change that was taken back say so', () => {
    const change = outcome({ ...back, subset: 'pr-9', before: [sends('pr-9')], after: [] });
    const [row] = rowsAfter([up], change, FACTS);
    expect(row).toMatchObject({ build: 'pr-9', requests: null, takenBack: 'pr-9' });
    expect(bodyOf('previews', row ? [row] : [])).toContain('| taken back |');
  });

  test('of a change that was taken back name the preview that is there again', () => {
    const older = { ...up, build: 'pr-10', commit: 'd'.repeat(40) };
    const change = outcome({ ...back, subset: 'pr-10', before: [sends('pr-10')], after: [sends('pr-9')] });
    const [row] = rowsAfter([older], change, FACTS);
    expect(row).toMatchObject({ build: 'pr-9', takenBack: 'pr-10', commit: null, link: null, routes: 1 });
    expect(row?.requests).not.toBeNull();
    expect(bodyOf('previews', row ? [row] : [])).toContain(
      '| <code>pr-9</code>; <code>pr-10</code> was taken back |',
    );
  });

  const progress = { words: 'stage 2 of 3, watched 1:30 of 5:00: good', step: 'step-1' };

  test('of a canary say how far it is', () => {
    const share = route(0, { destinations: [to('stable', 80), to('pr-10', 20)] });
    const [row] = rowsAfter([], outcome({ subset: 'pr-10', after: [share] }), { ...FACTS, progress });
    const lines = bodyOf('previews', row ? [row] : []).split('\n');
    expect(lines.find((line) => line.includes('pr-10'))).toContain(
      '| <code>20 % of all requests</code>; stage 2 of 3, watched 1:30 of 5:00: good |',
    );
  });

  test.for([
    [true, { requests: null, progress: null, takenBack: 'pr-9' }],
    [false, { requests: ROW.requests, progress: { words: 'the job ended before the canary did' } }],
  ] as const)('of a canary whose job was killed (taken back: %s)', ([isBack, expected]) => {
    const other = { ...up, key: 'shop/other', progress: { ...progress, step: 'step-2' } };
    const rows = rowsOfEndedStep([{ ...up, progress }, other, up], 'step-1', FACTS, isBack);
    expect(rows).toMatchObject([expected, other, up]);
  });

  test('of an earlier version are read', () => {
    const { progress: _, takenBack: __, ...old } = ROW;
    expect(rowsIn(hiddenLine(old as NoteRow))).toEqual([ROW]);
  });
});

/** Many jobs at work in a time of their own: whoever waits least goes on first. */
async function simulate(
  jobs: readonly ((sleep: (milliseconds: number) => Promise<void>, now: () => Date) => Promise<void>)[],
) {
  const waiting: { readonly until: number; readonly goOn: () => void }[] = [];
  let now = 0;
  const sleep = (milliseconds: number): Promise<void> =>
    new Promise((goOn) => {
      waiting.push({ until: now + milliseconds, goOn });
    });
  const at = { isDone: false };
  const all = Promise.all(jobs.map((job) => job(sleep, () => new Date(now)))).finally(() => {
    at.isDone = true;
  });
  while (!at.isDone) {
    await new Promise(setImmediate);
    const [next] = waiting.sort((a, b) => a.until - b.until).splice(0, 1);
    now = next?.until ?? now;
    next?.goOn();
  }
  await all;
}

/** Comments in memory, each call of which takes a while on its way there and on its way back. */
function slowComments(all: Comment[], wait: () => Promise<void>): Comments {
  const later = async <T>(call: () => T): Promise<T> => {
    await wait();
    const answer = call();
    await wait();
    return answer;
  };
  const at = (id: number): number => all.findIndex((comment) => comment.id === id);
  return {
    own: () => later(() => all.map((comment) => ({ ...comment }))),
    create: (body) =>
      later(() => {
        all.push({ id: 1 + Math.max(0, ...all.map(({ id }) => id)), body });
      }),
    read: (id) =>
      later(() => {
        const comment = all[at(id)];
        if (comment === undefined) throw new TrafficError('not-found', 'it is gone');
        return { ...comment };
      }),
    update: async (id, give) => {
      const body = await give();
      await later(() => {
        if (at(id) >= 0) all[at(id)] = { id, body };
      });
    },
    remove: (id) =>
      later(() => {
        if (at(id) >= 0) all.splice(at(id), 1);
      }),
  };
}

/** Milliseconds that one call needs in each direction, and that a job stands still before it goes on. */
interface Pace {
  readonly call: () => number;
  readonly stall: () => number;
}

/** So many jobs, each with a row of its own. */
async function publishAtOnce(
  starts: readonly number[],
  random: () => number,
  { call, stall }: Pace,
): Promise<readonly Comment[]> {
  const all: Comment[] = [];
  await simulate(
    starts.map((start, i) => async (sleep, now) => {
      await sleep(start);
      const mine: NoteRow = { ...ROW, key: keyAt(i) };
      const comments = slowComments(all, () => sleep(call()));
      await publishNote(
        'previews',
        (there) => [...there.filter(({ key }) => key !== mine.key), mine],
        {
          ...comments,
          own: async () => {
            const found = await comments.own();
            await sleep(stall());
            return found;
          },
          update: async (id, give) => {
            await sleep(stall());
            await comments.update(id, give);
          },
        },
        { sleep, random, now },
      );
    }),
  );
  return all;
}

function keyAt(i: number): string {
  return `shop/service-${String(i).padStart(2, '0')}`;
}

const dice = fc
  .infiniteStream(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }))
  .map((stream) => (): number => Number(stream.next().value));

const tenStarts = fc.array(fc.nat(4_000), { minLength: 10, maxLength: 10 });

test.for<[string, (random: () => number) => number]>([
  ['', () => 0],
  [' that stand still for up to eight seconds', (random) => (random() < 0.3 ? random() * 8_000 : 0)],
])('ten jobs at once on one comment%s: no row is missing, and there is one comment', async ([, stall]) => {
  await fc.assert(
    fc.asyncProperty(tenStarts, dice, async (starts, random) => {
      const all = await publishAtOnce(starts, random, {
        call: () => 20 + random() * 400,
        stall: () => stall(random),
      });
      expect(all).toHaveLength(1);
      expect(rowsIn(all[0]?.body ?? '').map(({ key }) => key)).toEqual(starts.map((_, i) => keyAt(i)));
    }),
    { numRuns: 30, endOnFailure: true },
  );
});

test('a comment that was removed meanwhile is written anew', async () => {
  const all: Comment[] = [{ id: 1, body: bodyOf('previews', []) }];
  const comments = slowComments(all, () => Promise.resolve());
  let isFirst = true;
  const update: Comments['update'] = async (id, give) => {
    if (isFirst) all.length = 0;
    if (isFirst) throw new TrafficError('not-found', 'it is gone', { cause: (isFirst = false) });
    await comments.update(id, give);
  };
  const clock = { now: () => new Date(0), random: () => 0, sleep: () => Promise.resolve() };
  await publishNote('previews', () => [ROW], { ...comments, update }, clock);
  expect(all.map(({ body }) => rowsIn(body))).toEqual([[ROW]]);
});
