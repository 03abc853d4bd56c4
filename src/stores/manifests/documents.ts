/** A file as its documents, and the objects in them. */
import { notUnderstood, type NotUnderstood } from '../../istio/not-understood.ts';
import { parseSlice, type Parsed } from './parse.ts';
import { objectsIn, type Found } from './objects.ts';
import { position, slicesOf } from './slices.ts';
import type { SourceFile } from './files.ts';
import type { Tree } from './tree.ts';

export interface Manifest {
  readonly label: string;
  readonly path: string;
  /** A byte order mark, which is no part of any document. */
  readonly mark: string;
  readonly documents: readonly ManifestDocument[];
}

export interface ManifestDocument {
  readonly text: string;
  /** Null where nothing in it concerns us. */
  readonly tree: Tree | null;
  readonly found: readonly Found[];
}

export interface Reading {
  /** Null: the file is left alone, `warnings` says why. */
  readonly manifest: Manifest | null;
  readonly warnings: readonly string[];
  /** What Kubernetes would refuse in the text, each with file, line and column. */
  readonly faults: readonly string[];
  /** Objects that are not what their kind must be, each with where and why. */
  readonly odd: readonly NotUnderstood[];
}

/** Reads a file's text; pure, never throws. A document without a namespace is taken to be in `namespace`. */
export function readManifest(file: SourceFile, namespace: string): Reading {
  const { label, path } = file;
  const mark = file.text.startsWith('\ufeff') ? '\ufeff' : '';
  const text = file.text.slice(mark.length);
  if (isForeignJson(label, text)) {
    return {
      manifest: { label, path, mark, documents: [{ text, tree: null, found: [] }] },
      warnings: [],
      faults: [],
      odd: [],
    };
  }
  const documents: ManifestDocument[] = [];
  const warnings: string[] = [];
  const faults: string[] = [];
  const odd: NotUnderstood[] = [];
  let offset = 0;
  for (const slice of slicesOf(text)) {
    const start = offset;
    const at = (inSlice: number): string => {
      const { line, column } = position(text, start + inSlice);
      return `${label}:${line}:${column}`;
    };
    offset += slice.length;
    const parsed = parseSlice(slice);
    if (!parsed.ok && 'bomb' in parsed) {
      faults.push(
        `${at(parsed.fault.offset)}: ${parsed.fault.message}, which no tool of Kubernetes would read`,
      );
      continue;
    }
    const outcome = parsed.ok ? objectsIn(parsed.tree, namespace) : null;
    const leftAlone = whyLeftAlone(slice, parsed, [
      ...(outcome?.faults ?? []),
      ...(outcome?.odd ?? []).flatMap((one) => one.faults),
    ]);
    if (leftAlone !== null) {
      return {
        manifest: null,
        warnings: [`${at(leftAlone.offset)}: ${leftAlone.message}; the file is left alone.`],
        faults: [],
        odd: [],
      };
    }
    if (!parsed.ok || outcome === null) continue;
    faults.push(...outcome.faults.map((fault) => `${at(fault.offset)}: ${fault.message}`));
    odd.push(
      ...outcome.odd.map((one) => {
        const why = one.faults.map((fault) => `${at(fault.offset)}: ${fault.message}`);
        return notUnderstood(one.kind, one.raw, namespace, why.slice(0, 3).join('; '));
      }),
    );
    if (!outcome.ours) {
      warnings.push(
        ...parsed.tree.faults.map(
          (fault) => `${at(fault.offset)}: ${fault.message}; the document is left alone.`,
        ),
      );
    }
    documents.push({ text: slice, tree: outcome.ours ? parsed.tree : null, found: outcome.found });
  }
  return { manifest: { label, path, mark, documents }, warnings, faults, odd };
}

/** The file's text again. */
export function textOf(manifest: Manifest): string {
  return manifest.mark + manifest.documents.map((document) => document.text).join('');
}

/** Where an object starts, for messages: `deploy/api.yaml:12`. */
export function whereIs(manifest: Manifest, document: ManifestDocument, found: Found): string {
  const before = manifest.documents.slice(0, manifest.documents.indexOf(document)).map((each) => each.text);
  return `${manifest.label}:${position(before.join('') + document.text, before.join('').length + found.offset).line}`;
}

/**
 * A chart's template is no YAML, or YAML by accident: `{{ … }}` reads as a map with a map for a key, and in
 * quotes as a text where a number must be.
 */
function whyLeftAlone(
  slice: string,
  parsed: Parsed,
  faults: readonly { offset: number; message: string }[],
): { offset: number; message: string } | null {
  const braces = slice.indexOf('{{');
  const [fault] = faults;
  const template = (offset: number): { offset: number; message: string } => ({
    offset,
    message: 'it is a template ("{{"), no YAML',
  });
  if (!parsed.ok) {
    return braces === -1
      ? { ...parsed.fault, message: `no YAML: ${parsed.fault.message}` }
      : template(parsed.fault.offset);
  }
  if (parsed.tree.template) return template(braces);
  return braces !== -1 && fault !== undefined ? template(braces) : null;
}

/** Package files, schemas and the like: quicker told by JSON.parse than by reading them as YAML. */
function isForeignJson(label: string, text: string): boolean {
  if (!/\.json$/i.test(label) || /VirtualService|DestinationRule/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
