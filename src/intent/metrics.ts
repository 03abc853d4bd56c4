/** Where Prometheus is. */
export type MetricsPlace =
  /** A Service that the API server proxies to; `port` is its number or its name. */
  | {
      readonly kind: 'service';
      readonly text: string;
      readonly scheme: 'http' | 'https';
      /** Absent: the namespace of the run. */
      readonly namespace?: string;
      readonly name: string;
      readonly port: string;
      /** `/prometheus`; empty: none. */
      readonly path: string;
    }
  /** An address, with its base path and no slash at the end. */
  | { readonly kind: 'url'; readonly text: string; readonly url: string };
