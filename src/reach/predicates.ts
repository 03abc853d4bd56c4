/** A match block as a list of predicates, each about one text of a request, so that any one can be taken alone. */
import { isObject } from '../base/json.ts';
import type { Match, StringMatch } from '../istio/types.ts';
import { patternOf, type Pattern } from './patterns.ts';

/** The texts of a request that a block may ask about; headers and query parameters by their name. */
export type Subject = 'uri' | 'scheme' | 'method' | 'authority' | `header ${string}` | `query ${string}`;

export interface Predicate {
  readonly subject: Subject;
  readonly pattern: Pattern;
  /** The text is absent or doesn't fit. */
  readonly negated: boolean;
  /** Of `withoutHeaders`: an absent header counts as an empty one, since Istio 1.22. */
  readonly emptyWhenAbsent?: boolean;
}

/** What is asked of a request: all of the predicates. */
export interface RequestConstraint {
  readonly predicates: readonly Predicate[];
  /** Fields that no request by itself decides: claims of a token, fields we don't know. */
  readonly undecidable: readonly string[];
}

const UNCOMPARED_FIELDS = new Set([
  'name',
  'statPrefix',
  'ignoreUriCase',
  'port',
  'gateways',
  'sourceLabels',
  'sourceNamespace',
]);

/**
 * The block's predicates. Those about the port, the gateway and the pod that calls are left out: a list of routes is
 * made for one such way in, and only blocks that are met by it are in the list.
 */
export function wishOf(block: Match): RequestConstraint {
  const predicates: Predicate[] = [];
  const undecidable: string[] = [];
  const ask = (subject: Subject, pattern: Pattern, negated = false): void => {
    predicates.push({ subject, pattern, negated });
  };
  const askHeader = (name: string, match: StringMatch, negated: boolean): void => {
    const subject = headerSubject(name);
    if (subject === undefined) undecidable.push(`header ${name}`);
    else
      predicates.push({
        subject,
        pattern: patternOf(match),
        negated,
        ...(negated && { emptyWhenAbsent: true }),
      });
  };
  for (const [field, value] of Object.entries(block)) {
    if (UNCOMPARED_FIELDS.has(field) || value === undefined || value === null) continue;
    switch (field) {
      case 'uri':
        if (block.uri !== undefined) askText('uri', block.uri, block.ignoreUriCase === true, ask);
        break;
      case 'scheme':
      case 'method':
      case 'authority': {
        const match = block[field];
        if (match !== undefined) askText(field, match, false, ask);
        break;
      }
      case 'headers':
        for (const [name, match] of Object.entries(block.headers ?? {})) askHeader(name, match, false);
        break;
      case 'withoutHeaders':
        for (const [name, match] of Object.entries(block.withoutHeaders ?? {})) askHeader(name, match, true);
        break;
      case 'queryParams':
        for (const [name, match] of Object.entries(block.queryParams ?? {}))
          ask(`query ${name}`, patternOf(match));
        break;
      default:
        if (!isEmpty(value)) undecidable.push(field);
    }
  }
  return { predicates, undecidable };
}

/**
 * Some headers are other names for what a request has anyway; the last ones the proxy sets, or they are claims of a
 * token, so that no request decides them.
 */
export function headerSubject(name: string): Subject | undefined {
  const lower = name.toLowerCase();
  switch (lower) {
    case 'host':
    case ':authority':
      return 'authority';
    case ':method':
      return 'method';
    case ':scheme':
    case 'x-forwarded-proto':
      return 'scheme';
    case ':path':
    case 'x-request-id':
    case 'x-forwarded-for':
    // Part of how a message is sent: a made-up value is refused, or taken away, before any route is looked for.
    case 'content-length':
    case 'transfer-encoding':
    case 'connection':
    case 'keep-alive':
    case 'upgrade':
    case 'te':
    case 'trailer':
    case 'expect':
      return undefined;
    default:
      return lower.startsWith('@') ? undefined : `header ${lower}`;
  }
}

/** `uri: {}` requires nothing; `{}` for a header, where it means that there is one, doesn't come here. */
function askText(
  subject: Subject,
  match: Parameters<typeof patternOf>[0],
  ignoreCase: boolean,
  ask: (subject: Subject, pattern: Pattern) => void,
): void {
  const pattern = patternOf(match, ignoreCase);
  if (pattern.kind !== 'present') ask(subject, pattern);
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}

/** All that both ask. */
export function both(a: RequestConstraint, b: RequestConstraint): RequestConstraint {
  return {
    predicates: [...a.predicates, ...b.predicates],
    undecidable: [...a.undecidable, ...b.undecidable],
  };
}

/** Is it one of the constraint's own predicates, so that no request of the constraint lacks it? */
export function isOwn({ predicates }: RequestConstraint, { subject, pattern }: Predicate): boolean {
  return predicates.some(
    (own) => !own.negated && own.subject === subject && isSamePattern(own.pattern, pattern),
  );
}

function isSamePattern(a: Pattern, b: Pattern): boolean {
  if (a.kind === 'present' || b.kind === 'present') return a.kind === b.kind;
  return a.kind === b.kind && a.value === b.value && ignoresCase(a) === ignoresCase(b);
}

function ignoresCase(pattern: Pattern): boolean {
  return 'ignoreCase' in pattern && pattern.ignoreCase;
}

export function not(predicate: Predicate): Predicate {
  return { ...predicate, negated: !predicate.negated };
}
