/** The few things about binomial distributions that the judge says to people. */

/** How sure a sentence such as "3 % failures would have been noticed" is. */
export const POWER = 0.9;

/**
 * The smallest share at which `needed` of `requests` or more are bad in nine of ten cases; undefined where not even all
 * of them would do.
 */
export function noticeableShare(requests: number, needed: number): number | undefined {
  if (needed > requests) return undefined;
  return bisect(0, 1, (share) => logTailBelow(requests, needed, share) <= Math.log(1 - POWER));
}

/** The logarithm of the probability that fewer than `needed` of `requests` are bad. */
function logTailBelow(requests: number, needed: number, share: number): number {
  if (needed <= 0) return -Infinity;
  if (share <= 0) return 0;
  if (share >= 1) return needed > requests ? 0 : -Infinity;
  // Above the mean the terms grow on the way down, and their sum is more than a half.
  if (needed > requests * share + 1) return Math.log(0.5);
  const last = needed - 1;
  let log = logChoose(requests, last) + last * Math.log(share) + (requests - last) * Math.log1p(-share);
  const first = log;
  let sum = 0;
  for (let k = last; k >= 0 && log - first > -40; k -= 1) {
    sum += Math.exp(log - first);
    log += Math.log(k / (requests - k + 1)) + Math.log1p(-share) - Math.log(share);
  }
  return first + Math.log(sum);
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

/** Stirling's series; small numbers exactly. */
function logFactorial(n: number): number {
  if (n < 20) {
    let product = 1;
    for (let k = 2; k <= n; k += 1) product *= k;
    return Math.log(product);
  }
  return n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + 1 / (12 * n) - 1 / (360 * n ** 3);
}

/** Between which shares the true one lies, where `hits` of `requests` were seen: 99 % of such sentences are true. */
export function shareBounds(requests: number, hits: number): { readonly from: number; readonly to: number } {
  if (requests === 0) return { from: 0, to: 1 };
  const seen = hits / requests;
  // Chernoff's bound: a little wider than need be, and right for every number of requests.
  const isFar = (share: number): boolean => requests * divergence(seen, share) > Math.log(2 / 0.01);
  return {
    from: seen === 0 ? 0 : bisect(0, seen, (share) => !isFar(share)),
    to: seen === 1 ? 1 : bisect(seen, 1, isFar),
  };
}

/** Kullback and Leibler's, of two coins. */
function divergence(seen: number, share: number): number {
  const part = (a: number, b: number): number => (a === 0 ? 0 : a * Math.log(a / b));
  return part(seen, share) + part(1 - seen, 1 - share);
}

/** The smallest number between `low` and `high` for which `isTrue` holds, which holds for all above it. */
export function bisect(low: number, high: number, isTrue: (at: number) => boolean): number {
  let [below, above] = [low, high];
  for (let step = 0; step < 60; step += 1) {
    const middle = (below + above) / 2;
    if (isTrue(middle)) above = middle;
    else below = middle;
  }
  return above;
}
