import type { Fault } from './faults.ts';
import { INPUTS } from './inputs.ts';
import { labelValueProblem } from './label-rules.ts';
import { MATCH_INPUTS } from './read-alternatives.ts';
import { quote } from './parsed.ts';
import type { Words } from './types.ts';

export interface Expansion {
  readonly words: Words;
  readonly warnings: readonly string[];
  readonly faults: readonly Fault[];
}

const DESTINATION = { name: 'destination', accepted: 'host:port, or the host alone', example: 'api:8080' };
const BUILD = { name: 'build', accepted: 'the value of the label build of the pods', example: '10' };

/**
 * `istiops traffic shift`, the alias of headers and weight from the Go istiops' later life, as the words of the
 * operation that it stands for.
 *
 * `--destination host:port` is `hostname` and `port`. `--build 10` is the pods' label `build=10`, alone or added to
 * `pod-selector`; where that has a `build` already it stays, since the Go istiops took the subset's labels from
 * there and the number for a name only. Of `headers` (or `cookies`, `baggage`) and `weight` exactly one says which operation
 * is meant.
 *
 * @example expandShift({ destination: 'api:5000', build: '10', weight: '20' }).words
 * // { operation: 'weight', hostname: 'api', port: '5000', 'pod-selector': 'build=10', weight: '20' }
 */
export function expandShift(given: Words): Expansion {
  const { destination, build, ...rest } = given;
  const byHeaders = MATCH_INPUTS.some(({ name }) => isSaid(rest[name]));
  const byWeight = isSaid(rest['weight']);
  const service = expandDestination(destination?.trim(), rest);
  const pods = expandBuild(build?.trim(), rest['pod-selector']);
  const words = { ...rest, operation: byHeaders ? 'headers' : 'weight', ...service.words, ...pods.words };
  const which = byHeaders === byWeight ? [whichFault(byHeaders, rest)] : [];
  return {
    words,
    warnings: [...service.warnings, ...pods.warnings],
    faults: [...which, ...service.faults, ...pods.faults],
  };
}

function isSaid(text: string | undefined): text is string {
  return text !== undefined && text.trim() !== '';
}

function whichFault(both: boolean, words: Words): Fault {
  const blank = both ? [] : MATCH_INPUTS.filter(({ name }) => words[name] !== undefined);
  const given = both
    ? 'given, and so are --headers, --cookies or --baggage'
    : 'not given, and neither are --headers, --cookies nor --baggage';
  const { name } = INPUTS.weight;
  return {
    name,
    given: both || words[name] === undefined ? given : null,
    problems: [
      'shift is either by weight or by headers',
      ...blank.map((one) => `--${one.name} is empty (an unset variable?)`),
    ],
    accepted: 'one of --weight and --headers (or --cookies, --baggage)',
    example: '--weight 20',
  };
}

/**
 * What is wrong with the host or the port of `--destination`, by the name that was typed.
 *
 * @param destination undefined: these were typed by themselves
 */
export function faultsAsTyped(faults: readonly Fault[], destination: string | undefined): readonly Fault[] {
  if (!isSaid(destination)) return faults;
  const isPart = ({ name }: Fault): boolean => name === INPUTS.hostname.name || name === INPUTS.port.name;
  const problems = faults.filter(isPart).flatMap((fault) => fault.problems);
  if (problems.length === 0) return faults;
  return [
    { ...DESTINATION, given: quote(destination.trim()), problems },
    ...faults.filter((fault) => !isPart(fault)),
  ];
}

function expandDestination(destination: string | undefined, { hostname, port }: Words): Expansion {
  if (destination === undefined) return { words: {}, warnings: [], faults: [] };
  if (destination === '') {
    const warning = '--destination is empty (an unset variable?) and counts as not given.';
    return { words: {}, warnings: [warning], faults: [] };
  }
  if (isSaid(hostname) || isSaid(port)) {
    const problem = "it can't go together with `hostname` and `port`, which say the same";
    return refused(DESTINATION, destination, problem);
  }
  const parts = /^(.*):([^:/]*)$/.exec(destination);
  if (parts === null) return { words: { hostname: destination }, warnings: [], faults: [] };
  const [, host = '', number = ''] = parts;
  if (host.trim() === '' || number.trim() === '') {
    const problem =
      host.trim() === '' ? 'there is no host before the colon' : 'there is no port after the colon';
    return refused(DESTINATION, destination, problem);
  }
  return { words: { hostname: host, port: number }, warnings: [], faults: [] };
}

function expandBuild(build: string | undefined, podSelector: string | undefined): Expansion {
  if (build === undefined) return { words: {}, warnings: [], faults: [] };
  // Without it, the pods of every build would be chosen.
  const problem = build === '' ? 'it names no build' : labelValueProblem(build);
  if (problem !== undefined) {
    // With a selector all the same, so that a missing one isn't reported as well.
    const words = isSaid(podSelector) ? {} : { 'pod-selector': 'build=0' };
    return refused(BUILD, build, problem, words);
  }
  const label = `build=${build}`;
  if (!isSaid(podSelector)) return { words: { 'pod-selector': label }, warnings: [], faults: [] };
  const own = /(?:^|[,\n])\s*build\s*(?:==|=|:)\s*([^,\s]*)/.exec(podSelector)?.[1];
  if (own === undefined)
    return { words: { 'pod-selector': `${podSelector},${label}` }, warnings: [], faults: [] };
  const warning = `build is ${build}, but \`pod-selector\` has build=${own}: the pods of \`pod-selector\` count.`;
  return { words: {}, warnings: own === build ? [] : [warning], faults: [] };
}

/** @param words that are of use all the same */
function refused(
  input: Pick<Fault, 'name' | 'accepted' | 'example'>,
  given: string,
  problem: string,
  words: Words = {},
): Expansion {
  const shown = given === '' ? null : quote(given);
  return { words, warnings: [], faults: [{ ...input, given: shown, problems: [problem] }] };
}
