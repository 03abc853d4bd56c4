/** Which functions of the bundle are called by steps that do what most steps do. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import type { JsonObject } from '../../src/base/json.ts';
import { kubeconfig, startServer } from '../../test/support/api-server/server.ts';
import type { IsCalled } from './eager.ts';

const BUILD = { 'pod-selector': 'app=api-domain,build=10' };

/** Of `examples/shop`, in this order, once on the files and once on a cluster that has the same. */
const STEPS: readonly Readonly<Record<string, string>>[] = [
  { operation: 'show' },
  { operation: 'headers', headers: 'x-cid=seu_madruga', ...BUILD },
  { operation: 'weight', weight: '20', 'propagation-wait': '0s', ...BUILD },
  { operation: 'rollback', 'propagation-wait': '0s', ...BUILD },
];

/** What the cluster has besides. */
const CLUSTER: readonly JsonObject[] = [
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'public', namespace: 'default' },
    spec: {
      selector: { istio: 'ingressgateway' },
      servers: [{ port: { number: 443, name: 'https', protocol: 'HTTPS' }, hosts: ['api.domain.io'] }],
    },
  },
  ...['9', '10'].map((build) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `api-domain-${build}`, namespace: 'default', labels: { app: 'api-domain', build } },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  })),
];

/** A file that `NODE_V8_COVERAGE` makes. */
interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      /** The first one is the function itself. */
      readonly ranges: readonly { readonly startOffset: number; readonly count: number }[];
    }[];
  }[];
}

/**
 * Runs the built Action on the example.
 *
 * @param root the repository
 * @param made the folder of the bundle
 * @returns by the name of a file: the functions that one of the steps called; of files that any step reads, and of none that
 *   only a cluster needs, so that the result is the same whatever the machine's pace is
 * @throws Error where a step fails
 */
export async function calledFunctions(root: string, made: string): Promise<ReadonlyMap<string, IsCalled>> {
  const dir = mkdtempSync(join(tmpdir(), 'istiops-profile-'));
  const shop = join(root, 'examples', 'shop');
  try {
    const manifests = join(dir, 'shop');
    cpSync(shop, manifests, { recursive: true });
    const objects = readdirSync(shop).map(
      (file) => parse(readFileSync(join(shop, file), 'utf8')) as JsonObject,
    );
    await using server = await startServer({ objects: [...objects, ...CLUSTER] });
    const called = new Map<string, Set<number>>();
    const onFiles = { manifests };
    for (const place of [onFiles, { kubeconfig: kubeconfig(server), namespace: 'default' }])
      for (const step of STEPS) {
        const inputs = { 'label-selector': 'app=api-domain', ...place, ...step };
        const coverage = await coverageOf(join(made, 'index.js'), inputs, mkdtempSync(join(dir, 'step-')));
        for (const [file, starts] of coverage) {
          // Of what a cluster alone needs, undici calls some functions only where an answer takes its time.
          if (place === onFiles && !called.has(file)) called.set(file, new Set());
          for (const start of starts) called.get(file)?.add(start);
        }
      }
    return new Map([...called].map(([file, starts]) => [file, (start: number) => starts.has(start)]));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** By file, where the functions begin that one step called. */
async function coverageOf(
  main: string,
  inputs: Readonly<Record<string, string>>,
  dir: string,
): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
  const [GITHUB_OUTPUT, GITHUB_STEP_SUMMARY] = [join(dir, 'output'), join(dir, 'summary.md')];
  for (const file of [GITHUB_OUTPUT, GITHUB_STEP_SUMMARY]) writeFileSync(file, '');
  const NODE_V8_COVERAGE = join(dir, 'coverage');
  const words = Object.entries(inputs).map(
    ([name, value]) => [`INPUT_${name.toUpperCase()}`, value] as const,
  );
  await promisify(execFile)(process.execPath, [main], {
    cwd: dir,
    env: { ...Object.fromEntries(words), GITHUB_OUTPUT, GITHUB_STEP_SUMMARY, NODE_V8_COVERAGE },
  });
  const [file = ''] = readdirSync(NODE_V8_COVERAGE);
  const { result } = JSON.parse(readFileSync(join(NODE_V8_COVERAGE, file), 'utf8')) as Coverage;
  const folder = pathToFileURL(dirname(main)).href;
  return new Map(
    result
      .filter(({ url }) => url.startsWith(`${folder}/`))
      .map(({ url, functions }): readonly [string, ReadonlySet<number>] => {
        const starts = functions.flatMap(({ ranges: [whole] }) =>
          whole !== undefined && whole.count > 0 ? [whole.startOffset] : [],
        );
        return [basename(url), new Set(starts)];
      }),
  );
}
