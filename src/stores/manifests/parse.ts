/** From a slice's text to its {@link Tree}. */
import {
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type CST,
  type Pair,
  type ParsedNode,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { isObject, type Json } from '../../json.ts';
import { plainValue, taggedValue } from './scalars.ts';
import {
  isList,
  objectOf,
  type AliasSrc,
  type Anchor,
  type MapItem,
  type ScalarSrc,
  type SeqItem,
  type Src,
  type Tree,
  type TreeFault,
} from './tree.ts';

export type Parsed =
  | { readonly ok: true; readonly tree: Tree }
  /** It is no YAML. */
  | { readonly ok: false; readonly fault: TreeFault }
  /** It is YAML, but no reader of Kubernetes would take it: its aliases stand for too much. */
  | { readonly ok: false; readonly bomb: true; readonly fault: TreeFault };

/** Parses one document. Never throws. */
export function parseSlice(text: string): Parsed {
  try {
    const document = parseDocument(text, {
      // Every scalar as its text: what it means to Kubernetes is for `plainValue` to say.
      schema: 'failsafe',
      keepSourceTokens: true,
      // Looked for by the builder: the package compares each key with each other one.
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'silent',
    });
    const [error] = document.errors;
    if (error !== undefined) return { ok: false, fault: { offset: error.pos[0], message: error.message } };
    return new TreeBuilder(text).build(document.contents);
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    return { ok: false, bomb: true, fault: { offset: 0, message: 'it is nested too deeply' } };
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Parent = Src['parent'];

interface Props {
  readonly start: number | null;
  readonly anchor: Anchor | null;
}

const NO_PROPS: Props = { start: null, anchor: null };

/** How many nodes a node is with all aliases written out, and how many of these come from aliases. */
interface Weight {
  readonly nodes: number;
  readonly aliased: number;
}

class TreeBuilder {
  readonly #text: string;
  readonly #faults: TreeFault[] = [];
  readonly #aliases: AliasSrc[] = [];
  readonly #anchors = new Map<string, { readonly src: Src; readonly weight: Weight } | 'open'>();
  #template = false;

  constructor(text: string) {
    this.#text = text;
  }

  build(contents: ParsedNode | null): Parsed {
    if (contents === null) {
      return { ok: true, tree: { text: this.#text, root: null, faults: [], aliases: [], template: false } };
    }
    const props = this.#docProps(contents);
    const { src, weight } = this.#node(contents, props, contents.range[0], null);
    if (tooMuch(weight)) {
      const offset = this.#aliases[0]?.start ?? 0;
      return {
        ok: false,
        bomb: true,
        fault: { offset, message: `its aliases stand for ${amount(weight)} values` },
      };
    }
    const tree = {
      text: this.#text,
      root: src,
      faults: this.#faults,
      aliases: this.#aliases,
      template: this.#template,
    };
    return { ok: true, tree };
  }

  /** Props of the root are not among the tokens of its node: found in the text before it. */
  #docProps(contents: ParsedNode): Props {
    const anchor = anchorName(contents);
    if (anchor === undefined) return NO_PROPS;
    const start = this.#text.lastIndexOf(`&${anchor}`, contents.range[0]);
    return start === -1
      ? NO_PROPS
      : { start, anchor: { name: anchor, start, end: start + anchor.length + 1 } };
  }

  #node(
    node: ParsedNode | null,
    props: Props,
    position: number,
    parent: Parent,
    merges = false,
  ): { src: Src; weight: Weight } {
    const name = props.anchor?.name;
    if (name !== undefined) this.#anchors.set(name, 'open');
    const made = this.#bare(node, props, position, parent, merges);
    if (name !== undefined) this.#anchors.set(name, made);
    return made;
  }

  #bare(
    node: ParsedNode | null,
    props: Props,
    position: number,
    parent: Parent,
    merges: boolean,
  ): { src: Src; weight: Weight } {
    if (isAlias(node)) return this.#alias(node, parent, merges);
    if (isMap(node)) return this.#map(node, props, parent, merges);
    if (isSeq(node)) return this.#seq(node, props, parent, merges);
    return { src: this.#scalar(node, props, position, parent), weight: { nodes: 1, aliased: 0 } };
  }

  #scalar(node: ParsedNode | null, props: Props, position: number, parent: Parent): ScalarSrc {
    const token = node?.srcToken;
    if (!isScalar(node) || token === undefined) {
      const at =
        props.anchor === null
          ? props.start === null
            ? position
            : (node?.range[0] ?? position)
          : props.anchor.end;
      const tagged = node?.tag === 'tag:yaml.org,2002:str';
      return {
        kind: 'scalar',
        style: 'empty',
        start: props.start ?? at,
        body: at,
        end: at,
        anchor: props.anchor,
        parent,
        value: tagged ? '' : null,
      };
    }
    const [body, stop] = node.range;
    const style = styleOf(token);
    const source = node.source;
    const value =
      node.tag !== undefined
        ? taggedValue(node.tag, source)
        : style === 'plain'
          ? plainValue(source)
          : source;
    if (typeof value === 'number' && !Number.isFinite(value)) {
      this.#fault(body, `${source} is a number that Kubernetes can't take`);
    }
    return {
      kind: 'scalar',
      style,
      start: props.start ?? body,
      body,
      end: this.#scalarEnd(style, stop),
      anchor: props.anchor,
      parent,
      value,
    };
  }

  /** A block scalar's range has its line end, which stays when the scalar goes. */
  #scalarEnd(style: ScalarSrc['style'], stop: number): number {
    if ((style !== 'literal' && style !== 'folded') || this.#text[stop - 1] !== '\n') return stop;
    return this.#text[stop - 2] === '\r' ? stop - 2 : stop - 1;
  }

  #alias(
    node: ParsedNode & { source: string },
    parent: Parent,
    merges: boolean,
  ): { src: AliasSrc; weight: Weight } {
    const [start, end] = node.range;
    const found = this.#anchors.get(node.source);
    if (found === undefined) this.#fault(start, `*${node.source} refers to an anchor that isn't there`);
    if (found === 'open') this.#fault(start, `*${node.source} refers to what it is a part of`);
    const known = found === undefined || found === 'open' ? null : found;
    const src: AliasSrc = {
      kind: 'alias',
      start,
      body: start,
      end,
      anchor: null,
      parent,
      target: known?.src ?? null,
      merges,
      value: known?.src.value ?? null,
    };
    this.#aliases.push(src);
    const nodes = known?.weight.nodes ?? 1;
    return { src, weight: { nodes, aliased: nodes } };
  }

  #seq(node: YAMLSeq.Parsed, props: Props, parent: Parent, merges: boolean): { src: Src; weight: Weight } {
    const token = node.srcToken;
    const flow = token?.type !== 'block-seq';
    const cst = (token !== undefined && 'items' in token ? token.items : [])
      .filter(
        (item) =>
          !flow ||
          item.key != null ||
          item.value !== undefined ||
          item.start.some(isProp) ||
          (item.sep ?? []).length > 0,
      )
      .filter((item) => flow || item.start.some((each) => each.type === 'seq-item-ind'));
    const items: SeqItem[] = [];
    const values: Json[] = [];
    const src = {
      kind: 'seq' as const,
      flow,
      opaque: cst.length !== node.items.length || node.tag !== undefined,
      items,
      ...place(node, props, parent),
      value: values as Json,
    } satisfies Mutable<Src>;
    let weight: Weight = { nodes: 1, aliased: 0 };
    node.items.forEach((child, index) => {
      const start = cst[index]?.start ?? [];
      const dash = start.find((each) => each.type === 'seq-item-ind');
      const inner = propsIn(dash === undefined ? start : start.slice(start.indexOf(dash) + 1));
      const after = dash === undefined ? (inner.start ?? child.range[0]) : dash.offset + 1;
      const made = this.#node(child, inner, after, { src, index }, merges);
      items.push({ start: dash?.offset ?? made.src.start, after, value: made.src });
      values.push(made.src.value);
      weight = sum(weight, made.weight);
    });
    src.end = flow ? node.range[1] : (items.at(-1)?.value.end ?? src.body);
    return { src, weight };
  }

  #map(node: YAMLMap.Parsed, props: Props, parent: Parent, merges: boolean): { src: Src; weight: Weight } {
    const items: MapItem[] = [];
    const flow = node.srcToken?.type !== 'block-map';
    const src = {
      kind: 'map' as const,
      flow,
      opaque: node.tag !== undefined || node.srcToken === undefined,
      items,
      ...place(node, props, parent),
      value: {} as Json,
    } satisfies Mutable<Src>;
    let weight: Weight = { nodes: 1, aliased: 0 };
    node.items.forEach((pair, index) => {
      const { item, weight: own, plain } = this.#pair(pair, { src, index }, merges);
      items.push(item);
      src.opaque ||= !plain;
      weight = sum(weight, own);
    });
    src.value = this.#merged(items);
    src.end = flow ? node.range[1] : (items.at(-1)?.value.end ?? src.body);
    return { src, weight };
  }

  #pair(
    pair: Pair<ParsedNode, ParsedNode | null>,
    parent: NonNullable<Parent>,
    merges: boolean,
  ): { item: MapItem; weight: Weight; plain: boolean } {
    const token: CST.CollectionItem | undefined = pair.srcToken;
    const before = token?.start ?? [];
    const explicit = before.find((each) => each.type === 'explicit-key-ind');
    const keyProps = propsIn(before);
    const { key, style, template } = this.#key(pair.key, keyProps, parent);
    this.#template ||= template;
    const sep = token?.sep ?? [];
    const colon = sep.find((each) => each.type === 'map-value-ind');
    const after = colon === undefined ? pair.key.range[1] : colon.offset + 1;
    const inner = colon === undefined ? NO_PROPS : propsIn(sep.slice(sep.indexOf(colon) + 1));
    const isMerge = style === 'plain' && key === '<<';
    const made = this.#node(pair.value, inner, after, parent, merges || isMerge);
    const start = explicit?.offset ?? keyProps.start ?? pair.key.range[0];
    return {
      item: { start, key, keyStyle: style, merges: isMerge, after, value: made.src },
      weight: made.weight,
      plain: colon !== undefined && explicit === undefined,
    };
  }

  /** Kubernetes turns every scalar key into text, and takes nothing else. */
  #key(
    node: ParsedNode,
    props: Props,
    parent: NonNullable<Parent>,
  ): { key: string; style: ScalarSrc['style']; template: boolean } {
    if (isCollection(node)) {
      this.#fault(node.range[0], 'a key must be text, not a list or an object');
      const template = this.#text[node.range[0]] === '{' && this.#text[node.range[0] - 1] === '{';
      return { key: this.#text.slice(node.range[0], node.range[1]), style: 'plain', template };
    }
    const { src } = this.#node(node, props, node.range[0], parent);
    const style = src.kind === 'scalar' ? src.style : 'plain';
    const { value } = src;
    return { key: typeof value === 'string' ? value : JSON.stringify(value), style, template: false };
  }

  #merged(items: readonly MapItem[]): Json {
    const own = new Map<string, Json>();
    const merged = new Map<string, Json>();
    let mergesSeen = false;
    for (const item of items) {
      if (item.merges) {
        for (const [key, value] of this.#sources(item)) {
          if (!merged.has(key)) merged.set(key, value);
          // go-yaml v2 (kubectl) lets a later `<<` win over a key, YAML and go-yaml v3 (kustomize) the key.
          if (own.has(key) && own.get(key) !== value) {
            this.#fault(
              item.start,
              `"<<" brings "${key}", which is above it too: readers disagree on which of them counts, so put "<<" first`,
            );
          }
        }
        mergesSeen = true;
        continue;
      }
      if (own.has(item.key)) this.#fault(item.start, `the key "${item.key}" is there twice in one object`);
      own.set(item.key, item.value.value);
    }
    if (!mergesSeen) return objectOf(own);
    return objectOf(new Map([...merged, ...own]));
  }

  /** What a `<<` brings, the first of several maps first, for it wins. */
  #sources(item: MapItem): [string, Json][] {
    const sources = isList(item.value.value) ? item.value.value : [item.value.value];
    return sources.flatMap((source) => {
      if (isObject(source))
        return Object.entries(source).map(([key, value]): [string, Json] => [key, value ?? null]);
      this.#fault(item.start, '"<<" must refer to an object or a list of objects');
      return [];
    });
  }

  #fault(offset: number, message: string): void {
    this.#faults.push({ offset, message });
  }
}

function place(
  node: ParsedNode,
  props: Props,
  parent: Parent,
): { start: number; body: number; end: number; anchor: Anchor | null; parent: Parent } {
  const [body, end] = node.range;
  return { start: props.start ?? body, body, end, anchor: props.anchor, parent };
}

function isProp(token: CST.SourceToken): boolean {
  return token.type === 'anchor' || token.type === 'tag';
}

function propsIn(tokens: readonly CST.SourceToken[]): Props {
  const first = tokens.find(isProp);
  const anchor = tokens.find((token) => token.type === 'anchor');
  return {
    start: first?.offset ?? null,
    anchor:
      anchor === undefined
        ? null
        : { name: anchor.source.slice(1), start: anchor.offset, end: anchor.offset + anchor.source.length },
  };
}

function anchorName(node: ParsedNode): string | undefined {
  return isAlias(node) ? undefined : node.anchor;
}

function styleOf(token: CST.Token): ScalarSrc['style'] {
  switch (token.type) {
    case 'single-quoted-scalar':
      return 'single';
    case 'double-quoted-scalar':
      return 'double';
    case 'block-scalar':
      return token.props.some((each) => 'source' in each && each.source.startsWith('>'))
        ? 'folded'
        : 'literal';
    default:
      return 'plain';
  }
}

function sum(a: Weight, b: Weight): Weight {
  return { nodes: a.nodes + b.nodes, aliased: a.aliased + b.aliased };
}

/**
 * go-yaml's own limit, so that whatever a cluster's tools read is read here, and a "billion laughs" is not:
 * up to 400,000 nodes nearly all may come from aliases, from 4,000,000 on a tenth.
 *
 * @see https://github.com/kubernetes-sigs/yaml/blob/master/goyaml.v2/decode.go (allowedAliasRatio)
 */
function tooMuch({ nodes, aliased }: Weight): boolean {
  if (nodes <= 1000 || aliased <= 100) return false;
  const over = Math.min(1, Math.max(0, (nodes - 400_000) / 3_600_000));
  return aliased / nodes > 0.99 - 0.89 * over || !Number.isFinite(nodes);
}

function amount({ nodes }: Weight): string {
  return nodes < 1e15 ? nodes.toLocaleString('en-US') : 'more than 1,000,000,000,000,000';
}
