/** The forms in which the command line prints an outcome. */
import type { Redactor } from '../base/redactor.ts';
import type { Operation } from '../operations/index.ts';
import { outcomeInFlags } from '../report/in-flags.ts';
import { jsonTextOf } from '../report/json.ts';
import { junitOf } from '../report/junit.ts';
import { sectionOf } from '../report/section.ts';
import { pretty } from '../report/terminal.ts';
import type { Outcome } from '../report/types.ts';
import { yamlTextOf } from '../report/yaml.ts';
import { shownOutcome } from './shown-outcome.ts';
import type { Streams } from './streams.ts';

export const FORMATS = ['pretty', 'json', 'yaml', 'junit'] as const;
export type Format = (typeof FORMATS)[number];

/** The formats of a command: a report for test reporters has only what tests something. */
export function formatsOf(name: Operation | 'shift'): readonly Format[] {
  const isTested = name === 'canary' || (name !== 'shift' && sectionOf(name) === 'explanations');
  return FORMATS.filter((one) => one !== 'junit' || isTested);
}

/** The format that the arguments name, where commander refused them as a whole. */
export function formatIn(argv: readonly string[], name: Operation | 'shift'): Format {
  const [, text] = /(?:^| )(?:--output|-o)[ =]?(\S+)/.exec(argv.join(' ')) ?? [];
  return formatsOf(name).find((format) => format === text) ?? 'pretty';
}

/** Prints outcomes: the result on stdout; a failure that a person is to read, on stderr. */
export function outcomePrinter(
  streams: Streams,
  secrets: Redactor,
): (outcome: Outcome, format: Format, options?: { readonly diff?: boolean }) => void {
  return (whole, format, { diff = false } = {}) => {
    const outcome = outcomeInFlags(shownOutcome(whole, secrets));
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
        streams[stream](pretty(outcome, { colour, diff }), colour ? 'coloured' : 'plain');
      }
    }
  };
}
