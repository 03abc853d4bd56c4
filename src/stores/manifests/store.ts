/** The port to a folder of manifests: the same operations, on files in place of a cluster. */
import path from 'node:path';
import { TrafficError, toTrafficError } from '../../base/errors.ts';
import { resolveHost } from '../../istio/hosts.ts';
import { sameJson } from '../../base/json.ts';
import type { DestinationRule, VirtualService } from '../../istio/types.ts';
import type { Snapshot, Write } from '../../plan/types.ts';
import type { TextChange } from '../../report/types.ts';
import type { Store } from '../../ports/store.ts';
import {
  readManifest,
  textOf,
  whereIs,
  type FileRole,
  type Manifest,
  type ManifestDocument,
  type FileContent,
} from './documents.ts';
import { editTree } from '../../yaml/edit.ts';
import { fileError, readSources, requireWritable, stepsTo, type SourceFile } from './files.ts';
import { holdFolder, isLinkError, readIn, replaceIn, type Identity } from './held.ts';
import { patchFiles } from './kustomize.ts';
import { objectsIn, rawOf, type FoundObject } from './objects.ts';
import { inSteps, paceOf } from './pace.ts';
import { isAssertion } from './partial.ts';
import {
  distinct,
  isNow,
  locate,
  named,
  nameOf,
  objectsOf,
  type Located,
  type Manifests,
  type Twin,
} from './places.ts';
import type { Tree } from '../../yaml/tree.ts';

export interface ManifestsOptions {
  /** A file, a folder (with all below it), or a glob of `.yaml`, `.yml` and `.json`. */
  readonly path: string;
  /** Of documents that name none; default `default`. */
  readonly namespace?: string | undefined;
  /** What `path` is relative to; default the process's. */
  readonly cwd?: string | undefined;
  /** Do everything but write files: `write` answers as if it had. */
  readonly dryRun?: boolean | undefined;
  /** Ends reading when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A store on YAML and JSON files. Edits change the text where they must and nowhere else: comments, order,
 * quoting, anchors and documents of other kinds stay as they are.
 */
export function manifestsStore(options: ManifestsOptions): Store {
  return new ManifestsStore(options);
}

class ManifestsStore implements Store {
  readonly kind = 'manifests';
  readonly place: string;
  readonly #options: ManifestsOptions;
  readonly #namespace: string;
  #warnings: readonly string[] = [];
  #twins: readonly Twin[] = [];
  /** By path, what was opened: a file is only replaced where it is still that one. */
  #opened = new Map<string, Opened>();
  /** As last read: what diffs start from. */
  #read: Manifests = [];
  /** As they are now. */
  #current: Manifests = [];
  /** As they would be after the writes rehearsed so far: a later phase's `before` is an earlier one's `after`. */
  #rehearsed: Manifests = [];
  /** Edits worked out once for rehearsal, write and diff. */
  readonly #edits = new WeakMap<object, { readonly from: Tree; readonly to: Tree }>();
  readonly #written = new Set<string>();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: ManifestsOptions) {
    this.#options = options;
    this.#namespace = options.namespace ?? 'default';
    this.place = `manifests in ${options.path}`;
  }

  get warnings(): readonly string[] {
    return this.#warnings;
  }

  async read(): Promise<Snapshot> {
    const { path: given, cwd = process.cwd(), signal } = this.#options;
    const sources = await readSources(given, cwd);
    const pace = paceOf(signal);
    const patches = patchFiles(sources.files);
    const readings: FileContent[] = [];
    for (const file of sources.files) {
      await pace(1024);
      readings.push(await inSteps(readManifest(file, this.#namespace, roleOf(file, patches)), pace));
    }
    const odd = readings.flatMap((reading) => reading.odd);
    const faults = readings.flatMap((reading) => reading.faults);
    if (faults.length > 0) throw new TrafficError('invalid-input', faultsText(faults));
    const read = readings.flatMap(({ manifest }) => (manifest === null ? [] : [manifest]));
    const { objects: all, twins, parts } = distinct(objectsOf(read));
    const warnings = limited([
      ...sources.warnings,
      ...templatesText(readings.flatMap(({ templates }) => templates)),
      ...readings.flatMap((reading) => reading.warnings),
      ...parts.map(
        ({ manifest, document, found }) =>
          `${whereIs(manifest, document, found)}: ${found.kind} ${found.name} is only a part of the one of the same name; it is left alone.`,
      ),
    ]);
    if (all.length === 0) {
      if (odd.length > 0) throw new TrafficError('invalid-input', faultsText(odd.map(({ why }) => why)));
      const files = sources.files.length === 1 ? 'the file' : `any of the ${sources.files.length} files`;
      const rest = warnings.length === 0 ? '' : ` Not read: ${warnings.join(' ')}`;
      throw new TrafficError(
        'not-found',
        `There is no VirtualService or DestinationRule in ${files} of ${given}.${rest}`,
      );
    }
    const manifests = withoutParts(read, parts);
    this.#opened = new Map(sources.files.map(({ path: file, root, identity }) => [file, { root, identity }]));
    this.#twins = twins;
    this.#warnings = [
      ...warnings,
      ...limited(
        twins.map(
          ({ words }) =>
            `${words}: it is not clear which of them reaches the cluster, so neither can be changed.`,
        ),
      ),
    ];
    this.#current = this.#rehearsed = manifests;
    // Read again after a conflict: the diff still starts before what this run has written already.
    const known = new Map(this.#read.map((manifest) => [manifest.path, manifest]));
    this.#read = manifests.map((manifest) =>
      this.#written.has(manifest.path) ? (known.get(manifest.path) ?? manifest) : manifest,
    );
    const objects = all.map(({ found }) => found.object);
    return {
      source: 'manifests',
      namespace: this.#namespace,
      virtualServices: objects.filter(isVirtualService),
      destinationRules: objects.filter(isDestinationRule),
      pods: { state: 'none' },
      services: { state: 'none' },
      ...(odd.length > 0 && { notUnderstood: odd }),
    };
  }

  /** Files are stored as they are written: nothing to compare. */
  async rehearse(write: Write): Promise<undefined> {
    await this.#inTurn(() => this.#rehearseNow(write));
  }

  async write(write: Write): Promise<VirtualService | DestinationRule> {
    return this.#inTurn(() => this.#writeNow(write));
  }

  /** One after the other: two writes into one file would each undo the other's. */
  async #inTurn<T>(body: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(body);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /** From the files as read to the files with the last `after` of each object, wherever these are by now. */
  texts(writes: readonly Write[]): readonly TextChange[] {
    const last = new Map(writes.map((write) => [nameOf(write), write]));
    const after = [...last.values()].reduce((manifests, write) => {
      const [only, ...others] = named(manifests, write);
      if (only === undefined || others.length > 0) return manifests;
      return this.#change(manifests, only, write).manifests;
    }, this.#read);
    return this.#read.flatMap((manifest, index) => {
      const [before, now] = [textOf(manifest), textOf(after[index] ?? manifest)];
      return before === now ? [] : [{ label: manifest.label, before, after: now }];
    });
  }

  async #rehearseNow(write: Write): Promise<void> {
    refuseTwins(this.#twins, write);
    const base = isNow(this.#rehearsed, write) ? this.#rehearsed : this.#current;
    const { before, manifests } = this.#change(base, locate(base, write), write);
    await requireWritable(before.path, before.label);
    this.#rehearsed = manifests;
  }

  async #writeNow(write: Write): Promise<VirtualService | DestinationRule> {
    const applied = this.#change(this.#current, locate(this.#current, write), write);
    if (this.#options.dryRun !== true) {
      const opened = this.#opened.get(applied.before.path);
      if (opened === undefined) throw changedMeanwhile(applied.before.label);
      const identity = await replaceFile(opened, applied.before, applied.after);
      this.#opened.set(applied.after.path, { ...opened, identity });
    }
    this.#current = this.#rehearsed = applied.manifests;
    this.#written.add(applied.after.path);
    return applied.object;
  }

  #change(manifests: Manifests, { manifest, document, found, tree }: Located, write: Write): Applied {
    const after = rawOf(found, write.after);
    if (after === null || write.after.metadata.name !== found.name || write.after.kind !== found.kind) {
      throw new TrafficError(
        'internal',
        `${nameOf(write)} would get another name or namespace: that is another object, not a change of this one.`,
      );
    }
    const edited = this.#edit(tree, found, write, manifest.label, after);
    const at = manifest.documents.indexOf(document);
    const asRead = this.#read.find(({ path }) => path === manifest.path)?.documents[at];
    // Undone, it is as it was, even where an anchor had moved on the way.
    const back = asRead?.tree != null && sameJson(asRead.tree.root?.value, edited.root?.value);
    const next: ManifestDocument = back
      ? asRead
      : {
          mark: document.mark,
          text: edited.text,
          tree: edited,
          found: objectsIn(edited, this.#namespace).found.filter((each) =>
            document.found.some((known) => sameJson(known.path, each.path)),
          ),
        };
    const object = next.found.find((each) => sameJson(each.path, found.path))?.object;
    if (!sameJson(object, write.after) || object === undefined) {
      throw new TrafficError(
        'internal',
        `${nameOf(write)} in ${manifest.label} would not read back as planned; nothing was written.`,
      );
    }
    const changed = { ...manifest, documents: manifest.documents.with(at, next) };
    return {
      manifests: manifests.with(manifests.indexOf(manifest), changed),
      before: manifest,
      after: changed,
      object,
    };
  }

  #edit(
    tree: Tree,
    found: FoundObject,
    write: Write,
    label: string,
    after: NonNullable<ReturnType<typeof rawOf>>,
  ): Tree {
    const known = this.#edits.get(write.after);
    if (known?.from === tree) return known.to;
    try {
      const to = editTree(tree, found.path, after);
      this.#edits.set(write.after, { from: tree, to });
      return to;
    } catch (thrown) {
      const error = toTrafficError(thrown);
      throw new TrafficError(
        error.reason,
        `${nameOf(write)} in ${label}: ${error.message}. Please report this with the file.`,
        { cause: thrown },
      );
    }
  }
}

type Opened = Pick<SourceFile, 'root' | 'identity'>;

interface Applied {
  readonly manifests: Manifests;
  readonly before: Manifest;
  readonly after: Manifest;
  readonly object: VirtualService | DestinationRule;
}

/**
 * Only a file that is the one which was read, with the text that it had then, is replaced.
 *
 * @throws TrafficError conflict: the file is not what was read; forbidden, internal: it can't be written
 */
async function replaceFile(source: Opened, before: Manifest, after: Manifest): Promise<Identity> {
  const { path: file, label } = before;
  const name = path.basename(file);
  try {
    await using held = await holdFolder(source.root, stepsTo(source.root, path.dirname(file)));
    const now = await readIn(held, name, Number.MAX_SAFE_INTEGER);
    if (
      'size' in now ||
      !isSame(now.identity, source.identity) ||
      now.bytes.toString('utf8') !== textOf(before)
    )
      throw changedMeanwhile(label);
    const text = textOf(after);
    return text === textOf(before) ? now.identity : await replaceIn(held, name, text);
  } catch (thrown) {
    if (thrown instanceof TrafficError) throw thrown;
    const isGone = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
    throw isGone || isLinkError(thrown) ? changedMeanwhile(label) : fileError(thrown, label, 'written');
  }
}

function isSame(one: Identity, other: Identity): boolean {
  return one.device === other.device && one.inode === other.inode;
}

function changedMeanwhile(label: string): TrafficError {
  return new TrafficError(
    'conflict',
    `${label} was changed by someone else after it was read; nothing was written to it. Run again.`,
  );
}

/**
 * A VirtualService may only be written where it is known which DestinationRule of its hosts counts.
 *
 * @throws TrafficError ambiguous
 */
function refuseTwins(twins: readonly Twin[], { after }: Write): void {
  if (!isVirtualService(after)) return;
  const { http = [], tls = [], tcp = [] } = after.spec;
  const hosts = new Set(
    [...http, ...tls, ...tcp].flatMap(({ route = [] }) =>
      route.map(({ destination }) => resolveHost(destination.host, after.metadata.namespace)),
    ),
  );
  const twin = twins.find(
    ({ object }) =>
      isDestinationRule(object) && hosts.has(resolveHost(object.spec.host, object.metadata.namespace)),
  );
  if (twin === undefined) return;
  throw new TrafficError(
    'ambiguous',
    `${twin.words}, and it is not clear which of them reaches the cluster. Give manifests a path that has only one of them.`,
  );
}

function roleOf(file: SourceFile, patches: ReadonlyMap<string, string>): FileRole {
  const kustomization = patches.get(file.path);
  if (kustomization !== undefined) return { partial: `a patch of ${kustomization}` };
  return isAssertion(file.label) ? { partial: 'a test asserts it' } : {};
}

/** The same without those objects: nothing looks for them any more. */
function withoutParts(manifests: Manifests, parts: readonly Located[]): Manifests {
  if (parts.length === 0) return manifests;
  const gone = new Set(parts.map(({ found }) => found));
  return manifests.map((manifest) => ({
    ...manifest,
    documents: manifest.documents.map((document) => ({
      ...document,
      found: document.found.filter((found) => !gone.has(found)),
    })),
  }));
}

function templatesText(places: readonly string[]): readonly string[] {
  const [only, ...others] = places;
  if (only === undefined) return [];
  if (others.length === 0) return [`${only}: it is a template ("{{"), no YAML; it is left alone.`];
  const shown = places.slice(0, 5).join(', ');
  const more = places.length > 5 ? ` and ${places.length - 5} more` : '';
  return [`${places.length} templates ("{{") are left alone: ${shown}${more}.`];
}

const MOST_LINES = 50;

/** As many as a person reads; the rest is counted. */
function limited(lines: readonly string[]): readonly string[] {
  if (lines.length <= MOST_LINES) return lines;
  return [...lines.slice(0, MOST_LINES), `… and ${lines.length - MOST_LINES} more.`];
}

function faultsText(faults: readonly string[]): string {
  return ['Kubernetes would refuse these manifests, so nothing is done with any:', ...limited(faults)].join(
    '\n',
  );
}

function isVirtualService(object: VirtualService | DestinationRule): object is VirtualService {
  return object.kind === 'VirtualService';
}

function isDestinationRule(object: VirtualService | DestinationRule): object is DestinationRule {
  return object.kind === 'DestinationRule';
}
