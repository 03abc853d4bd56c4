import { readFileSync } from 'node:fs';
import { TrafficError } from '../../base/errors.ts';
import { certificatesIn } from '../../intent/keyless.ts';
import type { CertificateAuthority, Keyless } from '../../intent/types.ts';
import { proxyFor } from '../../net/proxy.ts';
import type { Connection } from './connection.ts';
import { keylessTerms } from './terms.ts';

/**
 * How to reach an API server that accepts the OIDC tokens of GitHub: what else a kubeconfig would say.
 *
 * @throws TrafficError invalid-input: the file of the certificate authority can't be used
 */
export function keylessConnection(
  { server, certificateAuthority, audience }: Keyless,
  env: Readonly<Record<string, string | undefined>>,
): Connection {
  const proxyUrl = proxyFor(new URL(server), env);
  const ca = certificateAuthority === undefined ? undefined : pemOf(certificateAuthority);
  return {
    source: 'keyless',
    origin: "GitHub's OIDC token",
    context: 'keyless',
    who: "GitHub's OIDC token of this job",
    server,
    cluster: {
      name: 'keyless',
      server,
      skipTLSVerify: false,
      ...(ca === undefined ? {} : { caData: Buffer.from(ca).toString('base64') }),
      ...(proxyUrl === undefined ? {} : { proxyUrl }),
    },
    user: { name: 'github' },
    plugin: { kind: 'github', audience },
    terms: keylessTerms(ca !== undefined),
  };
}

/** @throws TrafficError invalid-input */
function pemOf(authority: CertificateAuthority): string {
  return authority.kind === 'pem' ? authority.pem : pemIn(authority.path, '`certificate-authority`');
}

/**
 * The certificates of a file: PEM or its base64.
 *
 * @param name of the input or flag that says the path
 * @throws TrafficError invalid-input: it can't be read, or has no certificate
 */
export function pemIn(path: string, name: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'no reason given';
    throw new TrafficError(
      'invalid-input',
      `The file ${path}, which ${name} names, can't be read (${code}). ` +
        'Give the path of a file with certificates in PEM, or the certificates themselves.',
    );
  }
  const found = certificatesIn(text);
  if (found.ok) return found.value;
  throw new TrafficError(
    'invalid-input',
    `The file ${path}, which ${name} names, can't be used: ${found.problems.join(', ')}.`,
  );
}
