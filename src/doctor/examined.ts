import { toTrafficError } from '../base/errors.ts';
import type { Examined } from './types.ts';

/** What was found out, or why it was not. Never throws. */
export async function examined<T>(finding: Promise<T>): Promise<Examined<T>> {
  try {
    return { state: 'known', value: await finding };
  } catch (thrown) {
    const { reason, message } = toTrafficError(thrown);
    return { state: 'unknown', reason, why: message };
  }
}
