import type { Fault } from './faults.ts';
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
  const { destination, build, ...rest } = Object.fromEntries(
    Object.entries(given).filter(([, text]) => text !== undefined && text.trim() !== ''),
  );
  const byHeaders = MATCH_INPUTS.some(({ name }) => rest[name] !== undefined);
  const byWeight = rest['weight'] !== undefined;
  const service = expandDestination(destination?.trim(), rest);
  const pods = expandBuild(build?.trim(), rest['pod-selector']);
  const words = { ...rest, operation: byHeaders ? 'headers' : 'weight', ...service.words, ...pods.words };
  return {
    words,
    warnings: pods.warnings,
    faults: [...(byHeaders === byWeight ? [whichFault(byHeaders)] : []), ...service.faults, ...pods.faults],
  };
}

function whichFault(both: boolean): Fault {
  return {
    name: 'weight',
    given: both
      ? 'given, and so are --headers, --cookies or --baggage'
      : 'not given, and neither are --headers, --cookies nor --baggage',
    problems: ['shift is either by weight or by headers'],
    accepted: 'one of --weight and --headers (or --cookies, --baggage)',
    example: '--weight 20',
  };
}

function expandDestination(destination: string | undefined, { hostname, port }: Words): Expansion {
  if (destination === undefined) return { words: {}, warnings: [], faults: [] };
  if (hostname !== undefined || port !== undefined) {
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
  const problem = labelValueProblem(build);
  if (problem !== undefined) {
    // With a selector all the same, so that a missing one isn't reported as well.
    const words = podSelector === undefined ? { 'pod-selector': 'build=0' } : {};
    return refused(BUILD, build, problem, words);
  }
  const label = `build=${build}`;
  if (podSelector === undefined) return { words: { 'pod-selector': label }, warnings: [], faults: [] };
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
  return { words, warnings: [], faults: [{ ...input, given: quote(given), problems: [problem] }] };
}
