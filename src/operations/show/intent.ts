import { INPUTS } from '../../intent/inputs.ts';
import type { Reader } from '../../intent/reader.ts';
import type { ShowIntent } from '../../intent/types.ts';

export function readShow(reader: Reader): ShowIntent | undefined {
  const selector = reader.read(INPUTS.labelSelector);
  return selector && { operation: 'show', selector };
}
