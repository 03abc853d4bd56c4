/** An operation as words. */
export interface Asked {
  readonly operation: string;
  readonly inputs: Readonly<Record<string, string>>;
}

/** Operations that lead back to where the first one began. */
export interface AskedChain {
  /** They lead to the state before the steps. */
  readonly before: readonly Asked[];
  /** What a test does things to. */
  readonly steps: readonly Asked[];
}

const BUILD = { 'pod-selector': 'app=api,build=v2' };
const HEADERS = { operation: 'headers', inputs: { ...BUILD, headers: 'x-cid=me' } };
const WEIGHT = { operation: 'weight', inputs: { ...BUILD, weight: '20' } };
const PROMOTE = { operation: 'promote', inputs: BUILD };
/** The subset of this build is nobody's but the author's of the DestinationRule. */
const PROMOTE_BACK = { operation: 'promote', inputs: { 'pod-selector': 'build=v1' } };

export const CHAINS = {
  'headers, weight, rollback': {
    before: [],
    steps: [HEADERS, WEIGHT, { operation: 'rollback', inputs: BUILD }],
  },
  clear: { before: [HEADERS], steps: [{ operation: 'clear', inputs: {} }] },
  'promote, promote back': { before: [], steps: [PROMOTE, PROMOTE_BACK] },
} as const satisfies Record<string, AskedChain>;

export type ChainName = keyof typeof CHAINS;
