import type { Input } from '../intent/input.ts';
import { INPUTS } from '../intent/inputs.ts';
import type { Reader } from '../intent/reader.ts';
import type { KubeconfigSource, Place } from '../intent/types.ts';
import { looksSecret } from '../net/credential-text.ts';
import { readKeyless } from './read-keyless.ts';

/**
 * Where the objects are: in files, or in a cluster that is reached in one of several ways.
 *
 * @param kubeconfigIs what the word `kubeconfig` holds
 */
export function readPlace(reader: Reader, kubeconfigIs: 'text' | 'path' = 'text'): Place {
  const path = reader.read(INPUTS.manifests);
  const kubeconfig = reader.read(INPUTS.kubeconfig);
  const context = reader.read(INPUTS.context);
  const from = reader.read(INPUTS.kubeconfigFrom);
  const keyless = readKeyless(reader, from);
  if (path !== undefined) {
    const others = [INPUTS.kubeconfig, INPUTS.context, INPUTS.server].filter(
      (input) => reader.text(input) !== undefined,
    );
    if (others.length > 0) {
      const names = others.map(({ name }) => `\`${name}\``).join(' and ');
      reader.fault(
        INPUTS.manifests,
        `it can't go together with ${names}: either files are changed or a cluster`,
      );
    }
    return { kind: 'manifests', path };
  }
  if (reader.text(INPUTS.server) !== undefined)
    return keyless === undefined ? { kind: 'kubernetes' } : { kind: 'kubernetes', keyless };
  if (from !== undefined) faultsOfOrigin(reader, from, kubeconfigIs);
  const isChosen = reader.text(INPUTS.kubeconfigFrom) !== undefined && from !== undefined;
  const chosen = {
    ...(context === undefined ? {} : { context }),
    ...(isChosen ? { kubeconfigFrom: from } : {}),
  };
  if (kubeconfig === undefined) return { kind: 'kubernetes', ...chosen };
  if (kubeconfigIs === 'path' && (looksSecret(kubeconfig) || /[\r\n]/.test(kubeconfig.trim())))
    reader.fault(
      KUBECONFIG_PATH,
      'it is not the path of one file, but the text of a kubeconfig or several lines',
    );
  return kubeconfigIs === 'path'
    ? { kind: 'kubernetes', kubeconfigPath: kubeconfig.trim(), ...chosen }
    : { kind: 'kubernetes', kubeconfig, ...chosen };
}

/** A kubeconfig that isn't given and must be, and one that is given and must not be looked at. */
function faultsOfOrigin(
  reader: Reader,
  from: readonly KubeconfigSource[],
  kubeconfigIs: 'text' | 'path',
): void {
  const isGiven = reader.text(INPUTS.kubeconfig) !== undefined;
  if (isGiven && !from.includes('input')) {
    reader.fault(
      INPUTS.kubeconfigFrom,
      '`kubeconfig` is given, and this does not name input: leave one of them out',
    );
  }
  if (isGiven || from.some((source) => source !== 'input')) return;
  const other = 'nor does `server`, and `kubeconfig-from` allows no other place to look';
  const problem =
    kubeconfigIs === 'path'
      ? `it says nothing, ${other}`
      : `it says nothing, ${other}. Is the secret or variable set, for this repository, organisation or environment, and spelled as in the workflow? ` +
        'A pull request from a fork gets no secrets, and one of Dependabot only those of Dependabot';
  reader.fault(kubeconfigIs === 'path' ? KUBECONFIG_PATH : INPUTS.kubeconfig, problem);
}

/** What the input is on the command line, where a text would be in the list of processes. */
const KUBECONFIG_PATH: Input<string> = {
  ...INPUTS.kubeconfig,
  accepted: 'the path of a kubeconfig',
  example: 'ci.kubeconfig',
};
