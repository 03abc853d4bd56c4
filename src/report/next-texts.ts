import { isActive } from '../base/log-text.ts';
import { INPUTS } from '../intent/inputs.ts';
import type { Keyless } from '../intent/types.ts';
import { inShell } from './asked-for.ts';
import type { BackWords } from './next.ts';
import { commandLine } from '../base/shell.ts';

/** `istiops traffic undo --namespace shop …`; null where it can't be pasted. */
export function backCommand({ operation, inputs }: BackWords): string | null {
  const { [INPUTS.kubeconfigFrom.name]: from = null, ...rest } = inputs;
  const source = inShell(from);
  const all = source === null ? rest : { ...rest, [INPUTS.kubeconfigFrom.name]: source };
  const flags = Object.entries(all).flatMap(([name, value]) =>
    valueLines(name, value).flatMap((line) => [`--${name}`, line]),
  );
  return commandLine(['istiops', 'traffic', operation, ...flags]);
}

/** What of its credentials a step says in its inputs. */
export type CredentialInputs = 'kubeconfig' | Keyless | null;

/**
 * The same as a step of a workflow.
 *
 * @param options.uses the action, as the workflow names it: `owner/repository@v1`
 * @param options.credentials inputs that the step has its credentials from, and that the next one needs too
 */
export function backStep(
  { operation, inputs }: BackWords,
  { uses, credentials }: { readonly uses: string; readonly credentials: CredentialInputs },
): string | null {
  const words = Object.entries(inputs).filter(([name]) => name !== 'kubeconfig');
  const lines = words.flatMap(([name, value]) => valueLines(name, value));
  if (lines.some((line) => isActive(line) || line.includes('\n'))) return null;
  return [
    `- uses: ${uses}`,
    '  with:',
    `    operation: ${operation}`,
    ...words.flatMap(([name, value]) => inputLines(name, value)),
    ...credentialLines(credentials),
  ].join('\n');
}

/** A service is a line of its input: a flag each, or a line of a block. */
function valueLines(name: string, value: string): readonly string[] {
  return name === INPUTS.services.name ? value.split('\n') : [value];
}

function inputLines(name: string, value: string): readonly string[] {
  return name === INPUTS.services.name
    ? [`    ${name}: |`, ...valueLines(name, value).map((line) => `      ${line}`)]
    : [`    ${name}: ${yamlText(value)}`];
}

/** Where each workflow has them, nobody knows here: they are as in this step. */
function credentialLines(credentials: CredentialInputs): readonly string[] {
  if (credentials === null) return [];
  if (credentials === 'kubeconfig') return ['    kubeconfig: ${{ secrets.KUBECONFIG }} # as in this step'];
  const { server, audience, certificateAuthority } = credentials;
  return [
    `    server: ${yamlText(server)} # the job needs permissions: id-token: write`,
    ...(certificateAuthority === undefined
      ? []
      : ['    certificate-authority: ${{ vars.KUBE_CA }} # as in this step']),
    ...(audience === server ? [] : [`    audience: ${yamlText(audience)}`]),
  ];
}

/** Text of YAML in a workflow, where `${{` would begin an expression. */
function yamlText(value: string): string {
  const text = value.replaceAll('${{', "${{ '${{' }}");
  // Figures, booleans and the like are text in quotes alone.
  return /^[a-z/][\w./=,:-]*[\w/]$/i.test(text) && !/:$|^(?:true|false|yes|no|on|off|null)$/i.test(text)
    ? text
    : JSON.stringify(text);
}
