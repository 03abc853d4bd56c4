import { describe, expect, test } from 'vitest';
import { parseSteps } from '../../src/intent/steps.ts';

const MINUTE = 60_000;

describe('stages', () => {
  test.for([
    ['10%:5m', [{ weight: 10, milliseconds: 5 * MINUTE }]],
    ['10:5m', [{ weight: 10, milliseconds: 5 * MINUTE }]],
    ['10, 50, 100', [{ weight: 10 }, { weight: 50 }, { weight: 100 }]],
    [
      '10 % : 1m30s,\n50%:2h\n\n100%:1d'.replace('1d', '24h'),
      [
        { weight: 10, milliseconds: 90_000 },
        { weight: 50, milliseconds: 120 * MINUTE },
        { weight: 100, milliseconds: 1440 * MINUTE },
      ],
    ],
    // Not rising: a build may be given less for the night.
    [
      '50%:1m, 10%:1m',
      [
        { weight: 50, milliseconds: MINUTE },
        { weight: 10, milliseconds: MINUTE },
      ],
    ],
  ] as const)('%j is understood', ([text, value]) => {
    expect(parseSteps(text)).toEqual({ ok: true, value });
  });
});

test.for([
  ['10%:5', 'stage 1 ("10%:5"): it has no unit: did you mean "5m"?'],
  ['10%:', 'stage 1 ("10%:"): there is no time after the colon (a variable that is not set?)'],
  ['10%:5m,', 'there is a comma with nothing before or after it (a variable that is not set?)'],
  ['10%:0s', 'stage 1 ("10%:0s"): a stage of no time is not watched'],
  ['0%:5m', 'stage 1 ("0%:5m"): with 0 % no request would reach the build, so there is nothing to watch'],
  ['10.5%:5m', 'stage 1 ("10.5%:5m"): Istio knows whole percents only'],
  ['110', 'stage 1 ("110"): it is above 100'],
  ['10%:25h', 'stage 1 ("10%:25h"): it is longer than a day'],
  ['10%:5m:6m', 'stage 1 ("10%:5m:6m"): it has more than one colon: write the share, a colon, and the time'],
  [
    '10%:5m, 10%:5m',
    'stage 2: its share is that of the stage before, so nothing would change: give one stage the time of both',
  ],
  [Array.from({ length: 21 }, (_, i) => i + 1).join(), 'it has 21 stages, and at most 20 are possible'],
] as const)('%s is refused', ([text, problem]) => {
  expect(parseSteps(text)).toEqual({ ok: false, problems: [problem] });
});

test('a share and a time that are turned around are named', () => {
  expect(parseSteps('5m:10%')).toEqual({
    ok: false,
    problems: [
      'stage 1 ("5m:10%"): it is not a whole number in plain digits',
      'stage 1 ("5m:10%"): the share comes first: 10%:5m',
    ],
  });
});

test('everything that is wrong is said at once', () => {
  expect(parseSteps('x:5m, 10%:y')).toMatchObject({ ok: false, problems: { length: 2 } });
});
