/** How a door writes the inputs: as a workflow has them, or as flags of the command line. */
export interface InputSpelling {
  /** What one of them is called. */
  readonly noun: 'input' | 'flag';
  readonly nameOf: (input: string) => string;
}

export const AS_INPUTS: InputSpelling = { noun: 'input', nameOf: (input) => input };
export const AS_FLAGS: InputSpelling = { noun: 'flag', nameOf: (input) => `--${input}` };
