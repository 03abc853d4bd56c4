/** What ncc makes the bundle of: the modules of lib/, joined, beside copies of packages that are told what they don't say themselves. */
import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { rolldown } from 'rolldown';

const CLIENT = join('node_modules', '@kubernetes', 'client-node');
const UNDICI = join('node_modules', 'undici');

/** A module that can't be loaded. */
const ABSENT = `throw new Error('Left out of this bundle.');\n`;

/**
 * Parts of undici that the bundle does without, and what stands in their place. It has four programs of WebAssembly that
 * parse HTTP/1: one is enough.
 */
const LEFT_OUT: Readonly<Record<string, string>> = {
  // Milo, which is experimental and has to be asked for. In Node's own undici this module is absent, too.
  'lib/dispatcher/parser-h1.js': 'module.exports = { getMiloEnabled: () => false };\n',
  // undici goes on without SIMD where this one fails, as on machines that have no SIMD.
  'lib/llhttp/llhttp_simd-wasm.js': ABSENT,
  // The Kubernetes client has another way to a SOCKS proxy.
  'lib/dispatcher/socks5-proxy-agent.js': `module.exports = class { constructor() { throw new Error('Left out of this bundle.'); } };\n`,
  // What makes a body of a form: an API server is sent JSON.
  'lib/web/fetch/body.js': ABSENT,
  'lib/web/fetch/formdata.js': ABSENT,
  'lib/web/webidl/index.js': ABSENT,
};

/** Parts of undici that say the same in fewer bytes: from what the module exports, the source of one that does. */
export const SHORTENED: Readonly<Record<string, (exported: unknown) => string>> = {
  // The program of WebAssembly: it is a third as long when it is compressed.
  'lib/llhttp/llhttp-wasm.js': (program) => {
    const text = deflateRawSync(program as Buffer, { level: 9, memLevel: 9 }).toString('base64');
    return `module.exports = require('node:zlib').inflateRawSync(Buffer.from('${text}', 'base64'));\n`;
  },
  // Of its many tables, the connection reads two.
  'lib/llhttp/constants.js': (tables) => {
    const { ERROR, TYPE } = tables as { readonly ERROR: object; readonly TYPE: object };
    return `module.exports = ${JSON.stringify({ ERROR, TYPE })};\n`;
  },
};

/**
 * @param root the repository, with lib/ built
 * @param stage a folder that is not there yet; always of one name, for webpack numbers modules by their paths
 * @returns the path of what the bundle exports
 */
export async function stageSources(root: string, stage: string): Promise<string> {
  const joined = join(stage, 'joined');
  await joinModules(join(root, 'lib'), joined);
  cpSync(join(import.meta.dirname, 'library.cjs'), join(joined, 'library.cjs'));
  const entry = join(joined, 'bundle.js');
  appendFileSync(entry, `export { library } from './library.cjs';\n`);
  for (const name of [CLIENT, UNDICI])
    cpSync(join(root, name), join(stage, name), {
      recursive: true,
      filter: (path) => !/\.(d\.ts|map)$/.test(path),
    });
  statePure(join(stage, CLIENT, 'package.json'));
  for (const [file, source] of Object.entries(LEFT_OUT)) replaceFile(join(stage, UNDICI, file), source);
  const load = createRequire(join(root, 'package.json'));
  for (const [file, sourceOf] of Object.entries(SHORTENED))
    replaceFile(join(stage, UNDICI, file), sourceOf(load(join(root, UNDICI, file))));
  return entry;
}

/**
 * One file in place of those modules of `src/` that are always loaded together. webpack merges modules, too, but none that
 * several files of the bundle use: most of `src/` would stay apart, and a start would take a tenth longer.
 */
async function joinModules(lib: string, joined: string): Promise<void> {
  const modules = await rolldown({
    input: { bundle: join(lib, 'doors', 'bundle.js'), index: join(lib, 'index.js') },
    platform: 'node',
    // Packages are ncc's.
    external: (id) => !/^[./]/.test(id),
    treeshake: { moduleSideEffects: false },
  });
  await modules.write({ dir: joined, format: 'esm', chunkFileNames: '[name].js' });
}

/**
 * Says of the Kubernetes client what is true of it and it doesn't say: its modules do nothing when they are loaded. So
 * those that nothing imports, the models of all API kinds, need not be in the bundle.
 */
function statePure(manifest: string): void {
  const stated = JSON.parse(readFileSync(manifest, 'utf8')) as object;
  writeFileSync(manifest, JSON.stringify({ ...stated, sideEffects: false }));
}

/** @throws Error where there is no such file: another version of the package may need another replacement */
function replaceFile(path: string, source: string): void {
  readFileSync(path);
  writeFileSync(path, source);
}
