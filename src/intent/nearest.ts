/**
 * The name that a mistyped one probably means, or undefined when none is near.
 *
 * @example nearest('lable-selector', ['label-selector', 'weight']) // 'label-selector'
 */
export function nearest<Name extends string>(typed: string, names: readonly Name[]): Name | undefined {
  const near = names
    .map((name) => ({ name, distance: distance(typed.slice(0, 64).toLowerCase(), name) }))
    .filter(
      (one) => one.distance <= Math.max(2, Math.floor(one.name.length / 3)) && one.distance < one.name.length,
    )
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.name;
}

/** Levenshtein's: how many letters to add, drop or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      const change = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, change));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
