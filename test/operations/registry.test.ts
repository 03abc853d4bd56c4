/** What no type can say of the registry of operations. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/base/json.ts';
import type { Input } from '../../src/intent/input.ts';
import { INPUTS } from '../../src/intent/inputs.ts';
import { createReader, type Reader } from '../../src/intent/reader.ts';
import { mirrorsOf, namedDestinations, destinationsOf } from '../../src/istio/routes.ts';
import type { DestinationRule, Route, VirtualService } from '../../src/istio/types.ts';
import { OPERATIONS, doorOf, operationNamed } from '../../src/operations/index.ts';
import { inputUse } from '../../src/operations/inputs.ts';
import type { TakesBack } from '../../src/operations/types.ts';
import { pairRoutes } from '../../src/report/pairs.ts';
import { EXAMPLES } from '../support/operation-examples.ts';
import { clusterOf, type Cluster } from '../support/memory-store.ts';
import { ROOT } from '../support/examples.ts';

const FOLDER = join(ROOT, 'src', 'operations');

test('a folder is an operation, and has its parts', () => {
  const folders = readdirSync(FOLDER, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() && entry.name !== 'common' ? [entry.name] : [],
  );
  expect(folders.toSorted()).toEqual([...OPERATIONS, 'take-back'].toSorted());
  for (const name of OPERATIONS) {
    const parts = ['intent', 'plan', 'words', ...(operationNamed(name).kind === 'change' ? ['expect'] : [])];
    expect(parts.filter((part) => !existsSync(join(FOLDER, name, `${part}.ts`)))).toEqual([]);
  }
});

describe.for(OPERATIONS)('%s', (name) => {
  test('reads no input that it is not named for', () => {
    const read: Input<unknown>[] = [];
    const plain = createReader({}, undefined);
    const reader: Reader = {
      ...plain,
      text: ({ example }) => example,
      read(input) {
        read.push(input);
        const parsed = input.parse(input.example);
        return parsed.ok ? parsed.value : undefined;
      },
    };
    expect(doorOf(name).read(reader)?.operation).toBe(name);
    const { isUsed } = inputUse(name);
    expect(read.filter((input) => !isUsed(input)).map((input) => input.name)).toEqual([]);
    const { required, optional } = doorOf(name).inputs;
    const readElsewhere: readonly Input<unknown>[] = [
      INPUTS.waitForPods,
      // Of several services, each is read as one.
      ...(operationNamed(name).kind === 'change' ? [INPUTS.services] : []),
      ...Object.values(INPUTS).filter((input) => input.name.startsWith('probe-')),
    ];
    expect(
      [...required, ...optional].filter((input) => !read.includes(input) && !readElsewhere.includes(input)),
    ).toEqual([]);
  });
});

const metadata = { name: 'api', namespace: 'shop', labels: { app: 'api' } };
const API: VirtualService = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata,
  spec: {
    hosts: ['api'],
    http: [{ name: 'main', timeout: '5s', route: [{ destination: { host: 'api', subset: 'v1' } }] }],
  },
};
const RULE: DestinationRule = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata,
  spec: { host: 'api', subsets: [{ name: 'v1', labels: { app: 'api', build: '1' } }] },
};

function shop(): Cluster {
  const pod = (build: string) => ({
    name: build,
    namespace: 'shop',
    labels: { app: 'api', build },
    ready: true,
  });
  return Object.assign(clusterOf([API, RULE]), { pods: ['1', '10', 'PR-10'].map(pod) });
}

describe.for(EXAMPLES)('the example of $name', ({ words, takesBack }) => {
  async function changed(): Promise<{
    readonly cluster: Cluster;
    readonly before: string;
  }> {
    const cluster = shop();
    const before = canonicalJson(cluster.state());
    const outcome = await cluster.run(words);
    expect(outcome).toMatchObject({ failure: null, changed: true });
    // Whoever reads the report must see it.
    expect(pairRoutes(outcome.before, outcome.after).filter(({ change }) => change !== 'same')).not.toEqual(
      [],
    );
    await cluster.clock.sleep(60_000);
    return { cluster, before };
  }

  test('is undone without a trace', async () => {
    const { cluster, before } = await changed();
    const outcome = await cluster.run({
      operation: 'undo',
      'label-selector': words['label-selector'],
      'propagation-wait': '0s',
    });
    expect(outcome.failure).toBeNull();
    expect(canonicalJson(cluster.state())).toBe(before);
  });

  test('is rolled back without a trace', async () => {
    const { cluster, before } = await changed();
    const outcome = await cluster.run({
      operation: 'rollback',
      'label-selector': words['label-selector'],
      'pod-selector': words['pod-selector'],
      'propagation-wait': '0s',
    });
    expect(outcome.failure).toBeNull();
    expect(canonicalJson(cluster.state())).toBe(before);
  });

  test('writes the build where its entry says, and nowhere else', async () => {
    const { cluster } = await changed();
    const { virtualServices } = await cluster.store.read('routing');
    const routes = virtualServices.flatMap(({ spec }) => spec.http ?? []);
    expect(tracesIn(routes)).toEqual(tracesOf(takesBack));
  });
});

const isNew = ({ subset }: { readonly subset?: string }): boolean => subset !== 'v1';

function tracesIn(routes: readonly Route[]): readonly string[] {
  const preview = routes.filter(({ name = '' }) => name.startsWith('istiops-'));
  const written = routes.filter((route) => !preview.includes(route));
  const byField = written.flatMap((route) => [
    ...(destinationsOf(route).some(({ destination }) => isNew(destination)) ? ['shares'] : []),
    ...(mirrorsOf(route).some(isNew) ? ['mirror'] : []),
  ]);
  return [...(preview.some((route) => namedDestinations(route).some(isNew)) ? ['previews'] : []), ...byField];
}

function tracesOf(takesBack: TakesBack): readonly string[] {
  return takesBack.by === 'undo' ? [] : takesBack.makes;
}
