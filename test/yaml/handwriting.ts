/** Random manifests as random people write them: the same value in any style that YAML has. */
import fc from 'fast-check';
import { canonicalJson, isList, isObject, type Json } from '../../src/base/json.ts';

/** An endless source of choices, the same for the same seed. */
export type Choose = (count: number) => number;

export const choices: fc.Arbitrary<Choose> = fc.nat().map((seed) => {
  let state = seed;
  // mulberry32: what fast-check's own endless streams are too slow for, thousands of times.
  return (count) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % count;
  };
});

interface Hand {
  readonly choose: Choose;
  readonly step: number;
  readonly listsDeeper: boolean;
  readonly dash: string;
  readonly padding: string;
  /** One line in so many has a comment, a blank line above, … 0: never. */
  readonly comments: number;
  readonly blanks: number;
  readonly flows: number;
  /** Values written with an anchor, by content. Null: no anchors at all. */
  readonly anchors: Map<string, string> | null;
}

const WORDS = [
  'v1',
  'api',
  '/path',
  'on',
  '1.10',
  '020',
  'a b',
  'x: y',
  "it's",
  'say "hi"',
  '',
  '# no',
  '^seu_.*$',
  '*',
  '{"a":[1]}',
];

const word = fc.constantFrom(...WORDS);

const route = fc.record(
  {
    name: fc.string({ unit: fc.constantFrom('a', 'b', '-', '1'), minLength: 1, maxLength: 6 }),
    match: fc.array(
      fc.record(
        {
          uri: fc.record({ prefix: word }),
          headers: fc.dictionary(word, fc.record({ exact: word }), { maxKeys: 2 }),
        },
        { requiredKeys: [] },
      ),
      { maxLength: 2 },
    ),
    route: fc.array(
      fc.record(
        {
          destination: fc.record(
            { host: fc.constantFrom('api', 'web.shop.svc'), subset: word },
            { requiredKeys: ['host'] },
          ),
          weight: fc.nat(100),
          headers: fc.constant({ request: { set: { 'x-a': 'b' } } }),
        },
        { requiredKeys: ['destination'] },
      ),
      { minLength: 1, maxLength: 3 },
    ),
    timeout: fc.constantFrom('5s', '10s'),
    retries: fc.constant({ attempts: 3, retryOn: '5xx' }),
    unknown: fc.constantFrom<Json>(
      null,
      true,
      1.5,
      [1, [2, 3]],
      { deep: { er: [{ a: [] }] } },
      'two\nlines\n',
    ),
  },
  { requiredKeys: ['route'] },
);

/** A VirtualService with everything that the engine changes and some that it doesn't. */
export const virtualService: fc.Arbitrary<Json> = fc.record({
  apiVersion: fc.constant('networking.istio.io/v1'),
  kind: fc.constant('VirtualService'),
  metadata: fc.record(
    {
      name: fc.constant('api'),
      labels: fc.dictionary(fc.constantFrom('app', 'team'), word),
      annotations: fc.dictionary(fc.constantFrom('a', 'b/c', 'd.e'), word),
    },
    { requiredKeys: ['name'] },
  ),
  spec: fc.record({
    hosts: fc.array(fc.constantFrom('api', 'b.c'), { minLength: 1, maxLength: 2 }),
    http: fc.array(route, { minLength: 1, maxLength: 4 }),
  }),
});

/** One of the many texts that say `value`. */
export function written(value: Json, choose: Choose, options: { readonly anchors: boolean }): string {
  const hand: Hand = {
    choose,
    step: [2, 2, 4, 3][choose(4)] ?? 2,
    listsDeeper: choose(2) === 0,
    dash: '-' + ' '.repeat([1, 1, 1, 3][choose(4)] ?? 1),
    padding: choose(2) === 0 ? '' : ' ',
    comments: [0, 3, 8][choose(3)] ?? 0,
    blanks: [0, 0, 4, 1][choose(4)] ?? 0,
    flows: [0, 6, 3][choose(3)] ?? 0,
    anchors: options.anchors ? new Map() : null,
  };
  const eol = choose(4) === 0 ? '\r\n' : '\n';
  const lines = block(value, hand);
  const text = (choose(3) === 0 ? ['# a file', '---', ...lines] : lines).join(eol);
  // A block scalar's last line end is a part of it; an anchor may stand before its bar, and a comment behind.
  const endsInBlock = / \|[^\n]*\n[^:]*$/.test(text);
  return text + (choose(4) === 0 && !endsInBlock ? '' : eol);
}

/** JSON in one of the ways that tools print it. */
export function printed(value: Json, choose: Choose): string {
  return JSON.stringify(value, null, [0, 2, 4, '\t'][choose(4)]) + (choose(2) === 0 ? '' : '\n');
}

function sometimes({ choose }: Hand, oneIn: number): boolean {
  return oneIn > 0 && choose(oneIn) === 0;
}

function block(value: Json, hand: Hand): string[] {
  const blanks = hand.blanks === 1 ? 1 : hand.blanks * 2;
  const between = (lines: string[], index: number): string[] => [
    ...(index > 0 && Array.isArray(value) && sometimes(hand, blanks) ? [''] : []),
    ...(sometimes(hand, hand.comments) ? ['# about this'] : []),
    ...lines,
  ];
  if (isList(value)) return value.flatMap((item, index) => between(listItem(item, hand), index));
  const pairs = Object.entries(isObject(value) ? value : {});
  return pairs.flatMap(([key, field], index) => {
    const lines = pair(key, field ?? null, hand);
    return index === 0 ? lines : between(lines, index);
  });
}

function listItem(value: Json, hand: Hand): string[] {
  const pad = ' '.repeat(hand.dash.length);
  const [mark, inline] = opening(value, hand);
  if (inline !== null) return [`${hand.dash}${mark === '' ? '' : `${mark} `}${inline}${trailing(hand)}`];
  const lines = block(value, hand);
  if (mark !== '' || lines[0]?.startsWith('#') === true)
    return [`${hand.dash}${mark}`.trimEnd(), ...lines.map((line) => pad + line)];
  return lines.map((line, index) => (line === '' ? '' : (index === 0 ? hand.dash : pad) + line));
}

function pair(key: string, value: Json, hand: Hand): string[] {
  const [mark, inline] = opening(value, hand);
  const name = `${scalar(key, hand, true)}:${mark === '' ? '' : ` ${mark}`}`;
  if (inline !== null) return [`${name} ${inline}${trailing(hand)}`];
  if (typeof value === 'string')
    return [
      `${name} |`,
      ...value
        .trimEnd()
        .split('\n')
        .map((line) => ' '.repeat(hand.step) + line),
    ];
  const columns = Array.isArray(value) && !hand.listsDeeper ? 0 : hand.step;
  return [
    name + trailing(hand),
    ...block(value, hand).map((line) => (line === '' ? '' : ' '.repeat(columns) + line)),
  ];
}

/** Anchor, and the value if it fits behind a key or a dash. */
function opening(value: Json, hand: Hand): [mark: string, inline: string | null] {
  const { anchors } = hand;
  const content = canonicalJson(value);
  const known = anchors?.get(content);
  if (known !== undefined && hand.choose(2) === 0) return ['', `*${known}`];
  let mark = '';
  if (anchors !== null && known === undefined && value !== null && hand.choose(4) === 0)
    mark = `&n${hand.choose(1000)}x${anchors.size}`;
  const isFull = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  const isText = typeof value === 'string' && value.includes('\n');
  const inline = (isFull || isText) && !(isFull && sometimes(hand, hand.flows)) ? null : flow(value, hand);
  // Known from here on, inside itself too: but no value holds itself.
  if (mark !== '') anchors?.set(content, mark.slice(1));
  return [mark, inline];
}

function flow(value: Json, hand: Hand): string {
  if (isList(value)) {
    const items = value.map((item) => flow(item, hand));
    return wrapped('[', items, ']', hand);
  }
  if (isObject(value)) {
    const pairs = Object.entries(value).map(
      ([key, field]) => `${scalar(key, hand, true)}: ${flow(field ?? null, hand)}`,
    );
    return wrapped('{', pairs, '}', hand);
  }
  return scalar(value, hand, true);
}

function wrapped(open: string, parts: readonly string[], close: string, { padding }: Hand): string {
  return parts.length === 0 ? open + close : open + padding + parts.join(', ') + padding + close;
}

function scalar(value: string | number | boolean | null, { choose }: Hand, oneLine: boolean): string {
  if (typeof value !== 'string') return String(value);
  const isSimple = /^[a-z/][a-z0-9/.-]*$/.test(value) && value !== 'on';
  const style = choose(isSimple ? 4 : 2);
  if (style > 1) return value;
  return style === 0 && !(oneLine && value.includes('\n'))
    ? `'${value.replaceAll("'", "''")}'`
    : JSON.stringify(value);
}

function trailing(hand: Hand): string {
  return sometimes(hand, hand.comments) ? ' # behind' : '';
}
