/** A file as its documents, and the objects in them. */
import { notUnderstood, type NotUnderstood } from '../../istio/not-understood.ts';
import { isObject } from '../../base/json.ts';
import type { RouteController } from '../../plan/types.ts';
import type { SourceFile } from './read-files.ts';
import { controllersIn } from './controllers.ts';
import { jsonFault, jsonHint } from './json-faults.ts';
import { namesController, namesOurs, namesVirtualService } from './names.ts';
import { objectsIn, type FoundObject, type DocumentObjects } from './objects.ts';
import { linesOf, type Tree } from '../../yaml/index.ts';
import type { FileWithDocuments, SourceDocument } from './source-documents.ts';

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

/** What one document of a file says. */
interface DocumentContent extends Omit<FileContent, 'manifest'> {
  readonly document: ManifestDocument;
}

/** A place in a document for messages, with its file: `deploy/api.yaml:12:3`; its line alone: `deploy/api.yaml:12`. */
interface DocumentPlaces {
  readonly at: (offset: number) => string;
  readonly lineAt: (offset: number) => string;
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
  role: FileRole = {},
): Generator<number, FileContent, undefined> {
  const { label, path, text } = file;
  if (!namesOurs(text) && !namesController(text)) return NOTHING;
  const { position } = linesOf(text);
  const contents: DocumentContent[] = [];
  for (const source of file.documents()) {
    yield source.mark.length + source.text.length;
    const places: DocumentPlaces = {
      at: (offset) => {
        const { line, column } = position(source.start + offset);
        return `${label}:${line}:${column}`;
      },
      lineAt: (offset) => `${label}:${position(source.start + offset).line}`,
    };
    const content = readDocument(source, namespace, role, places);
    // A chart's template as a whole: which of its documents reach the cluster, its conditions say.
    if ('template' in content) return asTemplate(text, places.at(content.template));
    contents.push(content);
  }
  const documents = contents.map(({ document }) => document);
  return {
    manifest: documents.some(({ tree }) => tree !== null) ? { label, path, documents } : null,
    warnings: contents.flatMap(({ warnings }) => warnings),
    templates: contents.flatMap(({ templates }) => templates),
    unread: contents.flatMap(({ unread }) => unread),
    faults: contents.flatMap(({ faults }) => faults),
    odd: contents.flatMap(({ odd }) => odd),
    controllers: contents.flatMap(({ controllers }) => controllers),
  };
}

/** @returns `template`: it is part of a chart's template, which shows at this offset */
function readDocument(
  source: SourceDocument,
  namespace: string,
  role: FileRole,
  { at, lineAt }: DocumentPlaces,
): DocumentContent | { readonly template: number } {
  const { mark, text } = source;
  const nothing = { ...NOTHING, document: { mark, text, tree: null, found: [] } };
  const braces = text.indexOf('{{');
  if (!namesOurs(text) && !namesController(text) && braces === -1) return nothing;
  const parsed = source.parsed();
  const unread = (why: string): readonly string[] => (namesVirtualService(text) ? [why] : []);
  if (!parsed.ok && 'bomb' in parsed) {
    const why = `${at(parsed.fault.offset)}: ${parsed.fault.message}, which no tool of Kubernetes would read`;
    return { ...nothing, faults: [why], unread: unread(why) };
  }
  if (braces !== -1 && (!parsed.ok || parsed.tree.template))
    return { template: parsed.ok ? braces : parsed.fault.offset };
  if (!parsed.ok) {
    const why = `${at(parsed.fault.offset)}: no YAML: ${parsed.fault.message}${jsonHint(text)}`;
    return { ...nothing, warnings: [`${why}; the document is left alone.`], unread: unread(why) };
  }
  const controllers = controllersIn(parsed.tree, namespace).map(({ controller, title, offset, writes }) => ({
    controller,
    place: `${title} in ${lineAt(offset)}`,
    writes,
  }));
  const objects = objectsIn(parsed.tree, namespace);
  if (!objects.ours) {
    const fault = jsonFault(text, parsed.tree);
    if (fault === undefined) return { ...nothing, controllers };
    const why = `${at(0)}: ${fault}`;
    return {
      ...nothing,
      controllers,
      warnings: [`${why}; the document is left alone.`],
      unread: unread(why),
    };
  }
  if (braces !== -1 && (objects.faults.length + objects.odd.length > 0 || hasTemplateText(objects))) {
    const { templates, unread: unreadTemplate } = asTemplate(text, at(braces));
    return { ...nothing, controllers, templates, unread: unreadTemplate };
  }
  const { found, ...said } = judgedObjects(objects, namespace, role, at);
  const document = found.length === 0 ? nothing.document : { mark, text, tree: parsed.tree, found };
  return { ...nothing, ...said, controllers, document };
}

/** What the objects of a document come to: with a fault in the text, none of them is changed. */
function judgedObjects(
  objects: DocumentObjects,
  namespace: string,
  { partial }: FileRole,
  at: DocumentPlaces['at'],
): Pick<DocumentContent, 'warnings' | 'faults' | 'odd'> & Pick<ManifestDocument, 'found'> {
  const parts =
    partial === undefined
      ? objects.parts
      : [...objects.parts, ...[...objects.found, ...objects.odd].map((one) => ({ ...one, why: partial }))];
  const warnings = parts.map(
    ({ kind, name, offset, why }) =>
      `${at(offset)}: ${kind} ${name} is only a part of an object (${why}); it is left alone.`,
  );
  if (partial !== undefined) return { warnings, faults: [], odd: [], found: [] };
  const faults = objects.faults.map((fault) => `${at(fault.offset)}: ${fault.message}`);
  const refused = faults.length === 0 ? [] : objects.found;
  return {
    warnings,
    faults,
    odd: [
      ...refused.map((one) => refusedObject(one, namespace, faults.slice(0, 3))),
      ...objects.odd.map((one) => {
        const why = one.faults.map((fault) => `${at(fault.offset)}: ${fault.message}`);
        return notUnderstood(one.kind, one.raw, namespace, why.slice(0, 3).join('; '));
      }),
    ],
    found: faults.length === 0 ? objects.found : [],
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
