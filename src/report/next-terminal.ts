import type { Colours } from './colours.ts';
import { inFlags } from './in-flags.ts';
import { ofAHundred } from './hundred.ts';
import { tryOuts, wayBackOf } from './next.ts';
import { previewLinkOf } from './preview-link.ts';
import { backCommand } from './next-texts.ts';
import { pairRoutes } from './pairs.ts';
import { visible } from './text.ts';
import type { Outcome } from './types.ts';

/** What to do next, for a terminal: sentences, and the lines to paste below them. */
export function nextLines(outcome: Outcome, colours: Colours): string {
  const back = wayBackOf(outcome);
  const link = previewLinkOf(outcome);
  const parts = [
    ...ofAHundred(outcome, pairRoutes(outcome.before, outcome.after)).map((sentence) => ({
      sentence,
      command: null,
    })),
    ...(link === null
      ? []
      : [
          { sentence: link.sentence, command: link.url },
          { sentence: 'To leave it', command: link.off },
        ]),
    ...tryOuts(outcome),
    ...(back === null
      ? []
      : [{ sentence: back.sentence, command: back.words === null ? null : backCommand(back.words) }]),
  ];
  return parts
    .flatMap(({ sentence, command }) =>
      command === null
        ? [`${inFlags(visible(sentence))}.`]
        : [`${inFlags(visible(sentence))}:`, `  ${colours.cyan(visible(command))}`],
    )
    .join('\n');
}
