/** The few things about binomial distributions that the judge says to people. */

/** Stirling's series; small numbers exactly. */
export function logFactorial(n: number): number {
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
export function bisect(low: number, high: number, isTrue: (at: number) => boolean, steps = 60): number {
  let [below, above] = [low, high];
  for (let step = 0; step < steps; step += 1) {
    const middle = (below + above) / 2;
    if (isTrue(middle)) above = middle;
    else below = middle;
  }
  return above;
}
