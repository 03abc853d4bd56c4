/** What a call refuses its words with. */
import { TrafficError } from '../../src/base/errors.ts';

/**
 * @throws Error where nothing is refused; whatever else `parse` throws
 */
export function refusalOf(parse: () => unknown): string {
  try {
    parse();
  } catch (thrown) {
    if (thrown instanceof TrafficError && thrown.reason === 'invalid-input') return thrown.message;
    throw thrown;
  }
  throw new Error('nothing was refused');
}
