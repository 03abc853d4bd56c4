import type { ObjectName } from '../istio/selection.ts';
import { splitList } from './lists.ts';
import { all, bad, good, quote, type Parsed } from './parsed.ts';
import { parseNamespace } from './service.ts';

/** A DNS subdomain, as the names of VirtualServices are. */
const OBJECT_NAME = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/**
 * Names of objects, each with or without its namespace in front, separated by commas or lines.
 *
 * @example parseObjectNames('web, shop/api') // [{ name: 'web' }, { namespace: 'shop', name: 'api' }]
 */
export function parseObjectNames(text: string): Parsed<readonly ObjectName[]> {
  const items = splitList(text);
  return items.ok ? all([...new Set(items.value)].map(parseObjectName)) : items;
}

function parseObjectName(text: string): Parsed<ObjectName> {
  const [, prefix, name = ''] = /^(?:([^/]*)\/)?(.*)$/.exec(text) ?? [];
  if (/[=!]/.test(text)) return bad(`${quote(text)} looks like labels: they go in \`label-selector\``);
  if (text.includes('*'))
    return bad(
      `${quote(text)} has a wildcard, and names are compared as they are: list them, or select by \`label-selector\``,
    );
  if (prefix !== undefined && !parseNamespace(prefix).ok)
    return bad(`${quote(text)} has no name of a namespace before the /`);
  if (name.length > 253 || !OBJECT_NAME.test(name))
    return bad(`${quote(text)} is not a name: lower-case letters, digits, \`-\` and \`.\``);
  return good(prefix === undefined ? { name } : { namespace: prefix, name });
}
