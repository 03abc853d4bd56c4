/** The input `services`: several services in one change, a line each. */
import type { LabelSelector } from '../istio/labels.ts';
import type { Labels } from '../istio/types.ts';
import { parseLabelSelector } from './label-selector.ts';
import { all, withPlace, bad, good, quote, type Parsed } from './parsed.ts';
import { parsePodLabels } from './pod-labels.ts';

/** One service, as its line says it. */
export interface ServiceLine {
  /** From 1, blank lines counted: as an editor counts. */
  readonly number: number;
  /** For messages: `app=api -> app=api,build=10`. */
  readonly text: string;
  /** Of its VirtualServices and DestinationRules. */
  readonly selector: LabelSelector;
  /** Of its build; absent: the line has no arrow. */
  readonly podLabels?: Labels;
}

/** What a message says of a line. */
export type NumberedLine = Pick<ServiceLine, 'number' | 'text'>;

/** Neither a label's key nor an operator of a selector ends with a dash, so nothing else looks like it. */
const ARROW = '->';

/**
 * A line each: `label-selector -> pod-selector`, or a label selector alone. Blank lines are skipped.
 *
 * @example parseServices('app=api -> app=api,build=10') // one line, of number 1
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
  const selector = parseLabelSelector(left);
  const podLabels = right === undefined ? undefined : parsePods(right);
  const problems = [selector, podLabels].flatMap((one) => (one?.ok === false ? one.problems : []));
  if (!selector.ok || podLabels?.ok === false) return bad(...problems);
  return good({ number, text, selector: selector.value, ...(podLabels && { podLabels: podLabels.value }) });
}

function parsePods(text: string): Parsed<Labels> {
  return text.trim() === ''
    ? bad('there is no pod selector after -> (a variable that is not set?)')
    : parsePodLabels(text);
}

function isSame(a: ServiceLine, b: ServiceLine): boolean {
  const words = ({ text }: ServiceLine): string => text.replaceAll(/\s/g, '');
  return words(a) === words(b);
}

/** For messages: `line 2 of \`services\` ("app=api -> app=api,build=10")`. */
export function lineTitle({ number, text }: NumberedLine): string {
  return `line ${number} of \`services\` (${quote(text)})`;
}
