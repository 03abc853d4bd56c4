/**
 * A file as its documents: slices of text which, one after the other, are the file again. Each is read, edited
 * and checked by itself, so an edit can't reach another document, and one of a hundred documents costs a
 * hundredth of the file.
 */

/**
 * Cuts a stream of YAML before each `---` and after each `...`. Both count only at the start of a line, and
 * there they end every kind of scalar (YAML 1.2.2, 9.1.2), so no parser is needed to find them. Comments and
 * directives above a `---` belong to the document that it starts.
 */
export function slicesOf(text: string): string[] {
  const slices: string[] = [];
  let start = 0;
  let started = false;
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf('\n', at);
    const next = newline === -1 ? text.length : newline + 1;
    const line = text.slice(at, Math.min(next, at + 4));
    if (/^---(\s|$)/.test(line)) {
      if (started) {
        slices.push(text.slice(start, at));
        start = at;
      }
      started = true;
    } else if (/^\.\.\.(\s|$)/.test(line)) {
      slices.push(text.slice(start, next));
      start = next;
      started = false;
    } else if (!started && !/^([%#]|\s*$|\s*#)/.test(text.slice(at, next))) {
      started = true;
    }
    at = next;
  }
  if (start < text.length || slices.length === 0) slices.push(text.slice(start));
  return slices;
}

/** The line end that a text uses: that of its first line. */
export function lineEnd(text: string): '\n' | '\r\n' {
  const newline = text.indexOf('\n');
  return newline > 0 && text[newline - 1] === '\r' ? '\r\n' : '\n';
}

/** Line and column of an offset, from 1. */
export function position(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  const lines = before.split('\n');
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
