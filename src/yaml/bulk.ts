/** How large a document is with its aliases written out. */
export interface Bulk {
  readonly nodes: number;
  /** Those that come from aliases. */
  readonly aliased: number;
}

/** Of two parts of one document. */
export function sumOfBulks(a: Bulk, b: Bulk): Bulk {
  return { nodes: a.nodes + b.nodes, aliased: a.aliased + b.aliased };
}

/**
 * go-yaml's own limit, so that whatever a cluster's tools read is read here, and a "billion laughs" is not:
 * up to 400,000 nodes nearly all may come from aliases, from 4,000,000 on a tenth.
 *
 * @see https://github.com/kubernetes-sigs/yaml/blob/master/goyaml.v2/decode.go (allowedAliasRatio)
 */
export function tooMuch({ nodes, aliased }: Bulk): boolean {
  if (nodes <= 1000 || aliased <= 100) return false;
  const over = Math.min(1, Math.max(0, (nodes - 400_000) / 3_600_000));
  return aliased / nodes > 0.99 - 0.89 * over || !Number.isFinite(nodes);
}

/** For a person: `1,234`. */
export function amount({ nodes }: Bulk): string {
  return nodes < 1e15 ? nodes.toLocaleString('en-US') : 'more than 1,000,000,000,000,000';
}
