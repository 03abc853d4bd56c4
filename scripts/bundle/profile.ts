/** Which functions of the bundle are called by steps that do what most steps do. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { startServer } from '../../test/support/api-server/server.ts';
import { OBJECTS, secretKubeconfig } from '../../test/support/process/cluster.ts';
import { variableOf } from '../runner/run-action.ts';
import type { IsCalled } from './eager.ts';

type Inputs = Readonly<Record<string, string>>;

/** Changes as most steps make them, in this order, of `examples/shop` and of what the API server for tests holds. */
const CHANGES: readonly Inputs[] = [
  { operation: 'headers', headers: 'x-cid=seu_madruga' },
  { operation: 'weight', weight: '20' },
  { operation: 'rollback' },
];

const SERVICE = { 'label-selector': 'app=api-domain' };

/** By a path that is the same everywhere: one is looked at to see whether it is a credential. */
const ON_FILES: readonly Inputs[] = [
  { operation: 'show' },
  ...CHANGES.map((change) => ({ ...change, 'pod-selector': 'app=api-domain,build=10' })),
].map((inputs) => ({ ...inputs, ...SERVICE, manifests: 'shop' }));

/** Without a question to proxies, which is put again as often as time allows. */
const IN_A_CLUSTER: readonly Inputs[] = CHANGES.map((change) => ({
  ...change,
  ...SERVICE,
  'pod-selector': 'app=api-domain,build=PR-10',
  confirm: 'wait',
  'propagation-wait': '0s',
}));

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
 * Runs the built Action on the example and on a cluster.
 *
 * @param root the repository
 * @param made the folder of the bundle
 * @param paced names of files with functions that are called or not by how long an answer takes: what steps in a
 *   cluster call of them does not count, for the bundle is the same wherever it is built
 * @returns by the name of a file: the functions that one of the steps called
 * @throws Error where a step fails
 */
export async function calledFunctions(
  root: string,
  made: string,
  paced: ReadonlySet<string>,
): Promise<ReadonlyMap<string, IsCalled>> {
  const dir = mkdtempSync(join(tmpdir(), 'istiops-profile-'));
  const called = new Map<string, Set<number>>();
  const profile = async (inputs: Inputs, counts: (file: string) => boolean): Promise<void> => {
    const coverage = await coverageOf(join(made, 'index.js'), inputs, dir);
    for (const [file, starts] of coverage)
      if (counts(file)) called.set(file, new Set([...(called.get(file) ?? []), ...starts]));
  };
  try {
    cpSync(join(root, 'examples', 'shop'), join(dir, 'shop'), { recursive: true });
    for (const inputs of ON_FILES) await profile(inputs, () => true);
    await using server = await startServer({ objects: OBJECTS });
    for (const inputs of IN_A_CLUSTER)
      await profile({ ...inputs, kubeconfig: secretKubeconfig(server) }, (file) => !paced.has(file));
    return new Map([...called].map(([file, starts]) => [file, (start: number) => starts.has(start)]));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/**
 * By file, where the functions begin that one step called.
 *
 * @param dir the step's working directory
 */
async function coverageOf(
  main: string,
  inputs: Inputs,
  dir: string,
): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
  const kept = mkdtempSync(join(dir, 'step-'));
  const [GITHUB_OUTPUT, GITHUB_STEP_SUMMARY] = [join(kept, 'output'), join(kept, 'summary.md')];
  for (const file of [GITHUB_OUTPUT, GITHUB_STEP_SUMMARY]) writeFileSync(file, '');
  const NODE_V8_COVERAGE = join(kept, 'coverage');
  const words = Object.entries(inputs).map(([name, value]) => [variableOf(name), value] as const);
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
