import { finding, type Finding } from '../../base/findings.ts';
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
