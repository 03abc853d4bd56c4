/**
 * One document as a tree of places in its text, each with the value that it stands for. All editing is done by
 * these places; the `yaml` package's own nodes end here, because what they write back is the document, not its text.
 */
import type { Json, JsonObject } from '../base/json.ts';

export type Src = ScalarSrc | AliasSrc | MapSrc | SeqSrc;

interface NodeRange {
  /** Where it starts, anchor and tag included; equal to `end` for a value that is left out (`key:`). */
  readonly start: number;
  /** Where it starts without anchor and tag. */
  readonly body: number;
  /** Where its last character ends: no comment, no line end after it. */
  readonly end: number;
  readonly anchor: Anchor | null;
  readonly parent: { readonly src: MapSrc | SeqSrc; readonly index: number } | null;
  /** What it stands for: aliases and merge keys resolved. */
  readonly value: Json;
}

export interface Anchor {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

export interface ScalarSrc extends NodeRange {
  readonly kind: 'scalar';
  readonly style: 'plain' | 'single' | 'double' | 'literal' | 'folded' | 'empty';
}

export interface AliasSrc extends NodeRange {
  readonly kind: 'alias';
  /** The node that it stands for. */
  readonly target: Src | null;
  /** It is (in) the value of a `<<`. */
  readonly merges: boolean;
}

export interface MapSrc extends NodeRange {
  readonly kind: 'map';
  readonly flow: boolean;
  /** It can't be edited in parts (`? key`, `{a}`, a tag on it): it is replaced as a whole. */
  readonly opaque: boolean;
  readonly items: readonly MapItem[];
}

export interface MapItem {
  readonly start: number;
  readonly key: string;
  readonly keyStyle: ScalarSrc['style'];
  /** The key is `<<`: what is in `value` is merged into the map. */
  readonly merges: boolean;
  /** Behind the colon, where a value could start. */
  readonly after: number;
  readonly value: Src;
}

export interface SeqSrc extends NodeRange {
  readonly kind: 'seq';
  readonly flow: boolean;
  readonly opaque: boolean;
  readonly items: readonly SeqItem[];
}

export interface SeqItem {
  /** The dash; in flow style the value itself. */
  readonly start: number;
  /** Behind the dash. */
  readonly after: number;
  readonly value: Src;
}

/** Something in a document that Kubernetes would refuse. */
export interface TreeFault {
  readonly offset: number;
  readonly message: string;
}

export interface Tree {
  readonly text: string;
  /** Null for a document of comments alone. */
  readonly root: Src | null;
  readonly faults: readonly TreeFault[];
  /** Nodes that aliases stand for; the same name may come several times. */
  readonly aliases: readonly AliasSrc[];
  /** It has `{{ … }}` where YAML sees a map as a key: a template that is YAML by accident. */
  readonly template: boolean;
}

/** The item's own value in its map or list. */
export function itemOf(src: Src): MapItem | SeqItem | null {
  return src.parent === null ? null : (src.parent.src.items[src.parent.index] ?? null);
}

/** The node at a path of a value, or the nearest one above it that the text has. */
export function nearestNode(
  root: Src,
  path: readonly (string | number)[],
): { readonly src: Src; readonly keyStart: number } {
  let src = root;
  let keyStart = root.start;
  for (const step of path) {
    const at: Src = src.kind === 'alias' && src.target !== null ? src.target : src;
    const item =
      at.kind === 'map'
        ? at.items.find((each) => !each.merges && each.key === String(step))
        : at.kind === 'seq' && typeof step === 'number'
          ? at.items[step]
          : undefined;
    if (item === undefined) break;
    src = item.value;
    keyStart = item.start;
  }
  return { src, keyStart };
}

/** The start of the line that an offset is on. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** The white space that the line of an offset begins with. */
export function indentAt(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset), lineStop(text, offset)))?.[0] ?? '';
}

/** The end of the line that an offset is on, before its line end. */
export function lineStop(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset);
  if (newline === -1) return text.length;
  return newline > offset && text[newline - 1] === '\r' ? newline - 1 : newline;
}

/** The column of an offset, from 0. */
export function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}

/** An object with own keys only, `__proto__` among them. */
export function objectOf(entries: Iterable<readonly [string, Json]>): JsonObject {
  return Object.fromEntries(entries);
}
