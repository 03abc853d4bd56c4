/** How a door writes the inputs: as a workflow has them, or as flags of the command line. */
export interface InputSpelling {
  /** What one of them is called. */
  readonly noun: 'input' | 'flag';
  readonly nameOf: (input: string) => string;
  /** What stands in the place of a value that is an empty text. */
  readonly empty: string;
}

const EMPTY = 'empty (an unset variable?)';

export const AS_INPUTS: InputSpelling = { noun: 'input', nameOf: (input) => input, empty: EMPTY };
export const AS_FLAGS: InputSpelling = { noun: 'flag', nameOf: (input) => `--${input}`, empty: EMPTY };
/** To the Action, the runner hands an input that the workflow leaves out as an empty text, too. */
export const AS_STEP_INPUTS: InputSpelling = { ...AS_INPUTS, empty: `not given, or ${EMPTY}` };
