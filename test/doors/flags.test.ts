import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { flagOf, valueOfFlag, withFlagMeant, withLongFlags } from '../../src/doors/flags.ts';
import { withTraffic } from '../../src/doors/traffic-commands.ts';
import { INPUTS } from '../../src/intent/inputs.ts';

test.for([
  ['--host', "error: unknown option '--host'\n(Did you mean --port?)\n", '(Did you mean --hostname?)'],
  ['--hostnam=x', "error: unknown option '--hostnam=x'\n", '(Did you mean --hostname?)'],
  ['--outputt', "error: unknown option '--outputt'\n(Did you mean --output?)\n", '(Did you mean --output?)'],
  ['another command', "error: unknown option '--hostname'\n", '(--hostname belongs behind the operation:'],
])('a flag that is not known gets a hint, once: %s', ([, text = '', meant]) => {
  expect(withFlagMeant(text)).toContain(meant);
  expect(withFlagMeant(text).match(/Did you mean|belongs behind/g)).toHaveLength(1);
});

test.for(["error: unknown option '--xyzzy'\n", "error: unknown command 'trafic'\n(Did you mean traffic?)\n"])(
  'stays: %s',
  (text) => {
    expect(withFlagMeant(text)).toBe(text);
  },
);

const FLAGS = Object.values(INPUTS).filter(({ actionOnly }) => !actionOnly);

/** A name of one word may be just a word: between backticks it is an input. */
const OTHERS = FLAGS.map(({ name }) => name)
  .filter((name) => name.includes('-'))
  .join('|');

test.for(FLAGS.map((input) => [`--${input.name}`, flagOf(input, true).description] as const))(
  'the help of %s names other inputs as flags',
  ([, help]) => {
    expect(help).not.toMatch(new RegExp(`(?<!-)\\b(${OTHERS})\\b(?!=)`));
    expect(help).not.toContain('`');
  },
);

test('the help of a flag that goes together with others', () => {
  expect(flagOf(INPUTS.cookies, true).description).toBe(
    'Cookies of the requests that the build gets. Each line is one alternative. ' +
      'Together with --headers or --baggage, a request must match all of them. (for example: canary=always)',
  );
});

test.for([
  ["error: unknown command 'shwo'\n", "error: unknown command 'shwo'\n(Did you mean show?)\n"],
  [
    "error: too many arguments for 'weight'. Expected 0 arguments but got 1: 20.\n",
    "error: too many arguments for 'weight'. Expected 0 arguments but got 1: 20.\n(Every input is a flag, such as --namespace shop. A value with blanks needs quotes.)\n",
  ],
])('a fault of the command line says what to do: %j', ([text = '', said]) => {
  expect(withFlagMeant(text)).toBe(said);
});

test.for(['--dry-run', '--dry-run=true', '--output', '--manifests', '-n', '-A', '-o'])(
  'an empty variable before %s does not make it a value',
  (next) => {
    expect(() => valueOfFlag(next, undefined)).toThrow(InvalidArgumentError);
  },
);

test.for(['-5', '-', '-x', '-nosuch', '--x', '-----BEGIN CERTIFICATE-----', 'x-cid=--dry-run'])(
  '%s can be a value',
  (text) => {
    expect(valueOfFlag(text, undefined)).toBe(text);
  },
);

test.for([
  [
    ['show', '-o=json'],
    ['show', '--output=json'],
  ],
  [
    ['weight', '-n=shop', '-l=app=api', '-w=20'],
    ['weight', '--namespace=shop', '--label-selector=app=api', '--weight=20'],
  ],
  // No flag that there is, a value that is no flag, and what stands behind the end of flags.
  [
    ['show', '-x=1', '-ojson', '--', '-o=json'],
    ['show', '-x=1', '-ojson', '--', '-o=json'],
  ],
  [
    ['headers', '-H='],
    ['headers', '--headers='],
  ],
])('an equal sign behind a short flag: %j', ([given = [], expected]) => {
  expect(withLongFlags(given)).toEqual(expected);
});

test.for([
  ['help weight', 'traffic help weight'],
  ['help Shift', 'traffic help shift'],
  ['help traffic show', 'traffic help show'],
  ['help traffic', 'help traffic'],
  ['help doctor', 'help doctor'],
  ['help', 'help'],
  ['traffic help weight', 'traffic help weight'],
])('%s is read as %s', ([typed = '', meant = '']) => {
  expect(withTraffic(['node', 'istiops', ...typed.split(' ')])).toEqual([
    'node',
    'istiops',
    ...meant.split(' '),
  ]);
});
