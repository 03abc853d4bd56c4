import { numberedLines } from './match-line.ts';
import { nearest } from './nearest.ts';
import { all, withPlace, bad, good, quote, type Parsed } from './parsed.ts';
import { parseProbeUrl } from './probe.ts';
import { durationUpTo } from './scalars.ts';

/** What speaks against a build during a canary, as a line of the input `gates` says it. */
export type Gate = {
  /** As given, without its comment; no two are the same. */
  readonly text: string;
} & (
  | { readonly kind: 'errors' }
  /** `errors < 2%`: `share` 0.02. */
  | { readonly kind: 'errors-line'; readonly share: number }
  | { readonly kind: 'slow'; readonly milliseconds: number }
  /** `p99 < 500ms`, as the share of answers that may be slower: 0.01. */
  | { readonly kind: 'slow-line'; readonly milliseconds: number; readonly share: number }
  | QueryGate
  | { readonly kind: 'hook'; readonly url: string }
);

/** `queue: max(my_queue_depth) < 100`: good while it is true. */
export interface QueryGate {
  readonly text: string;
  readonly kind: 'query';
  readonly name: string;
  readonly promql: string;
  readonly operator: QueryOperator;
  readonly limit: number;
}

/** What a query's value must be to its limit. */
export type QueryOperator = '<' | '<=' | '>' | '>=' | '==' | '!=';

/** Each is a query in every tick. */
const MOST_GATES = 20;

const FORMS = 'errors, errors < 2%, slower than 400ms, p99 < 500ms, NAME: PROMQL < 100, https://…';

/**
 * What speaks against a build, one gate a line. `#` after a space begins a comment.
 *
 * @example parseGates('errors < 2%') // [{ kind: 'errors-line', share: 0.02, text: 'errors < 2%' }]
 */
export function parseGates(text: string): Parsed<readonly Gate[]> {
  const lines = numberedLines(text)
    .map(({ line, number }) => ({ line: withoutComment(line), number }))
    .filter(({ line }) => line !== '');
  if (lines.length === 0) return bad('it has no gate in it');
  if (lines.length > MOST_GATES)
    return bad(`it has ${lines.length} gates, and ${MOST_GATES} are the most: each is a query in every tick`);
  const gates = all(lines.map(({ line, number }) => withPlace(`line ${number}`, parseGate(line))));
  if (!gates.ok) return gates;
  const twice = lines.find((one, index) => lines.findIndex(({ line }) => line === one.line) !== index);
  if (twice !== undefined) return bad(`line ${twice.number}: ${quote(twice.line)} is there twice`);
  const names = gates.value.flatMap((gate) => (gate.kind === 'query' ? [gate.name] : []));
  const same = names.find((name, index) => names.indexOf(name) !== index);
  if (same !== undefined) return bad(`two queries have the name ${quote(same)}`);
  return gates;
}

/** The `#` of a fragment has no space before it, and one in quotes belongs to a label of a query. */
function withoutComment(line: string): string {
  const [found = ''] = /^(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|(?!(?<=^|\s)#).)*/.exec(line) ?? [];
  return found.trim();
}

function parseGate(text: string): Parsed<Gate> {
  if (/^https?:\/\//i.test(text)) {
    const url = parseProbeUrl(text);
    return url.ok ? good({ text, kind: 'hook', url: url.value }) : url;
  }
  if (/^errors$/i.test(text)) return good({ text, kind: 'errors' });
  const [, errors] = /^errors\b(?!\s*:)\s*(.+)$/i.exec(text) ?? [];
  if (errors !== undefined) {
    const share = below(errors, parsePercent);
    return share.ok ? good({ text, kind: 'errors-line', share: share.value }) : share;
  }
  const [, time, line] = /^slower\s+than\s+([^<>=!\s]+)\s*(.*)$/i.exec(text) ?? [];
  if (time !== undefined) return parseSlower(text, time, line ?? '');
  const [, quantile, rest] = /^p(\d+(?:\.\d+)?)\s*([<>=!].*)$/i.exec(text) ?? [];
  if (quantile !== undefined && rest !== undefined) return parseQuantile(text, quantile, rest);
  const [, name, query] = /^([A-Za-z_][\w.-]*)\s*:(?!\/\/)\s*(.*)$/.exec(text) ?? [];
  if (name !== undefined && query !== undefined) return parseQuery(text, name, query);
  return bad(unknownGate(text));
}

function unknownGate(text: string): string {
  const [word = ''] = text.split(/[\s<>=!:]+/);
  const meant = nearest(word, ['errors', 'slower']);
  const hint =
    meant === undefined
      ? /[<>=]/.test(text)
        ? ' (a query needs a name before it: NAME: PROMQL < 100)'
        : ''
      : `: did you mean ${meant === 'errors' ? 'errors' : 'slower than 400ms'}?`;
  return `${quote(text)} is none of ${FORMS}${hint}`;
}

function parseSlower(text: string, time: string, line: string): Parsed<Gate> {
  const milliseconds = parseTime(time);
  if (!milliseconds.ok) return milliseconds;
  if (line === '') return good({ text, kind: 'slow', milliseconds: milliseconds.value });
  const share = below(line, parsePercent);
  return share.ok
    ? good({ text, kind: 'slow-line', milliseconds: milliseconds.value, share: share.value })
    : share;
}

function parseQuantile(text: string, quantile: string, rest: string): Parsed<Gate> {
  const percent = Number(quantile);
  if (percent < 1 || percent >= 100) return bad(`p${quantile} is not from p1 to p99.99`);
  const milliseconds = below(rest, parseTime);
  if (!milliseconds.ok) return milliseconds;
  // (100 - 99.9) / 100 is 0.0009999…: hundredths of a percent are whole numbers.
  const share = Math.round((100 - percent) * 10_000) / 1_000_000;
  return good({ text, kind: 'slow-line', milliseconds: milliseconds.value, share });
}

/** A gate says what is good, so that only "below" makes sense. */
function below<T>(text: string, parse: (limit: string) => Parsed<T>): Parsed<T> {
  const [, operator = '', limit = ''] = /^(<=|>=|==|!=|<|>|=)?\s*(.*)$/.exec(text) ?? [];
  if (operator === '') return bad(`${quote(text)} is no limit: < and what it must be below`);
  if (operator !== '<' && operator !== '<=')
    return bad(`${quote(operator)} makes no sense here: a gate says what is good, so write < and the limit`);
  return limit === '' ? bad('there is nothing behind < (a variable that is not set?)') : parse(limit);
}

/** A share of requests, from 0 to 1. */
function parsePercent(text: string): Parsed<number> {
  const [, number] = /^(\d+(?:\.\d+)?)\s*%$/.exec(text) ?? [];
  if (number === undefined)
    return bad(
      /^\d*\.?\d+$/.test(text)
        ? `${quote(text)} has no %: did you mean ${quote(`${text}%`)}?`
        : `${quote(text)} is no percentage: write 2% or 0.5%`,
    );
  const percent = Number(number);
  if (percent <= 0 || percent >= 100) return bad(`${quote(text)} is not between 0% and 100%`);
  return good(percent / 100);
}

const HOUR = 3_600_000;

/** How long an answer may take. */
function parseTime(text: string): Parsed<number> {
  const parsed = withPlace(quote(text), durationUpTo(text, HOUR, 'an hour', 'ms'));
  if (parsed.ok && parsed.value === 0) return bad(`${quote(text)}: no answer needs less than no time`);
  return parsed;
}

const COMPARISON = /^(.*?)\s*(<=|>=|==|!=|<|>)\s*([^<>=!]*)$/;
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;

/** The last comparison counts: PromQL has comparisons of its own, in front of it. */
function parseQuery(text: string, name: string, query: string): Parsed<Gate> {
  if (query === '') return bad(`${quote(`${name}:`)} has no query behind it (a variable that is not set?)`);
  const [, promql, operator, limit = ''] = COMPARISON.exec(query) ?? [];
  if (promql === undefined || !isOperator(operator))
    return bad(`${name}: the query has no limit at its end, such as < 100`);
  if (promql === '') return bad(`${name}: there is no query before ${operator}`);
  if (!NUMBER.test(limit))
    return bad(
      `${name}: ${limit === '' ? 'nothing stands' : `${quote(limit)} is no number`} behind the last ${operator} (plain numbers without a unit, as the query gives them)`,
    );
  const open = unclosed(promql);
  if (open !== undefined) return bad(`${name}: in the query ${quote(promql)}, ${open}`);
  return good({ text, kind: 'query', name, promql, operator, limit: Number(limit) });
}

function isOperator(text: string | undefined): text is QueryOperator {
  return ['<', '<=', '>', '>=', '==', '!='].some((operator) => operator === text);
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** A query that was cut in the middle, by a comment or at the wrong comparison: Prometheus would say less clearly why. */
function unclosed(promql: string): string | undefined {
  const expected: string[] = [];
  const tokens = promql.matchAll(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|["'`()[\]{}]/g);
  for (const [token] of tokens) {
    const closing = CLOSING[token];
    if (closing !== undefined) expected.push(closing);
    else if (/^["'`]$/.test(token)) return `a quote ${token} is not closed`;
    else if (/^[)\]}]$/.test(token) && expected.pop() !== token) return `a ${token} closes nothing`;
  }
  return expected.length === 0 ? undefined : `a ${expected.at(-1) ?? ''} is missing`;
}
