import { faultOf, type Fault } from './faults.ts';
import { ALL_INPUTS, INPUTS, type Input } from './inputs.ts';
import { nearest } from './nearest.ts';
import type { Operation, Words } from './types.ts';

/** Reads words by the table, and keeps what is wrong with them. */
export interface Reader {
  /** Undefined where it is missing or unknown; then every input that is given is judged, and none required. */
  readonly operation: Operation | undefined;
  readonly faults: readonly Fault[];
  /** An input's words, or undefined where they are blank or not there. */
  text(input: Input<unknown>): string | undefined;
  /**
   * An input's value or its default's; undefined where it is not there, not used by the operation, or at fault.
   * To be called once for each input: a fault would be there twice.
   */
  read<T>(input: Input<T>): T | undefined;
  /** What no parser of a single input can see. */
  fault(input: Input<unknown>, problem: string): void;
}

export function createReader(words: Words): Reader {
  const faults: Fault[] = [];
  const text = (input: Input<unknown>): string | undefined => wordsOf(words, input.name);
  const parse = <T>(input: Input<T>): T | undefined => {
    const source = text(input) ?? input.default;
    if (source === undefined) return undefined;
    const parsed = input.parse(source);
    if (parsed.ok) return parsed.value;
    faults.push(faultOf(input, source, parsed.problems));
    return undefined;
  };

  const operation = parse(INPUTS.operation);
  if (text(INPUTS.operation) === undefined)
    faults.push(faultOf(INPUTS.operation, undefined, ['it is required']));

  return {
    operation,
    faults,
    text,
    read(input) {
      if (operation === undefined) return parse(input);
      if (!input.usedBy.includes(operation)) return undefined;
      if (text(input) === undefined && input.requiredBy.includes(operation)) {
        faults.push(faultOf(input, undefined, [`the operation ${operation} requires it`]));
      }
      return parse(input);
    },
    fault(input, problem) {
      faults.push(faultOf(input, text(input), [problem]));
    },
  };
}

function wordsOf(words: Words, name: string): string | undefined {
  const text = Object.hasOwn(words, name) ? words[name] : undefined;
  return text === undefined || text.trim() === '' ? undefined : text;
}

/** Words that no input is called by. Their text is not repeated: it may be that of a mistyped secret. */
export function unknownFaults(words: Words): readonly Fault[] {
  const names = ALL_INPUTS.map(({ name }) => name);
  const unknown = Object.keys(words).filter(
    (name) => !names.includes(name) && wordsOf(words, name) !== undefined,
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
      example: meant ?? INPUTS.labelSelector.name,
    };
  });
}
