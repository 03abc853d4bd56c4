/** What is said of proxies that can't be asked. */
import { TrafficError } from '../../base/errors.ts';
import { finding } from '../../base/findings.ts';
import type { ConfirmOptions } from './options.ts';
import { rightsText, type Ways } from './ways.ts';
import { notAskedWords } from './words.ts';

/** Says in the report, once in a run, who can't be asked and is waited for instead. */
export function tellOfWait(
  { missing, waits }: Pick<Ways, 'missing' | 'waits'>,
  isAnybodyAsked: boolean,
  { journal, milliseconds }: ConfirmOptions,
): void {
  const code = 'proxies-not-asked';
  const isTold = journal.entries.some((entry) => entry.kind === 'found' && entry.finding.code === code);
  if (waits.length === 0 || isTold) return;
  const words = notAskedWords(waits, {
    isAnybodyAsked,
    wait: milliseconds,
    isRightMissing: missing.length > 0,
  });
  journal.add({ kind: 'found', finding: finding(code, 'notice', words) });
}

/** For `confirm: proxies`: some of the proxies can't be asked. */
export async function unableToConfirm({ waits, missing }: Ways): Promise<TrafficError> {
  const head = "The proxies can't be asked whether they have the change, as `confirm: proxies` demands";
  if (missing.length === 0)
    return new TrafficError(
      'check-failed',
      `${head}: ${waits.join('; ')}. Use \`confirm: auto\`, which waits instead.`,
    );
  const { confirmingRoleYaml } = await import('../../stores/kubernetes/role.ts');
  const namespaces = [...new Set(missing.map(({ namespace }) => namespace))];
  return new TrafficError(
    'forbidden',
    `${head}: you may not ${rightsText(missing)}. ` +
      'Grant it with these Roles (kubectl apply -f -), or use `confirm: auto`, which waits instead. ' +
      'They allow more than asking: who may forward to a port of a gateway may also stop it.\n\n' +
      namespaces
        .map((namespace) => confirmingRoleYaml(namespace))
        .join('---\n')
        .trimEnd(),
  );
}
