/** The input `services`: several services in one change, a line each. */
import { nearest } from './nearest.ts';
import { parseLabelSelector } from './label-selector.ts';
import { parseObjectNames } from './object-names.ts';
import { all, withPlace, bad, good, quote, type Parsed } from './parsed.ts';
import { parsePodLabels } from './pod-labels.ts';
import { parseRoutes } from './routes.ts';
import { parseHostname, parsePort } from './service.ts';
import type { Words } from './types.ts';

/** One service, as its line says it. */
export interface ServiceLine {
  /** From 1, blank lines counted: as an editor counts. */
  readonly number: number;
  /** For messages: `app=api -> app=api,build=10`. */
  readonly text: string;
  /** What the line gives, by the names of inputs: of `label-selector` and `virtual-service` one at least. */
  readonly words: Words;
}

/** What a message says of a line. */
export type NumberedLine = Pick<ServiceLine, 'number' | 'text'>;

/** Neither a label's key nor an operator of a selector ends with a dash, so nothing else looks like it. */
const ARROW = '->';

const LABEL_SELECTOR = 'label-selector';
const VIRTUAL_SERVICE = 'virtual-service';
const POD_SELECTOR = 'pod-selector';

/** Inputs that a line may give before the arrow. Each has its name and a colon in front, a label selector may have. */
const PARSERS: ReadonlyMap<string, (text: string) => Parsed<unknown>> = new Map<
  string,
  (text: string) => Parsed<unknown>
>([
  [LABEL_SELECTOR, parseLabelSelector],
  [VIRTUAL_SERVICE, parseObjectNames],
  ['hostname', parseHostname],
  ['port', parsePort],
  ['routes', parseRoutes],
  ['stable-pod-selector', parsePodLabels],
]);

const NAMES = [...PARSERS.keys()];

/** No key of a label has a colon in it, so a name with one begins something else than a label. */
const NAMED = new RegExp(
  String.raw`(?<=^|[\s,])(?:(${[...NAMES, POD_SELECTOR].join('|')}):|([A-Za-z][\w-]*):(?=\s|$))`,
  'g',
);

/**
 * A line each: what selects the VirtualServices, `->`, and a pod selector; or only what selects. Blank lines are skipped.
 *
 * @example parseServices('app=api -> app=api,build=10') // one line, of number 1
 * @example parseServices('virtual-service: shop, hostname: cart -> app=cart,build=10')
 */
export function parseServices(given: string): Parsed<readonly ServiceLine[]> {
  const lines = given
    .split(/\r?\n/)
    .map((text, index) => ({ number: index + 1, text: text.trim() }))
    .filter(({ text }) => text !== '');
  const parsed = all(lines.map(({ number, text }) => withPlace(`line ${number}`, parseLine(number, text))));
  if (!parsed.ok) return parsed;
  const twice = parsed.value.flatMap((line, i) => {
    const first = parsed.value.slice(0, i).find((other) => isSame(other, line));
    return first === undefined ? [] : [`line ${line.number} is the same as line ${first.number}`];
  });
  return twice.length === 0 ? parsed : bad(...twice);
}

function parseLine(number: number, text: string): Parsed<ServiceLine> {
  const [left = '', ...rest] = text.split(ARROW);
  if (rest.length > 1) return bad('there is more than one ->: each service has a line of its own');
  const [right] = rest;
  if (left.trim() === '') return bad(`there is no label selector${right === undefined ? '' : ' before ->'}`);
  const selection = parseSelection(left.trim());
  const pods = right === undefined ? undefined : parsePods(right.trim());
  const problems = [selection, pods].flatMap((one) => (one?.ok === false ? one.problems : []));
  if (!selection.ok || pods?.ok === false) return bad(...problems);
  return good({ number, text, words: { ...selection.value, ...(pods && { [POD_SELECTOR]: pods.value }) } });
}

/** What stands before the arrow, by the names of inputs. */
function parseSelection(text: string): Parsed<Words> {
  const parts = partsOf(text);
  const problems = parts.flatMap((part, i) => [
    ...(parts.findIndex(({ name }) => name === part.name) < i ? [`${part.name} is there twice`] : []),
    ...problemsOfPart(part),
  ]);
  if (parts.every(({ name }) => name !== LABEL_SELECTOR && name !== VIRTUAL_SERVICE))
    problems.push(
      `there is neither a label selector at its beginning nor ${VIRTUAL_SERVICE}: which VirtualServices is it about?`,
    );
  return problems.length > 0
    ? bad(...problems)
    : good(Object.fromEntries(parts.map(({ name, value }) => [name, value])));
}

interface LinePart {
  readonly name: string;
  readonly value: string;
}

/** A comma may stand between two of them. */
function partsOf(text: string): readonly LinePart[] {
  const found = [...text.matchAll(NAMED)];
  const values = found.map((match, i): LinePart => {
    const end = found[i + 1]?.index;
    const value = text.slice(match.index + match[0].length, end).trim();
    return { name: match[1] ?? match[2] ?? '', value: end === undefined ? value : withoutComma(value) };
  });
  const first = found[0]?.index;
  const unnamed = first === undefined ? text : withoutComma(text.slice(0, first).trim());
  return unnamed === '' ? values : [{ name: LABEL_SELECTOR, value: unnamed }, ...values];
}

function withoutComma(value: string): string {
  return value.endsWith(',') ? value.slice(0, -1).trim() : value;
}

function problemsOfPart({ name, value }: LinePart): readonly string[] {
  if (name === POD_SELECTOR) return [`${POD_SELECTOR} comes after ->, without its name`];
  const parse = PARSERS.get(name);
  if (parse === undefined) {
    const meant = NAMES.find((known) => known.startsWith(name)) ?? nearest(name, NAMES);
    return [
      `there is no ${name} here${meant === undefined ? `: there is ${NAMES.join(', ')}` : `; did you mean ${meant}?`}`,
    ];
  }
  if (value === '') return [`${name} has no value (a variable that is not set?)`];
  const parsed = parse(value);
  if (parsed.ok) return [];
  return name === LABEL_SELECTOR ? parsed.problems : parsed.problems.map((problem) => `${name}: ${problem}`);
}

/** @returns the text, once it is known to be one of labels */
function parsePods(text: string): Parsed<string> {
  if (text === '') return bad('there is no pod selector after -> (a variable that is not set?)');
  // Pod labels may be written with a colon, and a name would be one of them.
  const name = [...text.matchAll(NAMED)].find(([, known]) => known !== undefined)?.[1];
  if (name === POD_SELECTOR) return bad(`leave out "${name}:": its labels come right after ->`);
  if (name !== undefined)
    return bad(`${name} belongs before ->; if it is a label of the pods, write ${quote(`${name}=`)}`);
  const parsed = parsePodLabels(text);
  return parsed.ok ? good(text) : parsed;
}

function isSame(a: ServiceLine, b: ServiceLine): boolean {
  const words = ({ text }: ServiceLine): string => text.replaceAll(/\s/g, '');
  return words(a) === words(b);
}

/** For messages: `line 2 of \`services\` ("app=api -> app=api,build=10")`. */
export function lineTitle({ number, text }: NumberedLine): string {
  return `line ${number} of \`services\` (${quote(text)})`;
}

/**
 * The line of these words. An input that is no part of a line is left out.
 *
 * @example lineText({ 'virtual-service': 'shop', hostname: 'cart' }) // 'virtual-service: shop, hostname: cart'
 */
export function lineText(words: Words): string {
  const parts = NAMES.flatMap((name) => {
    const value = words[name];
    if (value === undefined) return [];
    return [wordsOfPart(name, value)];
  });
  const pods = words[POD_SELECTOR];
  return pods === undefined ? parts.join(', ') : `${parts.join(', ')} ${wordsOfPart(POD_SELECTOR, pods)}`;
}

function wordsOfPart(name: string, value: string): string {
  if (name === POD_SELECTOR) return `${ARROW} ${value}`;
  return name === LABEL_SELECTOR ? value : `${name}: ${value}`;
}

const IN_MESSAGES = new RegExp(
  String.raw`\x60(${[...NAMES, POD_SELECTOR].join('|')})(?:: ([^\x60\n]+))?\x60`,
  'g',
);

/**
 * A message about services. What it names as inputs of one service, in backticks, is given in the lines and can't be
 * given beside them: it says what to write there.
 *
 * @example inLines('Give one of them as `hostname`.') // 'Give one of them as "hostname:".'
 * @example inLines('Correct `pod-selector`.') // 'Correct the labels after "->".'
 */
export function inLines(message: string): string {
  return message.replaceAll(IN_MESSAGES, (_, name: string, value?: string) => {
    if (value !== undefined) return `"${wordsOfPart(name, value)}"`;
    if (name === POD_SELECTOR) return `the labels after "${ARROW}"`;
    return name === LABEL_SELECTOR ? 'the label selector' : `"${name}:"`;
  });
}
