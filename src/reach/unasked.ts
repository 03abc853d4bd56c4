import type { Finding } from '../base/findings.ts';
import type { HttpRequest } from '../istio/requests/request.ts';
import type { AskedReach, Reach, UnaskedChange } from './types.ts';
import { requestWords } from './words.ts';

/** Sentences of one finding; of more it says how many. */
const MOST_SENTENCES = 5;

/**
 * What refuses the write because nobody asked for it. `force` doesn't help: it is for doubts that a person can
 * weigh, and here the plan is not what the person asked for.
 */
export function unaskedChanges({ unexpected }: Reach): readonly Finding[] {
  return [...Map.groupBy(unexpected, ({ object }) => object)].map(([object, changes]): Finding => {
    const message =
      `The plan for ${object} is not what was asked for, so nothing was written:\n${bulletList(changes.map(sentenceOf))}\n` +
      'This is a fault of istiops: please report it with the VirtualService and the inputs. Until it is mended, make this change by hand.';
    return { code: 'unasked-change', severity: 'error', message, object, forceable: false };
  });
}

function joined(sentences: readonly string[]): string {
  const rest = sentences.length - MOST_SENTENCES;
  return [...sentences.slice(0, MOST_SENTENCES), ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
}

function bulletList(sentences: readonly string[]): string {
  const shown = sentences.slice(0, MOST_SENTENCES).map((sentence) => `- ${sentence}`);
  const rest = sentences.length - shown.length;
  return [...shown, ...(rest > 0 ? [`- and ${rest} more`] : [])].join('\n');
}

function sentenceOf({ who, before, after, expected, example }: UnaskedChange): string {
  const effect = before === after ? `would still get ${after}` : `would get ${after} in place of ${before}`;
  return `${who} ${effect}; expected was ${expected}${suchAs(example)}`;
}

function suchAs(example: HttpRequest | null): string {
  return example === null ? '' : ` (for example ${requestWords(example)})`;
}

/**
 * What speaks against a change although the plan is right: no request would feel it, or requests of others would,
 * because several VirtualServices are for one host.
 */
export function feltOtherwise({ asked, others }: Reach): readonly Finding[] {
  return [...asked.flatMap(unreachable), ...othersChange(others)];
}

function unreachable(one: AskedReach): readonly Finding[] {
  const { object, code, classes, reached, undecided, misses, doubts } = one;
  const [first] = misses;
  const doubt: readonly Finding[] =
    doubts.length === 0
      ? []
      : [
          {
            code: 'reach-unknown',
            severity: 'warning',
            message: `It is not known whether ${reached === 0 ? 'any request feels' : 'all requests that were asked about feel'} the change of ${object}: ${doubts.slice(0, MOST_SENTENCES).join('; ')}.`,
            object,
            forceable: false,
          },
        ];
  if (first === undefined) return doubt;
  const isPreview = code === 'preview-unreachable';
  const such = suchAs(first.example);
  if (reached === 0 && undecided === 0) {
    const what = isPreview
      ? `No request would reach the preview route in ${object}`
      : `No request would feel the change of ${object}`;
    const message = `${what}: ${first.why}${such}. ${first.advice}`;
    return [{ code, severity: 'error', message, object, forceable: true }];
  }
  const words = misses.map(({ who, why, example }) => `${who}: ${why}${suchAs(example)}`);
  const kinds = classes === 1 ? 'kind of request' : 'kinds of requests';
  const message = `${misses.length} of the ${classes} ${kinds} that were asked about in ${object} would not feel the change: ${joined([...new Set(words)])}.`;
  return [...doubt, { code: 'partly-unreachable', severity: 'warning', message, object, forceable: false }];
}

function othersChange(others: readonly UnaskedChange[]): readonly Finding[] {
  return [...Map.groupBy(others, ({ object }) => object)].map(([object, changes]): Finding => {
    const message =
      `Requests that were not asked about would change with ${object}, because other VirtualServices have routes for the same host:\n` +
      `${bulletList(changes.map(sentenceOf))}\n` +
      'Put the routes of the host into one VirtualService, or pick base routes with `routes` that no other VirtualService has.';
    return { code: 'others-change', severity: 'error', message, object, forceable: true };
  });
}
