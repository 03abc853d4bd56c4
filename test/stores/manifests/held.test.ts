import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readSources } from '../../../src/stores/manifests/files.ts';
import { holdFolder, isLinkError, readIn, replaceIn } from '../../../src/stores/manifests/held.ts';
import { manifestsStore } from '../../../src/stores/manifests/store.ts';
import type { VirtualService } from '../../../src/istio/types.ts';
import type { Write } from '../../../src/plan/types.ts';

const VS = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: api, namespace: default }
spec:
  hosts: [api]
  http:
    - route: [{ destination: { host: api, subset: v1 }, weight: 100 }]
`;

let root = '';
const at = (name: string): string => path.join(root, name);
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'istiops-held-'));
  mkdirSync(at('in/deep'), { recursive: true });
  mkdirSync(at('out'));
  writeFileSync(at('in/deep/api.yaml'), VS);
  writeFileSync(at('out/api.yaml'), VS.replace('name: api', 'name: stranger'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

/** As somebody who may write the folder, between two steps of a run. */
function swap(name: string, target: string): void {
  renameSync(at(name), at('moved'));
  symlinkSync(target, at(name));
}

function weighted(before: VirtualService): Write {
  const after = structuredClone(before);
  (after.spec.http?.[0]?.route?.[0] as { weight: number }).weight = 50;
  return { kind: 'VirtualService', before, after };
}

describe('a folder held open', () => {
  test('is the one that was opened, whatever its name stands for by now', async () => {
    await using held = await holdFolder(root, ['in', 'deep']);
    swap('in/deep', '../out');
    const content = await readIn(held, 'api.yaml', 1000);
    expect('bytes' in content && content.bytes.toString()).toBe(VS);
    await replaceIn(held, 'api.yaml', 'new\n');
    expect(readFileSync(at('moved/api.yaml'), 'utf8')).toBe('new\n');
    expect(readFileSync(at('out/api.yaml'), 'utf8')).toContain('stranger');
    expect(readdirSync(at('moved'))).toEqual(['api.yaml']);
  });

  test.for<[what: string, name: string, target: string]>([
    ['a folder on the way', 'in', 'out'],
    ['the folder itself', 'in/deep', '../out'],
  ])('is not opened where %s is a link', async ([, name, target]) => {
    swap(name, target);
    const thrown: unknown = await holdFolder(root, ['in', 'deep']).catch((error: unknown) => error);
    expect(isLinkError(thrown)).toBe(true);
  });

  test('without handles: read and replaced where no step is a link, refused where one became one', async () => {
    await using held = await holdFolder(root, ['in', 'deep'], false);
    const content = await readIn(held, 'api.yaml', 1000);
    expect('bytes' in content && content.bytes.toString()).toBe(VS);
    await replaceIn(held, 'api.yaml', 'new\n');
    expect(readFileSync(at('in/deep/api.yaml'), 'utf8')).toBe('new\n');
    swap('in/deep', '../out');
    for (const use of [() => readIn(held, 'api.yaml', 1000), () => replaceIn(held, 'api.yaml', 'x')]) {
      const thrown: unknown = await use().catch((error: unknown) => error);
      expect(isLinkError(thrown)).toBe(true);
    }
    expect(readFileSync(at('out/api.yaml'), 'utf8')).toContain('stranger');
    expect(readdirSync(at('out'))).toEqual(['api.yaml']);
    const opened: unknown = await holdFolder(root, ['in', 'deep'], false).catch((error: unknown) => error);
    expect(isLinkError(opened)).toBe(true);
  });

  test('opens no link, and no pipe', async () => {
    await using held = await holdFolder(root, ['in', 'deep']);
    swap('in/deep/api.yaml', '../../out/api.yaml');
    const thrown: unknown = await readIn(held, 'api.yaml', 1000).catch((error: unknown) => error);
    expect(isLinkError(thrown)).toBe(true);
    execFileSync('mkfifo', [at('in/deep/pipe.yaml')]);
    await expect(readIn(held, 'pipe.yaml', 1000)).rejects.toThrow('it is no file');
  });
});

describe('reading', () => {
  test.for<[what: string, name: string, target: string]>([
    ['a file', 'in/deep/api.yaml', '../../out/api.yaml'],
    ['its folder', 'in/deep', '../out'],
  ])('%s that becomes a link once it is listed is not followed', async ([, name, target]) => {
    const listed = (): Promise<void> => {
      swap(name, target);
      return Promise.resolve();
    };
    const { files, warnings } = await readSources('in', root, { listed });
    expect(files).toEqual([]);
    expect(warnings).toEqual([
      'in/deep/api.yaml is not used: it, or a folder on the way, became a link while it was read.',
    ]);
  });

  test('a linked parent is refused, whatever is given below it', async () => {
    symlinkSync('out', at('linked'));
    mkdirSync(at('out/below'));
    writeFileSync(at('out/below/api.yaml'), VS);
    for (const given of ['linked/api.yaml', 'linked/below', 'linked/below/api.yaml', 'linked/below/*.yaml']) {
      await expect(readSources(given, root)).rejects.toThrow(/^A folder on the way to .* is a link/);
    }
  });

  test('five thousand files are read by few hands', () => {
    mkdirSync(at('many'));
    for (let i = 0; i < 5000; i += 1) {
      mkdirSync(at(`many/${i}`));
      writeFileSync(at(`many/${i}/a.yaml`), 'kind: Pod\n');
    }
    const script = `import { readSources } from ${JSON.stringify(path.resolve('src/stores/manifests/files.ts'))};
      console.log((await readSources('many', ${JSON.stringify(root)})).files.length);`;
    const out = execFileSync(
      'sh',
      ['-c', 'ulimit -n 200 && exec "$0" --input-type=module -e "$1"', process.execPath, script],
      { encoding: 'utf8' },
    );
    expect(out.trim()).toBe('5000');
  });
});

describe('writing', () => {
  test.for<[what: string, change: () => void]>([
    [
      'its folder',
      () => {
        swap('in/deep', '../out');
      },
    ],
    [
      'a folder above',
      () => {
        mkdirSync(at('out/deep'));
        writeFileSync(at('out/deep/api.yaml'), VS);
        swap('in', 'out');
      },
    ],
    [
      'the file',
      () => {
        swap('in/deep/api.yaml', '../../out/api.yaml');
      },
    ],
    [
      'another file with the same text',
      () => {
        renameSync(at('in/deep/api.yaml'), at('moved'));
        writeFileSync(at('in/deep/api.yaml'), VS);
      },
    ],
  ])('%s is not what was read: a conflict, and nothing is written', async ([, change]) => {
    const store = manifestsStore({ path: 'in', cwd: root });
    const [vs] = (await store.read()).virtualServices;
    if (vs === undefined) throw new Error('nothing was read');
    change();
    await expect(store.write(weighted(vs))).rejects.toThrow('was changed by someone else after it was read');
    expect(readFileSync(at('out/api.yaml'), 'utf8')).toContain('weight: 100');
  });

  test('twice in a row is two writes of the same file', async () => {
    const store = manifestsStore({ path: 'in', cwd: root });
    const [vs] = (await store.read()).virtualServices;
    if (vs === undefined) throw new Error('nothing was read');
    const write = weighted(vs);
    await store.write(write);
    await store.write({ kind: 'VirtualService', before: write.after as VirtualService, after: vs });
    expect(readFileSync(at('in/deep/api.yaml'), 'utf8')).toBe(VS);
  });
});

test('reading ends where it is told to', async () => {
  writeFileSync(
    at('in/many.yaml'),
    Array.from({ length: 2000 }, (_, i) => VS.replace('name: api', `name: a${i}`)).join('---\n'),
  );
  const cancel = new AbortController();
  const reading = manifestsStore({ path: 'in', cwd: root, signal: cancel.signal }).read();
  cancel.abort(new Error('cancelled'));
  await expect(reading).rejects.toThrow('cancelled');
});
