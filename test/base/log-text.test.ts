import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  printable,
  printableColoured,
  printableJson,
  printableXml,
  visible,
} from '../../src/base/log-text.ts';
import { commandsIn } from '../support/process/runner-commands.ts';

/** Texts that a runner would act on, and what a runner with the rules of a language might. */
const HOSTILE = [
  '::set-env name=NODE_OPTIONS::--require=/tmp/x',
  '   ::add-mask::a',
  '\t::stop-commands::x',
  '\u00a0::error::x',
  '\u200b::error::x',
  ':\u200b:error::x',
  '\u2028::error::x',
  'x\r::error::x',
  'x\n::error::x',
  'x\u0085::error::x',
  'a line ##[error]x',
  '#\u200b#[error]x',
  '##\u00ad[set-env name=a]b',
  '##[group]x',
  '\u0591::error::x',
  '\u034f::error::x',
];

test('raw, each of them is one', () => {
  // NEL ends no line of the runner's.
  for (const text of HOSTILE.filter((one) => !one.includes('\u0085')))
    expect(commandsIn(text).length, JSON.stringify(text)).toBeGreaterThan(0);
});

describe('printable', () => {
  test.for(HOSTILE)('%j is no command', (text) => {
    expect(commandsIn(printable(text))).toEqual([]);
    expect(commandsIn(printable(`a\n${text}\nb`))).toEqual([]);
  });

  test.for([
    ['::set-env name=A::b', ':\\u003aset-env name=A::b'],
    ['a\r\n  ::debug::b', 'a\n  :\\u003adebug::b'],
    ['x ##[error]y', 'x ##\\u005berror]y'],
    ['##vso[task.setvariable variable=a]b', '##vso\\u005btask.setvariable variable=a]b'],
    ['##teamcity[buildStatus]', '##teamcity\\u005bbuildStatus]'],
    ['\x1b[2J\x1b]8;;http://x\x07', '\\x1b[2J\\x1b]8;;http://x\\x07'],
    ['a\u202eb\u200bc\u{e0001}', 'a\\u202eb\\u200bc\\u{e0001}'],
    ['a\u3164b\ufe0f', 'a\\u3164b\\ufe0f'],
    ['half \ud800', 'half \\ud800'],
  ] as const)('%j is shown as it is meant', ([text, shown]) => {
    expect(printable(text)).toBe(shown);
  });

  test.for([
    'a::b and ::c',
    'std::string',
    '## Heading [link]',
    '# [x]',
    'a\n\tb\n  c: d',
    'sha256: ffff::1',
    'é → …',
    '{"a":"b"}',
  ])('%j stays as it is', (text) => {
    expect(printable(text)).toBe(text);
  });

  test('of any text, nothing is a command, and nothing is hidden', () => {
    const piece = fc.oneof(
      fc.constantFrom(...HOSTILE, '::', '##', '[', ':', '#', '\n', ']'),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = printable(pieces.join(''));
        expect(commandsIn(text)).toEqual([]);
        expect(text.replaceAll(/[\n\t]/g, '')).toBe(visible(text.replaceAll(/[\n\t]/g, '')));
        expect(printable(text)).toBe(text);
      }),
    );
  });
});

test('our colours stay, and nothing else that a terminal carries out', () => {
  expect(printableColoured('\x1b[31mred\x1b[39m \x1b[2J ##[x]')).toBe(
    '\x1b[31mred\x1b[39m \\x1b[2J ##\\u005bx]',
  );
});

test('JSON means the same, and has no command in it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(...HOSTILE), (value, text) => {
      const json = JSON.stringify({ value, [text]: text }, null, 2);
      const shown = printableJson(json);
      expect(JSON.parse(shown)).toEqual(JSON.parse(json));
      expect(parse(shown)).toEqual(parse(json));
      expect(commandsIn(shown)).toEqual([]);
    }),
  );
});

test('XML means the same, and has no command in it', () => {
  expect(printableXml('::a\n::b ##[c] \u202e\r')).toBe(':&#58;a\n:&#58;b ##&#91;c] &#8238;&#13;');
  for (const text of HOSTILE) expect(commandsIn(printableXml(text))).toEqual([]);
});
