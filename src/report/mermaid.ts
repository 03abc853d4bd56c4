import type { DestinationView, RouteView } from '../plan/view-types.ts';
import { destinationName, ownerOf, podsOf, positionOf, severalHosts, visible } from './text.ts';
import { percent, cut } from '../base/text.ts';

/** More routes than this are no picture any more. */
const MAX_ROUTES = 12;

/** Destinations drawn of one route. */
const MAX_DESTINATIONS = 8;

/** Characters of a label. */
const MAX_LABEL = 60;

/**
 * Characters of the whole picture. GitHub's Mermaid draws an error in place of more than 50,000 characters or
 * 500 lines between nodes.
 *
 * @see https://mermaid.js.org/config/schema-docs/config.html#maxtextsize
 */
const MAX_TEXT = 20_000;

export interface Picture {
  /** A Mermaid flowchart, without its fence. */
  readonly text: string;
  /** How many of the routes are in it. */
  readonly routes: number;
}

/**
 * Who gets what, as a Mermaid flowchart: requests, route, destination, and the share on the line between them.
 * Null where there is nothing to draw.
 *
 * @param views the routes, the most interesting first: the first dozen is drawn, in the order in which they match
 * @param subset the target subset, which is drawn with a thick border
 */
export function pictureOf(views: readonly RouteView[], subset: string | null): Picture | null {
  const chosen = views.slice(0, MAX_ROUTES).sort(byPosition);
  if (chosen.every((view) => view.destinations.length === 0)) return null;
  const withHost = severalHosts(chosen);
  const nodes = new Map<string, string>();
  const lines = ['flowchart LR'];
  let size = 0;
  let routes = 0;
  for (const view of chosen) {
    const added = drawRoute(view, routes, nodes, withHost, subset);
    const length = added.reduce((sum, line) => sum + line.length + 1, 0);
    if (size + length > MAX_TEXT) break;
    size += length;
    lines.push(...added);
    routes++;
  }
  return routes === 0 ? null : { text: lines.join('\n'), routes };
}

function byPosition(a: RouteView, b: RouteView): number {
  const owners = ownerOf(a).localeCompare(ownerOf(b), 'en');
  if (owners !== 0) return owners;
  return a.kind.localeCompare(b.kind, 'en') || a.index - b.index;
}

function drawRoute(
  view: RouteView,
  number: number,
  nodes: Map<string, string>,
  withHost: boolean,
  subset: string | null,
): string[] {
  const lines: string[] = [];
  const node = (key: string, prefix: string, draw: (id: string) => readonly string[]): string => {
    const known = nodes.get(key);
    if (known !== undefined) return known;
    const id = `${prefix}${nodes.size}`;
    nodes.set(key, id);
    lines.push(...draw(id).map((line) => `  ${line}`));
    return id;
  };

  const owner = ownerOf(view);
  const source = node(`requests ${owner}`, 'vs', (id) => [`${id}([${labelOf(`requests to ${owner}`)}])`]);
  const route = `route${number}`;
  const name = view.name === null ? positionOf(view) : `${positionOf(view)} ${view.name}`;
  lines.push(`  ${route}[${labelOf(name)}]`);
  lines.push(`  ${source} -->|${labelOf(view.match)}| ${route}`);

  if (view.destinations.length === 0) {
    const action = view.action ?? 'nowhere';
    const end = node(`action ${action}`, 'to', (id) => [`${id}(${labelOf(action)})`]);
    lines.push(`  ${route} --> ${end}`);
  }
  view.destinations.slice(0, MAX_DESTINATIONS).forEach((to) => {
    const end = node(keyOf(to), 'to', (id) => [
      `${id}(${labelOf(nameOf(to, withHost))})`,
      ...(to.subset !== null && to.subset === subset ? [`style ${id} stroke-width:4px`] : []),
    ]);
    // A dotted line: it is listed, but no request goes there.
    lines.push(`  ${route} ${to.share === 0 ? '-.->' : '-->'}|${labelOf(percent(to.share))}| ${end}`);
  });
  const rest = view.destinations.length - MAX_DESTINATIONS;
  if (rest > 0) lines.push(`  ${route} --> more${number}(${labelOf(`${rest} more`)})`);
  return lines;
}

function keyOf(to: DestinationView): string {
  return `to ${JSON.stringify([to.host, to.subset, to.port])}`;
}

function nameOf(to: DestinationView, withHost: boolean): string {
  const pods = podsOf(to);
  const name = cut(destinationName(to, withHost), MAX_LABEL - 20);
  return pods === '' ? name : `${name}, ${pods}`;
}

/**
 * A quoted label in which nothing can be syntax. Mermaid reads labels as Markdown (`1. a` becomes "Unsupported
 * markdown: list"), takes `%%` for a comment, `:` and `#` in a line with the word "style" for a style; GitHub
 * strips or shows HTML tags. So all but letters, digits, blanks, and a dot or hyphen inside of a word, is
 * written as Mermaid's own entity code, which it decodes last of all.
 *
 * @see https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters
 * @see https://github.com/mermaid-js/mermaid/issues/5824
 */
export function labelOf(text: string): string {
  const safe = cut(visible(text).trim(), MAX_LABEL)
    .replace(/[^A-Za-z0-9 .-]|(?<![A-Za-z0-9])[.-]|[.-](?![A-Za-z0-9])/gu, entityOf)
    // What Mermaid marks a decoded entity with: a text that has it would be decoded once more.
    .replaceAll('#64258;', 'fl')
    // The one word that Markdown makes a link of.
    .replace(/www\./gi, (word) => `${word.slice(0, 3)}#46;`);
  return `"${safe === '' ? ' ' : safe}"`;
}

function entityOf(character: string): string {
  return `#${character.codePointAt(0) ?? 0};`;
}
