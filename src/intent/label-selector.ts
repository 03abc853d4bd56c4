/**
 * Label selectors, token by token as k8s.io/apimachinery `labels.Parse` reads them, so that what we choose in
 * manifests is what a cluster would choose.
 *
 * @see https://github.com/kubernetes/apimachinery/blob/master/pkg/labels/selector.go
 */
import { toInt64, type Requirement, type LabelSelector } from '../istio/labels.ts';
import { labelKeyProblem, labelValueProblem } from './label-rules.ts';
import { bad, good, quote, type Parsed } from './parsed.ts';

/**
 * @example parseLabelSelector('app=api,tier in (web,edge),!legacy')
 */
export function parseLabelSelector(given: string): Parsed<LabelSelector> {
  const text = given.trim();
  const tokens = text.match(/==|!=|[=!(),<>]|[^=!(),<> \t\r\n]+/g) ?? [];
  const parser: Parser = { tokens, at: 0 };
  try {
    return good({ text, requirements: parseRequirements(parser) });
  } catch (thrown) {
    if (thrown instanceof SyntaxProblem) return bad(thrown.message);
    throw thrown;
  }
}

/** Only to leave the recursion below; never leaves this file. */
class SyntaxProblem extends Error {}

interface Parser {
  readonly tokens: readonly string[];
  at: number;
}

const SYMBOLS = new Set(['==', '!=', '=', '!', '(', ')', ',', '<', '>']);

function peek(parser: Parser): string | undefined {
  return parser.tokens[parser.at];
}

function take(parser: Parser): string | undefined {
  return parser.tokens[parser.at++];
}

function isWord(token: string | undefined): token is string {
  return token !== undefined && !SYMBOLS.has(token);
}

function fail(found: string | undefined, expected: string): never {
  throw new SyntaxProblem(
    `${found === undefined ? 'it ends' : `there is ${quote(found)}`} where ${expected} is expected`,
  );
}

function parseRequirements(parser: Parser): readonly Requirement[] {
  const requirements = [parseRequirement(parser)];
  while (peek(parser) !== undefined) {
    const found = take(parser);
    if (found !== ',') fail(found, 'a comma');
    requirements.push(parseRequirement(parser));
  }
  return requirements;
}

function parseRequirement(parser: Parser): Requirement {
  const absent = peek(parser) === '!';
  if (absent) take(parser);
  // `in` and `notin` are keys here: only after a key they are operators.
  const key = take(parser);
  if (!isWord(key)) fail(key, 'a label key');
  const problem = labelKeyProblem(key);
  if (problem !== undefined) {
    const colon = /^([^:]+):(.*)$/.exec(key);
    throw new SyntaxProblem(
      colon ? `${problem}; write ${quote(`${colon[1] ?? ''}=${colon[2] ?? ''}`)}` : problem,
    );
  }
  if (absent) return { key, operator: 'absent', values: [] };
  const next = peek(parser);
  if (next === undefined || next === ',') return { key, operator: 'exists', values: [] };
  take(parser);
  switch (next) {
    case '=':
    case '==':
      return { key, operator: 'in', values: [parseValue(parser)] };
    case '!=':
      return { key, operator: 'notin', values: [parseValue(parser)] };
    case '>':
    case '<':
      return { key, operator: next === '>' ? 'gt' : 'lt', values: [parseNumber(parser, key, next)] };
    case 'in':
    case 'notin':
      return { key, operator: next, values: parseSet(parser) };
    default:
      return fail(next, `a comma, =, ==, !=, in, notin, < or > after ${quote(key)}`);
  }
}

/** `x=` is a selector for the empty value, not a mistake. */
function parseValue(parser: Parser): string {
  const next = peek(parser);
  if (next === undefined || next === ',') return '';
  take(parser);
  if (!isWord(next)) fail(next, 'a value');
  return checkValue(next);
}

function checkValue(value: string): string {
  const problem = labelValueProblem(value);
  if (problem !== undefined) throw new SyntaxProblem(problem);
  return value;
}

function parseNumber(parser: Parser, key: string, operator: string): string {
  const value = parseValue(parser);
  if (toInt64(value) === undefined) {
    throw new SyntaxProblem(`${quote(`${key}${operator}${value}`)} compares with no whole number`);
  }
  return value;
}

/** `(a,b)`; an empty place, as in `()` and `(a,,b)`, is the empty value. */
function parseSet(parser: Parser): readonly string[] {
  const open = take(parser);
  if (open !== '(') fail(open, '(');
  const values = new Set<string>();
  for (;;) {
    const next = peek(parser);
    if (isWord(next)) {
      values.add(checkValue(next));
      take(parser);
    } else {
      values.add('');
    }
    const after = take(parser);
    if (after === ')') return [...values];
    if (after !== ',') fail(after, 'a comma or )');
  }
}
