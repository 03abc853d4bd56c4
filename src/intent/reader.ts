import { canonicalJson } from '../base/json.ts';
import { isKubeconfigText } from '../net/credential-text.ts';
import { faultOf, type Fault } from './faults.ts';
import type { Input } from './input.ts';
import { nearest } from './nearest.ts';
import { bad } from './parsed.ts';
import type { Words } from './types.ts';

/** What an operation makes of the inputs. */
export interface InputUse {
  /** The operation's name, for messages. */
  readonly operation: string;
  readonly isUsed: (input: Input<unknown>) => boolean;
  /** It can't do without. */
  readonly isRequired: (input: Input<unknown>) => boolean;
}

/** Reads words by the table, and keeps what is wrong with them. */
export interface Reader {
  readonly faults: readonly Fault[];
  /** An input's words, or undefined where they are blank or not there. */
  text(input: Input<unknown>): string | undefined;
  /** Is the input there, and blank? A variable may not be set. */
  isBlank(input: Input<unknown>): boolean;
  /** Does the operation use the input? Where none is known, every input that is given is judged. */
  isUsed(input: Input<unknown>): boolean;
  /**
   * An input's value or its default's; undefined where it is not there, not used by the operation, or at fault.
   * To be called once for each input: a fault would be there twice.
   */
  read<T>(input: Input<T>): T | undefined;
  /** What no parser of a single input can see. */
  fault(input: Input<unknown>, problem: string): void;
  /** Keeps faults of another reader, each once. */
  keep(faults: readonly Fault[]): void;
  /** Reads the same words for the same operation, but for some that are others; it has faults of its own. */
  withWords(others: Words): Reader;
}

/**
 * @param use undefined where the operation is missing or unknown: then no input is required
 * @param first faults that are known already
 */
export function createReader(words: Words, use: InputUse | undefined, first: readonly Fault[] = []): Reader {
  const faults: Fault[] = [...first];
  const text = (input: Input<unknown>): string | undefined => givenText(words, input.name);
  const isUsed = (input: Input<unknown>): boolean => use?.isUsed(input) ?? true;
  return {
    faults,
    text,
    isBlank: (input) => text(input) === undefined && givenOf(words, input.name) !== undefined,
    isUsed,
    read(input) {
      if (!isUsed(input)) return undefined;
      const source = text(input) ?? input.default;
      if (text(input) === undefined && use?.isRequired(input) === true) {
        faults.push(
          faultOf(input, givenOf(words, input.name), [`the operation ${use.operation} requires it`]),
        );
      }
      if (source === undefined) return undefined;
      const parsed =
        !input.secret && isKubeconfigText(source) ? bad('it is a kubeconfig or a key') : input.parse(source);
      if (parsed.ok) return parsed.value;
      faults.push(faultOf(input, source, parsed.problems));
      return undefined;
    },
    fault(input, problem) {
      faults.push(faultOf(input, givenOf(words, input.name), [problem]));
    },
    keep(others) {
      for (const other of others)
        if (!faults.some((fault) => canonicalJson(fault) === canonicalJson(other))) faults.push(other);
    },
    withWords: (others) => createReader({ ...words, ...others }, use),
  };
}

function givenText(words: Words, name: string): string | undefined {
  const text = givenOf(words, name);
  return text === undefined || text.trim() === '' ? undefined : text;
}

/** The text as it was given, a blank one too. */
function givenOf(words: Words, name: string): string | undefined {
  return Object.hasOwn(words, name) ? words[name] : undefined;
}

/**
 * Words that no input is called by. Their text is not repeated: it may be that of a mistyped secret.
 *
 * @param names of all inputs
 */
export function unknownFaults(words: Words, names: readonly string[]): readonly Fault[] {
  const unknown = Object.keys(words).filter(
    (name) => !names.includes(name) && givenText(words, name) !== undefined,
  );
  return unknown.map((name) => {
    const meant = nearest(name, names);
    return {
      name,
      given: '(not shown)',
      problems: [
        meant === undefined ? 'there is no such input' : `there is no such input; did you mean ${meant}?`,
      ],
      accepted: names.join(', '),
      example: meant ?? 'label-selector',
    };
  });
}
