/** Which functions of the bundle are called by steps that do what most steps do. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { variableOf } from '../runner/run-action.ts';
import type { IsCalled } from './eager.ts';

const BUILD = { 'pod-selector': 'app=api-domain,build=10' };

/**
 * Of `examples/shop`, in this order. On its files, so that each function is called or not whatever the machine's pace is:
 * undici calls some only where an answer takes its time. And by a path that is the same everywhere: one is looked at to
 * see whether it is a credential.
 */
const STEPS: readonly Readonly<Record<string, string>>[] = [
  { operation: 'show' },
  { operation: 'headers', headers: 'x-cid=seu_madruga', ...BUILD },
  { operation: 'weight', weight: '20', ...BUILD },
  { operation: 'rollback', ...BUILD },
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
 * @returns by the name of a file: the functions that one of the steps called
 * @throws Error where a step fails
 */
export function calledFunctions(root: string, made: string): ReadonlyMap<string, IsCalled> {
  const dir = mkdtempSync(join(tmpdir(), 'istiops-profile-'));
  try {
    cpSync(join(root, 'examples', 'shop'), join(dir, 'shop'), { recursive: true });
    const called = new Map<string, Set<number>>();
    for (const step of STEPS) {
      const inputs = { 'label-selector': 'app=api-domain', manifests: 'shop', ...step };
      const coverage = coverageOf(join(made, 'index.js'), inputs, dir);
      for (const [file, starts] of coverage)
        called.set(file, new Set([...(called.get(file) ?? []), ...starts]));
    }
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
function coverageOf(
  main: string,
  inputs: Readonly<Record<string, string>>,
  dir: string,
): ReadonlyMap<string, ReadonlySet<number>> {
  const kept = mkdtempSync(join(dir, 'step-'));
  const [GITHUB_OUTPUT, GITHUB_STEP_SUMMARY] = [join(kept, 'output'), join(kept, 'summary.md')];
  for (const file of [GITHUB_OUTPUT, GITHUB_STEP_SUMMARY]) writeFileSync(file, '');
  const NODE_V8_COVERAGE = join(kept, 'coverage');
  const words = Object.entries(inputs).map(([name, value]) => [variableOf(name), value] as const);
  execFileSync(process.execPath, [main], {
    cwd: dir,
    env: { ...Object.fromEntries(words), GITHUB_OUTPUT, GITHUB_STEP_SUMMARY, NODE_V8_COVERAGE },
    stdio: ['ignore', 'ignore', 'inherit'],
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
