import { INPUTS } from '../../intent/inputs.ts';
import type { Reader } from '../../intent/reader.ts';
import type { LabelSelector } from '../../istio/labels.ts';

export interface ShowIntent {
  readonly operation: 'show';
  readonly selector: LabelSelector;
}

export function readShow(reader: Reader): ShowIntent | undefined {
  const selector = reader.read(INPUTS.labelSelector);
  return selector && { operation: 'show', selector };
}
