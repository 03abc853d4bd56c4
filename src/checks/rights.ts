import { finding, type Finding } from '../base/findings.ts';
import type { CheckContext } from './context.ts';

/** Not allowed to read pods or services: the checks that need them are skipped, and somebody should know. */
export function checkRights({ snapshot: { pods, services } }: CheckContext): Finding[] {
  return [
    ...(pods.state === 'forbidden'
      ? [finding('pods-unreadable', 'warning', `Whether pods are ready was not checked: ${pods.reason}`)]
      : []),
    ...(services.state === 'forbidden'
      ? [
          finding(
            'services-unreadable',
            'warning',
            `Whether the service exists was not checked: ${services.reason}`,
          ),
        ]
      : []),
  ];
}
