import type { Log } from '../ports/collaborators.ts';
import type { Streams } from './streams.ts';

/** The log on standard error; on a terminal, with one line that is drawn anew while something is waited for. */
export function terminalLog(streams: Pick<Streams, 'err' | 'isErrTerminal' | 'redraw'>): Log {
  const log: Log = {
    info: (line) => {
      streams.err(`${line}\n`);
    },
    group: (_title, body) => body(),
  };
  if (!streams.isErrTerminal()) return log;
  let isDrawn = false;
  const draw = (line: string): void => {
    streams.redraw(line);
    isDrawn = line !== '';
  };
  return {
    ...log,
    info: (line) => {
      if (isDrawn) draw('');
      log.info(line);
    },
    progress: (line) => {
      if (line !== null || isDrawn) draw(line ?? '');
    },
  };
}
