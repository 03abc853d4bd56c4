/** The table of inputs as flags of the command line. */
import { InvalidArgumentError, Option } from 'commander';
import type { Input } from '../intent/input.ts';
import { INPUTS } from '../intent/inputs.ts';
import { nearest } from '../intent/nearest.ts';
import type { Words } from '../intent/types.ts';
import { OPERATIONS } from '../operations/index.ts';
import { helpInFlags } from '../report/in-flags.ts';

/** What the seeds' command line calls them. */
const SHORT: Readonly<Record<string, string>> = {
  namespace: 'n',
  'all-namespaces': 'A',
  'label-selector': 'l',
  'pod-selector': 'p',
  headers: 'H',
  weight: 'w',
  mode: 'm',
};

/** The short flags, by their letter: those of `SHORT`, and of options that are no inputs. */
const LONG: ReadonlyMap<string, string> = new Map([
  ...Object.entries(SHORT).map(([name, letter]) => [letter, name] as const),
  ['o', 'output'],
  ['d', 'destination'],
  ['b', 'build'],
  ['h', 'help'],
]);

/**
 * `-o=json` as `--output=json`: so it is written for kubectl and every command line in Go, and here the equal sign would
 * be the beginning of the value.
 *
 * @example withLongFlags(['show', '-o=json']) // ['show', '--output=json']
 */
export function withLongFlags(words: readonly string[]): readonly string[] {
  const end = words.indexOf('--');
  return words.map((word, index) => {
    const [, letter = '', value = ''] = /^-([A-Za-z])=([^]*)$/.exec(word) ?? [];
    const name = LONG.get(letter);
    return name === undefined || (end >= 0 && index > end) ? word : `--${name}=${value}`;
  });
}

/** Inputs that are true where their flag stands alone. */
const SWITCHES: ReadonlySet<string> = new Set(
  [
    INPUTS.allNamespaces,
    INPUTS.dryRun,
    INPUTS.force,
    INPUTS.createDestinationRule,
    INPUTS.link,
    INPUTS.bridge,
    INPUTS.proxies,
  ].map(({ name }) => name),
);

/** @param isUsed by the command; flags that it doesn't use are accepted, and named in a warning */
export function flagOf(input: Input<unknown>, isUsed: boolean): Option {
  const short = SHORT[input.name];
  const name = `${short === undefined ? '' : `-${short}, `}--${input.name} ${placeholderOf(input.name)}`;
  return new Option(name, aboutInput(input)).argParser(parserOf(input)).hideHelp(!isUsed);
}

/** An example with an expression of a workflow in it is none for a shell. */
function aboutInput({ name, description, example, default: standard }: Input<unknown>): string {
  if (name === 'kubeconfig') return 'The path of a kubeconfig.';
  const notes = [
    // A flag without a value says by itself what it does.
    ...(example.includes('${{') || example === 'true' ? [] : [`for example: ${oneLine(example)}`]),
    ...(standard === undefined ? [] : [`default: ${standard}`]),
  ];
  const text = helpInFlags(description);
  return notes.length === 0 ? text : `${text} (${notes.join('; ')})`;
}

function oneLine(text: string): string {
  return text.replaceAll('\n', ' ⏎ ');
}

/** `--label-selector` with no value counts as not given, as in the seeds; a bare `--dry-run` means true. */
function placeholderOf(name: string): string {
  // A longer column of flags would leave no room to wrap what stands beside it.
  if (name === INPUTS.createDestinationRule.name) return '[bool]';
  if (SWITCHES.has(name)) return '[true|false]';
  return name === 'label-selector' ? '[selector]' : '<value>';
}

/** An empty text counts as not given, which must not be another cluster than the files, or no trial. */
function parserOf({ name }: Input<unknown>): typeof valueOfFlag {
  if (name === INPUTS.manifests.name)
    return unlessBlank('give the path, or leave out the flag to use a cluster');
  return SWITCHES.has(name) ? unlessBlank('write true, false, or the flag alone') : valueOfFlag;
}

/** @param advice what to do, after `It is empty …: ` */
function unlessBlank(advice: string): typeof valueOfFlag {
  return (text, earlier) => {
    if (text.trim() === '') throw new InvalidArgumentError(`It is empty (an unset variable?): ${advice}.`);
    return valueOfFlag(text, earlier);
  };
}

/**
 * An empty variable without quotes (`--headers $HEADERS --dry-run`) makes the next flag the value of the one before. The
 * change would not be the one that was meant, and written for real.
 */
export function valueOfFlag(text: string, earlier: unknown): string {
  const [, name, letter] = /^(?:--([a-z-]+)(?:=|$)|-([A-Za-z])$)/.exec(text) ?? [];
  if ((name !== undefined && isFlag(name)) || (letter !== undefined && LONG.has(letter)))
    throw new InvalidArgumentError(
      `That is the next flag: the value before it is missing (an unset variable?).`,
    );
  return joinLines(text, earlier);
}

function isFlag(name: string): boolean {
  return (
    ['output', 'diff', 'watch', 'help', 'request', 'destination', 'build'].includes(name) ||
    Object.values(INPUTS).some((input) => input.name === name)
  );
}

/** A flag given twice is two lines of the input. */
function joinLines(text: string, earlier: unknown): string {
  return typeof earlier === 'string' ? `${earlier}\n${text}` : text;
}

/**
 * commander's words about a flag or command that there isn't, with the one that is meant, and about a word where only
 * flags can stand. A flag that is meant begins alike, or other commands have it.
 *
 * @example withFlagMeant("error: unknown option '--host'") // … (Did you mean --hostname?)
 */
export function withFlagMeant(text: string): string {
  return withCommandMeant(withFlagForWord(withOptionMeant(text)));
}

/** An operation that is meant: commander looks among the commands of the top only. */
function withCommandMeant(text: string): string {
  const [line, typed] = /unknown command '([^']+)'(?!\n\(Did you mean)/.exec(text) ?? [];
  const meant = typed === undefined ? undefined : nearest(typed, OPERATIONS);
  return line === undefined || meant === undefined
    ? text
    : text.replace(line, `${line}\n(Did you mean ${meant}?)`);
}

/** `istiops weight 20`: nothing but flags stands behind an operation. */
function withFlagForWord(text: string): string {
  const [line] = /too many arguments for '[^']*'\. Expected 0 arguments but got [^\n]*/.exec(text) ?? [];
  return line === undefined
    ? text
    : text.replace(
        line,
        `${line}\n(Every input is a flag, such as --namespace shop. A value with blanks needs quotes.)`,
      );
}

function withOptionMeant(text: string): string {
  const [whole, typed] = /unknown option '--([^'=]+)[^']*'(?:\n\(Did you mean [^\n]*\))?/.exec(text) ?? [];
  if (whole === undefined || typed === undefined) return text;
  const names = Object.values(INPUTS).flatMap((input) => (input.actionOnly ? [] : [input.name]));
  const [line = ''] = whole.split('\n');
  if (names.includes(typed))
    return text.replace(
      whole,
      `${line}\n(--${typed} belongs behind the operation: istiops traffic show --${typed} …)`,
    );
  // Those that are spelled alike commander suggests by itself.
  const meant = names.find((name) => name.startsWith(typed));
  return meant === undefined ? text : text.replace(whole, `${line}\n(Did you mean --${meant}?)`);
}

/** commander's camelCase flags as the inputs' words. */
export function wordsOf(flags: Readonly<Record<string, unknown>>): Words {
  return Object.fromEntries(
    Object.entries(flags).flatMap(([key, value]) => {
      const name = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      if (typeof value === 'string') return [[name, value]];
      return value === true && SWITCHES.has(name) ? [[name, 'true']] : [];
    }),
  );
}
