/** The port to a folder of manifests: the same operations, on files in place of a cluster. */
import { readFile, realpath } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';
import { TrafficError, toTrafficError } from '../../errors.ts';
import { sameJson } from '../../json.ts';
import type { DestinationRule, VirtualService } from '../../istio/types.ts';
import type { Snapshot, Write } from '../../plan/types.ts';
import type { TextChange } from '../../report/types.ts';
import type { Store } from '../store.ts';
import { readManifest, textOf, type Manifest, type ManifestDocument } from './documents.ts';
import { editTree } from './edit.ts';
import { fileError, readSources, requireWritable } from './files.ts';
import { objectsIn, rawOf, type Found } from './objects.ts';
import { isNow, locate, named, nameOf, objectsOf, twins, type Located, type Manifests } from './places.ts';
import type { Tree } from './tree.ts';

export interface ManifestsOptions {
  /** A file, a folder (with all below it), or a glob of `.yaml`, `.yml` and `.json`. */
  readonly path: string;
  /** Of documents that name none; default `default`. */
  readonly namespace?: string | undefined;
  /** What `path` is relative to; default the process's. */
  readonly cwd?: string | undefined;
  /** Do everything but write files: `write` answers as if it had. */
  readonly dryRun?: boolean | undefined;
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
    const { path, cwd = process.cwd() } = this.#options;
    const sources = await readSources(path, cwd);
    const readings = sources.files.map((file) => readManifest(file, this.#namespace));
    const odd = readings.flatMap((reading) => reading.odd);
    const faults = readings.flatMap((reading) => reading.faults);
    if (faults.length > 0) throw new TrafficError('invalid-input', faultsText(faults));
    const manifests = readings.flatMap(({ manifest }) => (manifest === null ? [] : [manifest]));
    const warnings = [...sources.warnings, ...readings.flatMap((reading) => reading.warnings)];
    const all = objectsOf(manifests);
    if (all.length === 0) {
      if (odd.length > 0) throw new TrafficError('invalid-input', faultsText(odd.map(({ why }) => why)));
      const files = sources.files.length === 1 ? 'the file' : `any of the ${sources.files.length} files`;
      const rest = warnings.length === 0 ? '' : ` Not read: ${warnings.join(' ')}`;
      throw new TrafficError(
        'not-found',
        `There is no VirtualService or DestinationRule in ${files} of ${path}.${rest}`,
      );
    }
    this.#warnings = [...warnings, ...twins(all)];
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

  async rehearse(write: Write): Promise<void> {
    return this.#inTurn(() => this.#rehearseNow(write));
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
    const base = isNow(this.#rehearsed, write) ? this.#rehearsed : this.#current;
    const { before, manifests } = this.#change(base, locate(base, write), write);
    await requireWritable(before.path, before.label);
    this.#rehearsed = manifests;
  }

  async #writeNow(write: Write): Promise<VirtualService | DestinationRule> {
    const applied = this.#change(this.#current, locate(this.#current, write), write);
    if (this.#options.dryRun !== true) await replaceFile(applied.before, applied.after);
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
      : { text: edited.text, tree: edited, found: objectsIn(edited, this.#namespace).found };
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
    found: Found,
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

interface Applied {
  readonly manifests: Manifests;
  readonly before: Manifest;
  readonly after: Manifest;
  readonly object: VirtualService | DestinationRule;
}

/** @throws TrafficError conflict: the file is not what was read; forbidden, internal: it can't be written */
async function replaceFile(before: Manifest, after: Manifest): Promise<void> {
  const { path, label } = before;
  const [now, real] = await Promise.all([readFile(path, 'utf8'), realpath(path)]).catch(
    () => [null, path] as const,
  );
  if (now !== textOf(before) || real !== path) {
    throw new TrafficError(
      'conflict',
      `${label} was changed by someone else after it was read; nothing was written to it. Run again.`,
    );
  }
  const text = textOf(after);
  if (text === now) return;
  try {
    await writeFileAtomic(path, text, { encoding: 'utf8' });
  } catch (thrown) {
    throw fileError(thrown, label, 'written');
  }
}

const MOST_FAULTS = 20;

function faultsText(faults: readonly string[]): string {
  const shown = faults.slice(0, MOST_FAULTS);
  const more = faults.length > shown.length ? [`… and ${faults.length - shown.length} more.`] : [];
  return ['Kubernetes would refuse these manifests, so nothing is done with any:', ...shown, ...more].join(
    '\n',
  );
}

function isVirtualService(object: VirtualService | DestinationRule): object is VirtualService {
  return object.kind === 'VirtualService';
}

function isDestinationRule(object: VirtualService | DestinationRule): object is DestinationRule {
  return object.kind === 'DestinationRule';
}
