import { TrafficError } from './errors.ts';
import type { KubeObject } from '../istio/types.ts';
import { titleOf } from '../plan/objects.ts';
import type { Finding, Severity } from '../plan/types.ts';

/** A finding about an object, or about none. */
export function finding(
  code: string,
  severity: Severity,
  message: string,
  object: KubeObject | null = null,
  forceable = false,
): Finding {
  return { code, severity, message, object: object && titleOf(object), forceable };
}

/** Stops the planning: what is asked for can't be planned at all, and `force` can't change that. */
export function refuse(code: string, message: string, object: KubeObject | null = null): never {
  throw new TrafficError('check-failed', message, { findings: [finding(code, 'error', message, object)] });
}
