/** At most `limit` characters, the last of them `…` where some were left out; never half a character. */
export function cut(text: string, limit: number): string {
  // A character has at most two UTF-16 units: no need to walk through a megabyte for the first 80.
  const characters = Array.from(text.slice(0, 2 * limit + 2));
  return characters.length <= limit ? text : `${characters.slice(0, limit - 1).join('')}…`;
}

/** `2,000`. Of a whole number; by hand, because the first `toLocaleString` of a process takes as long as its start. */
export function grouped(number: number): string {
  return String(number).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `1 route`, `2,000 routes`. */
export function count(number: number, what: string): string {
  return `${grouped(number)} ${what}${number === 1 ? '' : 's'}`;
}

/** `20 %`, `33.33 %`. */
export function percent(share: number): string {
  return `${Number(share.toFixed(2))} %`;
}

const UTF8 = new TextEncoder();

/** Bytes in UTF-8, in which GitHub counts a summary; a lone surrogate becomes U+FFFD, three bytes. */
export function bytesOf(text: string): number {
  return UTF8.encode(text).length;
}

/**
 * A subset in a sentence: a name without a letter would be read as a number (`10 now gets 20 %`).
 *
 * @example subsetText('10') // 'subset 10'
 */
export function subsetText(name: string): string {
  return /[a-z]/i.test(name) ? name : `subset ${name}`;
}

/** For `sort`: by code units, the same on every machine, whatever its language. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** With a capital at its beginning. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Without one, for what goes on a sentence. */
export function uncapitalised(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
