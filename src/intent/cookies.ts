import { confineToCookie } from './cookie-regex.ts';
import { isToken, itemProblem, numberedLines, splitMatchLine, type MatchItem } from './match-line.ts';
import { all, at, bad, good, quote, type Parsed } from './parsed.ts';
import { literally, regexProblem } from './regex.ts';

/**
 * Cookies to match, one a line, each as a regex on the whole `cookie` header that finds it among others, since
 * Istio has no match on a cookie of its own.
 *
 * @example parseCookies('canary=always') // ['^(?:.*; *)?canary=always *(?:;.*)?$']
 * @see https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPMatchRequest
 */
export function parseCookies(text: string): Parsed<readonly string[]> {
  const lines = numberedLines(text);
  const regexes = all(
    lines.map(({ line, number }) =>
      lines.length === 1 ? parseLine(line) : at(`line ${number}`, parseLine(line)),
    ),
  );
  return regexes.ok ? good([...new Set(regexes.value)]) : regexes;
}

function parseLine(line: string): Parsed<string> {
  const items = splitMatchLine(line);
  if (!items.ok) return items;
  const [item] = items.value;
  if (item === undefined || items.value.length > 1) {
    return bad('there is a comma: cookies go on a line each (a value with a comma in it goes in "quotes")');
  }
  // Unlike a header's, a cookie's name is told apart by case (RFC 6265), so it stays as it is.
  if (!isToken(item.name)) return bad(`${quote(item.name)} can't be the name of a cookie`);
  const problem = itemProblem(item);
  if (problem !== undefined) return bad(problem);
  const value = at(item.name, valueRegex(item));
  if (!value.ok) return value;
  // In front only a `;` may stand, else `xcanary=always` would do for `canary=always`.
  const regex = `^(?:.*; *)?${literally(item.name)}=${value.value} *(?:;.*)?$`;
  const fault = regexProblem(regex);
  return fault === undefined ? good(regex) : bad(`${item.name}: as a match on the cookie header, ${fault}`);
}

function valueRegex({ operator, value }: MatchItem): Parsed<string> {
  if (operator !== '~=' && value.includes(';')) return bad('the value of a cookie has no ";" in it');
  switch (operator) {
    case 'present':
      return good('[^;]*');
    case '=':
      return good(literally(value));
    case '^=':
      return good(`${literally(value)}[^;]*`);
    case '~=': {
      const confined = confineToCookie(value);
      return confined.ok ? good(`(?:${confined.value})`) : confined;
    }
  }
}

/**
 * Of a regex that `parseCookies` made, the cookie that it finds: only its middle says anything to a person.
 *
 * @example cookieIn('^(?:.*; *)?canary=always *(?:;.*)?$') // 'canary=always'
 */
export function cookieIn(regex: string): string | undefined {
  return /^\^\(\?:\.\*; \*\)\?(.+) \*\(\?:;\.\*\)\?\$$/.exec(regex)?.[1];
}
