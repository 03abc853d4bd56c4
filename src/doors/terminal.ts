import { createRedactor, type Redactor } from '../base/redactor.ts';
import { printer } from './formats.ts';
import { standardStreams, tellUncaught, type Streams } from './streams.ts';

/** Where the command line prints, and what it must not print. */
export interface Terminal {
  readonly secrets: Redactor;
  readonly streams: Streams;
  readonly print: ReturnType<typeof printer>;
}

/** From here on, faults that nobody catches are printed without secrets, too. */
export function openTerminal(): Terminal {
  const secrets = createRedactor();
  const streams = standardStreams(secrets);
  tellUncaught((words) => {
    streams.err(`istiops: ${words}\n`);
  });
  return { secrets, streams, print: printer(streams, secrets) };
}
