import picocolors from 'picocolors';
import type { Finding, Severity } from '../base/findings.ts';
import { count } from '../base/text.ts';
import type { Diagnosis, Istiod, Right } from './types.ts';

const MARKS: Readonly<Record<Severity, string>> = { error: '✖', warning: '!', notice: 'i' };

/** For a person at a terminal: what there is, a line each, then what to mend, and the verdict. */
export function doctorText(diagnosis: Diagnosis, { colour }: { readonly colour: boolean }): string {
  const colours = picocolors.createColors(colour);
  const paint = { error: colours.red, warning: colours.yellow, notice: colours.cyan };
  const facts = factsOf(diagnosis);
  const width = Math.max(...facts.map(([name]) => name.length));
  const lines = facts.map(([name, value]) => `${colours.bold(name.padEnd(width))}  ${value}`);
  const findings = diagnosis.findings.map(
    (one) => `${paint[one.severity](MARKS[one.severity])} ${findingLine(one)}`,
  );
  return `${[lines.join('\n'), ...findings, diagnosisLine(diagnosis)].join('\n\n')}\n`;
}

function findingLine({ object, message }: Finding): string {
  return object === null ? message : `${object}: ${message}`;
}

/** Names and values, in the order in which one depends on the other. */
function factsOf(diagnosis: Diagnosis): readonly (readonly [string, string])[] {
  const { place, access, identity, rights, istiod, namespace, virtualServices, destinationRules, proxies } =
    diagnosis;
  if (place === null) return [['Cluster', 'none found']];
  if (access === null) {
    return [
      ['Files', place],
      ['Namespace', namespace ?? 'unknown'],
      ['Objects', objectCounts(virtualServices, destinationRules)],
    ];
  }
  const groups = identity === null || identity.groups.length === 0 ? '' : ` (${identity.groups.join(', ')})`;
  return [
    ...(access.source === 'keyless'
      ? ([['Credentials', access.origin]] as const)
      : ([
          ['Kubeconfig', access.origin],
          ['Context', access.context],
        ] as const)),
    ['Cluster', access.server],
    ['User', identity === null ? 'unknown' : identity.user + groups],
    ['Rights', rightsOf(rights)],
    ['istiod', istiod === null ? 'not visible' : istiodOf(istiod)],
    ['Namespace', namespace ?? 'unknown'],
    ['Objects', objectCounts(virtualServices, destinationRules)],
    ['Proxies', proxiesOf(proxies)],
  ];
}

function proxiesOf(proxies: Diagnosis['proxies']): string {
  if (proxies === null || proxies.asked === 0) return 'not asked';
  return `${proxies.upToDate} of ${proxies.asked} have the routes of now`;
}

function rightsOf(rights: readonly Right[] | null): string {
  if (rights === null) return 'unknown';
  const missing = rights.filter(({ isAllowed }) => !isAllowed);
  return missing.length === 0
    ? `all ${rights.length} of the Role`
    : `${rights.length - missing.length} of ${rights.length} of the Role`;
}

function istiodOf(istiod: readonly Istiod[]): string {
  if (istiod.length === 0) return 'not visible';
  return istiod
    .map(({ version, revision, pods }) => {
      const more = revision === null || revision === 'default' ? '' : `, revision ${revision}`;
      return `${version} (${count(pods, 'pod')}${more})`;
    })
    .join(', ');
}

function objectCounts(virtualServices: number | null, destinationRules: number | null): string {
  if (virtualServices === null || destinationRules === null) return 'unknown';
  return `${count(virtualServices, 'VirtualService')}, ${count(destinationRules, 'DestinationRule')}`;
}

function diagnosisLine({ findings, isReady }: Diagnosis): string {
  const [errors, warnings] = (['error', 'warning'] as const).map(
    (severity) => findings.filter((one) => one.severity === severity).length,
  );
  const aside = warnings === 0 ? '' : `, ${count(warnings ?? 0, 'warning')}`;
  return isReady
    ? `Nothing stands in the way${aside}.`
    : `${count(errors ?? 0, 'problem')} in the way${aside}.`;
}
