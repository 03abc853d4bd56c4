/** Door 2, the command line: flags → run → result on stdout, everything else on stderr. */
import nodeModule from 'node:module';
import { userInfo } from 'node:os';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { createRedactor, type Redactor } from '../base/redactor.ts';
import type { Collaborators } from '../ports/collaborators.ts';
import { addCompletion } from './completion.ts';
import { addDoctor, doctor } from './doctor.ts';
import { addKeyless, keyless } from './keyless.ts';
import { flagOf, joinLines, withFlagMeant, wordsOf } from './flags.ts';
import { FORMATS, formatIn, formatsOf, printer, type Format } from './formats.ts';
import { standardStreams, tellUncaught, type Streams } from './streams.ts';
import {
  asker,
  clock,
  metricsOpener,
  pullRequestReader,
  readText,
  storeOpener,
  timeLimitIn,
  untilSignalled,
} from '../run/effects.ts';
import { toTrafficError } from '../base/errors.ts';
import { AS_FLAGS } from '../intent/spelling.ts';
import { INPUTS } from '../intent/inputs.ts';
import { MATCH_INPUTS } from '../intent/read-alternatives.ts';
import type { Words } from '../intent/types.ts';
import { OPERATIONS, doorOf, operationNamed, type Operation } from '../operations/index.ts';
import { ALL_INPUTS, inputUse } from '../operations/inputs.ts';
import { parseShift } from '../operations/parse-shift.ts';
import { parseWords, type ParseOptions } from '../operations/parse-words.ts';
import type { ParsedWords, Request } from '../operations/request.ts';
import type { Store } from '../ports/store.ts';
import { outcomeInFlags } from '../report/in-flags.ts';
import { sectionOf } from '../report/section.ts';
import { watchLines } from '../report/watch-lines.ts';
import { shownOutcome } from './shown-outcome.ts';
import { terminalLog } from './terminal-log.ts';
import { watch } from './watch.ts';
import { finding } from '../base/findings.ts';
import { probeSecrets } from '../probe/secrets.ts';
import { failed } from '../report/types.ts';
import { run } from '../run/run.ts';
import { nodeFault, VERSION } from '../base/version.ts';

/** What words of a shell are: a kubeconfig is a path, an input a flag. */
const SHELL: ParseOptions = { kubeconfigIs: 'path', spelling: AS_FLAGS };

interface Terminal {
  readonly secrets: Redactor;
  readonly streams: Streams;
  readonly print: ReturnType<typeof printer>;
}

/** From here on, faults that nobody catches are printed without secrets, too. */
function openTerminal(): Terminal {
  const secrets = createRedactor();
  const streams = standardStreams(secrets);
  tellUncaught((words) => {
    streams.err(`istiops: ${words}\n`);
  });
  return { secrets, streams, print: printer(streams, secrets) };
}

/**
 * @param argv Node's path, the script's, and the words of the command line
 * @returns the exit code: 0 done or nothing to do, 1 failed, 2 a usage error
 */
export async function main(argv: readonly string[]): Promise<number> {
  const terminal = openTerminal();
  const { streams, print } = terminal;
  const fault = nodeFault(process.versions.node);
  if (fault !== undefined) {
    streams.err(`istiops: ${fault}\n`);
    return 1;
  }
  // The Kubernetes client is hundreds of files, and compiling them half of what a command takes. What is loaded by
  // import() from here on comes from Node's cache in the temporary directory the next time.
  nodeModule.enableCompileCache();
  const words = withTraffic(argv);
  let exitCode = 0;
  const program = new Command('istiops')
    .description('Istio traffic shifting with nothing installed in the cluster.')
    .exitOverride()
    .configureOutput({
      writeOut: streams.out,
      writeErr: streams.err,
      outputError: (text) => {
        streams.err(withFlagMeant(text));
      },
    })
    .showHelpAfterError('Add --help for what there is.');
  program.version(`istiops ${VERSION}`, '-v, --version', 'print the version');
  program
    .command('version')
    .description('print the version')
    .action(() => {
      streams.out(`istiops ${VERSION}\n`);
    });
  addCompletion(program, streams.out);
  addDoctor(program, async (words, format) => {
    const { openStore } = collaborators(terminal);
    exitCode = await doctor(words, format, { openStore, streams, secrets: terminal.secrets });
  });
  addKeyless(program, (words) => {
    exitCode = keyless(words, streams);
  });
  const traffic = program.command('traffic').description('show and change who gets which requests');
  const short = '\nThe word traffic may be left out: istiops show is istiops traffic show.';
  program.addHelpText('after', short);
  traffic.addHelpText('after', short);
  for (const operation of OPERATIONS) {
    const command = addOperation(traffic, operation, doorOf(operation), terminal, async (words, view) => {
      const parse = () => parseWords({ ...words, operation }, SHELL);
      exitCode = await perform(parse, operation, view, terminal);
    });
    if (sectionOf(operation) === 'routes')
      command.option('--watch', 'draw it anew every 2 seconds, until Ctrl-C');
    if (inputUse(operation).isUsed(INPUTS.requests)) {
      command.addOption(new Option('--request <value>', 'one of --requests').argParser(joinLines));
    }
  }
  const shift = {
    summary: 'alias of headers or weight, by host and port',
    example: '--label-selector app=api --destination api:8080 --build 10 --weight 20',
  };
  addOperation(traffic, 'shift', shift, terminal, async (words, view) => {
    exitCode = await perform(() => parseShift(words, SHELL), null, view, terminal);
  })
    .option('-d, --destination <host:port>', 'the service, as hostname and port in one')
    .option('-b, --build <build>', 'the build: added to --pod-selector as build=…');
  try {
    await program.parseAsync(words);
    return exitCode;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode === 0) return 0;
    // What a person reads is on stderr already; a program that asked for an object gets one on failure too.
    const operation = OPERATIONS.find((one) => one === words[3]) ?? null;
    const format = formatIn(words, operation ?? 'shift');
    const message = withFlagMeant(thrown.message).replace(/^error: /, '');
    if (format !== 'pretty') print({ ...failed({ reason: 'invalid-input', message }), operation }, format);
    return 2;
  }
}

/**
 * `istiops show` is `istiops traffic show`: who leaves the word out means nothing else. Capitals in the name of an
 * operation mean nothing either, as in the Action.
 */
function withTraffic([node = '', script = '', first, ...rest]: readonly string[]): readonly string[] {
  if (first === undefined) return [node, script];
  const [word, ...more] = first === 'traffic' ? rest : [first, ...rest];
  const operation = word?.toLowerCase() ?? '';
  const isOperation = operation === 'shift' || OPERATIONS.some((one) => one === operation);
  return isOperation ? [node, script, 'traffic', operation, ...more] : [node, script, first, ...rest];
}

/** How a result is shown. */
interface OutputView {
  readonly format: Format;
  /** With the diff of what was written. */
  readonly diff: boolean;
  /** Again and again, until it is interrupted. */
  readonly watch: boolean;
}

function addOperation(
  traffic: Command,
  name: Operation | 'shift',
  about: { readonly summary: string; readonly example: string },
  { secrets }: Terminal,
  perform: (words: Words, view: OutputView) => Promise<void>,
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
  const formats = formatsOf(name);
  return command
    .addOption(
      new Option('-o, --output <format>', `the form of the result: ${formats.join(', ')}`)
        .default('pretty', 'pretty')
        .argParser((text): Format => {
          const format = formats.find((one) => one === text);
          if (format === undefined) throw new InvalidArgumentError(`It is one of ${formats.join(', ')}.`);
          return format;
        }),
    )
    .action(async ({ output, request, diff, watch: isWatched, ...flags }: Record<string, unknown>) => {
      const requests = [flags['requests'], request].filter((lines) => typeof lines === 'string');
      const words = wordsOf({ ...flags, ...(requests.length > 0 && { requests: requests.join('\n') }) });
      learnHeaders(words, secrets);
      await perform(words, {
        format: FORMATS.find((format) => format === output) ?? 'pretty',
        diff: diff === true,
        watch: isWatched === true,
      });
    });
}

function learnHeaders(words: Words, secrets: Redactor): void {
  const inTheClear = MATCH_INPUTS.map(({ name }) => words[name] ?? '');
  for (const { name } of [INPUTS.probeHeaders, INPUTS.metricsHeaders])
    for (const secret of probeSecrets(words[name] ?? '', ...inTheClear))
      secrets.learn(secret.text, secret.kind);
}

/** @param operation null where only parsing tells which one is meant */
async function perform(
  parse: () => ParsedWords,
  operation: Operation | null,
  { format, diff, watch: isWatched }: OutputView,
  terminal: Terminal,
): Promise<number> {
  const { print } = terminal;
  let parsed: ParsedWords;
  try {
    parsed = parse();
  } catch (thrown) {
    print({ ...failed(toTrafficError(thrown)), operation }, format);
    return 2;
  }
  if (isWatched && format !== 'pretty') {
    const message = '--watch draws for a person: leave out --output.';
    print({ ...failed({ reason: 'invalid-input', message }), operation }, format);
    return 2;
  }
  if (isWatched) return watchRoutes(parsed.request, terminal);
  const outcome = await run(parsed.request, collaborators(terminal));
  const unused = parsed.warnings.map((message) => finding('unused-input', 'warning', message));
  print({ ...outcome, findings: [...unused, ...outcome.findings] }, format, { diff });
  return outcome.failure === null ? 0 : 1;
}

/** @returns the exit code: 0 where somebody ended it */
async function watchRoutes(request: Request, { print, secrets, streams }: Terminal): Promise<number> {
  const whole = collaborators({ print, secrets, streams });
  let store: Promise<Store> | undefined;
  const openStore: Collaborators['openStore'] = (...place) => (store ??= whole.openStore(...place));
  // What opens the store is said once, and nothing else: the drawing says the rest.
  const quiet = { ...whole, openStore, log: { ...whole.log, info: () => undefined } };
  let drawn: readonly string[] = [];
  const last = await watch({
    clock: whole.clock,
    signal: whole.signal,
    look: () => run(request, quiet),
    draw: (outcome, at) => {
      if (streams.isTerminal()) {
        streams.clear();
        print(outcome, 'pretty');
        streams.err(`${at.toISOString()}, every 2 seconds until Ctrl-C\n`);
        return;
      }
      const lines = watchLines(outcomeInFlags(shownOutcome(outcome, secrets)));
      for (const line of lines.filter((one) => !drawn.includes(one)))
        streams.out(`${at.toISOString()} ${line}\n`);
      drawn = lines;
    },
  });
  return last.failure === null ? 0 : 1;
}

/** In an argument, everybody on the machine would see it. */
function tokenOfEnvironment(secrets: Redactor): string | undefined {
  const token = (process.env['GITHUB_TOKEN'] ?? process.env['GH_TOKEN'])?.trim();
  if (token) secrets.learn(token);
  return token;
}

function collaborators({ secrets, streams }: Terminal): Collaborators {
  const log = terminalLog(streams);
  const signal = untilSignalled();
  return {
    openStore: storeOpener({
      env: process.env,
      secrets,
      log: (line) => {
        log.info(line);
      },
      signal,
    }),
    clock,
    signal,
    ask: asker(process.env),
    openMetrics: metricsOpener(process.env),
    timeLimit: timeLimitIn(process.env),
    log,
    author: () => Promise.resolve({ actor: process.env['USER'] ?? userInfo().username }),
    readText,
    openPullRequests: pullRequestReader(tokenOfEnvironment(secrets)),
  };
}
