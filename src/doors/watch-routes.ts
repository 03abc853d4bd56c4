import type { Request } from '../operations/request.ts';
import type { Collaborators } from '../ports/collaborators.ts';
import type { Store } from '../ports/store.ts';
import { outcomeInFlags } from '../report/in-flags.ts';
import { watchLines } from '../report/watch-lines.ts';
import { run } from '../run/run.ts';
import { shownOutcome } from './shown-outcome.ts';
import { collaboratorsOf } from './terminal-collaborators.ts';
import type { Terminal } from './terminal.ts';
import { watch } from './watch.ts';

/**
 * Draws the routes again and again on a terminal; elsewhere, it prints the lines that are new.
 *
 * @returns the exit code: 0 where somebody ended it
 */
export async function watchRoutes(request: Request, terminal: Terminal): Promise<number> {
  const { print, secrets, streams } = terminal;
  const whole = collaboratorsOf(terminal);
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
