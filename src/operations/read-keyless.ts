import { INPUTS } from '../intent/inputs.ts';
import type { Reader } from '../intent/reader.ts';
import type { KubeconfigSource, Keyless } from '../intent/types.ts';

/** What says where a kubeconfig is, or which part of it counts. */
const OF_KUBECONFIGS = [INPUTS.kubeconfig, INPUTS.context];

/**
 * The way to a cluster by GitHub's OIDC token, and what can't go together with it.
 *
 * @param from the places where a kubeconfig may be looked for: `input` stands for `server`, too
 * @returns undefined where no `server` is given, or a bad one
 */
export function readKeyless(
  reader: Reader,
  from: readonly KubeconfigSource[] | undefined,
): Keyless | undefined {
  const server = reader.read(INPUTS.server);
  const certificateAuthority = reader.read(INPUTS.certificateAuthority);
  const audience = reader.read(INPUTS.audience);
  const isGiven = reader.text(INPUTS.server) !== undefined;
  if (!isGiven) faultsWithoutServer(reader);
  const others = OF_KUBECONFIGS.filter((input) => reader.text(input) !== undefined);
  if (isGiven && others.length > 0) {
    const names = others.map(({ name }) => `\`${name}\``).join(' and ');
    reader.fault(
      INPUTS.server,
      `it can't go together with ${names}: the credentials are GitHub's token or those of a kubeconfig`,
    );
  }
  if (isGiven && from?.includes('input') === false)
    reader.fault(
      INPUTS.kubeconfigFrom,
      '`server` is given, and this does not name input: leave one of them out',
    );
  if (server === undefined) return undefined;
  return {
    server,
    audience: audience ?? server,
    ...(certificateAuthority !== undefined && { certificateAuthority }),
  };
}

/** A variable that is not set reaches a step as an empty input: then another cluster may be found, and is not meant. */
function faultsWithoutServer(reader: Reader): void {
  const given = [INPUTS.certificateAuthority, INPUTS.audience].filter(
    (input) => reader.text(input) !== undefined,
  );
  if (given.length === 0) return;
  const names = given.map(({ name }) => `\`${name}\``).join(' and ');
  const verb = given.length === 1 ? 'needs' : 'need';
  reader.fault(INPUTS.server, `${names} ${verb} it. Is the variable set, and spelled as in the workflow?`);
}
