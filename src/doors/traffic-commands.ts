/** The commands below `istiops traffic`: one for each operation, and `shift`. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { INPUTS } from '../intent/inputs.ts';
import { AS_FLAGS, type InputSpelling } from '../intent/spelling.ts';
import type { Words } from '../intent/types.ts';
import { OPERATIONS, doorOf, operationNamed, type Operation } from '../operations/index.ts';
import { ALL_INPUTS, inputUse } from '../operations/inputs.ts';
import { sectionOf } from '../report/section.ts';
import { flagOf, valueOfFlag, wordsOf } from './flags.ts';
import { FORMATS, formatsOf, type Format } from './formats.ts';

/** A command below `istiops traffic`. Only parsing tells whether `shift` is `headers` or `weight`. */
export type TrafficCommand = Operation | 'shift';

/** How a result is shown. */
export interface OutputView {
  readonly format: Format;
  /** With the diff of what was written. */
  readonly diff: boolean;
  /** Again and again, until it is interrupted. */
  readonly watch: boolean;
  /** Its inputs, as they were typed. */
  readonly spelling: InputSpelling;
}

/** What a command does, once its flags are words. */
type Perform = (name: TrafficCommand, words: Words, view: OutputView) => Promise<void>;

const SHIFT = {
  summary: 'alias of headers or weight, by host and port',
  example: '--label-selector app=api --destination api:8080 --build 10 --weight 20',
};

/** Adds `traffic` and its commands. */
export function addTraffic(program: Command, perform: Perform): void {
  const traffic = program.command('traffic').description('show and change who gets which requests');
  const short = '\nThe word traffic may be left out: istiops show is istiops traffic show.';
  program.addHelpText('after', short);
  traffic.addHelpText('after', short);
  for (const operation of OPERATIONS) {
    const command = addCommand(traffic, operation, doorOf(operation), perform);
    if (sectionOf(operation) === 'routes')
      command.option('--watch', 'draw it anew every 2 seconds, until Ctrl-C');
    if (inputUse(operation).isUsed(INPUTS.requests)) {
      command.addOption(new Option('--request <value>', 'one of --requests').argParser(valueOfFlag));
    }
  }
  addCommand(traffic, 'shift', SHIFT, perform)
    .option('-d, --destination <host:port>', 'the service, as hostname and port in one')
    .option('-b, --build <build>', 'the build: added to --pod-selector as build=…');
}

function addCommand(
  traffic: Command,
  name: TrafficCommand,
  about: { readonly summary: string; readonly example: string },
  perform: Perform,
): Command {
  const command = traffic
    .command(name)
    .description(about.summary)
    .allowExcessArguments(false)
    .addHelpText('after', `\nExample:\n  $ istiops traffic ${name} ${about.example}`);
  if (name === 'shift' || operationNamed(name).kind !== 'read')
    command.option('--diff', 'show the diff of what was written, which a dry run always shows');
  const uses = (name === 'shift' ? (['headers', 'weight'] as const) : [name]).map(inputUse);
  for (const input of ALL_INPUTS) {
    if (input.name === 'operation' || input.actionOnly) continue;
    command.addOption(
      flagOf(
        input,
        uses.some((use) => use.isUsed(input)),
      ),
    );
  }
  return command
    .addOption(outputOption(formatsOf(name)))
    .action(async ({ output, request, diff, watch, ...flags }: Record<string, unknown>) => {
      const requests = [flags['requests'], request].filter((lines) => typeof lines === 'string');
      const words = wordsOf({ ...flags, ...(requests.length > 0 && { requests: requests.join('\n') }) });
      await perform(name, words, {
        format: FORMATS.find((format) => format === output) ?? 'pretty',
        diff: diff === true,
        watch: watch === true,
        spelling: spellingOf(flags['requests'] === undefined && request !== undefined),
      });
    });
}

/** @param isRequest `--request` alone says which requests are meant */
function spellingOf(isRequest: boolean): InputSpelling {
  if (!isRequest) return AS_FLAGS;
  return {
    ...AS_FLAGS,
    nameOf: (name) => (name === INPUTS.requests.name ? '--request' : AS_FLAGS.nameOf(name)),
  };
}

function outputOption(formats: readonly Format[]): Option {
  return new Option('-o, --output <format>', `the form of the result: ${formats.join(', ')}`)
    .default('pretty', 'pretty')
    .argParser((text): Format => {
      const format = formats.find((one) => one === text);
      if (format === undefined) throw new InvalidArgumentError(`It is one of ${formats.join(', ')}.`);
      return format;
    });
}

/**
 * `istiops show` is `istiops traffic show`: who leaves the word out means nothing else. Capitals in the name of an
 * operation mean nothing either, as in the Action.
 */
export function withTraffic([node = '', script = '', first, ...rest]: readonly string[]): readonly string[] {
  if (first === undefined) return [node, script];
  const [word, ...more] = first === 'traffic' ? rest : [first, ...rest];
  const operation = word?.toLowerCase() ?? '';
  if (word === 'help' && more.length > 0) return helpOf([node, script], more);
  const isOperation = isOperationWord(operation);
  return isOperation ? [node, script, 'traffic', operation, ...more] : [node, script, first, ...rest];
}

/** `istiops help weight` is `istiops help traffic weight`, which commander reads as help for `traffic` alone. */
function helpOf(start: readonly string[], words: readonly string[]): readonly string[] {
  const named = words[0] === 'traffic' ? words.slice(1) : words;
  const operation = named[0]?.toLowerCase() ?? '';
  return isOperationWord(operation) ? [...start, 'traffic', 'help', operation] : [...start, 'help', ...words];
}

function isOperationWord(word: string): boolean {
  return word === 'shift' || OPERATIONS.some((one) => one === word);
}
