/**
 * The counts that a fair binomial gives with at least this confidence: outside of it on one side less than half of
 * the rest. Exact (sums of the probabilities themselves), for a normal approximation is worst in the tails.
 *
 * @param share 0 to 1, of each trial
 * @example binomialRange(5000, 0.2, 0.9999) // [893, 1111]
 */
export function binomialRange(trials: number, share: number, confidence: number): readonly [number, number] {
  const tail = (1 - confidence) / 2;
  const probability = probabilities(trials, share);
  let low = 0;
  for (let sum = probability[0] ?? 0; sum <= tail; sum += probability[low] ?? 0) low += 1;
  let high = trials;
  for (let sum = probability[trials] ?? 0; sum <= tail; sum += probability[high] ?? 0) high -= 1;
  return [low, high];
}

function probabilities(trials: number, share: number): readonly number[] {
  const result: number[] = [];
  let log = trials * Math.log1p(-share);
  for (let count = 0; count <= trials; count++) {
    result.push(Math.exp(log));
    log += Math.log((trials - count) / (count + 1)) + Math.log(share / (1 - share));
  }
  return result;
}
