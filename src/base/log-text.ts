/**
 * Text of others, made safe to print: no workflow command, no escape sequence, nothing hidden. Pure. What prints is
 * in `doors/`.
 */

/**
 * Characters that a reader doesn't see but a terminal, a browser or the runner acts on: controls (an escape sequence
 * in a route's name could repaint the log), invisible and right-to-left marks (a name could pose as another), line
 * separators, halves of surrogate pairs, and what Unicode calls default ignorable (fillers, variation selectors).
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** As {@link UNSEEN}, without the line end and the tab that indent JSON and YAML. */
const UNSEEN_IN_LINES = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** One line of text in which nothing is hidden: unseen characters as `\n`, `\x1b`, `\u202e`, `\u{e0001}`. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) => SHORT[character] ?? escapeOf(character.codePointAt(0) ?? 0));
}

function escapeOf(code: number): string {
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}

/** As `visible`, for text of several lines: its line ends and tabs stay, whichever way its lines end. */
export function visibleLines(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(UNSEEN_IN_LINES, (character) => SHORT[character] ?? escapeOf(character.codePointAt(0) ?? 0));
}

/**
 * `::` at the beginning of a line, after any blanks. The runner compares with the rules of a language, in which some
 * characters count as nothing: everything that is no visible ASCII is skipped here as well.
 *
 * @see https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs TryParseV2
 */
const COMMAND = /^([^\x21-\x7e\n]*:[^\x20-\x7e\t\n]*):/gmu;

/**
 * `##[` anywhere in a line: the runner's older form. `##vso[` is the one of Azure Pipelines, `##teamcity[` TeamCity's.
 *
 * @see https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs TryParse
 * @see https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
 */
const OLD_COMMAND = /(#[^\x20-\x7e\t\n]*#[^\x20-\x7e\t\n]*[A-Za-z]*)\[/gu;

/**
 * Text of several lines for a log, an annotation or a terminal. A command in it is not parsed by the runner
 * (`::set-env …` becomes `:\u003aset-env …`), and what is hidden becomes visible. Line ends and tabs stay.
 *
 * @example printable('##[error]\x1b[2J') // '##\u005berror]\x1b[2J', all of it visible characters
 */
export function printable(text: string): string {
  return withoutCommands(visibleLines(text));
}

/** A colour or weight of our own reports: `ESC [ 31 m`. */
const COLOUR = /\u001b\[\d{1,3}m/g;

/** As {@link printable}, for a report that this program has coloured. What the colours enclose must be visible already. */
export function printableColoured(text: string): string {
  const pieces = text.split(COLOUR);
  const colours = text.match(COLOUR) ?? [];
  return withoutCommands(pieces.map((piece, i) => visibleLines(piece) + (colours[i] ?? '')).join(''));
}

/** Does a runner or a terminal act on anything in this text? */
export function isActive(text: string): boolean {
  return [UNSEEN_IN_LINES, COMMAND, OLD_COMMAND].some((pattern) => text.search(pattern) >= 0);
}

function withoutCommands(text: string): string {
  return text.replace(COMMAND, '$1\\u003a').replace(OLD_COMMAND, '$1\\u005b');
}

/**
 * A JSON text, or one with such escapes in its strings alone, with the same meaning: what a runner or a terminal would
 * act on is written as `\u…`. In JSON, `::` can't begin a line, and the rest stands within strings only.
 */
export function printableJson(json: string): string {
  return json
    .replace(UNSEEN_IN_LINES, (character) =>
      Array.from({ length: character.length }, (_, i) => unicodeEscape(character.charCodeAt(i))).join(''),
    )
    .replace(OLD_COMMAND, '$1\\u005b');
}

function unicodeEscape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}

/** Text or an attribute's value of XML, escaped already, with the same meaning: as {@link printableJson}. */
export function printableXml(xml: string): string {
  return xml
    .replace(UNSEEN_IN_LINES, (character) => `&#${character.codePointAt(0) ?? 0};`)
    .replace(COMMAND, '$1&#58;')
    .replace(OLD_COMMAND, '$1&#91;');
}
