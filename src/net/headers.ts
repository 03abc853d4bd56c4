/**
 * The headers of an answer, by lower-case name, as Node's clients have them; of one that is there several times, its
 * values as one.
 *
 * @example singleHeaders({ warning: ['299 - "a"', '299 - "b"'] }) // { warning: '299 - "a", 299 - "b"' }
 */
export function singleHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === 'string' ? value : value.join(', ')]],
    ),
  );
}
