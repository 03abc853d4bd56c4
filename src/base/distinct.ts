/**
 * One item for each key: in the place of the first that has it, the last.
 *
 * @example distinctBy(['a', 'B', 'A'], (text) => text.toLowerCase()) // ['A', 'B']
 */
export function distinctBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}
