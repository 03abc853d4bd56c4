import { distinctBy } from '../base/distinct.ts';
import type { StringMatch } from '../istio/types.ts';
import { canonicalJson } from '../base/json.ts';
import { isToken, itemProblem, numberedLines, splitMatchLine, type MatchItem } from './match-line.ts';
import { all, withPlace, bad, good, quote, type Parsed } from './parsed.ts';
import { regexProblem } from './regex.ts';
import type { HeaderMatch } from './types.ts';

/** In a match block these have fields of their own; Istio ignores them among the headers. */
const RESERVED = new Set(['uri', 'scheme', 'method', 'authority']);

/**
 * Headers to match: one alternative a line, joined by commas within it.
 *
 * @example parseHeaders('x-cid=seu_madruga,x-env^=pr-') // [{ 'x-cid': { exact: … }, 'x-env': { prefix: … } }]
 */
export function parseHeaders(text: string): Parsed<readonly HeaderMatch[]> {
  const lines = numberedLines(text);
  const matches = all(
    lines.map(({ line, number }) =>
      lines.length === 1 ? parseLine(line) : withPlace(`line ${number}`, parseLine(line)),
    ),
  );
  return matches.ok ? good(withoutRepeats(matches.value)) : matches;
}

/** One route must not ask the same thing twice: Envoy would try it twice. */
export function withoutRepeats(matches: readonly HeaderMatch[]): readonly HeaderMatch[] {
  return distinctBy(matches, canonicalJson);
}

function parseLine(line: string): Parsed<HeaderMatch> {
  const split = splitMatchLine(line);
  if (!split.ok) return split;
  const items = all(split.value.map((item, index) => asInRequest(item, split.value[index + 1])));
  if (!items.ok) return items;
  const names = items.value.map(({ name }) => name.toLowerCase());
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  const entries = all([
    ...items.value.map(parseItem),
    ...[...twice].map((name) =>
      bad(
        `the header ${quote(name)} is there twice: a request has one value of it (for either, use two lines)`,
      ),
    ),
  ]);
  return entries.ok ? good(Object.fromEntries(entries.value)) : entries;
}

/**
 * A header as requests have it, `X-CID: foo`, or without the blank, means exactly that value, because no name has a colon.
 * With an operator in the value, or a comma behind it, more than one thing could be meant.
 *
 * @returns the item itself where it is written otherwise
 */
function asInRequest(item: MatchItem, next: MatchItem | undefined): Parsed<MatchItem> {
  const [, name, value] = /^([^\s:]+):\s*(\S.*)$/.exec(item.name) ?? [];
  if (name === undefined || value === undefined || !isToken(name)) return good(item);
  const isCut = next?.operator === 'present' && !next.name.includes(':');
  if (item.operator === 'present' && !isCut && !value.startsWith('"'))
    return good({ name, operator: '=', value, quoted: false });
  return bad(
    `${quote(item.name)} can be read in more than one way: write ${name}="…", with the whole value in the quotes`,
  );
}

function parseItem(item: MatchItem): Parsed<readonly [string, StringMatch]> {
  const name = item.name.toLowerCase();
  if (name.startsWith(':')) return bad(`${quote(item.name)} is a pseudo-header of HTTP/2, not a header`);
  if (name.startsWith('#')) return bad(`${quote(item.name)} is a comment, and headers have none`);
  if (/\s/.test(name))
    return bad(
      `${quote(item.name)} can't be the name of a header: it has a blank in it. Several headers are separated by commas`,
    );
  if (!isToken(name)) {
    return bad(
      `${quote(item.name)} can't be the name of a header (a value with a comma in it goes in "quotes")`,
    );
  }
  if (RESERVED.has(name)) return bad(`${quote(name)} among headers is ignored by Istio: it is no header`);
  const problem = itemProblem(item);
  if (problem !== undefined) return bad(problem);
  switch (item.operator) {
    case 'present':
      return good([name, {}]);
    case '=':
      return good([name, { exact: item.value }]);
    case '^=':
      return good([name, { prefix: item.value }]);
    case '~=': {
      const fault = regexProblem(item.value);
      return fault === undefined ? good([name, { regex: item.value }]) : bad(`${name}: ${fault}`);
    }
  }
}
