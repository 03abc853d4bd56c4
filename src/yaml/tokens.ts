/** What the `yaml` package's tokens say about a place: anchors, tags, quotes. */
import { isAlias, type CST, type ParsedNode } from 'yaml';
import type { Anchor, ScalarSrc } from './tree.ts';

/** Anchor and tag in front of a node. */
export interface Props {
  readonly start: number | null;
  readonly anchor: Anchor | null;
}

export const NO_PROPS: Props = { start: null, anchor: null };

export function isProp(token: CST.SourceToken): boolean {
  return token.type === 'anchor' || token.type === 'tag';
}

/** Anchor and tag in front of a node, and where the first of them begins. */
export function propsIn(tokens: readonly CST.SourceToken[]): Props {
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

export function anchorName(node: ParsedNode): string | undefined {
  return isAlias(node) ? undefined : node.anchor;
}

export function scalarStyle(token: CST.Token): ScalarSrc['style'] {
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
