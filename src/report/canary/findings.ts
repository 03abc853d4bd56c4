import { finding, type Finding } from '../../base/findings.ts';
import { subsetText } from '../../base/text.ts';
import type { CanaryReport } from './types.ts';
import { decidingGates } from './verdict.ts';

/** What a canary that went on says of stages that nobody can call good. */
export function unclearFindings({ stages }: CanaryReport): readonly Finding[] {
  return stages.flatMap((stage, index) => {
    if (stage.state !== 'over' || stage.verdict?.kind === 'good') return [];
    const gates = decidingGates(stage);
    const words =
      gates.length === 0 ? 'nothing could be seen of it' : gates.map(({ words: why }) => why).join('; ');
    const message =
      `Stage ${index + 1} of ${stages.length} (${stage.weight} %) ended unclear: ${words}. ` +
      'Give it more time or a larger share, or set `on-unclear: rollback` to take such a build back.';
    return [finding('canary-unclear', 'warning', message)];
  });
}

/** What is left of a canary that keeps its last stage, and how to go on; undefined: it doesn't. */
export function keptFinding(
  { end, stages, stage }: CanaryReport,
  subset: string | null,
): Finding | undefined {
  if (end !== 'kept') return undefined;
  const kept = stages[(stage ?? stages.length) - 1];
  const name = subset === null ? 'The build' : subsetText(subset);
  const message =
    `${name} keeps ${kept?.weight ?? 0} % of the requests (stage ${stage ?? stages.length} of ${stages.length}, \`finish: keep\`), and nobody watches it any more. ` +
    'To go on, run `canary` with larger `steps`, or `promote` it; to end it, `rollback`.';
  return finding('canary-kept', 'notice', message);
}
