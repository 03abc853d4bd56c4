import { codeOf, fenced, folded, messageOf } from './markdown.ts';
import { ofAHundred } from './hundred.ts';
import { tryOuts, wayBackOf } from './next.ts';
import { backCommand, backStep, type CredentialInputs } from './next-texts.ts';
import { previewLinkOf } from './preview-link.ts';
import type { RoutePair } from '../plan/view-types.ts';
import type { Outcome } from './types.ts';

const MAX_SENTENCE = 400;

/**
 * The end of a summary: what the change means for a hundred requests, a request that shows it, and what takes it back.
 *
 * @param uses the action, as the workflow names it
 */
export function nextSection(outcome: Outcome, pairs: readonly RoutePair[], uses: string): string {
  const parts = [
    ...ofAHundred(outcome, pairs).map((sentence) => `${messageOf(sentence, MAX_SENTENCE)}.`),
    linkPart(outcome),
    ...tryOuts(outcome).map(
      ({ sentence, commands }) =>
        `${messageOf(sentence, MAX_SENTENCE)}:\n\n${fenced(commands.join('\n'), 'sh')}`,
    ),
    backPart(outcome, uses),
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : ['**What next**', ...parts].join('\n\n');
}

function linkPart(outcome: Outcome): string {
  const link = previewLinkOf(outcome);
  return link === null
    ? ''
    : `${link.sentence}: [${link.url}](${link.url}). To leave it: [${link.off}](${link.off})`;
}

function backPart(outcome: Outcome, uses: string): string {
  const back = wayBackOf(outcome);
  if (back === null) return '';
  const sentence = messageOf(back.sentence, MAX_SENTENCE);
  if (back.words === null) return `${sentence}.`;
  const command = backCommand(back.words);
  const step = backStep(back.words, { uses, credentials: credentialsOf(outcome) });
  return [
    `${sentence}:`,
    command === null
      ? `Run ${codeOf(`istiops traffic ${back.words.operation}`, 80)} with the same inputs.`
      : fenced(command, 'sh'),
    ...(step === null ? [] : [folded('The same as a step of a workflow', fenced(step, 'yaml'))]),
  ].join('\n\n');
}

function credentialsOf({ access, asked }: Outcome): CredentialInputs {
  return access?.source === 'input' ? 'kubeconfig' : (asked?.keyless ?? null);
}
