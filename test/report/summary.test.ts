import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeOf, fenced, textOf } from '../../src/report/markdown.ts';
import { summaryOf } from '../../src/report/summary.ts';
import { bytesOf } from '../../src/base/text.ts';
import { anyOutcome, hugeOutcome, nasty } from '../support/arbitrary-outcome.ts';
import { outcome, OUTCOMES, route, to } from '../support/outcomes.ts';

const MIB = 1024 * 1024;

/** What CommonMark takes for a fence: a closing one is at least as long as the opening one, and has no words. */
interface Parsed {
  readonly prose: readonly string[];
  readonly blocks: readonly { readonly language: string; readonly lines: readonly string[] }[];
}

function parsed(summary: string): Parsed {
  const prose: string[] = [];
  const blocks: { language: string; lines: string[] }[] = [];
  let fence: { readonly length: number; readonly indent: number } | null = null;
  for (const line of summary.split(/\r\n|\r|\n/)) {
    const [, indent = '', ticks, words = ''] = /^( *)(`{3,})(.*)$/.exec(line) ?? [];
    if (fence === null && ticks !== undefined && !words.includes('`')) {
      fence = { length: ticks.length, indent: indent.length };
      blocks.push({ language: words, lines: [] });
    } else if (fence !== null && ticks !== undefined && ticks.length >= fence.length && words.trim() === '') {
      fence = null;
    } else if (fence !== null) {
      blocks.at(-1)?.lines.push(line.slice(fence.indent));
    } else {
      prose.push(line);
    }
  }
  expect(fence, 'a fence is left open').toBeNull();
  return { prose, blocks };
}

/** The cells of a table's row, as GitHub splits it: at every pipe without a backslash, code or not. */
function cellsOf(row: string): string[] {
  return row.split(/(?<!\\)\|/).slice(1, -1);
}

/** Tags that we write; anything else in angle brackets is somebody's name. */
const OURS = /<\/?(?:code|details|summary)>|<w?br>/g;

function checkProse(summary: string): void {
  const { prose } = parsed(summary);
  let width = 4;
  for (const line of prose) {
    // The history has more columns; those of its head are ours.
    if (line.startsWith('| No. |')) {
      const more = ['| Pull request |', '| VirtualServices |'].filter((head) => line.includes(head));
      width = 7 + more.length;
    }
    if (line.startsWith('| VirtualService | Proxy |')) width = 4;
    if (line.startsWith('|')) expect(cellsOf(line)).toHaveLength(width);
    const rest = line.replace(OURS, '');
    expect(rest).not.toMatch(/[<>`\\@{}^~$]|\*(?!\*)(?<!\*\*)|!\[|\]\(|:\/\/|www\./i);
    expect(line).not.toMatch(/[^\P{C}]|[\u2028\u2029]/u);
    expect(line.match(/<code>/g)?.length).toBe(line.match(/<\/code>/g)?.length);
  }
  const opened = prose.filter((line) => line === '<details>').length;
  expect(prose.filter((line) => line === '</details>')).toHaveLength(opened);
}

describe('summaryOf', () => {
  it.each(Object.entries(OUTCOMES))('%s', async (name, given) => {
    const summary = summaryOf(given);
    checkProse(summary);
    await expect(summary).toMatchFileSnapshot(`golden/${name}.md`);
  });

  it('has all that there is to say of a change, in order of importance', () => {
    const summary = summaryOf(OUTCOMES['weight'] ?? expect.fail());
    const parts = [
      '### ✅',
      '| Route (its place in the YAML) |',
      '```mermaid',
      '- ⚠️',
      '- ℹ️',
      '<details>\n<summary>Diff',
      '```diff',
      '**What next**',
      'Of 100 requests',
      'istiops traffic undo',
    ];
    const places = parts.map((part) => summary.indexOf(part));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
  });

  it.each([
    ['show', '### 🔎'],
    ['weight', '### ✅'],
    ['weight-dry-run', '### 👀'],
    ['weight-nothing', '### 💤'],
    ['forbidden', '### ❌'],
  ])('%s is seen at a glance: %s', (name, sign) => {
    expect(summaryOf(OUTCOMES[name] ?? expect.fail()).startsWith(sign)).toBe(true);
  });

  it('draws no picture of what failed', () => {
    expect(summaryOf(OUTCOMES['forbidden'] ?? expect.fail())).not.toContain('mermaid');
  });

  it('shows equal routes that change as one row, and folds all of them away with their number', () => {
    const summary = summaryOf(OUTCOMES['many-routes'] ?? expect.fail());
    const [open = '', hidden = ''] = summary.split('<details>');
    expect(open.match(/^\| \*\*33 routes\*\*/gm)).toHaveLength(1);
    expect(hidden).toContain('<summary>33 routes one by one, 12 routes stay as they are</summary>');
    expect(hidden.match(/^\| <code>/gm)).toHaveLength(45);
  });

  it('does not say twice what made it fail', () => {
    const message = 'no ready pod has the labels app=api.';
    const summary = summaryOf(
      outcome({
        failure: { reason: 'check-failed', message },
        findings: [{ code: 'no-ready-pod', severity: 'error', message, object: null, forceable: true }],
      }),
    );
    expect(summary.split('no ready pod')).toHaveLength(2);
  });

  it('has in its headline what failed, and below it what to do, once each', () => {
    const message =
      'There is no pod with the labels app=api,build=10 in namespace shop: requests sent to subset api-10 would be answered with 503. ' +
      'Wait until the rollout is done. Nothing was changed.';
    const [head, , below] = summaryOf(outcome({ failure: { reason: 'check-failed', message } }))
      .trim()
      .split('\n\n');
    expect(head).toMatch(/^### ❌ Failed .* answered with 503\.$/);
    expect(below).toBe('Wait until the rollout is done. Nothing was changed.');
  });

  it('says more in its headline than that nothing was changed', () => {
    const message = 'Nothing was changed. Not allowed to update. Grant it:\n\nkind: Role';
    const [head, , below] = summaryOf(outcome({ failure: { reason: 'forbidden', message } }))
      .trim()
      .split('\n\n');
    expect(head).toMatch(/Nothing was changed\. Not allowed to update\. Grant it/);
    expect(below).toBe('```\nkind: Role\n```');
  });

  it('lists several checks, for sentences in a block do not wrap', () => {
    const message =
      '2 checks speak against it:\n- no pod\n- no port\nTo do it all the same, set `force: true`.';
    const text = summaryOf(outcome({ failure: { reason: 'check-failed', message } }));
    expect(text).toContain('\n\n- no pod\n- no port\n\nTo do it all the same');
    expect(text.match(/2 checks/g)).toHaveLength(1);
  });

  it('shows what a sentence has in backticks as code, and a backtick alone as it is', () => {
    const message = 'There is no port 9090. Set `port`, or `force: true` (it`s done).';
    const text = summaryOf(outcome({ failure: { reason: 'check-failed', message } }));
    expect(text).toContain('Set <code>port</code>, or <code>force: true</code> (it&#96;s done).');
  });

  it('keeps the whole of a failure that is longer than a headline', () => {
    const message = `${'long '.repeat(90)}end`;
    expect(summaryOf(outcome({ failure: { reason: 'internal', message } }))).toContain('long end');
  });

  it('has nothing in it that a name could break, whatever comes', () => {
    fc.assert(
      fc.property(anyOutcome, (any) => {
        checkProse(summaryOf(any));
      }),
      { numRuns: 300 },
    );
  });

  it('has one row for each route of a table, whatever its name', () => {
    fc.assert(
      fc.property(nasty, nasty, nasty, (name, match, subset) => {
        const view = route(0, { name, match, destinations: [to(subset, 100)] });
        const rows = summaryOf(outcome({ operation: 'show', after: [view, view] })).match(/^\|.*$/gm) ?? [];
        expect(rows.map((row) => cellsOf(row).length)).toEqual([4, 4, 4, 4]);
      }),
    );
  });

  it.each(['|', '@', '😀', '`', 'x', '\u{e0041}'])('stays below 1 MiB and says what is cut (%j)', (crumb) => {
    const huge = hugeOutcome(crumb);
    const summary = summaryOf(huge);
    expect(bytesOf(summary)).toBeLessThan(MIB);
    expect(summary).toMatch(/The diff \([\d,]+ lines\) has no room here|cut: it has [\d,]+ lines/);
    expect(summary).toMatch(/[\d,]+ routes more than the table has room for|the table has no room for them/);
    checkProse(summary);
  });

  it('cuts the diff before the table', () => {
    const { before, after, texts } = hugeOutcome('x');
    const short = (views: typeof after): typeof after =>
      views.map((view, i) =>
        route(i, {
          name: `r${i}`,
          destinations: view.destinations.slice(0, 2).map((to) => ({ ...to, host: 'h', subset: 's' })),
        }),
      );
    const summary = summaryOf(
      outcome({
        operation: 'weight',
        changed: true,
        before: short(before),
        after: short(after),
        texts: [...texts, ...texts],
      }),
    );
    expect(summary).toContain('<summary>Diff, cut: it has');
    expect(summary).toContain('# cut here: ');
    expect(summary.match(/^\| <code>/gm)).toHaveLength(500);
    expect(bytesOf(summary)).toBeGreaterThan(900_000);
    expect(bytesOf(summary)).toBeLessThan(MIB);
  });
});

describe('Markdown', () => {
  it.each([
    ['api-domain', 'api-domain'],
    ['seu_madruga http[0]', 'seu_madruga http[0]'],
    ['_x_ [0](u)', '&#95;x&#95; &#91;0&#93;(u)'],
    ['a|b`c`<b>', 'a&#124;b&#96;c&#96;&#60;b&#62;'],
    ['&lt;', '&#38;lt;'],
    ['@team #1', '&#64;&#8203;team &#35;&#8203;1'],
    ['http://a www.b', 'http&#58;//a www&#46;b'],
    ['a\nb', 'a&#92;nb'],
  ])('%j is %s', (text, markdown) => {
    expect(textOf(text, 100)).toBe(markdown);
  });

  it('has no mark for people in code, where GitHub looks for none', () => {
    expect(codeOf('@team|', 100)).toBe('<code>&#64;<wbr>team&#124;</code>');
  });

  it.each([textOf, codeOf])('makes no link of an e-mail address (%o)', (form) => {
    // As GitHub's Markdown looks for them: in the texts between tags, after entities are resolved.
    const texts = form('ops@example.com, mailto:a.b+c@d-e.example', 100)
      .split(/<[^>]*>/)
      .map((text) => text.replaceAll(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code))));
    expect(texts.join('')).toContain('ops@');
    for (const text of texts) expect(text).not.toMatch(/[\w.+-]@[a-z\d-]/i);
  });

  it('uses a fence longer than any in the text', () => {
    expect(fenced('a\n', 'diff')).toBe('```diff\na\n```');
    expect(fenced('a ```` b', '')).toBe('`````\na ```` b\n`````');
  });

  it('keeps the content of a fence whole, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('`', '``', '```', '~~~', 'a', '\n', '\r', ' '), { maxLength: 20 }),
        (crumbs) => {
          const { prose, blocks } = parsed(fenced(crumbs.join(''), 'diff'));
          expect(prose).toEqual([]);
          expect(blocks).toHaveLength(1);
        },
      ),
    );
  });
});
