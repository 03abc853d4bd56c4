import type { Parsed } from './parsed.ts';

/** One input of the Action, which is one flag of the command line: everything there is to know about it. */
export interface Input<T> {
  /** kebab-case. */
  readonly name: string;
  /** In a few words, for `action.yml` and `--help`. */
  readonly description: string;
  /** As it would be written; absent: what happens then is in the description. */
  readonly default?: string;
  /** What it accepts, in words. */
  readonly accepted: string;
  readonly example: string;
  /** Never to be repeated in a message. */
  readonly secret: boolean;
  /** Of no use without a job around it: no flag of the command line. */
  readonly actionOnly: boolean;
  /** Text that is not blank to its value. */
  readonly parse: (text: string) => Parsed<T>;
}

/** An input that is no secret and has a flag, unless it says otherwise. */
export function input<T>(
  one: Pick<Input<T>, 'name' | 'description' | 'accepted' | 'example' | 'parse'> & Partial<Input<T>>,
): Input<T> {
  return { secret: false, actionOnly: false, ...one };
}
