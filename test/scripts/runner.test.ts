import { describe, expect, test } from 'vitest';
import { ALL_INPUTS } from '../../src/operations/inputs.ts';
import { readActionFile } from '../../scripts/runner/action-file.ts';
import { parseFileCommands } from '../../scripts/runner/file-commands.ts';
import { createLog } from '../../scripts/runner/log.ts';

describe('action.yml', () => {
  test('declares every input with its default, and nothing else', () => {
    const { inputs } = readActionFile();
    const declared = Object.fromEntries(inputs);
    expect(declared).toEqual(
      Object.fromEntries(ALL_INPUTS.map((input) => [input.name, input.default ?? ''])),
    );
  });
});

describe('a file of outputs', () => {
  test('holds values of one line and of several; the last of a name counts', () => {
    const text = 'a=1\nb<<END\none\ntwo=2\n\nthree\nEND\na<<E\n3\nE\nempty<<X\n\nX\n';
    expect(Object.fromEntries(parseFileCommands(text))).toEqual({
      a: '3',
      b: 'one\ntwo=2\n\nthree',
      empty: '',
    });
  });

  test('with a value that does not end is refused', () => {
    expect(() => parseFileCommands('a<<END\nmore')).toThrow('The value of a has no end.');
  });
});

describe('the log', () => {
  const shown = (...lines: string[]): (string | undefined)[] => {
    const log = createLog();
    return lines.map((line) => log.show(line));
  };

  test('shows groups, and what comes after them as before', () => {
    expect(shown('::group::Read', 'inside', '::endgroup::', 'outside')).toEqual([
      '▸ Read',
      '  inside',
      undefined,
      'outside',
    ]);
  });

  test('hides a masked value from then on, and the command that names it', () => {
    expect(shown('::add-mask::s3cret%0Aline', 'a s3cret', '::add-mask::s3cret', 'a s3cret')).toEqual([
      undefined,
      'a s3cret',
      undefined,
      'a ***',
    ]);
  });

  test('shows annotations with their words decoded', () => {
    expect(shown('::error title=a,file=b::100%25%0Asecond', '::notice::fine')).toEqual([
      'error: 100%\nsecond',
      'notice: fine',
    ]);
  });
});
