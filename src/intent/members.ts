/**
 * Headers that have several members in one value, as `cookie` and `baggage` do. Istio has no match on a member, so each
 * becomes a regex on the whole header that finds the member among others.
 *
 * @see https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPMatchRequest
 */
import { isToken, itemProblem, numberedLines, splitMatchLine, type MatchItem } from './match-line.ts';
import { confineToMember, type ValueBounds } from './member-regex.ts';
import { all, withPlace, bad, good, quote, type Parsed } from './parsed.ts';
import { literally, regexMatches, regexProblem } from './regex.ts';

/** How a header has its members. */
export interface MemberSyntax extends ValueBounds {
  /** In small letters. */
  readonly header: string;
  /** `cookies`, `baggage members`, for messages. */
  readonly plural: string;
  /** What is wrong with a value that is given to the letter or as a prefix; undefined: nothing. */
  readonly valueProblem: (value: string) => string | undefined;
  /** A regex of every way in which the header may have this text in a value. */
  readonly written: (text: string) => string;
  /** The text in a value, as most clients write it. */
  readonly encoded: (text: string) => string;
  /** A regex of the whole header with a member of this name and value, each a regex. */
  readonly within: (name: string, value: string) => string;
}

/** Members to match, one a line, each as a regex on the whole header. */
export function parseMembers(text: string, syntax: MemberSyntax): Parsed<readonly string[]> {
  const lines = numberedLines(text);
  const regexes = all(
    lines.map(({ line, number }) =>
      lines.length === 1 ? parseLine(line, syntax) : withPlace(`line ${number}`, parseLine(line, syntax)),
    ),
  );
  return regexes.ok ? good([...new Set(regexes.value)]) : regexes;
}

function parseLine(line: string, syntax: MemberSyntax): Parsed<string> {
  const items = splitMatchLine(line);
  if (!items.ok) return items;
  const [item] = items.value;
  if (item === undefined || items.value.length > 1) {
    return bad(
      `there is a comma: ${syntax.plural} go on a line each (a value with a comma in it goes in "quotes")`,
    );
  }
  // Unlike a header's, the name of a member is told apart by case, so it stays as it is.
  if (!isToken(item.name)) return bad(`${quote(item.name)} can't be the name of a ${syntax.noun}`);
  const problem = itemProblem(item);
  if (problem !== undefined) return bad(problem);
  const value = withPlace(item.name, valueRegex(item, syntax));
  if (!value.ok) return value;
  const regex = syntax.within(literally(item.name), value.value);
  const fault = regexProblem(regex);
  return fault === undefined
    ? good(regex)
    : bad(`${item.name}: as a match on the ${syntax.header} header, ${fault}`);
}

function valueRegex({ operator, value }: MatchItem, syntax: MemberSyntax): Parsed<string> {
  const anything = `[^${syntax.ends.join('')}]*`;
  const problem = operator === '=' || operator === '^=' ? syntax.valueProblem(value) : undefined;
  if (problem !== undefined) return bad(problem);
  switch (operator) {
    case 'present':
      return good(anything);
    case '=':
      return good(syntax.written(value));
    case '^=':
      return good(`${syntax.written(value)}${anything}`);
    case '~=': {
      const confined = confineToMember(value, syntax);
      return confined.ok ? good(`(?:${confined.value})`) : confined;
    }
  }
}

/** The name and the value of the first line, where it gives one to the letter. */
export function exactMember(words: string): { readonly name: string; readonly value: string } | undefined {
  const [first] = numberedLines(words);
  const items = first && splitMatchLine(first.line);
  const [item] = items?.ok === true ? items.value : [];
  return item?.operator === '=' ? { name: item.name, value: item.value } : undefined;
}

/**
 * A value of the header that has a member which was asked for.
 *
 * @param words the input, because a regex alone does not say what matches it
 * @param regex one that `parseMembers` made of them
 * @returns undefined where only a regex was given, or another line made the regex
 */
export function memberSample(words: string, regex: string, { encoded }: MemberSyntax): string | undefined {
  return numberedLines(words)
    .flatMap(({ line }) => {
      const items = splitMatchLine(line);
      return items.ok ? items.value : [];
    })
    .filter(({ operator }) => operator !== '~=')
    .map(({ name, operator, value }) => `${name}=${operator === 'present' ? '1' : encoded(value)}`)
    .find((sample) => regexMatches(regex, sample));
}
