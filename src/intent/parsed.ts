/** What a parser makes of a text: a value, or everything that is wrong with it, one clause each. */
export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly string[] };

export function good<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function bad(...problems: readonly string[]): Parsed<never> {
  return { ok: false, problems };
}

/** All values, or all problems: a person who has three mistakes in a list wants to see three. */
export function all<T>(items: readonly Parsed<T>[]): Parsed<readonly T[]> {
  const problems = items.flatMap((item) => (item.ok ? [] : item.problems));
  // No spread: a text of a megabyte can have more problems than a call may have arguments.
  if (problems.length > 0) return { ok: false, problems };
  return good(items.flatMap((item) => (item.ok ? [item.value] : [])));
}

/** The same, with every problem saying where it is. */
export function withPlace<T>(where: string, parsed: Parsed<T>): Parsed<T> {
  return parsed.ok
    ? parsed
    : { ok: false, problems: parsed.problems.map((problem) => `${where}: ${problem}`) };
}

/** A text in a message: on one line, and no longer than a line. */
export function quote(text: string): string {
  const short = text.length > 100 ? `${text.slice(0, 99)}…` : text;
  // A blank that is no blank looks like one.
  return JSON.stringify(short).replaceAll(
    /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g,
    (blank) => `\\u${blank.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
