/**
 * Whether a request meets a match block, or a predicate of it. `unmet` names the one predicate that let the request pass, in words, with what
 * the request has in its place; `unknown` one that can't be decided from what is known of the request.
 */
export type Meeting =
  | { readonly state: 'met' }
  | { readonly state: 'unmet'; readonly predicate: string }
  | { readonly state: 'unknown'; readonly predicate: string };

export const MET: Meeting = { state: 'met' };

/** In words only when somebody reads them: most routes of a long list are passed by without. */
export function unmet(words: () => string): Meeting {
  return new Unmet(words);
}

/** A getter in an object literal costs more than all of the comparison. */
class Unmet {
  readonly state = 'unmet';
  readonly #words: () => string;

  constructor(words: () => string) {
    this.#words = words;
  }

  get predicate(): string {
    return this.#words();
  }
}

/**
 * @param asked the predicate, in words
 * @param why it can't be decided, as a clause
 */
export function unknown(asked: string, why: string): Meeting {
  return { state: 'unknown', predicate: `${asked}: ${why}` };
}
