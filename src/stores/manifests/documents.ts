/** A file as its documents, and the objects in them. */
import { notUnderstood, type NotUnderstood } from '../../istio/not-understood.ts';
import { isObject } from '../../base/json.ts';
import type { RouteController } from '../../plan/types.ts';
import type { SourceFile } from './read-files.ts';
import { controllersIn } from './controllers.ts';
import { namesController, namesOurs, namesVirtualService } from './names.ts';
import { objectsIn, type FoundObject, type DocumentObjects } from './objects.ts';
import { linesOf, type Tree } from '../../yaml/index.ts';
import type { FileWithDocuments } from './source-documents.ts';

export interface Manifest {
  readonly label: string;
  readonly path: string;
  readonly documents: readonly ManifestDocument[];
}

export interface ManifestDocument {
  /** A byte order mark in front of it, which is no part of it; mostly empty. */
  readonly mark: string;
  readonly text: string;
  /** Null where nothing in it concerns us. */
  readonly tree: Tree | null;
  readonly found: readonly FoundObject[];
}

export interface FileContent {
  /** Null: nothing in the file concerns us, or it is left alone and `warnings` or `templates` says why. */
  readonly manifest: Manifest | null;
  readonly warnings: readonly string[];
  /** Places of documents that are templates: said once for all files. */
  readonly templates: readonly string[];
  /** Documents that may hold a VirtualService and that nobody can read, each with where and why. */
  readonly unread: readonly string[];
  /** What Kubernetes would refuse in the text, each with file, line and column. */
  readonly faults: readonly string[];
  /** Objects that are not what their kind must be, each with where and why. */
  readonly odd: readonly NotUnderstood[];
  /** Documents of controllers that write routes. */
  readonly controllers: readonly RouteController[];
}

const NOTHING: FileContent = {
  manifest: null,
  warnings: [],
  templates: [],
  unread: [],
  faults: [],
  odd: [],
  controllers: [],
};

/** How a file takes part, as `kustomization.yaml` files and its name say. */
export interface FileRole {
  /** In words behind "it": why its objects are no whole ones. */
  readonly partial?: string;
}

/**
 * Reads a file's text. Only documents that name one of our kinds are parsed, and what a template might be made of. A
 * document without a namespace is taken to be in `namespace`. Pure, never throws.
 *
 * @returns in steps, so that a long file can be broken off: each says how many characters it is about to read
 */
export function* readManifest(
  file: Pick<SourceFile, 'label' | 'path'> & FileWithDocuments,
  namespace: string,
  { partial }: FileRole = {},
): Generator<number, FileContent, undefined> {
  const { label, path, text } = file;
  if (!namesOurs(text) && !namesController(text)) return NOTHING;
  const { position } = linesOf(text);
  const documents: ManifestDocument[] = [];
  const [warnings, templates, faults, unread]: [string[], string[], string[], string[]] = [[], [], [], []];
  const odd: NotUnderstood[] = [];
  const controllers: RouteController[] = [];
  for (const document of file.documents()) {
    const { mark, text: body, start } = document;
    yield mark.length + body.length;
    const at = (inBody: number): string => {
      const { line, column } = position(start + inBody);
      return `${label}:${line}:${column}`;
    };
    const untouched = { mark, text: body, tree: null, found: [] };
    const braces = body.indexOf('{{');
    if (!namesOurs(body) && !namesController(body) && braces === -1) {
      documents.push(untouched);
      continue;
    }
    const parsed = document.parsed();
    if (!parsed.ok && 'bomb' in parsed) {
      const why = `${at(parsed.fault.offset)}: ${parsed.fault.message}, which no tool of Kubernetes would read`;
      faults.push(why);
      if (namesVirtualService(body)) unread.push(why);
      documents.push(untouched);
      continue;
    }
    // A chart's template as a whole: which of its documents reach the cluster, its conditions say.
    if (braces !== -1 && (!parsed.ok || parsed.tree.template))
      return asTemplate(text, at(parsed.ok ? braces : parsed.fault.offset));
    if (!parsed.ok) {
      const why = `${at(parsed.fault.offset)}: no YAML: ${parsed.fault.message}`;
      warnings.push(`${why}; the document is left alone.`);
      if (namesVirtualService(body)) unread.push(why);
      documents.push(untouched);
      continue;
    }
    controllers.push(
      ...controllersIn(parsed.tree, namespace).map(({ controller, title, offset, writes }) => ({
        controller,
        place: `${title} in ${label}:${position(start + offset).line}`,
        writes,
      })),
    );
    const outcome = objectsIn(parsed.tree, namespace);
    if (!outcome.ours) {
      documents.push(untouched);
      continue;
    }
    if (braces !== -1 && (outcome.faults.length + outcome.odd.length > 0 || hasTemplateText(outcome))) {
      templates.push(at(braces));
      unread.push(...asTemplate(body, at(braces)).unread);
      documents.push(untouched);
      continue;
    }
    const why = partial;
    const parts = [
      ...outcome.parts,
      ...(why === undefined ? [] : [...outcome.found, ...outcome.odd].map((one) => ({ ...one, why }))),
    ];
    for (const { kind, name, offset, why } of parts) {
      warnings.push(`${at(offset)}: ${kind} ${name} is only a part of an object (${why}); it is left alone.`);
    }
    const refusals = outcome.faults.map((fault) => `${at(fault.offset)}: ${fault.message}`);
    const found = why === undefined && refusals.length === 0 ? outcome.found : [];
    if (why === undefined) {
      faults.push(...refusals);
      if (refusals.length > 0)
        odd.push(...outcome.found.map((one) => refusedObject(one, namespace, refusals.slice(0, 3))));
      odd.push(
        ...outcome.odd.map((one) => {
          const where = one.faults.map((fault) => `${at(fault.offset)}: ${fault.message}`);
          return notUnderstood(one.kind, one.raw, namespace, where.slice(0, 3).join('; '));
        }),
      );
    }
    documents.push(found.length === 0 ? untouched : { mark, text: body, tree: parsed.tree, found });
  }
  const isOurs = documents.some(({ tree }) => tree !== null);
  return {
    manifest: isOurs ? { label, path, documents } : null,
    warnings,
    templates,
    unread,
    faults,
    odd,
    controllers,
  };
}

function asTemplate(text: string, place: string): FileContent {
  const unread = namesVirtualService(text) ? [`${place}: it is a template ("{{")`] : [];
  return { ...NOTHING, templates: [place], unread };
}

/** Of a key that is there twice either may be meant: it may be for any host. */
function refusedObject({ kind, raw }: FoundObject, namespace: string, why: readonly string[]): NotUnderstood {
  const odd = notUnderstood(kind, raw, namespace, why.join('; '));
  return { ...odd, hosts: null, gateways: null, isRefused: true };
}

/** `{{ … }}` in a field of an object that YAML reads as text; notes (annotations) may well quote a template. */
function hasTemplateText({ found }: DocumentObjects): boolean {
  return found.some(({ raw: { metadata, ...fields } }) => {
    const { annotations: _, ...named } = isObject(metadata) ? metadata : {};
    return JSON.stringify([fields, named]).includes('{{');
  });
}

/** The file's text again. */
export function manifestText(manifest: Manifest): string {
  return manifest.documents.map(({ mark, text }) => mark + text).join('');
}

/** Where an object starts, for messages: `deploy/api.yaml:12`. */
export function whereIs(manifest: Manifest, document: ManifestDocument, found: FoundObject): string {
  const before = manifest.documents.slice(0, manifest.documents.indexOf(document));
  const start = before.reduce((sum, { mark, text }) => sum + mark.length + text.length, 0);
  const { line } = linesOf(manifestText(manifest)).position(start + document.mark.length + found.offset);
  return `${manifest.label}:${line}`;
}
