/**
 * The annotations `istiops/baseline` and `istiops/history` in golden files, in words: their text has tests of its own,
 * and would be most of each file. The reader is the tests' own, so that a golden file shows what the text says, not
 * what the code under test makes of it.
 */
import { parse } from 'yaml';
import { canonicalJson, isObject, type JsonObject } from '../../src/base/json.ts';
import { objectsIn } from './cases.ts';

/** A scalar in quotes on one line, as YAML, a diff of YAML, or JSON has it: the key, the quote, and what is in it. */
const BASELINE = /(istiops\/baseline"?: )(?:'((?:[^'\n]|'')*)'|("(?:[^"\\\n]|\\.)*"))/g;

/** One that a summary has cut short. */
const CUT = /(istiops\/baseline: )'[^'\n]*… \([^)\n]* characters\)/g;

/** Lists of destinations, each as one text that is the same for the same list. */
export type KnownLists = ReadonlySet<string>;

/**
 * The lists of destinations that the VirtualServices of a YAML text have: what a baseline may remember of them. Also
 * those that their annotations remember already.
 */
export function listsIn(text: string): string[] {
  return objectsIn(text).flatMap(({ kind, metadata, spec }) => {
    if (kind !== 'VirtualService') return [];
    const remembered = groupsIn(metadata.annotations?.['istiops/baseline'] ?? '') ?? [];
    return [...listsUnder(spec), ...remembered.map(({ list }) => list)].map((list) => canonicalJson(list));
  });
}

/** Every list called `route`, wherever it is: a case may be about an object that is no VirtualService as Istio has it. */
function listsUnder(value: unknown): unknown[][] {
  if (Array.isArray(value)) return value.flatMap(listsUnder);
  if (!isObject(value)) return [];
  const { route } = value;
  return [...(Array.isArray(route) ? [route as unknown[]] : []), ...Object.values(value).flatMap(listsUnder)];
}

/**
 * The text with every baseline in words: `<baseline; asked api-10 20>` remembers a list that is in `known`, and a share of
 * 20 % that was asked for the subset `api-10` since. A list that is not in `known` is told, and so is what else the
 * baseline has. One that is not of the format stays as it is; one that is cut short has no words.
 */
export function baselineInBrief(text: string, known: KnownLists): string {
  return text
    .replaceAll(CUT, '$1<baseline, cut short>')
    .replaceAll(
      BASELINE,
      (whole: string, key: string, single: string | undefined, double: string | undefined) => {
        const stored: unknown = double === undefined ? single?.replaceAll("''", "'") : JSON.parse(double);
        const groups = groupsIn(String(stored));
        if (groups === undefined) return whole;
        const quote = double === undefined ? "'" : '"';
        return `${key}${quote}<${groups.map((group) => groupWords(group, known)).join(' | ')}>${quote}`;
      },
    );
}

/** The text with every history as a list of the changes that it knows, the newest first. */
export function historyInBrief(text: string): string {
  return text.replaceAll(/^( +istiops\/history: )(.*)$/gm, (line, key: string, value: string) => {
    const stored: unknown = JSON.parse(String(parse(value)));
    const changes = isObject(stored) && Array.isArray(stored['changes']) ? stored['changes'] : [];
    const brief = changes.filter(isObject).map(({ operation, subset, back }) => {
      const build = typeof subset === 'string' ? ` for ${subset}` : '';
      return `${back === true ? 'undo of ' : ''}${typeof operation === 'string' ? operation : ''}${build}`;
    });
    return brief.length === 0 ? line : `${key}<${brief.join('; ')}>`;
  });
}

interface Entry {
  readonly destination: JsonObject;
  readonly weight?: number;
}

/** What the annotation has for routes that share it. */
interface Group {
  readonly list: readonly Entry[];
  /** A share that was asked since: `part` of `whole`. */
  readonly asked: readonly {
    readonly destination: JsonObject;
    readonly part: number;
    readonly whole: number;
  }[];
  /** A pin to a stable subset, and whether the list is only a part of what it was. */
  readonly extras: JsonObject | null;
  readonly routes: number;
}

/** undefined: it is not of the format. */
function groupsIn(text: string): readonly Group[] | undefined {
  try {
    const stored = JSON.parse(text) as {
      readonly v: number;
      readonly destinations: readonly Entry[];
      readonly routes: readonly (readonly [
        list: readonly (readonly [entry: number, weight?: number])[],
        asked: readonly (readonly [entry: number, part: number, whole?: number])[],
        extras: JsonObject | null,
        fingerprint: string,
        identities: readonly string[],
      ])[];
    };
    if (stored.v !== 1) return undefined;
    const entry = (index: number): Entry => {
      const found = stored.destinations[index];
      if (found === undefined) throw new TypeError('No such destination.');
      return found;
    };
    return stored.routes.map(([list, asked, extras, _fingerprint, identities]) => ({
      list: list.map(([index, weight]) => ({ ...entry(index), ...(weight !== undefined && { weight }) })),
      asked: asked.map(([index, part, whole = 100]) => ({ ...entry(index), part, whole })),
      extras,
      routes: identities.length,
    }));
  } catch (thrown) {
    if (thrown instanceof SyntaxError || thrown instanceof TypeError) return undefined;
    throw thrown;
  }
}

function groupWords({ list, asked, extras, routes }: Group, known: KnownLists): string {
  const shares = asked.map(({ destination, part, whole }) => {
    const share = whole === 100 ? String(part) : `${part} of ${whole}`;
    return `${destinationWords(destination, list[0]?.destination)} ${share}`;
  });
  return [
    routes === 1 ? 'baseline' : `baseline of ${routes} routes`,
    ...(known.has(canonicalJson(list)) ? [] : [`list ${flat(list)}`]),
    ...(shares.length === 0 ? [] : [`asked ${shares.join(', ')}`]),
    ...extrasWords(extras ?? {}, list[0]?.destination),
  ].join('; ');
}

function extrasWords({ host, subset, leaving, ...rest }: JsonObject, usual: JsonObject = {}): string[] {
  const isUsual = host === usual['host'] && typeof subset === 'string';
  return [
    ...(host === undefined ? [] : [`pinned to ${isUsual ? subset : flat({ host, subset })}`]),
    ...(leaving === undefined ? [] : [`until no pod of ${flat(leaving)} is left`]),
    ...(Object.keys(rest).length === 0 ? [] : [flat(rest)]),
  ];
}

/** The subset alone where everything else is as in `usual`. */
function destinationWords({ subset, ...rest }: JsonObject, usual: JsonObject = {}): string {
  const { subset: _, ...others } = usual;
  const isUsual = canonicalJson(rest) === canonicalJson(others);
  return isUsual && typeof subset === 'string' ? subset : flat({ ...rest, subset });
}

/** Without quotes, which the scalar around would have to escape. */
function flat(value: unknown): string {
  return JSON.stringify(value).replaceAll('"', '');
}
