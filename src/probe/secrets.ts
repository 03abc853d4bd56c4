import { numberedLines } from '../intent/match-line.ts';
import { parseProbeHeaders } from '../intent/probe.ts';
import { formsOf, type Secret } from '../net/secrets.ts';

/**
 * Every text in the input probe-headers that nobody is to see, in all its forms. Never throws: of lines that can't be
 * parsed, all behind the name is taken.
 *
 * @param inTheClear the inputs `headers`, `cookies` and `baggage`: a value that they have is no secret, and taken out of a report
 * it would make the routes' matches unreadable
 * @example probeSecrets('authorization: Bearer s3cret') // 'Bearer s3cret', 's3cret', …
 */
export function probeSecrets(text: string, ...inTheClear: readonly string[]): Secret[] {
  return numberedLines(text).flatMap(({ line }) => {
    const parsed = parseProbeHeaders(line);
    if (!parsed.ok) return valueSecrets(line.replace(/^[^:=]*[:=]/, ''));
    return Object.entries(parsed.value).flatMap(([name, value]) =>
      name === 'host' || inTheClear.some((clear) => clear.includes(value)) ? [] : valueSecrets(value),
    );
  });
}

/** The value whole; what follows the scheme of an `authorization`; the values of cookies. */
export function valueSecrets(value: string): Secret[] {
  const text = value.trim();
  const credential = /^[A-Za-z][\w-]* +(\S+)$/.exec(text)?.[1];
  const cookies = [...text.matchAll(/(?:^|;) *[^=; ]+=([^;]*)/g)].map(([, cookie = '']) => cookie.trim());
  return [text, ...(credential === undefined ? [] : [credential]), ...cookies].flatMap(formsOf);
}
