import { destinationsOf } from '../istio/routes.ts';
import type { VirtualService } from '../istio/types.ts';
import { pickOf, type HandRoute } from './base-routes.ts';
import { fingerprint, type Draft as Memory, type Memory as Remembered } from './baseline.ts';
import { finding } from './findings.ts';
import { titleOf } from './objects.ts';
import { adopt } from './split.ts';
import type { Finding } from './types.ts';

/** What is remembered of a base route; where somebody else changed its list, what they wrote counts. */
export function recall(
  virtualService: VirtualService,
  base: HandRoute,
  memory: Remembered | undefined,
  findings: Finding[],
): Memory {
  const list = destinationsOf(base.route);
  if (memory === undefined) return { list, asks: [] };
  if (memory.written === fingerprint(list)) return memory;
  findings.push(
    finding(
      'baseline-changed',
      'notice',
      `Somebody else changed the destinations of ${pickOf(base)} of ${titleOf(virtualService)} since istiops last wrote them: ` +
        'what they wrote, less the builds that istiops added, is the new baseline.',
      virtualService,
    ),
  );
  return adopt(memory, list);
}
