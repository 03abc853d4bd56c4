import type { Colours } from './colours.ts';
import { inFlags } from './in-flags.ts';
import { ofAHundred } from './hundred.ts';
import { tryOuts, wayBackOf, type WayBack } from './next.ts';
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
      commands: [],
    })),
    ...(link === null
      ? []
      : [
          { sentence: link.sentence, commands: [link.url] },
          { sentence: 'To leave it', commands: [link.off] },
        ]),
    ...tryOuts(outcome),
    ...(back === null ? [] : [{ sentence: back.sentence, commands: commandsOf(back) }]),
  ];
  return parts
    .flatMap(({ sentence, commands }) => [
      `${inFlags(visible(sentence))}${commands.length === 0 ? '.' : ':'}`,
      ...commands.map((command) => `  ${colours.cyan(visible(command))}`),
    ])
    .join('\n');
}

function commandsOf({ words }: WayBack): readonly string[] {
  const command = words === null ? null : backCommand(words);
  return command === null ? [] : [command];
}
