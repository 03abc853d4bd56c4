import { TrafficError } from '../base/errors.ts';
import { looksSecret } from '../net/credential-text.ts';
import type { Input } from './input.ts';
import { quote } from './parsed.ts';
import { AS_INPUTS, type InputSpelling } from './spelling.ts';

/** One input that can't be used. */
export interface Fault {
  readonly name: string;
  /** Shown as it is: quoted already, and never a secret. Null: an empty text was given; undefined: nothing was. */
  readonly given: string | null | undefined;
  readonly problems: readonly string[];
  readonly accepted: string;
  readonly example: string;
}

/** The fault of an input of the table. `given` undefined: it is missing; blank: a variable may not be set. */
export function faultOf(
  input: Input<unknown>,
  given: string | undefined,
  problems: readonly string[],
): Fault {
  const { name, accepted, example, secret } = input;
  const fault = { name, problems, accepted, example };
  if (given === undefined) return { ...fault, given };
  if (given.trim() === '') return { ...fault, given: null };
  // What is wrong with it would be said in its own words.
  const isElsewhere = !secret && (looksSecret(given) || isEncodedPem(given));
  if (isElsewhere) return { ...fault, given: HIDDEN, problems: [CREDENTIAL] };
  return { ...fault, given: secret ? HIDDEN : quote(given) };
}

const HIDDEN = '(not shown)';
const CREDENTIAL = 'it looks like a credential (a kubeconfig, a key or a token), which does not belong here';

/** The base64 of PEM, or the beginning of it: in the wrong input it is as secret. */
function isEncodedPem(text: string): boolean {
  return text.trimStart().startsWith(Buffer.from('-----BEGIN ').toString('base64').slice(0, -2));
}

/**
 * One error for all of them, in the order of the table: whoever mends the first should not run again only to
 * learn of the second.
 *
 * @param order names of the inputs
 * @param spelling what the door calls them
 */
export function faultsError(
  faults: readonly Fault[],
  order: readonly string[],
  spelling: InputSpelling = AS_INPUTS,
): TrafficError {
  const place = (fault: Fault): number =>
    order.includes(fault.name) ? order.indexOf(fault.name) : order.length;
  const sorted = [...faults].sort((a, b) => place(a) - place(b));
  const named = sorted.map((fault) => ({ ...fault, name: spelling.nameOf(fault.name) }));
  const head = `${headOf(named, spelling)} (${inputNames(named)}); nothing was read or changed.`;
  const paragraphs = named.map((fault) => paragraph(fault, spelling));
  return new TrafficError('invalid-input', [head, ...paragraphs].join('\n\n'));
}

/** How many there are, and whether they are wrong or only missing. */
function headOf(faults: readonly Fault[], { noun }: InputSpelling): string {
  // One input can have several faults.
  const inputs = new Set(faults.map(({ name }) => name)).size;
  const [count, verb] = inputs === 1 ? [`One ${noun}`, 'is'] : [`${inputs} ${noun}s`, 'are'];
  if (faults.every(({ given }) => given === undefined)) return `${count} ${verb} missing`;
  if (faults.every(({ given }) => given === undefined || given === null))
    return `${count} ${verb} missing or empty`;
  return `${count} can't be used`;
}

/** Inputs that are named in the first sentence. */
const MOST_NAMED = 5;

/** Which inputs, so that a headline made of the first sentence says it. */
function inputNames(faults: readonly Fault[]): string {
  const names = [...new Set(faults.map(({ name }) => name.slice(0, 100)))];
  const rest = names.length - MOST_NAMED;
  return [...names.slice(0, MOST_NAMED), ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ');
}

/** Problems of one input that are listed: the first few show what is wrong with a thousand lines. */
const MOST = 20;

function paragraph({ name, given, problems, accepted, example }: Fault, { empty }: InputSpelling): string {
  const shown = problems
    .slice(0, MOST)
    .map((problem) => (problem.length > 300 ? `${problem.slice(0, 299)}…` : problem));
  const rest = problems.length > MOST ? [`and ${problems.length - MOST} more`] : [];
  return [
    `${name.slice(0, 100)}: ${given === undefined ? 'not given' : (given ?? empty)}`,
    `  problem:  ${[...shown, ...rest].join('\n            ')}`,
    `  accepted: ${accepted}`,
    `  example:  ${example}`,
  ].join('\n');
}
