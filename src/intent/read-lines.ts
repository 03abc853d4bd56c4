/** Reads the lines of `services`: each as if what it gives had been given as inputs. */
import type { Selection } from '../istio/selection.ts';
import { faultOf, type Fault } from './faults.ts';
import { INPUTS } from './inputs.ts';
import type { Reader } from './reader.ts';
import { isOfAllNamespaces, namespaceOfNames } from './selection.ts';
import type { ServiceLine } from './services.ts';
import type { Words } from './types.ts';

/** What a line can say, in place of the inputs. */
export const LINE_INPUTS = [
  INPUTS.labelSelector,
  INPUTS.virtualService,
  INPUTS.podSelector,
  INPUTS.hostname,
  INPUTS.port,
  INPUTS.routes,
] as const;

/**
 * @param read of one line; its faults become faults of `services`, with the number of the line
 * @returns what was read of each line; undefined where a line is at fault, which the reader knows
 */
export function readLines<T>(
  reader: Reader,
  lines: readonly ServiceLine[],
  read: (own: Reader, line: ServiceLine) => T | undefined,
): readonly T[] | undefined {
  const found = lines.flatMap((line) => {
    const own = reader.withWords({ ...NOTHING_GIVEN, ...line.words });
    const one = read(own, line);
    reader.keep(own.faults.map((fault) => asOfLine(reader, line, fault)));
    return one === undefined || own.faults.length > 0 ? [] : [one];
  });
  return found.length < lines.length ? undefined : found;
}

const NOTHING_GIVEN: Words = Object.fromEntries(LINE_INPUTS.map(({ name }) => [name, undefined]));

/** What is wrong with what a line says is wrong with the line. */
function asOfLine(reader: Reader, { number, words }: ServiceLine, fault: Fault): Fault {
  if (!isOfLine(fault) && words[fault.name] === undefined) return fault;
  const problems = fault.problems.map((problem) => `line ${number}, ${fault.name}: ${problem}`);
  return faultOf(INPUTS.services, reader.text(INPUTS.services), problems);
}

/** Is the fault one that no line has where its words are right? */
export function isOfLine({ name }: Fault): boolean {
  return LINE_INPUTS.some((input) => input.name === name);
}

/**
 * Names of inputs that lines give and the operation does not use. Which build a line is about is no matter to an
 * operation that is about services alone: the same lines then serve for several operations.
 */
export function unusedInLines(reader: Reader, lines: readonly ServiceLine[]): readonly string[] {
  const others = [...LINE_INPUTS, INPUTS.stablePodSelector].filter(
    (input) => input !== INPUTS.podSelector && !reader.isUsed(input),
  );
  return others.flatMap(({ name }) => (lines.some(({ words }) => words[name] !== undefined) ? [name] : []));
}

/**
 * A change works in one namespace. A name with its namespace in front says which (`shop/orders`), but for its own line
 * alone: another line would silently find what has the same labels there.
 */
export function faultOfNamespaces(reader: Reader, selections: readonly Selection[]): void {
  if (reader.text(INPUTS.namespace) !== undefined || isOfAllNamespaces(reader)) return;
  const all = new Set(selections.map(namespaceOfNames));
  const named = [...all].filter((one) => one !== undefined);
  const [first] = named;
  if (first === undefined || all.size === 1) return;
  reader.fault(
    INPUTS.services,
    named.length === 1
      ? `only some of its lines say the namespace (${first}), and all are in one: give it as \`namespace\``
      : `its lines are in several namespaces (${named.join(', ')}), and an operation works in one`,
  );
}
