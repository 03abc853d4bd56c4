/** New text for new values, in the style of what stands around them. */
import { Document, Scalar } from 'yaml';
import { isList, isObject, type Json, type JsonObject } from '../base/json.ts';
import { similarity } from './align.ts';
import { isRefusedInFlow, plainValue } from './scalars.ts';
import { isTall, type Style } from './style.ts';
import type { ScalarSrc, Src } from './tree.ts';

/** Something written already that the new should look like: a sibling, or what it replaces. */
export interface Like {
  readonly text: string;
  readonly style: Style;
  readonly src: Src | null;
}

/** A value behind `key:` or `-`: the rest of that line, and whole lines, not indented. */
export interface Suffix {
  readonly first: string;
  readonly rest: readonly string[];
}

/** A pair of a block map: lines, not indented. */
export function pairLines(key: string, value: Json, like: Like, name = keyText(key, like)): string[] {
  const { first, rest } = underKey(value, like, null);
  return [`${name}:${first}`, ...rest];
}

/** An item of a block list: lines, not indented. */
export function itemLines(value: Json, like: Like): string[] {
  const { first, rest } = behindDash(value, like, null);
  return [`-${first}`, ...rest];
}

/**
 * A value behind `key:`; its lines are relative to the key.
 *
 * @param quoted its own keys are in double quotes, whatever they say
 */
export function underKey(value: Json, like: Like, anchor: string | null, quoted = false): Suffix {
  const mark = anchor === null ? '' : ` &${anchor}`;
  if (isBlock(value, like)) {
    const step = isList(value) ? (like.style.listsDeeper ? like.style.step : 0) : like.style.step;
    return { first: mark, rest: indented(blockLines(value, like, quoted), step) };
  }
  const [first = '', ...rest] = inlineLines(value, like);
  return { first: `${mark} ${first}`, rest: indented(rest, like.style.step) };
}

/** A value behind `-`; its lines are relative to the dash. */
export function behindDash(value: Json, like: Like, anchor: string | null): Suffix {
  const { dash } = like.style;
  const mark = anchor === null ? '' : ` &${anchor}`;
  if (isBlock(value, like)) {
    const lines = blockLines(value, like);
    // An anchor on the line of the first key would be that key's.
    if (anchor !== null) return { first: mark, rest: indented(lines, dash + 1) };
    return { first: `${' '.repeat(dash)}${lines[0] ?? ''}`, rest: indented(lines.slice(1), dash + 1) };
  }
  const [first = '', ...rest] = inlineLines(value, like);
  return { first: `${mark}${' '.repeat(mark === '' ? dash : 1)}${first}`, rest: indented(rest, dash + 1) };
}

/** A value in flow style. `indent`: that of the line it starts on, where items get lines of their own. */
export function flowText(value: Json, like: Like, indent: string): string {
  const { flow } = like.style;
  const own = like.src;
  const sameKind = own !== null && own.kind === (isList(value) ? 'seq' : 'map') && own.items.length > 0;
  const unit = sameKind && !isTall(like.text, own) ? null : flow.unit;
  const inner = indent + (unit ?? '');
  if (isList(value)) {
    const items = value.map((item) => flowText(item, childLike(like, item), inner));
    return bracketed('[', ']', flow.inBrackets, items);
  }
  if (!isObject(value)) return scalarText(value, like.src, like.style, true);
  const pairs = entries(value).map(([key, field]) => flowPair(key, field, fieldLike(like, key), inner));
  return bracketed('{', '}', flow.inBraces, pairs);

  function bracketed(open: string, close: string, padding: string, parts: readonly string[]): string {
    if (parts.length === 0) return open + close;
    if (unit === null) return open + padding + parts.join(`,${flow.comma}`) + padding + close;
    const eol = like.style.eol + inner;
    return open + eol + parts.join(`,${eol}`) + like.style.eol + indent + close;
  }
}

/**
 * `key: value` in flow style.
 *
 * @param quoted the key is in double quotes, whatever it says
 */
export function flowPair(key: string, value: Json, like: Like, indent: string, quoted = false): string {
  const { flow } = like.style;
  const name = flow.json || quoted ? doubleQuoted(key) : scalarText(key, null, like.style, true);
  // `{a:1}` is a key without a value; only quotes make a colon enough.
  const colon = flow.colon === '' && !name.startsWith('"') ? ' ' : flow.colon;
  return `${name}:${colon}${flowText(value, like, indent)}`;
}

/** The example for a field: that field of the example. */
export function fieldLike(like: Like, key: string): Like {
  const src = resolved(like.src);
  const item = src?.kind === 'map' ? src.items.find((each) => each.key === key) : undefined;
  return { ...like, src: item?.value ?? null };
}

/** The example for a list's item: the one among the example's items that has most in common with it. */
export function childLike(like: Like, value: Json): Like {
  const src = resolved(like.src);
  if (src?.kind !== 'seq') return { ...like, src: null };
  // The nearest few are enough: a list is mostly written in one style.
  const ranked = src.items.slice(0, 8).map((item) => ({ item, score: similarity(item.value.value, value) }));
  const best = ranked.reduce<(typeof ranked)[number] | null>(
    (top, each) => (top === null || each.score > top.score ? each : top),
    null,
  );
  return { ...like, src: best?.item.value ?? null };
}

function resolved(src: Src | null): Src | null {
  return src?.kind === 'alias' ? src.target : src;
}

function entries(value: JsonObject): [string, Json][] {
  return Object.entries(value).filter((entry): entry is [string, Json] => entry[1] !== undefined);
}

function isBlock(value: Json, like: Like): value is readonly Json[] | JsonObject {
  if (value === null || typeof value !== 'object' || Object.keys(value).length === 0) return false;
  const src = resolved(like.src);
  // An empty `[]` or `{}` says nothing about the style of a full one.
  return !((src?.kind === 'map' || src?.kind === 'seq') && src.flow && src.items.length > 0);
}

function blockLines(value: readonly Json[] | JsonObject, like: Like, quoted = false): string[] {
  if (isObject(value)) {
    return entries(value).flatMap(([key, field]) =>
      pairLines(key, field, fieldLike(like, key), quoted ? doubleQuoted(key) : undefined),
    );
  }
  return value.flatMap((item) => itemLines(item, childLike(like, item)));
}

function inlineLines(value: Json, like: Like): string[] {
  if (value !== null && typeof value === 'object') return [flowText(value, inFlow(like), '')];
  return scalarText(value, like.src, like.style, false).split('\n');
}

/** Flow style in a block document: on one line. */
function inFlow(like: Like): Like {
  return like.style.flow.unit === null
    ? like
    : { ...like, style: { ...like.style, flow: { ...like.style.flow, unit: null } } };
}

/** In one line, and not in quotes because some braces of the document are JSON. */
function keyText(key: string, { style }: Like): string {
  return scalarText(key, null, { ...style, flow: { ...style.flow, json: false } }, true);
}

/** Words that every reader of YAML reads as text. */
const PLAIN_WORD = /^[A-Za-z_/][A-Za-z0-9_/.-]*$/;

/**
 * A scalar, quoted as its example is, and where it must be. In block style a text of several lines has them
 * (`|`), not indented; in flow style and in keys it is always one line.
 */
function scalarText(
  value: string | number | boolean | null,
  like: Src | null,
  style: Style,
  flow: boolean,
): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const example: ScalarSrc['style'] =
    like?.kind === 'scalar' && typeof like.value === 'string' ? like.style : 'empty';
  if (flow && style.flow.json) return doubleQuoted(value);
  const quoted = example === 'single' || example === 'double';
  const isText = typeof plainValue(value) === 'string';
  if (!quoted && isText && PLAIN_WORD.test(value)) return value;
  if (value.includes('\n'))
    return flow || quoted ? doubleQuoted(value) : (literal(value) ?? doubleQuoted(value));
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/.test(value)) return doubleQuoted(value);
  const scalar = new Scalar(value);
  if (quoted) scalar.type = example === 'single' ? 'QUOTE_SINGLE' : 'QUOTE_DOUBLE';
  else if (!isText || (flow && isRefusedInFlow(value)))
    scalar.type = style.quote === 'single' ? 'QUOTE_SINGLE' : 'QUOTE_DOUBLE';
  // Quotes inside decide, where the example doesn't: JSON is best read in single quotes.
  const singleQuote =
    example === 'single' || value.includes('"')
      ? true
      : value.includes("'")
        ? false
        : style.quote === 'single';
  // `compat`: quoted, too, where YAML 1.1 sees more than text (`12:30:00`, `yes`).
  const document = new Document(flow ? [scalar] : scalar, { schema: 'core', compat: 'yaml-1.1' });
  const inFlow = flow ? ({ collectionStyle: 'flow', flowCollectionPadding: false } as const) : {};
  const text = bare(document.toString({ lineWidth: 0, singleQuote, ...inFlow }));
  const line = flow ? bare(text.slice(1, -1)) : text;
  return line.includes('\n') ? doubleQuoted(value) : line;
}

/** Without the white space of YAML at its ends: `trim` would remove a text's own no-break spaces. */
function bare(text: string): string {
  return text.replaceAll(/^[ \n]+|[ \n]+$/g, '');
}

/** A text as a block of its lines, where nothing of it could be lost that way; else null. */
function literal(value: string): string | null {
  if (
    !/^[^\s\u0000-\u001f]/.test(value) ||
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/.test(value)
  )
    return null;
  if (/\n\s*\n$/.test(value) || /[ \t]$/.test(value)) return null;
  return value.endsWith('\n') ? `|\n${value.slice(0, -1)}` : `|-\n${value}`;
}

/** JSON's quotes are YAML's, but for characters that YAML calls unprintable. */
function doubleQuoted(value: string): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function indented(lines: readonly string[], columns: number): string[] {
  const pad = ' '.repeat(columns);
  return lines.map((line) => (line === '' ? line : pad + line));
}
