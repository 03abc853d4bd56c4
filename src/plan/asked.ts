import type { ChangeIntent, HeaderMatch } from '../intent/types.ts';
import type { StringMatch } from '../istio/types.ts';

/**
 * What was asked for, in brief, for the history; undefined where the operation and the build say it all.
 *
 * @example '20 %', 'x-cid=a or x-cid=b', 'stale', 'to 3'
 */
export function askedText(intent: ChangeIntent): string | undefined {
  switch (intent.operation) {
    case 'weight':
      return `${intent.weight} %`;
    case 'headers':
      return intent.alternatives.map(headersText).join(' or ');
    case 'clear':
      return intent.mode === 'stale' ? 'stale' : undefined;
    case 'undo':
      return intent.to === undefined ? undefined : `to ${intent.to}`;
    case 'promote':
    case 'rollback':
    case 'take-back':
      return undefined;
  }
}

function headersText(match: HeaderMatch): string {
  return Object.entries(match)
    .map(([name, value]) => name + valueText(value))
    .join(',');
}

/** As the input `headers` writes it. */
function valueText({ exact, prefix, regex }: StringMatch): string {
  if (exact !== undefined) return `=${exact}`;
  if (prefix !== undefined) return `^=${prefix}`;
  return regex === undefined ? '' : `~=${regex}`;
}
