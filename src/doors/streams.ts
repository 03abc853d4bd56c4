/**
 * The one way from this process to standard output and standard error. Everything that is printed there passes the
 * redactor, and then what the runner or a terminal would act on is made visible. Nothing here throws: what can't be
 * printed must not fail a run that has changed traffic.
 */
import { isatty } from 'node:tty';
import { printable, printableColoured, printableJson, printableXml } from '../base/log-text.ts';
import type { Redactor } from '../base/redactor.ts';

/** What a text is, which decides how it can be made safe without changing what it means. */
export type TextForm = 'plain' | 'coloured' | 'json' | 'xml';

export interface Streams {
  /** The result. Whole: its last line ends itself. */
  readonly out: (text: string, form?: TextForm) => void;
  /** Everything else. */
  readonly err: (text: string, form?: TextForm) => void;
  readonly hasColour: (stream: 'out' | 'err') => boolean;
  /** Standard output is a terminal, which can be drawn anew. */
  readonly isTerminal: () => boolean;
  /** Standard error is a terminal. */
  readonly isErrTerminal: () => boolean;
  /** Writes a line to standard error that the next one replaces; empty: removes it. */
  readonly redraw: (line: string) => void;
  /** Empties the terminal, so that what comes next stands at its top. */
  readonly clear: () => void;
}

/** Cursor to the first line, and everything from there on removed. */
const CLEAR = '\u001b[H\u001b[J';

/** Cursor to the first column, and the rest of the line removed. */
const LINE_START = '\r\u001b[K';

export function standardStreams({ redact }: Pick<Redactor, 'redact'>): Streams {
  const writer =
    (stream: NodeJS.WriteStream) =>
    (text: string, form: TextForm = 'plain'): void => {
      attempt(() => stream.write(safeText(text, form, redact)));
    };
  for (const stream of [process.stdout, process.stderr]) ignoreFaults(stream);
  return {
    out: writer(process.stdout),
    err: writer(process.stderr),
    isTerminal: () => isatty(process.stdout.fd),
    isErrTerminal: () => isatty(process.stderr.fd),
    redraw: (line) => {
      attempt(() => process.stderr.write(`${LINE_START}${printable(redact(line))}`));
    },
    clear: () => {
      attempt(() => process.stdout.write(CLEAR));
    },
    // Not `isTTY`, which a pipe hasn't: without a yes or no, the colours would be up to FORCE_COLOR and CI.
    hasColour: (stream) =>
      isatty(stream === 'out' ? process.stdout.fd : process.stderr.fd) && !process.env['NO_COLOR'],
  };
}

/**
 * Ctrl-C ends the reader of our output, too (`istiops … | tee log`): a line that nobody reads must not end the undoing.
 */
function ignoreFaults(stream: NodeJS.WriteStream): void {
  if (!stream.listeners('error').includes(nothing)) stream.on('error', nothing);
}

/** What a machine reads has lost its secrets already, before it was put into its form; a person's text loses them here. */
function safeText(text: string, form: TextForm, redact: (text: string) => string): string {
  switch (form) {
    case 'plain':
      return printable(redact(text));
    case 'coloured':
      return printableColoured(redact(text));
    case 'json':
      return printableJson(text);
    case 'xml':
      return printableXml(text);
  }
}

/**
 * Faults that nobody catches, and Node's own warnings, are printed by Node as they are: with the words of whoever
 * caused them. They go the same way as the rest.
 */
export function tellUncaught(tell: (words: string) => void): void {
  // Removed, because Node's own listener prints.
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message }) => {
    tell(`${name}: ${message}`);
  });
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (thrown: unknown) => {
      if (isIdleEnd(thrown)) return;
      const words = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
      tell(`internal: Unexpected fault: ${words}`);
      process.exit(1);
    });
  }
}

/**
 * Is it only that a connection which nothing used was closed? undici may throw that where nobody can catch it. No request
 * depends on it: one that is under way fails by itself. To end the run for it would leave a change half made.
 *
 * @see https://github.com/nodejs/undici/blob/main/lib/dispatcher/client-h2.js onHttp2SessionIdleTimeout
 */
function isIdleEnd(thrown: unknown): boolean {
  return (
    thrown instanceof Error &&
    'code' in thrown &&
    thrown.code === 'UND_ERR_INFO' &&
    thrown.message === 'socket idle timeout'
  );
}

/** Does it as far as it goes. */
export function attempt(print: () => unknown): void {
  try {
    print();
  } catch {
    // There is nowhere left to say it.
  }
}

function nothing(): void {
  // An error of the stream that was told of is no error of the process.
}
