import type { Input } from '../../src/intent/input.ts';
import { OPERATIONS } from '../../src/operations/index.ts';
import { requiredBy } from '../../src/operations/inputs.ts';
import { inputGroups, rulesOf, usedByText } from './input-groups.ts';
import { OUTPUTS } from './outputs.ts';

const WIDTH = 100;

const HEAD = `# Generated from src/intent/inputs/ by \`npm run generate\`: change it there.
name: istiops - Istio traffic from CI
description: >-
  Shift Istio traffic between builds from a workflow, with nothing installed in the cluster: previews
  by header, staged canaries, promotion, rollback and clean-up.
author: org
branding:
  icon: shuffle
  color: blue
`;

/** The whole of action.yml. */
export function actionYml(): string {
  const inputs = inputGroups().flatMap(({ title, inputs: members }) => [
    banner(title),
    ...members.map(inputYaml),
  ]);
  const outputs = OUTPUTS.map(({ name, about }) => `  ${name}:\n${folded(about.replaceAll('`', ''))}`);
  return [
    HEAD,
    'inputs:',
    inputs.join('\n\n'),
    '',
    'outputs:',
    outputs.join('\n\n'),
    '',
    'runs:',
    '  using: node24',
    '  main: dist/index.js',
    '  post: dist/post.js',
    '  post-if: failure() || cancelled()',
    '',
  ].join('\n');
}

function banner(title: string): string {
  return `  # ${'─'.repeat(4)} ${title} ${'─'.repeat(WIDTH - title.length - 9)}`;
}

function inputYaml(input: Input<unknown>): string {
  const required = requiredBy(input).length === OPERATIONS.length;
  return [
    `  ${input.name}:`,
    folded(descriptionOf(input)),
    `    required: ${required}`,
    ...(input.default === undefined ? [] : [`    default: '${input.default}'`]),
  ].join('\n');
}

/**
 * No `\${{ }}` in it: the runner reads every text of action.yml as a template and refuses the whole file.
 *
 * @see https://github.com/actions/runner/blob/main/src/Runner.Worker/action_yaml.json
 */
function descriptionOf(input: Input<unknown>): string {
  const example = input.example.includes('${{') ? [] : [`Example: ${input.example}.`];
  // No `${{ }}` in a description.
  const standard =
    input.default === undefined || input.default.includes('${{') ? [] : [`Default: ${input.default}.`];
  const users = `Used by ${usedByText(input)}.`;
  return [input.description, rulesOf(input), ...standard, ...example, users].join(' ').replaceAll('`', '');
}

/** A description as a folded block: no quoting, whatever characters are in it. */
function folded(text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > WIDTH - 6) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return ['    description: >-', ...lines.map((one) => `      ${one}`)].join('\n');
}
