import randexp from 'randexp';
import { regexMatches, regexProblem } from '../intent/regex.ts';

/** A repetition without a limit is taken this many times at most: an example is for reading. */
const MOST_REPEATS = 2;

/** An example that is longer is for nobody to read, and takes long to be held against large regexes. */
const LONG = 200;

/** The characters that `.` and `[^/]` are filled with: the first set is the one that reads best. */
const ALPHABETS = [
  [[97, 122]],
  [
    [48, 57],
    [97, 122],
  ],
  [[33, 126]],
  [[32, 126]],
] as const;

/** Which choice is taken, of those from `least` to `most`: the first, the last, and some in between. */
const CHOICES: readonly (() => (least: number, most: number) => number)[] = [
  () => (least) => least,
  () => (_least, most) => most,
  () => lottery(1),
  () => lottery(2),
  () => lottery(3),
];

/** The package is CommonJS and exports the class itself; its types say that it were in `default`. */
const RandExp = randexp as unknown as typeof randexp.default;

const known = new Map<string, readonly string[]>();

/**
 * Texts that a regex matches whole, the shortest first; the same for the same regex every time. Empty where none
 * was found: nobody else may conclude that there is none.
 *
 * The generator reads JavaScript's syntax, so whatever it says is believed only where RE2 agrees.
 */
export function regexExamples(regex: string): readonly string[] {
  const found = known.get(regex);
  if (found !== undefined) return found;
  const examples = regexProblem(regex) === undefined ? generate(regex) : [];
  // A long-lived process (the library) sees ever new regexes.
  if (known.size > 10_000) known.clear();
  known.set(regex, examples);
  return examples;
}

function generate(regex: string): readonly string[] {
  const { pattern, flags } = inJavaScript(regex);
  const examples = new Set<string>();
  for (const alphabet of ALPHABETS) {
    for (const choice of CHOICES) {
      const text = generateOne(pattern, flags, alphabet, choice());
      if (text === undefined || (text.length > LONG && examples.size > 0)) continue;
      if (regexMatches(regex, text)) examples.add(text);
    }
    if (examples.size > 0) break;
  }
  return [...examples];
}

function generateOne(
  pattern: string,
  flags: string,
  alphabet: (typeof ALPHABETS)[number],
  choice: (least: number, most: number) => number,
): string | undefined {
  try {
    const generator = new RandExp(pattern, flags);
    generator.max = MOST_REPEATS;
    generator.randInt = choice;
    generator.defaultRange.subtract(0, 0xffff);
    for (const [from, to] of alphabet) generator.defaultRange.add(from, to);
    return generator.gen();
  } catch {
    // Not JavaScript's syntax: no example.
    return undefined;
  }
}

/** One POSIX class in brackets of its own, as something of JavaScript that is within it. */
const CLASSES: ReadonlyMap<string, string> = new Map([
  ['alnum', '[a-z0-9]'],
  ['alpha', '[a-z]'],
  ['digit', '[0-9]'],
  ['lower', '[a-z]'],
  ['upper', '[A-Z]'],
  ['word', '\\w'],
  ['xdigit', '[0-9a-f]'],
]);

/** What RE2 writes otherwise than JavaScript, as far as a rewriting of the text can say it. */
function inJavaScript(regex: string): { readonly pattern: string; readonly flags: string } {
  const head = /^(?:\^|\\A)?\(\?([imsU]+)\)/.exec(regex);
  const pattern = regex
    .slice(head?.[0].length ?? 0)
    .replaceAll(/\[\[:(\w+):\]\]/g, (text, name: string) => CLASSES.get(name) ?? text)
    .replaceAll('(?P<', '(?<')
    .replaceAll(/\\A|\\z/g, '');
  return { pattern, flags: head?.[1]?.includes('i') === true ? 'i' : '' };
}

/** Numbers that look random and are the same every time: a linear congruential generator. */
function lottery(seed: number): (least: number, most: number) => number {
  let state = seed * 7919;
  return (least, most) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return least + (Math.floor(state / 65_536) % (most - least + 1));
  };
}
