import { expect, test } from 'vitest';
import { withFlagMeant } from '../../src/doors/flags.ts';

test.for([
  ['--host', "error: unknown option '--host'\n(Did you mean --port?)\n", '(Did you mean --hostname?)'],
  ['--hostnam=x', "error: unknown option '--hostnam=x'\n", '(Did you mean --hostname?)'],
  ['--outputt', "error: unknown option '--outputt'\n(Did you mean --output?)\n", '(Did you mean --output?)'],
  ['another command', "error: unknown option '--hostname'\n", '(--hostname belongs behind the operation:'],
])('%s', ([, text = '', meant]) => {
  expect(withFlagMeant(text)).toContain(meant);
  expect(withFlagMeant(text).match(/Did you mean|belongs behind/g)).toHaveLength(1);
});

test.for(["error: unknown option '--xyzzy'\n", "error: unknown command 'trafic'\n(Did you mean traffic?)\n"])(
  'stays: %s',
  (text) => {
    expect(withFlagMeant(text)).toBe(text);
  },
);
