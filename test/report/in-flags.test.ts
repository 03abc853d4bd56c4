import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { INPUTS } from '../../src/intent/inputs.ts';
import { inFlags } from '../../src/report/in-flags.ts';

test.for([
  ['Change `hostname` or `label-selector`.', 'Change `--hostname` or `--label-selector`.'],
  ['Set `force: true`.', 'Set `--force`.'],
  ['or `clear` with `mode: stale`', 'or `clear` with `--mode stale`'],
  ['`label-selector: app in (a,b)`', "`--label-selector 'app in (a,b)'`"],
  ['`routes: http#1`', "`--routes 'http#1'`"],
  // An operation stands without backticks, even where an input has its name.
  [
    'The operation headers requires `headers`, or a `weight`.',
    'The operation headers requires `--headers`, or a `--weight`.',
  ],
  // Fields of Istio, and what only a workflow has.
  ['`weight: 20`', '`--weight 20`'],
  ['Grant `list` on pods; `on-failure: rollback`', 'Grant `list` on pods; `on-failure: rollback`'],
  ['```\nport: 80\n```', '```\nport: 80\n```'],
])('inputs of a message as flags: %j', ([message = '', expected]) => {
  expect(inFlags(message)).toBe(expected);
});

/** Names of two words are nothing but inputs. */
const NAMES = Object.values(INPUTS)
  .map(({ name }) => name)
  .filter((name) => name.includes('-'))
  .join('|');

/** Those of one word, where a sentence can mean nothing else. */
const WORDS = Object.values(INPUTS)
  .map(({ name }) => name)
  .filter((name) => !name.includes('-'))
  .join('|');

test('every message has its inputs between backticks, so that the command line can make flags of them', () => {
  const src = join(import.meta.dirname, '..', '..', 'src');
  const bare = new RegExp(
    String.raw`[ (](?:${NAMES})(?=[ ,.:;)])|(?:requires|together with|do without) (?:${WORDS})\b`,
  );
  const found = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) =>
      readFileSync(join(src, file), 'utf8')
        .split('\n')
        .filter((line) => !/^\s*(?:\/?\*|\/\/)|\$\{\{/.test(line) && bare.test(line.replace(/ \/\/ .*/, '')))
        .map((line) => `${file}: ${line.trim()}`),
    );
  expect(found).toEqual([]);
});
