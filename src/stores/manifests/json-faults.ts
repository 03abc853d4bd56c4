/** JSON that names our kinds and that kubectl would not read: what is wrong with it. */
import { isList, isObject } from '../../base/json.ts';
import type { Tree } from '../../yaml/index.ts';

/** Fields as JSON writes them. */
const KIND = /"kind"\s*:\s*"(?:VirtualService|DestinationRule)"/;
const GROUP = /"apiVersion"\s*:\s*"networking\.istio\.io\//;
/** A text that begins as JSON does, or as a comment of those that some editors allow in it. */
const BEGINS_AS_JSON = /^(?:---)?\s*(?:[{[]|\/[/*])/;
const COMMENT = /(?:^|[\s,{[])\/[/*]/;

/**
 * What is wrong with JSON that YAML reads as something else than an object of Kubernetes: a list of objects, or JSON with
 * comments, which are text to YAML. Undefined: it is an object, or has none of our kinds.
 */
export function jsonFault(text: string, { root }: Tree): string | undefined {
  if (!BEGINS_AS_JSON.test(text) || !KIND.test(text) || !GROUP.test(text)) return undefined;
  const value = root?.value;
  if (isObject(value) && typeof value['kind'] === 'string' && typeof value['apiVersion'] === 'string')
    return undefined;
  if (isList(value))
    return 'a JSON list, which is no object of Kubernetes: make it the `items` of an object of kind List';
  return COMMENT.test(text)
    ? 'JSON with comments, which kubectl does not read: leave them out'
    : 'no object of Kubernetes, which has `apiVersion` and `kind`';
}

/** What to do with a text that begins as JSON and is no YAML, to put behind what is wrong with it; empty: it is not JSON. */
export function jsonHint(text: string): string {
  if (!/^\s*\{\s*["}]/.test(text)) return '';
  return ' (kubectl reads JSON objects one after the other where the file has nothing else: no comments, no "---")';
}
