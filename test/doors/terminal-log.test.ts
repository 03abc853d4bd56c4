import { expect, test } from 'vitest';
import { terminalLog } from '../../src/doors/terminal-log.ts';

function logOn(isTerminal: boolean): {
  readonly log: ReturnType<typeof terminalLog>;
  readonly seen: string[];
} {
  const seen: string[] = [];
  const log = terminalLog({
    err: (text) => void seen.push(text),
    isErrTerminal: () => isTerminal,
    redraw: (line) => void seen.push(`redraw ${line}`),
  });
  return { log, seen };
}

test('a line stands below what is drawn anew, which is removed first', () => {
  const { log, seen } = logOn(true);
  log.info('first');
  log.progress?.('3:00 left');
  log.progress?.('2:59 left');
  log.info('second');
  log.progress?.(null);
  expect(seen).toEqual(['first\n', 'redraw 3:00 left', 'redraw 2:59 left', 'redraw ', 'second\n']);
});

test('where nothing can be drawn anew, nothing is', () => {
  const { log, seen } = logOn(false);
  expect(log.progress).toBeUndefined();
  log.info('line');
  expect(seen).toEqual(['line\n']);
});
