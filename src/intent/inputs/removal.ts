import { input } from '../input.ts';
import { parseChangeNumber, parseMode } from '../scalars.ts';

/** How much `undo` and `clear` take back. */
export const REMOVAL_INPUTS = {
  to: input({
    name: 'to',
    description: 'Goes back to the state before the change with this number in the history; 1 is the newest.',
    accepted: 'a whole number from 1 to 100, without `pod-selector`',
    example: '3',
    parse: parseChangeNumber,
  }),
  mode: input({
    name: 'mode',
    description: 'What clear removes: all builds, or (stale) only what sends to subsets without a ready pod.',
    default: 'all',
    accepted: 'all (or hard), stale (or soft)',
    example: 'stale',
    parse: parseMode,
  }),
};
