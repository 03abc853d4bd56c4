/** From what is asked of a request to a request. */
import { ownValue } from '../base/json.ts';
import { targetOf, type EntryPoint, type HttpRequest } from '../istio/requests/request.ts';
import {
  examplesOf,
  excludeEachOther,
  fits,
  fitsEveryPath,
  patternCovers,
  type Pattern,
} from './patterns.ts';
import type { Predicate, Subject, RequestConstraint } from './predicates.ts';

/** Where requests come in that are held against one list of routes. */
export interface EntryPlace {
  readonly entry: EntryPoint;
  /** Is this list the one for a host header? Only then a request may have it. */
  readonly serves: (authority: string) => boolean;
  /** The namespace that requests come from unless a match block says otherwise. */
  readonly home: string;
}

/** For a person: where it comes from is said where it isn't the usual place. */
export function shown(request: HttpRequest, { home }: EntryPlace): HttpRequest {
  const { sourceNamespace, ...rest } = request;
  return sourceNamespace === home ? rest : request;
}

/** `never`: certainly no request meets the constraint; `unknown`: none was found. */
export type Solution =
  | { readonly state: 'found'; readonly request: HttpRequest }
  | { readonly state: 'never' }
  | { readonly state: 'unknown' };

/** A text; null: it is absent. */
type Value = string | null;

/** What a header, a parameter or a label says when it only mustn't be something. */
const OTHERS = ['other', 'any', '1'];

/**
 * A request that meets all predicates of a constraint and says as little else as possible, so that it meets few other
 * blocks by chance. The same constraint gives the same request.
 */
export function requestFor({ predicates, undecidable }: RequestConstraint, place: EntryPlace): Solution {
  const bySubject = new Map<Subject, Predicate[]>();
  for (const predicate of predicates) {
    const known = bySubject.get(predicate.subject);
    if (known === undefined) bySubject.set(predicate.subject, [predicate]);
    else known.push(predicate);
  }
  // What contradicts itself needs no search for the other texts.
  for (const [subject, asked] of bySubject) if (isContradiction(subject, asked)) return { state: 'never' };
  const values = new Map<Subject, Value>();
  let isUnknown = undecidable.length > 0;
  for (const [subject, asked] of bySubject) {
    const found = valueFor(subject, asked, place);
    if (found === 'never') return { state: 'never' };
    if (found === 'unknown') isUnknown = true;
    else values.set(subject, found.value);
  }
  if (isUnknown) return { state: 'unknown' };
  return { state: 'found', request: requestWith(values, place) };
}

/** Is it certain that no text meets all of the predicates? */
function isContradiction(subject: Subject, asked: readonly Predicate[]): boolean {
  return asked.some(({ pattern, negated }, i) =>
    negated
      ? subject === 'uri' && fitsEveryPath(pattern)
      : asked.some(
          (other, k) =>
            k !== i &&
            (other.negated
              ? patternCovers(other.pattern, pattern)
              : k > i && excludeEachOther(pattern, other.pattern)),
        ),
  );
}

/** @param asked no contradiction */
function valueFor(
  subject: Subject,
  asked: readonly Predicate[],
  place: EntryPlace,
): { readonly value: Value } | 'never' | 'unknown' {
  const wanted = asked.filter(({ negated }) => !negated).map(({ pattern }) => pattern);
  const unwanted = asked.filter(({ negated }) => negated);
  const canBe = isPossible(subject, place);
  const candidates = candidatesFor(subject, wanted, unwanted, place);
  const value = candidates.values.find(
    (one) => asked.every((predicate) => holds(predicate, one)) && canBe(one),
  );
  if (value !== undefined) return { value };
  return candidates.areAll ? 'never' : 'unknown';
}

/** Does a request whose text is `value` meet a predicate about it? */
function holds({ pattern, negated, emptyWhenAbsent }: Predicate, value: Value): boolean {
  const text = value ?? (emptyWhenAbsent === true && pattern.kind !== 'present' ? '' : null);
  return (text !== null && fits(pattern, text)) !== negated;
}

/** Does a request meet a predicate? */
export function isMetBy(request: HttpRequest, predicate: Predicate): boolean {
  return holds(predicate, valueIn(request, predicate.subject));
}

function valueIn(request: HttpRequest, subject: Subject): Value {
  switch (subject) {
    case 'uri':
      return targetOf(request).path;
    case 'scheme':
    case 'method':
    case 'authority':
      return request[subject];
    default: {
      const [kind, name] = [subject.slice(0, subject.indexOf(' ')), subject.slice(subject.indexOf(' ') + 1)];
      const value = kind === 'query' ? targetOf(request).query.get(name) : ownValue(request.headers, name);
      return value ?? null;
    }
  }
}

interface Candidates {
  /** Some of them may be what HTTP doesn't let a client say. */
  readonly values: readonly Value[];
  /** No other value can do. */
  readonly areAll: boolean;
}

function candidatesFor(
  subject: Subject,
  wanted: readonly Pattern[],
  unwanted: readonly Predicate[],
  place: EntryPlace,
): Candidates {
  const exact = wanted.find(({ kind }) => kind === 'exact');
  if (exact !== undefined) {
    const isOne = exact.kind !== 'exact' || exact.ignoreCase !== true;
    const values = examplesOf(exact).filter(isPossible(subject, place));
    return { values, areAll: isOne && values.length > 0 };
  }
  const texts = wanted.flatMap(examplesOf);
  // A regex may leave the slash that every path begins with to `.`.
  // What a server or a proxy would refuse as malformed is no example of what a route matches.
  if (subject === 'method' || subject === 'scheme' || subject === 'authority') {
    const usual = defaultsFor(subject, place);
    const others = subject === 'authority' ? [`${place.entry.authority}:80`, ...texts] : [];
    return { values: [...usual, ...others], areAll: false };
  }
  const own = subject === 'uri' ? [...texts, '/', ...texts.map((text) => `/${text}`)] : texts;
  const prefix = wanted
    .flatMap((pattern) => (pattern.kind === 'prefix' ? [pattern.value] : []))
    .reduce((longest, value) => (value.length > longest.length ? value : longest), '');
  // A regex beside a prefix: what fits the one may fit the other when they are put together.
  const joined = prefix === '' ? [] : own.map((text) => prefix + text);
  // What is just not unwanted: longer than it, so that neither an exact nor a prefix match takes it.
  const beside = unwanted.flatMap(({ pattern }) =>
    pattern.kind === 'exact' ? [`${pattern.value}-other`] : [],
  );
  const free = wanted.length > 0 ? [] : defaultsFor(subject, place);
  return {
    values: [...free, ...own, ...joined, ...(wanted.length > 0 ? [] : beside)],
    areAll: false,
  };
}

/** Envoy answers 400 to another one, `get` in small letters too, before it looks for a route. */
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'];

function defaultsFor(subject: Subject, place: EntryPlace): readonly Value[] {
  switch (subject) {
    case 'uri':
      return ['/', '/other', '/any', '/x/y'];
    case 'scheme':
      return place.entry.scheme === 'https' ? ['https', 'http'] : ['http', 'https'];
    case 'method':
      return METHODS;
    case 'authority':
      return [place.entry.authority, 'other.example.com'];
    default:
      return [null, ...OTHERS];
  }
}

/** What HTTP lets a client say. */
function isPossible(subject: Subject, { serves }: EntryPlace): (value: Value) => boolean {
  if (subject === 'uri') return (value) => value !== null && isPath(value);
  if (subject.startsWith('header '))
    return (value) => value === null || (/^[\t -~\u0080-\u00ff]*$/.test(value) && value.trim() === value);
  if (subject.startsWith('query ')) return (value) => value === null || /^[\w.~!$'()*,;:@/-]*$/.test(value);
  if (subject === 'method') return (value) => value !== null && METHODS.includes(value);
  if (subject === 'authority') return (value) => value !== null && /^[!-~]+$/.test(value) && serves(value);
  return () => true;
}

/** Neither a query nor anything that the proxy writes otherwise before it looks for a route. */
function isPath(value: string): boolean {
  if (/^\/[\w/-]*$/.test(value)) return true;
  // Envoy answers 400 to an escaped NUL.
  if (/%(?![2-7][\dA-F])/.test(value)) return false;
  if (!value.startsWith('/') || !URL.canParse(`http://h${value}`)) return false;
  const { pathname, search, hash } = new URL(`http://h${value}`);
  return pathname === value && search === '' && hash === '' && !/[?#]/.test(value);
}

function requestWith(
  values: ReadonlyMap<Subject, Value>,
  { entry: { served: _, ...entry } }: EntryPlace,
): HttpRequest {
  const textOf = (subject: Subject, otherwise: string): string => values.get(subject) ?? otherwise;
  const named = (kind: string): [string, string][] =>
    [...values].flatMap(([subject, value]): [string, string][] =>
      subject.startsWith(`${kind} `) && value !== null ? [[subject.slice(kind.length + 1), value]] : [],
    );
  const query = named('query').map(([name, value]) => `${name}=${value}`);
  return {
    ...entry,
    method: textOf('method', 'GET'),
    scheme: textOf('scheme', entry.scheme ?? 'http'),
    authority: textOf('authority', entry.authority),
    path: textOf('uri', '/') + (query.length === 0 ? '' : `?${query.join('&')}`),
    headers: Object.fromEntries(named('header')),
  };
}
