/** Faults of a document that YAML allows, and that go-yaml (kubectl reads manifests with it) refuses or reads otherwise. */
import type { CST } from 'yaml';
import type { TreeFault } from './tree.ts';

/** Characters in which go-yaml looks for the colon of a key. */
const KEY_LIMIT = 1024;

/**
 * A key inside brackets: its colon is looked for on its line, and not beyond 1,024 characters. YAML says so of keys in
 * block style alone.
 */
export function flowKeyFault(text: string, key: string, start: number, colon: number): TreeFault | undefined {
  if (colon - start <= KEY_LIMIT && !text.slice(start, colon).includes('\n')) return undefined;
  const message = `inside brackets, the ":" of ${key.slice(0, 40)} must be on the line of its key`;
  return { offset: start, message };
}

/** A plain key inside brackets: its colon must have a space behind it. */
export function flowColonFault(text: string, key: string, colon: number): TreeFault | undefined {
  if (/\s/.test(text[colon + 1] ?? ' ')) return undefined;
  return { offset: colon, message: `inside brackets, there must be a space behind the ":" of ${key}` };
}

/** A tag: YAML ends it at `,` and at brackets, go-yaml reads them as a part of it. */
export function tagFault(text: string, { type, offset, source }: CST.SourceToken): TreeFault | undefined {
  if (type !== 'tag' || !/^[^\s]/.test(text.slice(offset + source.length, offset + source.length + 1)))
    return undefined;
  return { offset, message: `there must be a space behind the tag ${source}` };
}

/** The name of an anchor: YAML allows more, and reads `&a:b` as one name where go-yaml reads `&a` and `:b`. */
export function anchorNameFault(name: string, offset: number): TreeFault | undefined {
  if (/^[0-9A-Za-z_-]+$/.test(name)) return undefined;
  return { offset, message: `the anchor ${name} must have letters, digits, "-" and "_" alone` };
}
