import { describe, expect, test } from 'vitest';
import type { Parsed } from '../../src/intent/parsed.ts';
import { parseRoutes } from '../../src/intent/routes.ts';
import { parseBoolean, parseDuration, parseMode, parseText, parseWeight } from '../../src/intent/scalars.ts';
import { OPERATION_INPUT } from '../../src/operations/inputs.ts';
import { parseHostname, parseNamespace, parsePort } from '../../src/intent/service.ts';
import { problemsOf, valueOf } from '../support/parsed.ts';

/** A parser, what it takes with the value, what it refuses with a part of the reason. */
const SCALARS: readonly (readonly [
  (text: string) => Parsed<unknown>,
  readonly (readonly [string, unknown])[],
  readonly (readonly [string, string])[],
])[] = [
  [
    OPERATION_INPUT.parse,
    [
      ['weight', 'weight'],
      [' show\n', 'show'],
      ['Weight', 'weight'],
    ],
    [
      ['wieght', 'did you mean weight?'],
      ['delete everything', 'no such operation'],
    ],
  ],
  [
    parseWeight,
    [
      ['0', 0],
      ['100', 100],
      [' 20 ', 20],
      ['20%', 20],
      ['20 %', 20],
    ],
    [
      ['101', 'above 100'],
      ['99999999999999999999', 'above 100'],
      ['-1', 'below 0'],
      ['+1', 'not a whole number'],
      ['0.5%', 'whole percents'],
      ['120%', 'above 100'],
      ['0.5', 'whole percents'],
      ['020', 'leave out the zero'],
      ['1e1', 'not a whole number'],
      ['0x10', 'not a whole number'],
      ['٢٠', 'not a whole number'],
      ['NaN', 'not a whole number'],
    ],
  ],
  [
    parsePort,
    [
      ['1', 1],
      ['65535', 65535],
      [' 80 ', 80],
    ],
    [
      ['0', 'below 1'],
      ['65536', 'above 65535'],
      ['80x', 'not a whole number'],
      ['1e3', 'not a whole number'],
      ['+80', 'not a whole number'],
      ['0x50', 'not a whole number'],
      ['080', 'not a whole number'],
      ['8 0', 'not a whole number'],
      ['http', 'not a whole number'],
    ],
  ],
  [
    parseHostname,
    [
      ['api', 'api'],
      ['api.domain.io', 'api.domain.io'],
      [' api.shop.svc.cluster.local ', 'api.shop.svc.cluster.local'],
      ['10.0.0.1', '10.0.0.1'],
    ],
    [
      ['*.domain.io', 'no wildcard'],
      ['https://api', 'leave out "https://"'],
      ['api:80', 'the port goes in `port`'],
      ['shop/api', 'no path or namespace'],
      ['api.', 'the dot at the end'],
      ['a..b', 'not a DNS name'],
      ['-a', 'not a DNS name'],
      ['a_b', 'not a DNS name'],
      ['a b', 'not a DNS name'],
      ['a'.repeat(64), 'not a DNS name'],
      [Array(60).fill('abcd').join('.'), 'not a DNS name'],
    ],
  ],
  [
    parseNamespace,
    [['shop', 'shop']],
    [
      ['Shop', 'not the name of a namespace'],
      ['a.b', 'not the name of a namespace'],
      ['a'.repeat(64), 'not the name of a namespace'],
    ],
  ],
  [
    parseMode,
    [
      ['all', 'all'],
      ['hard', 'all'],
      ['stale', 'stale'],
      ['soft', 'stale'],
    ],
    [['gentle', 'no such mode']],
  ],
  [
    parseBoolean,
    [
      ['true', true],
      ['True', true],
      ['TRUE', true],
      ['false', false],
      ['False', false],
      ['FALSE', false],
    ],
    [
      ['yes', 'neither'],
      ['1', 'neither'],
      ['tRUE', 'neither'],
    ],
  ],
  [
    parseDuration,
    [
      ['5s', 5000],
      ['500ms', 500],
      ['1m30s', 90_000],
      ['1.5s', 1500],
      ['0', 0],
      ['0s', 0],
      ['1h', 3_600_000],
    ],
    [
      ['5', 'did you mean "5s"?'],
      ['1h1ms', 'longer than an hour'],
      ['99999999999999999999999h', 'longer than an hour'],
      ['-5s', 'not a number with a unit'],
      ['5 s', 'not a number with a unit'],
      ['5sec', 'not a number with a unit'],
      ['5d', 'not a number with a unit'],
      ['s', 'not a number with a unit'],
    ],
  ],
  [parseText, [[' deploy/*.yaml ', 'deploy/*.yaml']], [['a\nb', 'control character']]],
  [
    parseRoutes,
    [
      ['main', [{ text: 'main', at: { name: 'main' } }]],
      ['http#1', [{ text: 'http#1', at: { kind: 'http', index: 0 } }]],
      ['api/tcp#12', [{ text: 'api/tcp#12', virtualService: 'api', at: { kind: 'tcp', index: 11 } }]],
      ['grpc#1', [{ text: 'grpc#1', at: { name: 'grpc#1' } }]],
      ['http[0]', [{ text: 'http[0]', at: { kind: 'http', index: 0, isOlderNotation: true } }]],
      ['tcp[12]', [{ text: 'tcp[12]', at: { kind: 'tcp', index: 12, isOlderNotation: true } }]],
      [
        'api/tls[1]',
        [{ text: 'api/tls[1]', virtualService: 'api', at: { kind: 'tls', index: 1, isOlderNotation: true } }],
      ],
      ['api/main', [{ text: 'api/main', virtualService: 'api', at: { name: 'main' } }]],
      ['Main/x', [{ text: 'Main/x', at: { name: 'Main/x' } }]],
      [
        'a, b\nc,\na',
        [
          { text: 'a', at: { name: 'a' } },
          { text: 'b', at: { name: 'b' } },
          { text: 'c', at: { name: 'c' } },
        ],
      ],
    ],
    [
      ['http[x]', 'not a position'],
      ['http#0', 'not a position'],
      ['http#', 'not a position'],
      ['http#01', 'not a position'],
      ['http[-1]', 'not a position'],
      ['http[01]', 'not a position'],
      ['grpc[0]', 'not a position'],
      ['api/', 'names no route'],
      ['a,,b', 'comma with nothing'],
    ],
  ],
];

describe.each(SCALARS.map(([parse, taken, refused]) => [parse.name, parse, taken, refused] as const))(
  '%s',
  (_, parse, taken, refused) => {
    test.each(taken)('accepts %j', (text, value) => {
      expect(valueOf(parse(text))).toEqual(value);
    });
    test.each(refused)('refuses %j: %s', (text, reason) => {
      expect(problemsOf(parse(text)).join('\n')).toContain(reason);
    });
  },
);
