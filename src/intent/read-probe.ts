import type { StringMatch } from '../istio/types.ts';
import { BAGGAGE_SYNTAX } from './baggage.ts';
import { COOKIE_SYNTAX } from './cookies.ts';
import { INPUTS } from './inputs.ts';
import { memberSample, type MemberSyntax } from './members.ts';
import { all, bad, good, quote, type Parsed } from './parsed.ts';
import type { Probe } from './probe.ts';
import type { Reader } from './reader.ts';
import { regexMatches } from './regex.ts';
import type { HeaderMatch } from './types.ts';
import { ownValue } from '../base/json.ts';

/**
 * What is to be asked after the change; undefined where nothing is, or something about it is at fault.
 *
 * @param alternatives what a request must match to get the build; undefined: any request may get it
 */
export function readProbe(
  reader: Reader,
  alternatives: readonly HeaderMatch[] | undefined,
): Probe | undefined {
  const url = reader.read(INPUTS.probeUrl);
  const given = reader.read(INPUTS.probeHeaders) ?? {};
  const expect = reader.read(INPUTS.probeExpect) ?? [];
  const count = reader.read(INPUTS.probeCount);
  const timeout = reader.read(INPUTS.probeTimeout);
  if (url === undefined) {
    complainOfMissingUrl(reader);
    return undefined;
  }
  if (timeout === 0) reader.fault(INPUTS.probeTimeout, 'there is no time to ask in');
  const members = [
    { syntax: COOKIE_SYNTAX, words: reader.text(INPUTS.cookies) ?? '' },
    { syntax: BAGGAGE_SYNTAX, words: reader.text(INPUTS.baggage) ?? '' },
  ];
  const preview = alternatives === undefined ? good({}) : previewHeaders(alternatives, members, given);
  if (!preview.ok) {
    for (const problem of preview.problems) reader.fault(INPUTS.probeHeaders, problem);
    return undefined;
  }
  if (count === undefined || timeout === undefined) return undefined;
  return {
    url,
    headers: { ...preview.value, ...given },
    // Which of several virtual hosts is asked is no secret, and as a mask it would blank out half of the log.
    secretHeaders: Object.keys(given).filter((name) => name !== 'host'),
    expect,
    count,
    timeout,
  };
}

/** An empty variable in place of the address would leave the change unprobed, and nobody would know. */
function complainOfMissingUrl(reader: Reader): void {
  const about = [INPUTS.probeHeaders, INPUTS.probeExpect, INPUTS.probeCount, INPUTS.probeTimeout].filter(
    (input) => {
      const text = reader.text(input);
      return text !== undefined && text.trim() !== input.default;
    },
  );
  if (reader.isUsed(INPUTS.probeUrl) && about.length > 0 && reader.text(INPUTS.probeUrl) === undefined)
    reader.fault(
      INPUTS.probeUrl,
      `${about.map(({ name }) => `\`${name}\``).join(' and ')} can't do without it`,
    );
}

/** An input whose alternatives are regexes on one header. */
interface MemberWords {
  readonly syntax: MemberSyntax;
  readonly words: string;
}

/**
 * Headers that make a request one of the preview's: a value for each header of the first alternative that one can be
 * told for, unless it is among those given, which must meet it then.
 *
 * @param members the inputs' words: a regex alone doesn't say what meets it
 */
export function previewHeaders(
  alternatives: readonly HeaderMatch[],
  members: readonly MemberWords[],
  given: Readonly<Record<string, string>>,
): Parsed<Readonly<Record<string, string>>> {
  const tried = alternatives.map((alternative) => completed(alternative, members, given));
  const problems = tried.flatMap((one) => (one.ok ? [] : one.problems));
  return tried.find(({ ok }) => ok) ?? bad(...new Set(problems));
}

function completed(
  alternative: HeaderMatch,
  members: readonly MemberWords[],
  given: Readonly<Record<string, string>>,
): Parsed<Readonly<Record<string, string>>> {
  const values = all(
    Object.entries(alternative).map(([name, match]): Parsed<readonly [string, string]> => {
      const value = ownValue(given, name);
      if (value !== undefined)
        return meetsMatch(value, match)
          ? good([name, value])
          : bad(`its ${quote(name)} is not what the preview matches: the probe would not reach the build`);
      const member = members.find(({ syntax }) => syntax.header === name);
      const { regex } = match;
      const sample =
        member === undefined || regex === undefined
          ? sampleOf(match)
          : memberSample(member.words, regex, member.syntax);
      return sample === undefined
        ? bad(
            `a value of ${quote(name)} that meets its regex is needed: without it the probe would not reach the build`,
          )
        : good([name, sample]);
    }),
  );
  return values.ok ? good(Object.fromEntries(values.value)) : values;
}

function meetsMatch(value: string, match: StringMatch): boolean {
  if (match.exact !== undefined) return value === match.exact;
  if (match.prefix !== undefined) return value.startsWith(match.prefix);
  return match.regex === undefined || regexMatches(match.regex, value);
}

function sampleOf(match: StringMatch): string | undefined {
  if (match.regex !== undefined) return undefined;
  return match.exact ?? match.prefix ?? '1';
}
