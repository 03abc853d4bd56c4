import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bodyOf, BODY_LIMIT } from '../../src/github/note/body.ts';
import { publishNote, type Comment, type Comments } from '../../src/github/note/publish.ts';
import { hiddenLine, rowsIn, type NoteRow } from '../../src/github/note/row.ts';
import { rowsAfter, type NoteFacts } from '../../src/github/note/rows.ts';
import { outcome, OUTCOMES, route, to, HOST } from '../support/outcomes.ts';

const ROW: NoteRow = {
  key: 'shop/api.shop.svc.cluster.local',
  host: 'api',
  build: 'api-pr-10',
  requests: 'x-cid: seu_madruga',
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
          "readyPods": null,
          "requests": "x-cid: seu_madruga",
          "routes": 2,
          "run": "https://github.com/octo-org/api/actions/runs/8",
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
    const later = { ...up, at: '2031-01-01T00:00:00.000Z' };
    expect(rowsAfter([later], outcome({ subset: 'pr-9', after: [] }), FACTS)).toEqual([later]);
  });
});

/** Many jobs at work in a time of their own: whoever waits least goes on first. */
async function simulate(
  jobs: readonly ((sleep: (milliseconds: number) => Promise<void>) => Promise<void>)[],
) {
  const waiting: { readonly until: number; readonly goOn: () => void }[] = [];
  let now = 0;
  const sleep = (milliseconds: number): Promise<void> =>
    new Promise((goOn) => {
      waiting.push({ until: now + milliseconds, goOn });
    });
  const at = { isDone: false };
  const all = Promise.all(jobs.map((job) => job(sleep))).finally(() => {
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
    update: (id, body) =>
      later(() => {
        if (at(id) >= 0) all[at(id)] = { id, body };
      }),
    remove: (id) =>
      later(() => {
        if (at(id) >= 0) all.splice(at(id), 1);
      }),
  };
}

test('ten jobs at once on one comment: no row is missing, and there is one comment', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(4_000), { minLength: 10, maxLength: 10 }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })),
      async (starts, dice) => {
        const all: Comment[] = [];
        const random = (): number => Number(dice.next().value);
        const rows = starts.map((_, i): NoteRow => ({ ...ROW, key: `shop/service-${i}` }));
        await simulate(
          starts.map((start, i) => async (sleep) => {
            await sleep(start);
            const mine = rows[i] ?? ROW;
            await publishNote(
              'previews',
              (there) => [...there.filter(({ key }) => key !== mine.key), mine],
              slowComments(all, () => sleep(20 + random() * 400)),
              { sleep, random },
            );
          }),
        );
        expect(all).toHaveLength(1);
        expect(rowsIn(all[0]?.body ?? '').map(({ key }) => key)).toEqual(rows.map(({ key }) => key).sort());
      },
    ),
    { numRuns: 30 },
  );
});
