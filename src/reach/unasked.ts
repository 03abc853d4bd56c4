import type { Finding } from '../plan/types.ts';
import type { Reach, UnaskedChange } from './types.ts';
import { requestWords } from './words.ts';

/** Sentences of one finding; of more it says how many. */
const MOST_SENTENCES = 5;

/**
 * What refuses the write because nobody asked for it. `force` doesn't help: it is for doubts that a person can
 * weigh, and here the plan is not what the person asked for.
 */
export function unaskedChanges({ unexpected }: Reach): readonly Finding[] {
  return [...Map.groupBy(unexpected, ({ object }) => object)].map(([object, changes]): Finding => {
    const sentences = changes.slice(0, MOST_SENTENCES).map((change) => `- ${sentenceOf(change)}`);
    const rest = changes.length - sentences.length;
    if (rest > 0) sentences.push(`- and ${rest} more`);
    const message =
      `The plan for ${object} is not what was asked for, so nothing was written:\n${sentences.join('\n')}\n` +
      'This is a fault of istiops: please report it with the VirtualService and the inputs. Until it is mended, make this change by hand.';
    return { code: 'unasked-change', severity: 'error', message, object, forceable: false };
  });
}

function sentenceOf({ who, before, after, expected, example }: UnaskedChange): string {
  const effect = before === after ? `would still get ${after}` : `would get ${after} in place of ${before}`;
  const such = example === null ? '' : ` (for example ${requestWords(example)})`;
  return `${who} ${effect}; asked for was ${expected === before ? 'no change' : expected}${such}`;
}
