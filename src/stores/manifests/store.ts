/** The port to a folder of manifests: the same operations, on files in place of a cluster. */
import { TrafficError } from '../../base/errors.ts';
import { sameJson, type JsonObject } from '../../base/json.ts';
import type { DestinationRule, VirtualService } from '../../istio/types.ts';
import type { Snapshot, Write } from '../../plan/types.ts';
import { howOf } from '../../plan/writes.ts';
import type { Store } from '../../ports/store.ts';
import type { TextChange } from '../../report/types.ts';
import { edit, type Tree } from '../../yaml/index.ts';
import { manifestText, type Manifest, type ManifestDocument } from './documents.ts';
import { asSpelled } from './empty-fields.ts';
import { identity } from './identity.ts';
import { objectsIn, rawOf, type FoundObject } from './objects.ts';
import { spelledAsBefore, spellingsIn, withNulls, withSpellings, type Spellings } from './odd-spellings.ts';
import { isNow, locate, named, titleOfWrite, type Located, type Manifests } from './places.ts';
import { readManifests, type ReadingOptions } from './reading.ts';
import { changedMeanwhile, replaceFile, requireWritable, type Opened } from './replace-file.ts';
import { refuseTwins, type Twin } from './twins.ts';
import { withoutRule, withRule, type FileChange } from './whole-rules.ts';

export interface ManifestsOptions extends ReadingOptions {
  /** Of documents that name none; default `default`. */
  readonly namespace?: string | undefined;
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
    const reading = await readManifests(this.#options, this.#namespace);
    const { manifests, snapshot, twins, warnings, opened } = reading;
    this.#opened = new Map(opened);
    this.#twins = twins;
    this.#warnings = warnings;
    this.#current = this.#rehearsed = manifests;
    // Read again after a conflict: the diff still starts before what this run has written already.
    const known = new Map(this.#read.map((manifest) => [manifest.path, manifest]));
    this.#read = manifests.map((manifest) =>
      this.#written.has(manifest.path) ? (known.get(manifest.path) ?? manifest) : manifest,
    );
    return snapshot;
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
    const after = [...Map.groupBy(writes, titleOfWrite).values()]
      .flatMap(inOne)
      .reduce((manifests, write) => {
        if (howOf(write) === 'create') return this.#create(manifests, write).manifests;
        const [only, ...others] = named(manifests, write);
        if (only === undefined || others.length > 0) return manifests;
        return this.#change(manifests, only, write).manifests;
      }, this.#read);
    return this.#read.flatMap((manifest, index) => {
      const [before, now] = [manifestText(manifest), manifestText(after[index] ?? manifest)];
      return before === now ? [] : [{ label: manifest.label, before, after: now }];
    });
  }

  async #rehearseNow(write: Write): Promise<void> {
    refuseTwins(this.#twins, write);
    const isNew = howOf(write) === 'create';
    const base = isNew || isNow(this.#rehearsed, write) ? this.#rehearsed : this.#current;
    const { before, manifests } = this.#apply(base, write);
    await requireWritable(before.path, before.label);
    this.#rehearsed = manifests;
  }

  async #writeNow(write: Write): Promise<VirtualService | DestinationRule> {
    const applied = this.#apply(this.#current, write);
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

  #apply(manifests: Manifests, write: Write): Applied {
    return howOf(write) === 'create'
      ? this.#create(manifests, write)
      : this.#change(manifests, locate(manifests, write), write);
  }

  /** @throws TrafficError conflict: there is one of this name by now */
  #create(manifests: Manifests, write: Write): Applied {
    if (write.kind !== 'DestinationRule' || named(manifests, write).length > 0) {
      throw new TrafficError(
        'conflict',
        `${titleOfWrite(write)} is there by now; nothing was written. Run again.`,
      );
    }
    return applied(manifests, withRule(manifests, write.after, this.#namespace), write.after);
  }

  #change(manifests: Manifests, located: Located, write: Write): Applied {
    const whole = howOf(write) === 'delete' ? withoutRule(located, this.#namespace) : undefined;
    return whole === undefined
      ? this.#edited(manifests, located, write)
      : applied(manifests, whole, write.after);
  }

  #edited(manifests: Manifests, { manifest, document, found, tree }: Located, write: Write): Applied {
    const after = rawOf(found, write.after);
    if (after === null || write.after.metadata.name !== found.name || write.after.kind !== found.kind) {
      throw new TrafficError(
        'internal',
        `${titleOfWrite(write)} would get another name or namespace: that is another object, not a change of this one.`,
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
        `${titleOfWrite(write)} in ${manifest.label} would not read back as planned; nothing was written.`,
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
    const spellings = spellingsIn(tree, found.path, found.object, found.raw);
    const wanted = withNulls(after, write.after, spellings);
    const first = this.#spelled(tree, found, write, label, wanted, spellings);
    const marked = withSpellings(wanted, first.lost);
    const to = marked === wanted ? first : this.#spelled(tree, found, write, label, marked, spellings);
    this.#edits.set(write.after, { from: tree, to: to.tree });
    return to.tree;
  }

  /** @returns with the spellings of values that are others by now */
  #spelled(
    tree: Tree,
    found: FoundObject,
    write: Write,
    label: string,
    after: JsonObject,
    spellings: Spellings,
  ): ReturnType<typeof spelledAsBefore> {
    const edited = edit(tree, found.path, after, { identity, nullIsAbsent: true });
    if (!edited.ok) {
      throw new TrafficError(
        'internal',
        `${titleOfWrite(write)} in ${label}: ${edited.fault.message}, so nothing was written. Please report this with the file.`,
      );
    }
    const filled = asSpelled(edited.tree, found.path, after, found.emptyFields);
    return spelledAsBefore(filled, found.path, write.after, spellings);
  }
}

/** Writes of one object as one: the last, in the way that it comes to from where the first began. */
function inOne(writes: readonly Write[]): readonly Write[] {
  const [first, last] = [writes[0], writes.at(-1)];
  if (first === undefined || last === undefined) return [];
  if (howOf(first) !== 'create') return [last];
  // The kinds agree: both are of one object.
  return howOf(last) === 'delete' ? [] : [{ ...first, after: last.after } as Write];
}

function applied(
  manifests: Manifests,
  { before, after }: FileChange,
  object: VirtualService | DestinationRule,
): Applied {
  return { manifests: manifests.with(manifests.indexOf(before), after), before, after, object };
}

interface Applied {
  readonly manifests: Manifests;
  readonly before: Manifest;
  readonly after: Manifest;
  readonly object: VirtualService | DestinationRule;
}
