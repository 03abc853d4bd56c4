/** Several services in one change: an intent for each, of one operation. */
import type { ServiceLine } from '../intent/services.ts';
import type { HeadersIntent } from './headers/intent.ts';
import type { PromoteIntent } from './promote/intent.ts';
import type { RollbackIntent } from './rollback/intent.ts';
import type { WeightIntent } from './weight/intent.ts';

/** The intent of one of several services. */
export type ServiceIntent = HeadersIntent | WeightIntent | PromoteIntent | RollbackIntent;

/** All services are changed, or none. */
export interface ServicesIntent {
  readonly operation: ServiceIntent['operation'];
  /** At least one, in the order of the lines. */
  readonly services: readonly ServiceOfIntent[];
}

export interface ServiceOfIntent {
  /** The line of the input `services`. */
  readonly line: ServiceLine;
  readonly intent: ServiceIntent;
}

const SERVICE_OPERATIONS: ReadonlySet<string> = new Set<ServiceIntent['operation']>([
  'headers',
  'weight',
  'promote',
  'rollback',
]);

export function isServiceIntent(intent: { readonly operation: string }): intent is ServiceIntent {
  return SERVICE_OPERATIONS.has(intent.operation) && !isOfServices(intent);
}

export function isOfServices(intent: { readonly operation: string }): intent is ServicesIntent {
  return SERVICE_OPERATIONS.has(intent.operation) && 'services' in intent;
}
