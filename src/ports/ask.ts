/** What one request of the probe came to. */
export type ProbeAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** By lower-case name; of a header that is there several times, its values as one. */
      readonly headers: Readonly<Record<string, string>>;
      /** As much as was wanted of it, as UTF-8. */
      readonly body: string;
      readonly milliseconds: number;
    }
  /** No connection, a broken one, or none in time; `why` in words. */
  | { readonly kind: 'none'; readonly why: string; readonly milliseconds: number };

/** One request of the probe. */
export interface ProbeRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly timeout: number;
  /** Bytes of the body that are wanted. Default: 64 KiB. */
  readonly most?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Asks once, on a connection of its own, and follows no redirect. Never throws. */
export type Ask = (asked: ProbeRequest) => Promise<ProbeAnswer>;
