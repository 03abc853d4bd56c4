/** What every `Store` promises (`src/ports/store.ts`), whatever place it is for, and wrapped as a run wraps it. */
import { describe, expect, test } from 'vitest';
import { toTrafficError, type TrafficError } from '../../src/base/errors.ts';
import { titleOf } from '../../src/base/title.ts';
import type { DestinationRule, KubeObject, Route, VirtualService } from '../../src/istio/types.ts';
import type { Snapshot, Write } from '../../src/plan/types.ts';
import type { ReadScope, Store } from '../../src/ports/store.ts';
import { abortable, uncancelled } from '../../src/run/interrupt.ts';
import { objectsIn } from '../support/cases.ts';
import { clusterOf } from '../support/memory-store.ts';
import { NAMESPACE, PLACES, uncounted, type Routing, type StorePlace } from '../support/stores.ts';

/** With fields that nobody knows, at every depth. */
const API: VirtualService = withUnknown({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: {
    name: 'api',
    namespace: NAMESPACE,
    labels: { app: 'api' },
    annotations: { 'example.com/note': 'a: "b" # c' },
  },
  spec: {
    hosts: ['api'],
    http: [
      withUnknown({
        name: 'main',
        match: [withUnknown({ uri: { prefix: '/' } })],
        route: [withUnknown({ destination: withUnknown({ host: 'api', subset: 'v1' }) })],
      }),
      { name: 'rest', route: [{ destination: { host: 'api' }, weight: 100 }] },
    ],
    ...withUnknown({}),
  },
});
const OTHER: VirtualService = { ...API, metadata: { name: 'other', namespace: NAMESPACE } };
const RULE: DestinationRule = withUnknown({
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: { name: 'api', namespace: NAMESPACE },
  spec: { host: 'api', subsets: [withUnknown({ name: 'v1', labels: { app: 'api', build: '1' } })] },
});
const OBJECTS: readonly Routing[] = [API, OTHER, RULE];

function withUnknown<T extends object>(known: T): T {
  return { ...known, x_unknown: { kept: [1, null, 'text', { deep: true }] } };
}

/** The first subset of a service that has no DestinationRule. */
const EMPTY_RULE: DestinationRule = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: { name: 'made', namespace: NAMESPACE, annotations: { 'istiops/created': 'x' } },
  spec: { host: 'api.shop.svc.cluster.local' },
};
const creation = {
  kind: 'DestinationRule',
  before: EMPTY_RULE,
  after: {
    ...EMPTY_RULE,
    spec: { ...EMPTY_RULE.spec, subsets: [{ name: 'v2', labels: { app: 'api', version: '1e3' } }] },
  },
  how: 'create',
} as const satisfies Write;

const SCOPES: readonly (ReadScope | undefined)[] = [undefined, 'routing', 'mesh', 'mesh-and-gateways'];

/** As it is, and as a run has it: to go forwards, and to finish what has begun. */
const WRAPPED: Readonly<Record<string, (store: Store) => Store>> = {
  'as it is': (store) => store,
  'that a signal may stop': (store) =>
    abortable({ store, clock: clusterOf([]).clock }, new AbortController().signal).store,
  'that no signal stops': uncancelled,
};

const stores = Object.entries(PLACES).flatMap(([place, open]) =>
  Object.entries(WRAPPED).map(([how, wrap]) => [`${place}, ${how}`, open, wrap] as const),
);

describe.for(stores)('the store of %s', ([, open, wrap]) => {
  /** The store, and the place that it is for. */
  async function opened(): Promise<StorePlace> {
    const place = await open(OBJECTS);
    return { ...place, store: wrap(place.store) };
  }

  test('names its place, and says how it is reached where that is a question', async () => {
    await using place = await open(OBJECTS);
    const wrapped = wrap(place.store);
    expect(wrapped.place).toMatch(/^(cluster https?:\/\/|manifests in )/);
    expect([wrapped.kind, wrapped.place, wrapped.access]).toEqual([
      place.store.kind,
      place.store.place,
      place.store.access,
    ]);
  });

  test.for(SCOPES)('reads every object whole, with fields that nobody knows (scope %s)', async (scope) => {
    await using place = await opened();
    const snapshot = await place.store.read(scope);
    expect(snapshot).toMatchObject({ source: place.store.kind, namespace: NAMESPACE });
    expect(byTitle(routingIn(snapshot))).toEqual(byTitle(OBJECTS));
    expect(place.store.warnings).toEqual([]);
  });

  test('reads no pods for a look at the routing alone', async () => {
    await using place = await opened();
    expect((await place.store.read('routing')).pods).toEqual({ state: 'none' });
  });

  test('a look at the routes alone has every VirtualService, and no pods', async () => {
    await using place = await opened();
    const { virtualServices, pods } = await place.store.read('routes');
    expect(byTitle(virtualServices)).toEqual(
      byTitle(OBJECTS.filter(({ kind }) => kind === 'VirtualService')),
    );
    expect(pods).toEqual({ state: 'none' });
  });

  test('a rehearsal changes nothing, and answers with what would be stored, or with nothing', async () => {
    await using place = await opened();
    for (const make of [weight, subset]) {
      const write = make(await place.store.read());
      const answer = await place.store.rehearse(write);
      if (answer !== undefined) expect(uncounted(answer)).toEqual(uncounted(write.after));
    }
    expect(byTitle(await place.objects())).toEqual(byTitle(OBJECTS));
  });

  test('a rehearsed write can be written', async () => {
    await using place = await opened();
    const write = weight(await place.store.read());
    await place.store.rehearse(write);
    expect(uncounted(await place.store.write(write))).toEqual(uncounted(write.after));
  });

  test('a write changes what it says and nothing else, and answers with what is stored', async () => {
    await using place = await opened();
    const first = await place.store.read();
    const [routes, rule] = [weight(first), subset(first)];
    const answers = [await place.store.write(rule), await place.store.write(routes)];

    expect(byTitle(await place.objects())).toEqual(
      byTitle([uncounted(routes.after), OTHER, uncounted(rule.after)]),
    );
    const read = routingIn(await place.store.read('routing'));
    expect(read).toEqual(expect.arrayContaining(answers));
  });

  test('annotations are written with the spec', async () => {
    await using place = await opened();
    const { before, after } = weight(await place.store.read());
    const annotations = { ...after.metadata.annotations, 'istiops/baseline': '{"v":1}' };
    const noted = { ...after, metadata: { ...after.metadata, annotations } };
    await place.store.write({ kind: 'VirtualService', before, after: noted });
    expect(byTitle(await place.objects())['VirtualService shop/api']).toEqual(uncounted(noted));
  });

  test('what was read stays as it was, whatever is written', async () => {
    await using place = await opened();
    const snapshot = await place.store.read();
    const copy = structuredClone(snapshot);
    await place.store.write(weight(snapshot));
    expect(snapshot).toEqual(copy);
  });

  test('writes at the same time are all done', async () => {
    await using place = await opened();
    const snapshot = await place.store.read();
    const writes = [weight(snapshot), weight(snapshot, OTHER), subset(snapshot)];
    await Promise.all(writes.map((write) => place.store.write(write)));
    expect(byTitle(await place.objects())).toEqual(byTitle(writes.map(({ after }) => uncounted(after))));
  });

  test('what a write answered is what the next one begins with', async () => {
    await using place = await opened();
    const { before, after } = weight(await place.store.read());
    const written = await place.store.write({ kind: 'VirtualService', before, after });
    if (written.kind !== 'VirtualService') throw new Error('It is a VirtualService.');
    // Planned from what was read at first: the version in `before` counts.
    const next = { ...withWeight(after, 30), metadata: after.metadata };
    await place.store.write({ kind: 'VirtualService', before: written, after: next });
    expect(byTitle(await place.objects())['VirtualService shop/api']).toEqual(uncounted(next));
  });

  test('undone, everything is as it was', async () => {
    await using place = await opened();
    const { before, after } = weight(await place.store.read());
    const written = await place.store.write({ kind: 'VirtualService', before, after });
    if (written.kind !== 'VirtualService') throw new Error('It is a VirtualService.');
    await place.store.write({ kind: 'VirtualService', before: written, after: before });
    expect(byTitle(await place.objects())).toEqual(byTitle(OBJECTS));
  });

  describe('a whole DestinationRule', () => {
    test('that is created is there, with nothing else changed', async () => {
      await using place = await opened();
      await place.store.read();
      await place.store.rehearse(creation);
      expect(byTitle(await place.objects())).toEqual(byTitle(OBJECTS));
      expect(uncounted(await place.store.write(creation))).toEqual(creation.after);
      expect(byTitle(await place.objects())).toEqual(byTitle([...OBJECTS, creation.after]));
      expect((await place.store.read()).destinationRules.map(uncounted)).toContainEqual(creation.after);
    });

    test('that is deleted is gone, with nothing else changed', async () => {
      await using place = await opened();
      await place.store.read();
      const before = await place.store.write(creation);
      if (before.kind !== 'DestinationRule') throw new Error('It is a DestinationRule.');
      const deletion: Write = { kind: 'DestinationRule', before, after: creation.before, how: 'delete' };
      await place.store.rehearse(deletion);
      expect(byTitle(await place.objects())).toEqual(byTitle([...OBJECTS, creation.after]));
      await place.store.write(deletion);
      expect(byTitle(await place.objects())).toEqual(byTitle(OBJECTS));
    });

    test('that somebody else has created meanwhile is a conflict, and stays theirs', async () => {
      await using place = await opened();
      await place.store.read();
      await place.store.write(creation);
      const { reason, mayHaveBeenWritten } = await errorOf(place.store.write(creation));
      expect([reason, mayHaveBeenWritten]).toEqual(['conflict', false]);
      expect(byTitle(await place.objects())).toEqual(byTitle([...OBJECTS, creation.after]));
    });

    test('that somebody else has changed meanwhile is not deleted', async () => {
      await using place = await opened();
      await place.store.read();
      const before = await place.store.write(creation);
      if (before.kind !== 'DestinationRule') throw new Error('It is a DestinationRule.');
      await place.edit(creation.after, (current) => ({ ...current, spec: { host: 'api', x_policy: true } }));
      const deletion: Write = { kind: 'DestinationRule', before, after: creation.before, how: 'delete' };
      expect((await errorOf(place.store.write(deletion))).reason).toBe('conflict');
      expect(byTitle(await place.objects())['DestinationRule shop/made']?.['spec']).toEqual({
        host: 'api',
        x_policy: true,
      });
    });

    test('has texts from nothing and to nothing', async () => {
      await using place = await opened();
      await place.store.read();
      const deletion: Write = {
        kind: 'DestinationRule',
        before: creation.after,
        after: creation.before,
        how: 'delete',
      };
      const [text] = place.store.texts([creation]);
      expect(objectsIn(text?.before ?? '')).not.toContainEqual(creation.before);
      expect(objectsIn(text?.after ?? '')).toContainEqual(creation.after);
      for (const one of place.store.texts([creation, deletion])) expect(one.after).toBe(one.before);
    });
  });

  describe('somebody else', () => {
    const theirs = (current: object) => ({ ...current, spec: { ...API.spec, hosts: ['theirs'] } });

    test('has changed the object: it is a conflict, and stays as they wrote it', async () => {
      await using place = await opened();
      const write = weight(await place.store.read());
      await place.edit(API, theirs);
      expect((await errorOf(place.store.write(write))).reason).toBe('conflict');
      expect(byTitle(await place.objects())).toEqual(byTitle([{ ...API, ...theirs({}) }, OTHER, RULE]));
    });

    test('has changed it, and it is read again: then it can be written', async () => {
      await using place = await opened();
      const stale = weight(await place.store.read());
      await place.edit(API, theirs);
      await errorOf(place.store.write(stale));
      const write = weight(await place.store.read());
      expect(write.before.spec.hosts).toEqual(['theirs']);
      await place.store.write(write);
      expect(byTitle(await place.objects())['VirtualService shop/api']).toEqual(uncounted(write.after));
    });

    test('has changed another object: what they wrote stays, whether ours is written or not', async () => {
      await using place = await opened();
      const write = weight(await place.store.read());
      await place.edit(OTHER, theirs);
      const error = await place.store.write(write).then(() => undefined, toTrafficError);
      expect(error?.reason ?? 'conflict').toBe('conflict');
      const after = error === undefined ? uncounted(write.after) : API;
      expect(byTitle(await place.objects())).toEqual(byTitle([after, { ...OTHER, ...theirs({}) }, RULE]));
    });

    test('has deleted the object: it is not made again', async () => {
      await using place = await opened();
      const write = weight(await place.store.read());
      await place.remove(API);
      const { reason, mayHaveBeenWritten } = await errorOf(place.store.write(write));
      expect(['conflict', 'not-found']).toContain(reason);
      expect(mayHaveBeenWritten).toBe(false);
      expect(byTitle(await place.objects())).toEqual(byTitle([OTHER, RULE]));
    });
  });

  describe('the texts of writes', () => {
    test('are none of none', async () => {
      await using place = await opened();
      await place.store.read();
      expect(place.store.texts([])).toEqual([]);
    });

    test('are the objects before and after, the same before and after they are written', async () => {
      await using place = await opened();
      const snapshot = await place.store.read();
      const writes = [weight(snapshot), subset(snapshot)];
      const texts = place.store.texts(writes);
      expect(texts.every(({ label }) => label !== '')).toBe(true);
      for (const key of ['before', 'after'] as const) {
        const shown = byTitle(texts.flatMap((text) => objectsIn(text[key])));
        for (const write of writes) expect(shown[titleOf(write[key])]).toEqual(uncounted(write[key]));
      }
      for (const write of writes) await place.store.write(write);
      expect(place.store.texts(writes)).toEqual(texts);
    });

    test('of several writes of one object begin with the first and end with the last', async () => {
      await using place = await opened();
      const first = weight(await place.store.read());
      const second: Write = { ...first, before: first.after, after: withWeight(first.after, 30) };
      const [text, ...others] = place.store.texts([first, second]);
      expect(others).toEqual([]);
      expect(objectsIn(text?.before ?? '')).toContainEqual(uncounted(first.before));
      expect(objectsIn(text?.after ?? '')).toContainEqual(uncounted(second.after));
    });

    test('of a change that is undone do not differ', async () => {
      await using place = await opened();
      const { before, after } = weight(await place.store.read());
      const texts = place.store.texts([
        { kind: 'VirtualService', before, after },
        { kind: 'VirtualService', before: after, after: before },
      ]);
      for (const text of texts) expect(text.after).toBe(text.before);
    });
  });
});

/** Gives the first route of a VirtualService this weight. */
function weight(snapshot: Snapshot, of = API): Write & { readonly kind: 'VirtualService' } {
  const before = snapshot.virtualServices.find(({ metadata }) => metadata.name === of.metadata.name);
  if (before === undefined) throw new Error(`${titleOf(of)} was not read.`);
  return { kind: 'VirtualService', before, after: withWeight(before, 20) };
}

function withWeight(object: VirtualService, share: number): VirtualService {
  const [first, ...others] = object.spec.http ?? [];
  const route: Route['route'] = first?.route?.map((entry) => ({ ...entry, weight: share }));
  return { ...object, spec: { ...object.spec, http: [{ ...first, ...(route && { route }) }, ...others] } };
}

/** Adds a subset. */
function subset(snapshot: Snapshot): Write & { readonly kind: 'DestinationRule' } {
  const [before] = snapshot.destinationRules;
  if (before === undefined) throw new Error('No DestinationRule was read.');
  const subsets = [...(before.spec.subsets ?? []), { name: 'v2', labels: { app: 'api', build: '2' } }];
  return { kind: 'DestinationRule', before, after: { ...before, spec: { ...before.spec, subsets } } };
}

function routingIn({ virtualServices, destinationRules }: Snapshot): Routing[] {
  return [...virtualServices, ...destinationRules];
}

/** Without what a server counts; the order of objects is no promise. */
function byTitle(objects: readonly KubeObject[]): Record<string, KubeObject> {
  return Object.fromEntries(objects.map((object) => [titleOf(object), uncounted(object)]));
}

async function errorOf(promise: Promise<unknown>): Promise<TrafficError> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown === undefined) throw new Error('Nothing was thrown.');
  return toTrafficError(thrown);
}
