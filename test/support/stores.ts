/** Every place that a `Store` is for, holding the same objects, with a look into it that doesn't go through the store. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { isObject, type JsonObject } from '../../src/base/json.ts';
import type { DestinationRule, KubeObject, VirtualService } from '../../src/istio/types.ts';
import type { Store } from '../../src/ports/store.ts';
import { manifestsStore } from '../../src/stores/manifests/store.ts';
import { kubeconfig, startServer } from './api-server/server.ts';
import { clusterInText, objectsIn } from './cases.ts';
import { openStore } from './kubernetes-store.ts';
import { clusterOf } from './memory-store.ts';

export type Routing = VirtualService | DestinationRule;

/** Where objects are, and what somebody else does there. */
export interface StorePlace extends AsyncDisposable {
  readonly store: Store;
  /** Every object that is there, without what a server counts. */
  objects(): Promise<readonly KubeObject[]>;
  /** Somebody else changes an object. */
  edit(object: Routing, change: (current: JsonObject) => JsonObject): Promise<void>;
  /** Somebody else deletes it. */
  remove(object: Routing): Promise<void>;
}

/** The namespace of all the objects. */
export const NAMESPACE = 'shop';

export const PLACES: Readonly<Record<string, (objects: readonly Routing[]) => Promise<StorePlace>>> = {
  'an API server': onServer,
  'a file of manifests': (objects) => inFiles([objects]),
  'manifests in a file each': (objects) => inFiles(objects.map((object) => [object])),
  'the memory of a test': inMemory,
  'the text of a golden case': inText,
};

async function onServer(objects: readonly Routing[]): Promise<StorePlace> {
  const server = await startServer({ objects: objects.map(asJson) });
  const { store } = await openStore(server, { kubeconfig: kubeconfig(server, { namespace: NAMESPACE }) });
  return {
    store,
    objects: () =>
      Promise.resolve(
        ['VirtualService', 'DestinationRule']
          .flatMap((kind) => server.objects.list(kind, NAMESPACE))
          .map((object) => uncounted(object as KubeObject)),
      ),
    edit: ({ kind, metadata }, change) => {
      server.objects.edit(kind, metadata.name, change, NAMESPACE);
      return Promise.resolve();
    },
    remove: ({ kind, metadata }) => {
      server.objects.remove(kind, metadata.name, NAMESPACE);
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

async function inFiles(files: readonly (readonly Routing[])[]): Promise<StorePlace> {
  const folder = await mkdtemp(join(tmpdir(), 'istiops-stores-'));
  for (const [index, objects] of files.entries())
    await writeFile(join(folder, `${index}.yaml`), textOf(objects));
  const texts = async (): Promise<readonly (readonly [path: string, text: string])[]> =>
    Promise.all(
      (await readdir(folder))
        .sort()
        .map((name) => join(folder, name))
        .map(async (path) => [path, await readFile(path, 'utf8')] as const),
    );
  const rewrite = async (
    change: (objects: readonly KubeObject[]) => readonly KubeObject[],
  ): Promise<void> => {
    for (const [path, text] of await texts()) {
      const changed = textOf(change(objectsIn(text)));
      if (changed !== textOf(objectsIn(text))) await writeFile(path, changed);
    }
  };
  return {
    store: manifestsStore({ path: '.', cwd: folder, namespace: NAMESPACE }),
    objects: async () => (await texts()).flatMap(([, text]) => objectsIn(text)),
    edit: (object, change) => rewrite((all) => edited(all, object, change)),
    remove: (object) => rewrite((all) => all.filter((one) => !isSame(one, object))),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

function inMemory(objects: readonly Routing[]): Promise<StorePlace> {
  const cluster = clusterOf(objects);
  return Promise.resolve({
    store: cluster.store,
    objects: () => Promise.resolve(cluster.objects().map(uncounted)),
    edit: (object, change) => {
      cluster.edit(object, (current) => change(asJson(current)) as unknown as typeof object);
      return Promise.resolve();
    },
    remove: (object) => {
      cluster.remove(object);
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}

function inText(objects: readonly Routing[]): Promise<StorePlace> {
  const held = { text: textOf(objects) };
  return Promise.resolve({
    store: clusterInText(held, NAMESPACE, {}),
    objects: () => Promise.resolve(objectsIn(held.text)),
    edit: (object, change) => {
      held.text = textOf(edited(objectsIn(held.text), object, change));
      return Promise.resolve();
    },
    remove: (object) => {
      held.text = textOf(objectsIn(held.text).filter((one) => !isSame(one, object)));
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}

function edited(
  objects: readonly KubeObject[],
  object: Routing,
  change: (current: JsonObject) => JsonObject,
): readonly KubeObject[] {
  return objects.map((one) => (isSame(one, object) ? (change(asJson(one)) as unknown as KubeObject) : one));
}

function isSame(one: KubeObject, other: KubeObject): boolean {
  return one.kind === other.kind && one.metadata.name === other.metadata.name;
}

function asJson(object: KubeObject): JsonObject {
  const json: unknown = JSON.parse(JSON.stringify(object));
  if (!isObject(json)) throw new Error('It is an object.');
  return json;
}

function textOf(objects: readonly KubeObject[]): string {
  return objects.map((object) => `---\n${stringify(object)}`).join('');
}

/** Without what a server keeps count of. */
export function uncounted<T extends KubeObject>(object: T): T {
  const { resourceVersion: _, ...metadata } = object.metadata;
  const { uid: _uid, generation: _generation, ...rest } = metadata as typeof metadata & JsonObject;
  return { ...object, metadata: rest };
}
