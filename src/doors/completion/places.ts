/** What may come next on a command line, place by place: what the scripts for all shells are made of. */
import type { Command, Option } from 'commander';

/** A place in the tree of commands. */
export interface CompletionPlace {
  /** The words that lead here, without the program's: `traffic show`; empty at the root. */
  readonly words: string;
  readonly commands: readonly CompletionWord[];
  readonly flags: readonly CompletionFlag[];
}

export interface CompletionWord {
  readonly word: string;
  /** A sentence, in one line. */
  readonly summary: string;
}

export interface CompletionFlag {
  /** `--namespace`. */
  readonly long: string;
  /** `-n`. */
  readonly short?: string;
  readonly summary: string;
  /** What its value may be; `none`: it has no value. */
  readonly value:
    | { readonly kind: 'none' | 'file' | 'any' }
    | { readonly kind: 'words'; readonly words: readonly string[] };
  /** The value may be left out. */
  readonly isOptional: boolean;
}

/** What is known of the values of a flag in a place; undefined: nothing. */
export type ValuesOf = (place: string, flag: string) => readonly string[] | 'file' | undefined;

/** Every place of a program, the root first. Flags that its help hides are left out. */
export function placesOf(program: Command, valuesOf: ValuesOf): readonly CompletionPlace[] {
  const visit = (command: Command, words: string): readonly CompletionPlace[] => {
    const help = command.createHelp();
    const commands = help.visibleCommands(command);
    const [argument] = command.registeredArguments;
    const place: CompletionPlace = {
      words,
      commands: [
        ...commands.map((one) => ({ word: one.name(), summary: brief(one.description()) })),
        ...(argument?.argChoices ?? []).map((word) => ({ word, summary: argument?.description ?? '' })),
      ],
      flags: help
        .visibleOptions(command)
        .flatMap((option) => flagOfOption(option, (flag) => valuesOf(words, flag))),
    };
    const below = command.commands.flatMap((one) => visit(one, `${words} ${one.name()}`.trim()));
    return [place, ...below];
  };
  return visit(program, '');
}

function flagOfOption(
  option: Option,
  valuesOf: (flag: string) => ReturnType<ValuesOf>,
): readonly CompletionFlag[] {
  const { long, short } = option;
  if (typeof long !== 'string') return [];
  const hasValue = option.required || option.optional;
  const values = hasValue ? valuesOf(long) : undefined;
  return [
    {
      long,
      ...(typeof short === 'string' && { short }),
      summary: brief(option.description),
      value: Array.isArray(values)
        ? { kind: 'words', words: values as readonly string[] }
        : { kind: values === 'file' ? 'file' : hasValue ? 'any' : 'none' },
      isOptional: option.optional,
    },
  ];
}

/** The first sentence, without the examples and defaults after it. */
function brief(text: string): string {
  const [first = ''] = text.split(/(?<=\.)\s|\s\((?:for example|default)\b/);
  return first.replace(/\.$/, '');
}

/** A step from one place to the next by a word. */
export interface CompletionStep {
  readonly from: string;
  readonly word: string;
  readonly to: string;
}

/** All steps; the word `traffic` may be left out, as the command line accepts it. */
export function stepsOf(places: readonly CompletionPlace[]): readonly CompletionStep[] {
  const words = places.map((place) => place.words).filter((one) => one !== '');
  const atRoot = new Set(words.filter((one) => !one.includes(' ')));
  return words.flatMap((to) => {
    const [word = '', ...before] = to.split(' ').reverse();
    const from = before.reverse().join(' ');
    const step = { from, word, to };
    return from === 'traffic' && !atRoot.has(word) ? [step, { ...step, from: '' }] : [step];
  });
}

/** The names of all flags of a kind, in whatever place, each once. */
export function namesOf(
  places: readonly CompletionPlace[],
  isWanted: (flag: CompletionFlag) => boolean,
): readonly string[] {
  const flags = places.flatMap((place) => place.flags.filter(isWanted));
  return [...new Set(flags.flatMap(spellingsOf))];
}

/** `--namespace`, and `-n` where there is a short one. */
export function spellingsOf({ long, short }: CompletionFlag): readonly string[] {
  return short === undefined ? [long] : [long, short];
}

/** The values to choose from, with the places and flags that have them. */
export function choicesOf(
  places: readonly CompletionPlace[],
): readonly { readonly words: readonly string[]; readonly at: readonly string[] }[] {
  const all = places.flatMap(({ words: place, flags }) =>
    flags.flatMap((flag) =>
      flag.value.kind === 'words'
        ? [{ words: flag.value.words, at: spellingsOf(flag).map((name) => `${place} ${name}`) }]
        : [],
    ),
  );
  const grouped = Map.groupBy(all, ({ words }) => words.join(' '));
  return [...grouped.values()].map((group) => ({
    words: group[0]?.words ?? [],
    at: group.flatMap(({ at }) => at),
  }));
}

/** A text as one word of a shell: each of the three reads what is in single quotes as it is. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll('\\', '').replaceAll("'", '’')}'`;
}
