import { splitList } from './lists.ts';
import { all, withPlace, bad, good, quote, type Parsed } from './parsed.ts';
import { durationUpTo, parseWeight } from './scalars.ts';

/** One item of the input `steps`: a share of the requests, and how long it is watched. */
export interface Step {
  /** Percent, a whole number from 1 to 100. */
  readonly weight: number;
  /** Milliseconds; absent: as long as `interval` says. */
  readonly milliseconds?: number;
}

/** Each stage is a line of the log and of the summary: more than this is a slip, or a loop that wrote them. */
const MOST = 20;

const DAY = 86_400_000;

/**
 * The stages of a canary, separated by commas or lines.
 *
 * @example parseSteps('10%:5m, 100') // [{ weight: 10, milliseconds: 300000 }, { weight: 100 }]
 */
export function parseSteps(given: string): Parsed<readonly Step[]> {
  const items = splitList(given);
  if (!items.ok) return items;
  if (items.value.length === 0) return bad('it has no stage');
  if (items.value.length > MOST)
    return bad(`it has ${items.value.length} stages, and at most ${MOST} are possible`);
  const steps = all(
    items.value.map((item, i) => withPlace(`stage ${i + 1} (${quote(item)})`, parseStep(item))),
  );
  if (!steps.ok) return steps;
  const same = steps.value.findIndex(({ weight }, i) => weight === steps.value[i - 1]?.weight);
  if (same > 0)
    return bad(
      `stage ${same + 1}: its share is that of the stage before, so nothing would change: give one stage the time of both`,
    );
  return steps;
}

function parseStep(item: string): Parsed<Step> {
  const [share = '', ...times] = item.split(':').map((part) => part.trim());
  if (times.length > 1) return bad('it has more than one colon: write the share, a colon, and the time');
  const weight = parseWeight(share);
  if (!weight.ok) {
    const isTurned = times[0] !== undefined && parseWeight(times[0]).ok;
    return bad(...weight.problems, ...(isTurned ? ['the share comes first: 10%:5m'] : []));
  }
  if (weight.value === 0)
    return bad('with 0 % no request would reach the build, so there is nothing to watch');
  const [time] = times;
  if (time === undefined) return good({ weight: weight.value });
  if (time === '') return bad('there is no time after the colon (a variable that is not set?)');
  const milliseconds = durationUpTo(time, DAY, 'a day', 'm');
  if (!milliseconds.ok) return milliseconds;
  if (milliseconds.value === 0) return bad('a stage of no time is not watched');
  return good({ weight: weight.value, milliseconds: milliseconds.value });
}
