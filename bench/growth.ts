import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Match } from '../src/istio/types.ts';
import { plan } from '../src/run/plan.ts';
import { alignItems } from '../src/yaml/align.ts';
import { readManifest } from '../src/stores/manifests/documents.ts';
import { withDocuments } from '../src/stores/manifests/source-documents.ts';
import { identity } from '../src/stores/manifests/identity.ts';
import { readSources } from '../src/stores/manifests/files.ts';
import { destinationRule, intentOf, snapshotOf, virtualService } from '../test/support/plane.ts';
import { compare, median, timed } from './compare.ts';
import type { Figure } from './figure.ts';

/** Four times the input may take six times as long: a straight line with room for caches and garbage. */
const LIMIT = 6;

const GROUP = 'Four times the input: in a straight line';

interface Grown {
  readonly name: string;
  /** The smaller of the two inputs. */
  readonly size: number;
  /** Makes the work on an input of so many; what it does itself is not measured. */
  readonly work: (size: number) => () => unknown;
}

const HEAD = 'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: api }\n';
const ROUTE = [{ destination: { host: 'api', subset: 'v1' } }];

const ASKED = {
  weight: { 'pod-selector': 'app=api,build=10', weight: '20' },
  headers: { 'pod-selector': 'app=api,build=10', headers: 'x-cid=a' },
} as const;

/** A match block of one kind after the other. */
function anyMatch(_: unknown, i: number): Match {
  const kinds: readonly Match[] = [
    { uri: { regex: `/items-${i}/[0-9]+` } },
    { headers: { 'x-user': { exact: `u${i}` } } },
    { uri: { prefix: `/path-${i}/` }, method: { exact: 'POST' } },
    { withoutHeaders: { [`x-w${i}`]: {} }, headers: { [`x-h${i}`]: { regex: `a+${i}` } } },
    { queryParams: { [`q${i}`]: { exact: 'x' } } },
    { authority: { prefix: `a${i}` } },
    { uri: { exact: `/X${i}` }, ignoreUriCase: true },
  ];
  return kinds[i % kinds.length] ?? {};
}

const GROWN: readonly Grown[] = [
  {
    name: 'a key again and again in one document',
    size: 4000,
    work: (size) => reading(`${HEAD}spec:\n  hosts: [api]\n  x:\n${'    a: 1\n'.repeat(size)}`),
  },
  {
    name: 'documents with a fault each',
    size: 500,
    work: (size) => reading(`${HEAD}spec: { hosts: 5 }\n---\n`.repeat(size)),
  },
  {
    name: 'routes with a regex that repeats itself, explained',
    size: 100,
    work: (size) => {
      const http = Array.from({ length: size }, (_, i) => ({
        match: [{ headers: { 'x-cid': { regex: `((a{0,30}){0,30})${i}` } } }],
        route: ROUTE,
      }));
      const words = { operation: 'explain', requests: 'GET http://api/', headers: 'x-cid=aaaab' };
      return planning([...http, { route: ROUTE }], words);
    },
  },
  {
    name: 'routes that each get a preview, aligned for the edit',
    size: 500,
    work: (size) => {
      const routes = Array.from({ length: size }, (_, i) => ({ match: [{ port: i }], route: [] }));
      const previews = routes.flatMap((route, i) => [{ name: `p${i}`, route: [] }, route]);
      return () => alignItems(routes, previews, identity);
    },
  },
  ...(['weight', 'headers'] as const).map((operation): Grown => ({
    // What one alternative may mean for each other grows with the square, up to the guard's bound: there it has to hold.
    name: `alternatives of all kinds of one route, ${operation}`,
    size: 400,
    work: (size) =>
      planning([{ match: Array.from({ length: size }, anyMatch), route: ROUTE }, { route: ROUTE }], {
        operation,
        ...ASKED[operation],
      }),
  })),
  ...(['weight', 'headers'] as const).map((operation): Grown => ({
    name: `routes of all kinds, four alternatives each, ${operation}`,
    size: 125,
    work: (size) =>
      planning(
        [
          ...Array.from({ length: size }, (_, i) => ({
            match: [0, 1, 2, 3].map((j) => anyMatch(undefined, 4 * i + j)),
            route: ROUTE,
          })),
          { route: ROUTE },
        ],
        { operation, ...ASKED[operation] },
      ),
  })),
  {
    name: 'routes with a large regex, headers',
    size: 75,
    work: (size) =>
      planning(
        [
          ...Array.from({ length: size }, (_, i) => ({
            match: [{ uri: { regex: `/a${i}(b{0,30}c?){0,14}[xyz]{0,30}d${i}` } }],
            route: ROUTE,
          })),
          { route: ROUTE },
        ],
        { operation: 'headers', ...ASKED.headers },
      ),
  },
  {
    name: 'previews of other builds, headers',
    size: 500,
    work: (size) =>
      planning(
        [
          ...Array.from({ length: size }, (_, i) => ({
            name: `istiops-pr-${i}`,
            match: [{ headers: { 'x-cid': { exact: `p${i}` } } }],
            route: [{ destination: { host: 'api', subset: `pr-${i}` } }],
          })),
          { route: ROUTE },
        ],
        { operation: 'headers', ...ASKED.headers },
      ),
  },
  ...(['weight', 'headers'] as const).map((operation): Grown => ({
    name: `alternatives of one route, ${operation}`,
    size: 2000,
    work: (size) => {
      const match = Array.from(
        { length: size },
        (_, i): Match =>
          [
            { uri: { prefix: `/path-${i}/` } },
            { headers: { 'x-user': { exact: `u${i}` } } },
            { uri: { regex: `/items-${i}/[0-9]+` } },
          ][i % 3] ?? {},
      );
      const asked = operation === 'weight' ? { weight: '20' } : { headers: 'x-cid=a' };
      const words = { operation, 'pod-selector': 'app=api,build=10', ...asked };
      return planning([{ match, route: ROUTE }, { route: ROUTE }], words);
    },
  })),
];

function reading(text: string): () => unknown {
  return () => {
    const steps = readManifest(withDocuments({ label: 'a.yaml', path: '/a.yaml', text }), 'default');
    while (steps.next().done !== true);
  };
}

function planning(
  http: Parameters<typeof virtualService>[0]['http'],
  words: Parameters<typeof intentOf>[0],
): () => unknown {
  const intent = intentOf(words);
  const text = JSON.stringify(
    snapshotOf(
      [virtualService({ http: http ?? [] })],
      [destinationRule({ v1: { app: 'api', version: '1' } })],
    ),
  );
  // As it is read: nothing is remembered from the plan before.
  const snapshot = JSON.parse(text) as ReturnType<typeof snapshotOf>;
  return () => plan(snapshot, intent);
}

/** Time that grows faster than the input is a way to stop a run: each kind that somebody has found. */
export async function benchGrowth(): Promise<Figure[]> {
  const figures = GROWN.map(({ name, size, work }): Figure => {
    const { time, ratio } = compare(
      () => timed(work(4 * size)),
      () => timed(work(size)),
      { rounds: 5, warmUp: 2 },
    );
    return figureOf(name, size, time, ratio);
  });
  return [...figures, await benchFiles()];
}

async function benchFiles(): Promise<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'istiops-bench-'));
  const size = 500;
  try {
    for (const count of [size, 4 * size]) {
      mkdirSync(join(folder, String(count)));
      for (let i = 0; i < count; i += 1)
        writeFileSync(join(folder, String(count), `${i}.yaml`), 'kind: Pod\n');
    }
    const read = async (count: number): Promise<number> => {
      const start = performance.now();
      await readSources(String(count), folder);
      return performance.now() - start;
    };
    const pairs: [number, number][] = [];
    for (let i = 0; i < 11; i += 1) pairs.push([await read(4 * size), await read(size)]);
    // The first ones are the compiler's.
    const later = pairs.slice(2);
    const ratio = median(later.map(([large, small]) => large / small));
    return figureOf('files of other kinds', size, median(later.map(([large]) => large)), ratio);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function figureOf(name: string, size: number, time: number, ratio: number): Figure {
  return {
    group: GROUP,
    name: `${name}: ${size} and ${4 * size}`,
    value: `${time.toFixed(1)} ms`,
    ratio: ratio.toFixed(1),
    limit: String(LIMIT),
    isBroken: ratio > LIMIT,
  };
}
