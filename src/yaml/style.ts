/** How a document is written: what something new in it must look like. */
import {
  columnOf,
  indentAt,
  lineStart,
  type MapItem,
  type MapSrc,
  type SeqSrc,
  type Src,
  type Tree,
} from './tree.ts';
import { lineEnd } from './slices.ts';

export interface Style {
  readonly eol: '\n' | '\r\n';
  /** Columns from a key to the keys below it. */
  readonly step: number;
  /** A list under a key stands deeper than the key. */
  readonly listsDeeper: boolean;
  /** Spaces behind a dash. */
  readonly dash: number;
  readonly quote: 'single' | 'double';
  /** What flow style has inside its brackets and braces, behind commas and colons. */
  readonly flow: FlowStyle;
}

export interface FlowStyle {
  /** Keys and texts in double quotes. */
  readonly json: boolean;
  readonly inBraces: string;
  readonly inBrackets: string;
  readonly comma: string;
  readonly colon: string;
  /** Indentation of one level where each item has its own line, else null. */
  readonly unit: string | null;
}

/** The style that most of a document has, by counting. */
export function styleOfTree({ text, root }: Tree): Style {
  const steps = new Map<number, number>();
  const dashes = new Map<number, number>();
  const votes = { deeper: 0, level: 0, single: 0, double: 0 };
  const flows: (MapSrc | SeqSrc)[] = [];
  walk(root, (src) => {
    if (src.kind === 'scalar') {
      if (src.style === 'single') votes.single++;
      if (src.style === 'double') votes.double++;
    }
    if (src.kind !== 'map' && src.kind !== 'seq') return;
    if (src.flow) {
      flows.push(src);
      return;
    }
    const column = columnOf(text, src.body);
    if (src.kind === 'seq') {
      for (const item of src.items) {
        const { kind, body } = item.value;
        if (kind === 'map' && /^ +$/.test(text.slice(item.after, body))) tally(dashes, body - item.after);
      }
    }
    if (src.parent?.src.kind !== 'map') return;
    const key = src.parent.src.items[src.parent.index];
    if (key === undefined) return;
    const deeper = column - columnOf(text, key.start);
    if (src.kind === 'map') tally(steps, deeper);
    else if (deeper > 0) votes.deeper++;
    else votes.level++;
  });
  return {
    eol: lineEnd(text),
    step: most(steps) ?? 2,
    listsDeeper: votes.deeper > votes.level,
    dash: most(dashes) ?? 1,
    quote: votes.double > votes.single ? 'double' : 'single',
    flow: flowStyle(text, root, flows),
  };
}

/** Calls `visit` for a node and everything below it, in the order of the text. */
export function walk(src: Src | null, visit: (src: Src) => void): void {
  if (src === null) return;
  visit(src);
  if (src.kind === 'map' || src.kind === 'seq') for (const item of src.items) walk(item.value, visit);
}

/** Is each of its items on a line of its own? */
export function isTall(text: string, src: Src): boolean {
  const [first] = src.kind === 'map' || src.kind === 'seq' ? src.items : [];
  return (
    first !== undefined &&
    /^\s*$/.test(text.slice(lineStart(text, first.start), first.start)) &&
    lineStart(text, first.start) > src.body
  );
}

function flowStyle(text: string, root: Src | null, flows: readonly (MapSrc | SeqSrc)[]): FlowStyle {
  const keys = flows.flatMap((src) => (src.kind === 'map' ? src.items.slice(0, 1) : []));
  // As most of them are: `edit` itself puts quotes into braces that were empty.
  const json = keys.length > 0 && 2 * keys.filter(isJsonKey).length >= keys.length;
  const wide = flows.filter((src) => src.items.length > 0 && !isTall(text, src));
  const inside = (kind: Src['kind']): string | undefined => {
    const src = wide.find((each) => each.kind === kind);
    return src === undefined ? undefined : /^ */.exec(text.slice(src.body + 1))?.[0];
  };
  const pair = flows.find((src) => src.kind === 'map' && src.items.length > 0)?.items[0];
  const several = wide.find((src) => src.items.length > 1);
  const tight = json && root !== null && !/\s/.test(text.slice(root.body, root.body + 2));
  // Below block style, flow style is for what is short.
  const tall = flows.find((src) => isTall(text, src) && root !== null && 'flow' in root && root.flow);
  return {
    json,
    inBraces: inside('map') ?? (json ? '' : ' '),
    inBrackets: inside('seq') ?? '',
    comma:
      several === undefined
        ? tight
          ? ''
          : ' '
        : text.slice(endOf(several, 0), itemStart(several, 1)).includes(' ')
          ? ' '
          : '',
    colon: pair === undefined ? ' ' : (/^ */.exec(text.slice(pair.after))?.[0] ?? ' '),
    unit: tall === undefined ? null : unitOf(text, tall),
  };
}

/** In double quotes though it needs none. */
function isJsonKey(item: MapItem | undefined): boolean {
  return item?.keyStyle === 'double' && /^[A-Za-z_]/.test(item.key);
}

function unitOf(text: string, tall: MapSrc | SeqSrc): string {
  const inner = indentAt(text, itemStart(tall, 0));
  return inner.slice(indentAt(text, tall.body).length) || '  ';
}

function itemStart(src: MapSrc | SeqSrc, index: number): number {
  return src.items[index]?.start ?? src.body;
}

function endOf(src: MapSrc | SeqSrc, index: number): number {
  return src.items[index]?.value.end ?? src.end;
}

function tally(counts: Map<number, number>, value: number): void {
  if (value > 0) counts.set(value, (counts.get(value) ?? 0) + 1);
}

function most(counts: ReadonlyMap<number, number>): number | undefined {
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}
