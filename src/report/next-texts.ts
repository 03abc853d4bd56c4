import { isActive } from '../base/log-text.ts';
import type { BackWords } from './next.ts';
import { commandLine } from '../base/shell.ts';

/** `istiops traffic undo --namespace shop …`; null where it can't be pasted. */
export function backCommand({ operation, inputs }: BackWords): string | null {
  const flags = Object.entries(inputs).flatMap(([name, value]) => [`--${name}`, value]);
  return commandLine(['istiops', 'traffic', operation, ...flags]);
}

/**
 * The same as a step of a workflow.
 *
 * @param options.uses the action, as the workflow names it: `owner/repository@v1`
 * @param options.withKubeconfig the step has its kubeconfig from an input, and the next one needs it too
 */
export function backStep(
  { operation, inputs }: BackWords,
  { uses, withKubeconfig }: { readonly uses: string; readonly withKubeconfig: boolean },
): string | null {
  const words = Object.entries(inputs).filter(([name]) => name !== 'kubeconfig');
  if (words.some(([, value]) => isActive(value) || value.includes('\n'))) return null;
  return [
    `- uses: ${uses}`,
    '  with:',
    `    operation: ${operation}`,
    ...words.map(([name, value]) => `    ${name}: ${yamlText(value)}`),
    ...(withKubeconfig ? ['    kubeconfig: ${{ secrets.KUBECONFIG }} # as in this step'] : []),
  ].join('\n');
}

/** Text of YAML in a workflow, where `${{` would begin an expression. */
function yamlText(value: string): string {
  const text = value.replaceAll('${{', "${{ '${{' }}");
  // Figures, booleans and the like are text in quotes alone.
  return /^[a-z/][\w./=,:-]*[\w/]$/i.test(text) && !/:$|^(?:true|false|yes|no|on|off|null)$/i.test(text)
    ? text
    : JSON.stringify(text);
}
