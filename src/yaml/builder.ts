/** From the `yaml` package's nodes to a {@link Tree}. */
import {
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type CST,
  type Pair,
  type ParsedNode,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Json } from '../base/json.ts';
import { amount, sumOfBulks, tooMuch, type Bulk } from './bulk.ts';
import { anchorNameFault, flowColonFault, flowKeyFault, tagFault } from './go-yaml-faults.ts';
import { mergedValue } from './merge.ts';
import type { ParsedYaml } from './parsed.ts';
import { leftOutValue, scalarValue } from './scalar-value.ts';
import { anchorName, isProp, NO_PROPS, propsIn, scalarStyle, type Props } from './tokens.ts';
import type { AliasSrc, Anchor, MapItem, ScalarSrc, SeqItem, Src, TreeFault } from './tree.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Parent = Src['parent'];

interface Built {
  readonly src: Src;
  readonly bulk: Bulk;
}

/** Builds one document's tree, once: anchors are known from where they stand on. */
export class TreeBuilder {
  readonly #text: string;
  readonly #faults: TreeFault[] = [];
  readonly #aliases: AliasSrc[] = [];
  readonly #anchors = new Map<string, Built | 'open'>();
  #template = false;

  constructor(text: string) {
    this.#text = text;
  }

  build(contents: ParsedNode | null): ParsedYaml {
    if (contents === null) {
      return { ok: true, tree: { text: this.#text, root: null, faults: [], aliases: [], template: false } };
    }
    const props = this.#docProps(contents);
    const { src, bulk } = this.#node(contents, props, contents.range[0], null);
    if (tooMuch(bulk)) {
      const offset = this.#aliases[0]?.start ?? 0;
      return {
        ok: false,
        bomb: true,
        fault: { offset, message: `its aliases stand for ${amount(bulk)} values` },
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

  #node(node: ParsedNode | null, props: Props, position: number, parent: Parent, merges = false): Built {
    const name = props.anchor?.name;
    if (name !== undefined) {
      this.#note(anchorNameFault(name, props.anchor?.start ?? position));
      this.#anchors.set(name, 'open');
    }
    const made = this.#bare(node, props, position, parent, merges);
    if (name !== undefined) this.#anchors.set(name, made);
    return made;
  }

  #bare(node: ParsedNode | null, props: Props, position: number, parent: Parent, merges: boolean): Built {
    if (isAlias(node)) return this.#alias(node, parent, merges);
    if (isMap(node)) return this.#map(node, props, parent, merges);
    if (isSeq(node)) return this.#seq(node, props, parent, merges);
    return { src: this.#scalar(node, props, position, parent), bulk: { nodes: 1, aliased: 0 } };
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
      const { value, faults } = leftOutValue(node?.tag, at);
      this.#faults.push(...faults);
      return {
        kind: 'scalar',
        style: 'empty',
        start: props.start ?? at,
        body: at,
        end: at,
        anchor: props.anchor,
        parent,
        value,
      };
    }
    const [body, stop] = node.range;
    const style = scalarStyle(token);
    const inFlow = parent?.src.flow === true;
    const { source, tag } = node;
    const range = [body, stop] as const;
    const { value, faults } = scalarValue(this.#text, { style, source, tag, token, range, inFlow });
    this.#faults.push(...faults);
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

  #alias(node: ParsedNode & { source: string }, parent: Parent, merges: boolean): Built {
    const [start, end] = node.range;
    this.#note(anchorNameFault(node.source, start));
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
    const nodes = known?.bulk.nodes ?? 1;
    return { src, bulk: { nodes, aliased: nodes } };
  }

  #seq(node: YAMLSeq.Parsed, props: Props, parent: Parent, merges: boolean): Built {
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
    let bulk: Bulk = { nodes: 1, aliased: 0 };
    node.items.forEach((child, index) => {
      const start = cst[index]?.start ?? [];
      const dash = start.find((each) => each.type === 'seq-item-ind');
      const inner = propsIn(dash === undefined ? start : start.slice(start.indexOf(dash) + 1));
      const after = dash === undefined ? (inner.start ?? child.range[0]) : dash.offset + 1;
      for (const each of start) this.#note(tagFault(this.#text, each));
      const made = this.#node(child, inner, after, { src, index }, merges);
      items.push({ start: dash?.offset ?? made.src.start, after, value: made.src });
      values.push(made.src.value);
      bulk = sumOfBulks(bulk, made.bulk);
    });
    src.end = flow ? node.range[1] : (items.at(-1)?.value.end ?? src.body);
    return { src, bulk };
  }

  #map(node: YAMLMap.Parsed, props: Props, parent: Parent, merges: boolean): Built {
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
    let bulk: Bulk = { nodes: 1, aliased: 0 };
    node.items.forEach((pair, index) => {
      const { item, bulk: own, plain } = this.#pair(pair, { src, index }, merges);
      items.push(item);
      src.opaque ||= !plain;
      bulk = sumOfBulks(bulk, own);
    });
    src.value = mergedValue(items, this.#faults);
    src.end = flow ? node.range[1] : (items.at(-1)?.value.end ?? src.body);
    return { src, bulk };
  }

  #pair(
    pair: Pair<ParsedNode, ParsedNode | null>,
    parent: NonNullable<Parent>,
    merges: boolean,
  ): { item: MapItem; bulk: Bulk; plain: boolean } {
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
    if (parent.src.flow && colon !== undefined) {
      if (style === 'plain') this.#note(flowColonFault(this.#text, key, colon.offset));
      if (explicit === undefined) this.#note(flowKeyFault(this.#text, key, pair.key.range[0], colon.offset));
    }
    for (const each of [...before, ...sep]) this.#note(tagFault(this.#text, each));
    const made = this.#node(pair.value, inner, after, parent, merges || isMerge);
    const start = explicit?.offset ?? keyProps.start ?? pair.key.range[0];
    return {
      item: { start, key, keyStyle: style, merges: isMerge, after, value: made.src },
      bulk: made.bulk,
      plain: colon !== undefined && explicit === undefined,
    };
  }

  /** Kubernetes turns every scalar key into text, and accepts nothing else. */
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
    if (value === null) this.#fault(src.start, 'a key must be text, not null');
    else if (typeof value === 'object') this.#fault(src.start, 'a key must be text, not a list or an object');
    return { key: typeof value === 'string' ? value : JSON.stringify(value), style, template: false };
  }

  #fault(offset: number, message: string): void {
    this.#faults.push({ offset, message });
  }

  #note(fault: TreeFault | undefined): void {
    if (fault !== undefined) this.#faults.push(fault);
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
