import { parseWords } from '../../../src/operations/parse-words.ts';
import type { ExplainIntent } from '../../../src/intent/types.ts';
import type { GatewayFacts, WorldRequest } from './worlds.ts';

/** What a person would type to have a request explained that comes by the plane's gateway. */
export function intentOf(
  gateway: GatewayFacts,
  { method, authority, path, headers }: WorldRequest,
): ExplainIntent {
  const lines = Object.entries(headers).map(([name, value]) => `${name}="${value}"`);
  const words = {
    operation: 'explain',
    'label-selector': 'differ=yes',
    requests: `${method} http://${authority}${path}`,
    gateway: gateway.name,
    port: String(gateway.port),
    'source-labels': Object.entries(gateway.labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
    'source-namespace': gateway.namespace,
    ...(lines.length > 0 && { headers: lines.join('\n') }),
  };
  const { intent } = parseWords(words).request;
  if (intent.operation !== 'explain') throw new Error('Not what was asked for.');
  return intent;
}
