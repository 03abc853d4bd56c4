/** Which proxies have the routes of the VirtualServices as they are now. */
import type { Colours } from './colours.ts';
import { grouped } from '../base/text.ts';
import type { ProxyView } from '../confirm/proxy-view.ts';
import { codeOf, textOf } from './markdown.ts';
import type { Outcome } from './types.ts';
import { visible } from './text.ts';

/** Lines at a terminal. */
const MOST_LINES = 100;
/** Rows of a summary, and characters of a name and of what differs: it has other parts that need room. */
const MOST_ROWS = 20;
const MAX_NAME = 80;
const MAX_WORDS = 200;

const WORDS: Readonly<Record<ProxyView['state'], string>> = {
  has: 'has the routes of now',
  differs: 'has others',
  absent: 'has none of its routes',
  unknown: 'is not known',
};

const SIGNS: Readonly<Record<ProxyView['state'], string>> = {
  has: '✔',
  differs: '✖',
  absent: '–',
  unknown: '?',
};

/**
 * For a terminal: a line for each proxy and VirtualService, those that differ first.
 *
 * @example '✖ shop/api  gateway istio-system/edge-1: has others: route main of …'
 */
export function proxiesSection({ proxies }: Outcome, colours: Colours): string {
  if (proxies === undefined) return '';
  const paint = { has: colours.green, differs: colours.red, absent: colours.dim, unknown: colours.yellow };
  const lines = sorted(proxies)
    .slice(0, MOST_LINES)
    .map(({ virtualService, proxy, kind, state, words }) => {
      const why = words === '' ? '' : `: ${visible(words)}`;
      return `  ${paint[state](SIGNS[state])} ${visible(virtualService)}  ${kind} ${visible(proxy)} ${WORDS[state]}${why}`;
    });
  return [
    colours.bold(headOf(proxies)),
    ...lines,
    ...restOf(proxies, MOST_LINES).map((line) => `  ${line}`),
  ].join('\n');
}

/** For the job summary. */
export function proxiesTable({ proxies }: Outcome): string {
  if (proxies === undefined) return '';
  const rows = sorted(proxies)
    .slice(0, MOST_ROWS)
    .map(
      ({ virtualService, proxy, kind, state, words }) =>
        `| ${codeOf(virtualService, MAX_NAME)} | ${kind} ${codeOf(proxy, MAX_NAME)} | ${SIGNS[state]} ${WORDS[state]} | ${textOf(words, MAX_WORDS)} |`,
    );
  if (rows.length === 0) return `**${headOf(proxies)}**`;
  return [
    `**${headOf(proxies)}**`,
    '',
    '| VirtualService | Proxy | Routes | What differs |',
    '| --- | --- | --- | --- |',
    ...rows,
    ...restOf(proxies, MOST_ROWS).map((line) => `\n${line}`),
  ].join('\n');
}

function headOf(proxies: readonly ProxyView[]): string {
  const known = proxies.filter(({ state }) => state === 'has' || state === 'differs');
  if (known.length === 0) return 'Proxies: none that has routes of it could be asked';
  const having = known.filter(({ state }) => state === 'has').length;
  return `Proxies: ${having} of ${known.length} have the routes of now`;
}

function sorted(proxies: readonly ProxyView[]): readonly ProxyView[] {
  const order: readonly ProxyView['state'][] = ['differs', 'unknown', 'absent', 'has'];
  return proxies.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
}

function restOf(proxies: readonly ProxyView[], most: number): readonly string[] {
  const rest = proxies.length - most;
  return rest > 0 ? [`and ${grouped(rest)} more`] : [];
}
