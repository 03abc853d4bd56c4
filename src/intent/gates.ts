/** What speaks against a build during a canary, as a line of the input `gates` says it. */
export type Gate = {
  /** As given, without its comment; no two are the same. */
  readonly text: string;
} & (
  | { readonly kind: 'errors' }
  /** `errors < 2%`: `share` 0.02. */
  | { readonly kind: 'errors-line'; readonly share: number }
  | { readonly kind: 'slow'; readonly milliseconds: number }
  /** `p99 < 500ms`, as the share of answers that may be slower: 0.01. */
  | { readonly kind: 'slow-line'; readonly milliseconds: number; readonly share: number }
  | {
      readonly kind: 'query';
      readonly name: string;
      readonly promql: string;
      readonly operator: QueryOperator;
      readonly limit: number;
    }
  | { readonly kind: 'hook'; readonly url: string }
);

/** What a query's value must be to its limit. */
export const QUERY_OPERATORS = ['<=', '>=', '==', '!=', '<', '>'] as const;

export type QueryOperator = (typeof QUERY_OPERATORS)[number];
