import type { DestinationRule, KubeObject, VirtualService } from './types.ts';

export function isVirtualService(object: KubeObject): object is VirtualService {
  return object.kind === 'VirtualService';
}

export function isDestinationRule(object: KubeObject): object is DestinationRule {
  return object.kind === 'DestinationRule';
}
