/** What is said of a proxy that can't be asked, which has no word of its own. */

/**
 * Part of a sentence.
 *
 * @example unaskedWords('istio-system/gw-1', 'what answers there is no Envoy')
 */
export function unaskedWords(name: string, why: string): string {
  return `${name} can't be asked (${why})`;
}
