/** From what is asked of a request to a request. */
import type { HttpRequest } from '../istio/requests/request.ts';
import { examplesOf, excludeEachOther, fits, patternCovers, type Pattern } from './patterns.ts';
import type { Predicate, Subject, Wish } from './predicates.ts';

/** Where requests of a VirtualService come from when its blocks don't say. */
export interface Home {
  /** Hosts as a request may say them: without `*`. */
  readonly hosts: readonly string[];
  /** `mesh`, `namespace/name`. */
  readonly gateways: readonly string[];
}

/** `never`: certainly no request meets the wish; `unknown`: none was found. */
export type Solution =
  | { readonly state: 'found'; readonly request: HttpRequest }
  | { readonly state: 'never' }
  | { readonly state: 'unknown' };

/** A text; null: it is absent. */
type Value = string | null;

/** What a header, a parameter or a label says when it only mustn't be something. */
const OTHERS = ['other', 'any', '1'];

/**
 * A request that meets all predicates of a wish and says as little else as possible, so that it meets few other
 * blocks by chance. The same wish gives the same request.
 */
export function requestFor({ predicates, undecidable }: Wish, home: Home): Solution {
  const bySubject = new Map<Subject, Predicate[]>();
  for (const predicate of predicates) {
    const known = bySubject.get(predicate.subject);
    if (known === undefined) bySubject.set(predicate.subject, [predicate]);
    else known.push(predicate);
  }
  const values = new Map<Subject, Value>();
  let isUnknown = undecidable.length > 0;
  for (const [subject, asked] of bySubject) {
    const found = valueFor(subject, asked, home);
    if (found === 'never') return { state: 'never' };
    if (found === 'unknown') isUnknown = true;
    else values.set(subject, found.value);
  }
  if (isUnknown) return { state: 'unknown' };
  return { state: 'found', request: requestWith(values, home) };
}

function valueFor(
  subject: Subject,
  asked: readonly Predicate[],
  home: Home,
): { readonly value: Value } | 'never' | 'unknown' {
  const wanted = asked.filter(({ negated }) => !negated).map(({ pattern }) => pattern);
  const unwanted = asked.filter(({ negated }) => negated);
  for (const [i, one] of wanted.entries()) {
    if (wanted.slice(i + 1).some((other) => excludeEachOther(one, other))) return 'never';
    if (unwanted.some(({ pattern }) => patternCovers(pattern, one))) return 'never';
  }
  const isGood = (value: Value): boolean => asked.every((predicate) => holds(predicate, value));
  const candidates = candidatesFor(subject, wanted, unwanted, home);
  const value = candidates.values.find(isGood);
  if (value !== undefined) return { value };
  return candidates.areAll ? 'never' : 'unknown';
}

/** Does a request whose text is `value` meet a predicate about it? */
export function holds({ pattern, negated, emptyWhenAbsent }: Predicate, value: Value): boolean {
  const text = value ?? (emptyWhenAbsent === true && pattern.kind !== 'present' ? '' : null);
  return (text !== null && fits(pattern, text)) !== negated;
}

interface Candidates {
  readonly values: readonly Value[];
  /** No other value can do. */
  readonly areAll: boolean;
}

function candidatesFor(
  subject: Subject,
  wanted: readonly Pattern[],
  unwanted: readonly Predicate[],
  home: Home,
): Candidates {
  if (subject === 'gateway') return { values: home.gateways, areAll: true };
  const exact = wanted.find(({ kind }) => kind === 'exact' || kind === 'oneOf');
  if (exact !== undefined) {
    const isOne = exact.kind !== 'exact' || exact.ignoreCase !== true;
    const values = examplesOf(exact).filter(isPossible(subject));
    return { values, areAll: isOne && values.length > 0 };
  }
  const texts = wanted.flatMap(examplesOf);
  // A regex may leave the slash that every path begins with to `.`.
  // What a server or a proxy would refuse as malformed is no example of what a route takes.
  if (subject === 'method' || subject === 'scheme' || subject === 'authority') {
    const usual = defaultsFor(subject, home);
    const ports = subject === 'authority' ? home.hosts.map((host) => `${host}:80`) : [];
    return {
      values: [...usual, ...ports, ...(subject === 'authority' ? texts : [])].filter(isPossible(subject)),
      areAll: false,
    };
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
  const free = wanted.length > 0 ? [] : defaultsFor(subject, home);
  return {
    values: [...free, ...own, ...joined, ...(wanted.length > 0 ? [] : beside)].filter(isPossible(subject)),
    areAll: false,
  };
}

/** Envoy answers 400 to another one, `get` in small letters too, before it looks for a route. */
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'];

function defaultsFor(subject: Subject, home: Home): readonly Value[] {
  switch (subject) {
    case 'uri':
      return ['/', '/other', '/any', '/x/y'];
    case 'scheme':
      return ['http', 'https'];
    case 'method':
      return METHODS;
    case 'authority':
      return [...home.hosts, 'other.example.com'];
    case 'port':
      return ['80', '8080', '443'];
    case 'namespace':
      return [null, ...OTHERS];
    case 'gateway':
      return home.gateways;
    default:
      return [null, ...OTHERS];
  }
}

/** What HTTP lets a client say. */
function isPossible(subject: Subject): (value: Value) => boolean {
  if (subject === 'uri') return (value) => value !== null && isPath(value);
  if (subject.startsWith('header '))
    return (value) => value === null || (/^[\t -~\u0080-\u00ff]*$/.test(value) && value.trim() === value);
  if (subject.startsWith('query ')) return (value) => value === null || /^[\w.~!$'()*,;:@/-]*$/.test(value);
  if (subject === 'method') return (value) => value !== null && METHODS.includes(value);
  if (subject === 'authority') return (value) => value !== null && /^[!-~]+$/.test(value);
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

function requestWith(values: ReadonlyMap<Subject, Value>, home: Home): HttpRequest {
  const textOf = (subject: Subject, otherwise: string): string => values.get(subject) ?? otherwise;
  const named = (kind: string): [string, string][] =>
    [...values].flatMap(([subject, value]): [string, string][] =>
      subject.startsWith(`${kind} `) && value !== null ? [[subject.slice(kind.length + 1), value]] : [],
    );
  const query = named('query').map(([name, value]) => `${name}=${value}`);
  const labels = named('label');
  const namespace = values.get('namespace');
  // Only a client in the mesh has labels and a namespace that a block may ask for.
  const isMesh = home.gateways.includes('mesh') && (labels.length > 0 || typeof namespace === 'string');
  const [gateway = 'mesh'] = isMesh ? ['mesh'] : home.gateways;
  return {
    method: textOf('method', 'GET'),
    scheme: textOf('scheme', 'http'),
    authority: textOf('authority', home.hosts[0] ?? 'example.com'),
    path: textOf('uri', '/') + (query.length === 0 ? '' : `?${query.join('&')}`),
    headers: Object.fromEntries(named('header')),
    gateway: textOf('gateway', gateway),
    port: Number(textOf('port', '80')),
    sourceLabels: Object.fromEntries(labels),
    ...(typeof namespace === 'string' && { sourceNamespace: namespace }),
  };
}
