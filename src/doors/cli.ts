#!/usr/bin/env node
/** Door 2, the command line: flags → run → result on stdout, everything else on stderr. */
import nodeModule from 'node:module';
import { userInfo } from 'node:os';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { createRedactor } from '../base/redactor.ts';
import type { Collaborators } from '../ports/collaborators.ts';
import { shownOutcome } from './shown-outcome.ts';
import { standardStreams, tellUncaught } from './streams.ts';
import { asker, clock, readText, storeOpener, untilSignalled } from '../run/effects.ts';
import { toTrafficError } from '../base/errors.ts';
import type { Input } from '../intent/inputs.ts';
import type { Words } from '../intent/types.ts';
import { OPERATIONS, doorOf, type Operation } from '../operations/index.ts';
import { ALL_INPUTS, inputUse } from '../operations/inputs.ts';
import { parseShift } from '../operations/parse-shift.ts';
import { parseWords } from '../operations/parse-words.ts';
import type { ParsedWords } from '../operations/request.ts';
import { finding } from '../base/findings.ts';
import { probeSecrets } from '../probe/secrets.ts';
import { jsonTextOf } from '../report/json.ts';
import { junitOf } from '../report/junit.ts';
import { pretty } from '../report/terminal.ts';
import { failed, type Outcome } from '../report/types.ts';
import { yamlTextOf } from '../report/yaml.ts';
import { run } from '../run/run.ts';
import { nodeFault, VERSION } from '../base/version.ts';

const FORMATS = ['pretty', 'json', 'yaml', 'junit'] as const;
type Format = (typeof FORMATS)[number];

/** A report for test reporters has only what tests something. */
function formatsOf(name: Operation | 'shift'): readonly Format[] {
  return FORMATS.filter((one) => one !== 'junit' || name === 'explain');
}

/** What the seeds' command line calls them. */
const SHORT: Readonly<Record<string, string>> = {
  namespace: 'n',
  'label-selector': 'l',
  'pod-selector': 'p',
  headers: 'H',
  weight: 'w',
  mode: 'm',
};

const secrets = createRedactor();
const streams = standardStreams(secrets);
tellUncaught((words) => {
  streams.err(`istiops: ${words}\n`);
});

const fault = nodeFault(process.versions.node);
if (fault !== undefined) {
  streams.err(`istiops: ${fault}\n`);
  process.exit(1);
}
// The Kubernetes client is hundreds of files, and compiling them half of what a command takes. What is loaded by
// import() from here on comes from Node's cache in the temporary directory the next time.
nodeModule.enableCompileCache();
process.exitCode = await main(process.argv);

/** @returns the exit code: 0 done or nothing to do, 1 failed, 2 a usage error */
async function main(argv: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = new Command('istiops')
    .description('Istio traffic shifting with nothing installed in the cluster.')
    .exitOverride()
    .configureOutput({
      writeOut: streams.out,
      writeErr: streams.err,
      outputError: (text) => {
        streams.err(text);
      },
    })
    .showHelpAfterError('Add --help for what there is.');
  program
    .command('version')
    .description('print the version')
    .action(() => {
      streams.out(`istiops ${VERSION}\n`);
    });
  const traffic = program.command('traffic').description('show and change who gets which requests');
  for (const operation of OPERATIONS) {
    const command = addOperation(traffic, operation, doorOf(operation), async (words, format) => {
      const parse = () => parseWords({ ...words, operation }, { kubeconfigIs: 'path' });
      exitCode = await perform(parse, operation, format);
    });
    if (operation === 'explain') {
      command.addOption(new Option('--request <value>', 'one of --requests').argParser(joinLines));
    }
  }
  const shift = {
    summary: 'alias of headers or weight, by host and port',
    example: '--label-selector app=api --destination api:8080 --build 10 --weight 20',
  };
  addOperation(traffic, 'shift', shift, async (words, format) => {
    exitCode = await perform(() => parseShift(words, { kubeconfigIs: 'path' }), null, format);
  })
    .option('-d, --destination <host:port>', 'the service, as hostname and port in one')
    .option('-b, --build <build>', 'the build: added to the pod-selector as build=…');
  try {
    await program.parseAsync(argv);
    return exitCode;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode === 0) return 0;
    // What a person reads is on stderr already; a program that asked for an object gets one on failure too.
    const operation = OPERATIONS.find((one) => one === argv[3]) ?? null;
    const format = formatIn(argv, operation ?? 'shift');
    const message = thrown.message.replace(/^error: /, '');
    if (format !== 'pretty') print({ ...failed({ reason: 'invalid-input', message }), operation }, format);
    return 2;
  }
}

function addOperation(
  traffic: Command,
  name: Operation | 'shift',
  about: { readonly summary: string; readonly example: string },
  perform: (words: Words, format: Format) => Promise<void>,
): Command {
  const command = traffic
    .command(name)
    .description(about.summary)
    .allowExcessArguments(false)
    .addHelpText('after', `\nExample:\n  $ istiops traffic ${name} ${about.example}`);
  const uses = (name === 'shift' ? (['headers', 'weight'] as const) : [name]).map(inputUse);
  for (const input of ALL_INPUTS) {
    if (input.name === 'operation' || input.actionOnly) continue;
    const short = SHORT[input.name];
    const isUsed = uses.some((use) => use.isUsed(input));
    command.addOption(
      new Option(
        `${short === undefined ? '' : `-${short}, `}--${input.name} ${placeholderOf(input.name)}`,
        aboutInput(input),
      )
        .argParser(joinLines)
        .hideHelp(!isUsed),
    );
  }
  return command
    .addOption(
      new Option('-o, --output <format>', 'the form of the result')
        .default('pretty')
        .argParser((text): Format => {
          const formats = formatsOf(name);
          const format = formats.find((one) => one === text);
          if (format === undefined) throw new InvalidArgumentError(`It is one of ${formats.join(', ')}.`);
          return format;
        }),
    )
    .action(async ({ output, request, ...flags }: Record<string, unknown>) => {
      const requests = [flags['requests'], request].filter((lines) => typeof lines === 'string');
      const words = wordsOf({ ...flags, ...(requests.length > 0 && { requests: requests.join('\n') }) });
      learnProbe(words);
      await perform(words, FORMATS.find((format) => format === output) ?? 'pretty');
    });
}

/** An example with an expression of a workflow in it is none for a shell. */
function aboutInput({ name, description, example }: Input<unknown>): string {
  if (name === 'kubeconfig') return 'The path of a kubeconfig.';
  return example.includes('${{') ? description : `${description} (${example})`;
}

/** `--label-selector` with no value counts as not given, as in the seeds; a bare `--dry-run` means true. */
function placeholderOf(name: string): string {
  if (name === 'dry-run' || name === 'force') return '[true|false]';
  return name === 'label-selector' ? '[selector]' : '<value>';
}

/** A flag given twice is two lines of the input. */
function joinLines(text: string, earlier: unknown): string {
  return typeof earlier === 'string' ? `${earlier}\n${text}` : text;
}

function learnProbe({ 'probe-headers': text = '', headers = '', cookies = '' }: Words): void {
  for (const secret of probeSecrets(text, headers, cookies)) secrets.learn(secret.text, secret.kind);
}

/** commander's camelCase flags as the inputs' words. */
function wordsOf(flags: Readonly<Record<string, unknown>>): Words {
  return Object.fromEntries(
    Object.entries(flags).flatMap(([key, value]) => {
      const name = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      if (typeof value === 'string') return [[name, value]];
      return value === true && (name === 'dry-run' || name === 'force') ? [[name, 'true']] : [];
    }),
  );
}

/** @param operation null where only parsing tells which one is meant */
async function perform(
  parse: () => ParsedWords,
  operation: Operation | null,
  format: Format,
): Promise<number> {
  let parsed: ParsedWords;
  try {
    parsed = parse();
  } catch (thrown) {
    print({ ...failed(toTrafficError(thrown)), operation }, format);
    return 2;
  }
  const outcome = await run(parsed.request, collaborators());
  const unused = parsed.warnings.map((message) => finding('unused-input', 'warning', message));
  print({ ...outcome, findings: [...unused, ...outcome.findings] }, format);
  return outcome.failure === null ? 0 : 1;
}

function collaborators(): Collaborators {
  const info = (line: string): void => {
    streams.err(`${line}\n`);
  };
  const signal = untilSignalled();
  return {
    openStore: storeOpener({ env: process.env, secrets, log: info, signal }),
    clock,
    signal,
    ask: asker(process.env),
    log: { info, group: (_title, body) => body() },
    author: () => Promise.resolve({ actor: process.env['USER'] ?? userInfo().username }),
    readText,
  };
}

/** The form that arguments ask for which commander refused as a whole. */
function formatIn(argv: readonly string[], name: Operation | 'shift'): Format {
  const [, text] = /(?:^| )(?:--output|-o)[ =]?(\S+)/.exec(argv.join(' ')) ?? [];
  return formatsOf(name).find((format) => format === text) ?? 'pretty';
}

/** The result on stdout; a failure that a person is to read, on stderr. */
function print(whole: Outcome, format: Format): void {
  const outcome = shownOutcome(whole, secrets);
  switch (format) {
    case 'json':
      streams.out(jsonTextOf(outcome), 'json');
      return;
    case 'yaml':
      streams.out(yamlTextOf(outcome), 'json');
      return;
    case 'junit':
      streams.out(junitOf(outcome), 'xml');
      return;
    case 'pretty': {
      // Expectations that are not met are a result, as a test's are.
      const isResult = outcome.failure === null || outcome.explanations.length > 0;
      const stream = isResult ? 'out' : 'err';
      const colour = streams.hasColour(stream);
      streams[stream](pretty(outcome, { colour }), colour ? 'coloured' : 'plain');
    }
  }
}
