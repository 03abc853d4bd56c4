/** Replacements in a text, by offsets into the text as it was. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * The text with all edits made. Deletions may overlap; anything else may not.
 *
 * @returns null if two edits want the same place
 */
export function applyEdits(text: string, edits: readonly Edit[]): string | null {
  const sorted = edits
    .map((edit, order) => ({ ...edit, order }))
    .sort(
      (a, b) => a.start - b.start || Number(a.end > a.start) - Number(b.end > b.start) || a.order - b.order,
    );
  const parts: string[] = [];
  let at = 0;
  let deleting = false;
  for (const { start, end, text: replacement } of sorted) {
    const deletes = replacement === '';
    if (start < at && !(deleting && deletes)) return null;
    if (start >= at) parts.push(text.slice(at, start), replacement);
    at = Math.max(at, end);
    deleting = deletes;
  }
  parts.push(text.slice(at));
  return parts.join('');
}
