/** Door 2, the command line: flags → run → result on stdout, everything else on stderr. */
import nodeModule from 'node:module';
import { Command, CommanderError } from 'commander';
import { nodeFault, VERSION } from '../base/version.ts';
import { OPERATIONS } from '../operations/index.ts';
import { failed } from '../report/types.ts';
import { addCompletion } from './completion.ts';
import { addDoctor, doctor } from './doctor.ts';
import { withFlagMeant, withLongFlags } from './flags.ts';
import { formatIn } from './formats.ts';
import { addKeyless, keyless } from './keyless.ts';
import { perform } from './perform.ts';
import type { Streams } from './streams.ts';
import { collaboratorsOf } from './terminal-collaborators.ts';
import { openTerminal, type Terminal } from './terminal.ts';
import { addTraffic, withTraffic } from './traffic-commands.ts';

/**
 * @param argv Node's path, the script's, and the words of the command line
 * @returns the exit code: 0 done or nothing to do, 1 failed, 2 a usage error
 */
export async function main(argv: readonly string[]): Promise<number> {
  const terminal = openTerminal();
  const { streams, secrets } = terminal;
  const fault = nodeFault(process.versions.node);
  if (fault !== undefined) {
    streams.err(`istiops: ${fault}\n`);
    return 1;
  }
  // The Kubernetes client is hundreds of files, and compiling them half of what a command takes. What is loaded by
  // import() from here on comes from Node's cache in the temporary directory the next time.
  nodeModule.enableCompileCache();
  let exitCode = 0;
  const program = programOf(streams);
  addCompletion(program, streams.out);
  addDoctor(program, async (words, format) => {
    const { openStore } = collaboratorsOf(terminal);
    exitCode = await doctor(words, format, { openStore, streams, secrets });
  });
  addKeyless(program, (words) => {
    exitCode = keyless(words, streams);
  });
  addTraffic(program, async (name, words, view) => {
    exitCode = await perform(name, words, view, terminal);
  });
  const words = withLongFlags(withTraffic(argv));
  try {
    await program.parseAsync(words);
    return exitCode;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    return thrown.exitCode === 0 ? 0 : usageError(thrown, words, terminal);
  }
}

function programOf(streams: Streams): Command {
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
    .showHelpAfterError('Add --help for what there is.')
    .version(`istiops ${VERSION}`, '-v, --version', 'print the version');
  program
    .command('version')
    .description('print the version')
    .action(() => {
      streams.out(`istiops ${VERSION}\n`);
    });
  return program;
}

/** What a person reads is on stderr already; a program that wants an object gets one on failure too. */
function usageError(thrown: CommanderError, words: readonly string[], { print }: Terminal): number {
  const operation = OPERATIONS.find((one) => one === words[3]) ?? null;
  const format = formatIn(words, operation ?? 'shift');
  const message = withFlagMeant(thrown.message).replace(/^error: /, '');
  if (format !== 'pretty') print({ ...failed({ reason: 'invalid-input', message }), operation }, format);
  return 2;
}
