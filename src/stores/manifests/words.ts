/** Lists of sentences, no longer than a person reads. */

export function templatesText(places: readonly string[]): readonly string[] {
  const [only, ...others] = places;
  if (only === undefined) return [];
  if (others.length === 0) return [`${only}: it is a template ("{{"), no YAML; it is left alone.`];
  const shown = places.slice(0, 5).join(', ');
  const more = places.length > 5 ? ` and ${places.length - 5} more` : '';
  return [`${places.length} templates ("{{") are left alone: ${shown}${more}.`];
}

const MOST_LINES = 50;

/** As many as a person reads; the rest is counted. */
export function limited(lines: readonly string[]): readonly string[] {
  if (lines.length <= MOST_LINES) return lines;
  return [...lines.slice(0, MOST_LINES), `… and ${lines.length - MOST_LINES} more.`];
}
