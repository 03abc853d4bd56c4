/**
 * A file as its documents: slices of text which, one after the other, are the file again. Each is read, edited
 * and checked by itself, so an edit can't reach another document, and one of a hundred documents costs a
 * hundredth of the file.
 */

import { splitJsonStream } from './json-stream.ts';

/** A line that is no part of a document's value: blank, a comment, a directive. */
const NOTHING = /^([%#]|\s*$|\s*#)/;

/** Editors put it in front of a file, and `cat` in front of a document. */
export const BYTE_ORDER_MARK = '\ufeff';

/**
 * Cuts a stream of YAML before each `---` and after each `...`. Both count only at the start of a line, and
 * there they end every kind of scalar (YAML 1.2.2, 9.1.2), so no parser is needed to find them. Comments and
 * directives above a `---` belong to the document that it starts. A byte order mark behind a `---` starts a slice of
 * its own, since a parser knows one in front of a text only. JSON objects one after the other need no mark.
 */
export function splitDocuments(text: string): readonly string[] {
  return splitJsonStream(text) ?? splitYaml(text);
}

function splitYaml(text: string): string[] {
  const slices: string[] = [];
  let start = 0;
  let started = false;
  /** Nothing but its `---` and comments so far. */
  let isEmpty = false;
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf('\n', at);
    const next = newline === -1 ? text.length : newline + 1;
    const marked = text[at] === BYTE_ORDER_MARK;
    const line = text.slice(marked ? at + 1 : at, Math.min(next, at + (marked ? 5 : 4)));
    if (/^---(\s|$)/.test(line)) {
      if (started) {
        slices.push(text.slice(start, at));
        start = at;
      }
      started = true;
      isEmpty = NOTHING.test(text.slice(at + (marked ? 4 : 3), next));
    } else if (/^\.\.\.(\s|$)/.test(line)) {
      slices.push(text.slice(start, next));
      start = next;
      started = isEmpty = false;
    } else {
      if (marked && at > start && (isEmpty || !started)) {
        slices.push(text.slice(start, at));
        start = at;
      }
      if ((!started || isEmpty) && !NOTHING.test(text.slice(at, next))) {
        started = true;
        isEmpty = false;
      }
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
