/** What `npm run build` puts into `dist/`: whose work is in it, and the parts that stand in for others. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import * as whole from 'ip-address';
import { describe, expect, test } from 'vitest';
import { withEagerFunctions } from '../../scripts/bundle/eager.ts';
import { filesOfLibrary, librarySource } from '../../scripts/bundle/library.ts';
import { bundledPackages, filesWith } from '../../scripts/bundle/packages.ts';
import * as own from '../../scripts/bundle/ip-address.js';
import { withEagerModules, withLateBuiltIns } from '../../scripts/bundle/minify.ts';
import { SHORTENED } from '../../scripts/bundle/stage.ts';
import { Agent, ProxyAgent } from '../../scripts/bundle/undici.js';
import { authority } from '../support/api-server/certificates.ts';
import { startProxy } from '../support/api-server/proxy.ts';
import { startServer } from '../support/api-server/server.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const DIST = join(ROOT, 'dist');
const MODULES = join(ROOT, 'node_modules');
const load = createRequire(import.meta.url);

describe('licenses.txt', () => {
  const listed = new Set(
    readFileSync(join(DIST, 'licenses.txt'), 'utf8')
      .split('\n')
      .flatMap((line) => /^((?:@[\w.-]+\/)?[\w.-]+) \d+\.\d+\.\d+\S*$/.exec(line)?.[1] ?? []),
  );
  const bundle = readdirSync(DIST)
    .filter((file) => /\.c?js$/.test(file))
    .map((file) => readFileSync(join(DIST, file), 'utf8'))
    .join('\n');
  /** A text that these have too, such as a path of a standard, says nothing of a package. */
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(ROOT, 'src', file), 'utf8'))
    .join('\n');

  /** What src/ imports; dependabot.yml has the same list. */
  const imported = [
    '@actions/core',
    '@actions/github',
    '@kubernetes/client-node',
    'commander',
    'diff',
    'picocolors',
    'randexp',
    're2js',
    'tinyglobby',
    'ws',
    'yaml',
  ];

  test('names what this project depends on and loads', () => {
    expect([...listed]).toEqual(expect.arrayContaining([...imported, 'ret', 'drange', 'undici']));
  });

  // Not by the list that it is made of: by the long texts of each package, which no minifier changes.
  test('names every package of which a text is in the bundle', () => {
    const packages = withDependencies(imported);
    const texts = new Map(packages.map((name) => [name, longTexts(join(MODULES, name))]));
    const owners = new Map<string, number>();
    for (const own of texts.values()) for (const text of own) owners.set(text, (owners.get(text) ?? 0) + 1);
    const found = packages.filter((name) =>
      [...(texts.get(name) ?? [])].some(
        (text) => owners.get(text) === 1 && bundle.includes(text) && !sources.includes(text),
      ),
    );

    expect(found.length).toBeGreaterThan(15);
    expect(found.filter((name) => !listed.has(name))).toEqual([]);
  });

  test('is made of the modules that are in a chunk, merged ones too', () => {
    const stats = {
      modules: [
        {
          nameForCondition: '/a/lib/x.js',
          chunks: [1],
          modules: [{ nameForCondition: '/a/node_modules/@s/p/x.js' }],
        },
        { nameForCondition: '/a/node_modules/b/node_modules/c/lib/x.js', chunks: ['m'] },
        { nameForCondition: '/a/node_modules/gone/x.js', chunks: [] },
        { identifier: '/b/node_modules/.bundle/node_modules/d/x.js', nameForCondition: null, chunks: [1] },
      ],
    };
    expect([...bundledPackages(stats).keys()]).toEqual(['@s/p', 'c', 'd']);
  });

  test('knows the files that have modules of a package', () => {
    const stats = {
      modules: [
        { nameForCondition: '/a/node_modules/c/x.js', chunks: [1, 'm'] },
        { nameForCondition: '/a/node_modules/d/x.js', chunks: [2] },
      ],
      chunks: [
        { id: 1, files: ['1.index.js'] },
        { id: 2, files: ['2.index.js'] },
        { id: 'm', files: ['index.js'] },
      ],
    };
    expect([...filesWith(stats, 'c')]).toEqual(['1.index.js', 'index.js']);
    expect([...filesWith(stats, 'b')]).toEqual([]);
  });
});

describe('library.js', () => {
  test('hands the library the files that hold its modules, and no others', () => {
    const stats = {
      chunks: [
        { files: ['action.js'] },
        { files: ['9.index.js'], origins: [{ moduleName: './lib/doors/library.cjs' }] },
        { files: ['4.index.js'], origins: [{ moduleName: './lib/run/run.js' }] },
        {
          files: ['2.index.js'],
          origins: [{ moduleName: './a.js' }, { moduleName: './lib/doors/library.cjs' }],
        },
      ],
    };
    expect(librarySource('action.js', filesOfLibrary(stats), ['plan', 'run'])).toBe(
      [
        `import { library } from './action.js';`,
        `import * as part1 from './2.index.js';`,
        `import * as part2 from './9.index.js';`,
        'export const { plan, run } = library(part1, part2);\n',
      ].join('\n'),
    );
  });

  test('a bundle without such files is an error', () => {
    expect(() => filesOfLibrary({ chunks: [{ files: ['action.js'] }] })).toThrow(/no file for the library/);
  });

  test.for([
    ['import', `const { run } = await import('./dist/library.js');`],
    ['require', `const { run } = require('./dist/library.js');`],
  ])('a program gets it by %s', ([how, line]) => {
    const type = how === 'require' ? 'commonjs' : 'module';
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [`--input-type=${type}`, '--eval', `${line} console.log(typeof run);`],
      { cwd: ROOT, encoding: 'utf8' },
    );
    expect(stdout + stderr).toBe('function\n');
  });
});

/** Packages and all that they depend on, by the lock file. */
function withDependencies(names: readonly string[]): readonly string[] {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<
      Record<string, { readonly dependencies?: Readonly<Record<string, string>> } | undefined>
    >;
  };
  const found = new Set(names);
  // A set goes on with what is added to it meanwhile.
  for (const name of found) {
    for (const other of Object.keys(packages[`node_modules/${name}`]?.dependencies ?? {})) found.add(other);
  }
  return [...found];
}

/** Texts of 24 characters or more in quotes, without anything that a minifier writes otherwise. */
function longTexts(folder: string): ReadonlySet<string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => /\.[cm]?js$/.test(file) && !/(^|\/)(node_modules|test|tests|browser|umd)\//.test(file),
  );
  const texts = files.flatMap((file) =>
    Array.from(
      readFileSync(join(folder, file), 'utf8').matchAll(/(["'])([\w .,:;()/-]{24,80})\1/g),
      ([, , text = '']) => text,
    ),
  );
  // Whoever reads a certificate has its first line.
  return new Set(texts.filter((text) => !text.startsWith('-----BEGIN ')));
}

test('modules are in parentheses, and nothing else is', () => {
  const source = 'var t={1:(e,t)=>{t.a={2:()=>3}},44:function(e){e()},b:()=>1,"5":e=>e};f({6:7});';
  expect(withEagerModules(source)).toBe(
    'var t={1:((e,t)=>{t.a={2:()=>3}}),44:(function(e){e()}),b:()=>1,"5":e=>e};f({6:7});',
  );
});

describe('functions that are called are marked, and do the same', () => {
  const marked = (source: string): string => withEagerFunctions(source, () => true);

  test.for([
    ['an arrow and a function as a value', 'a=()=>1;b(function(){})', 'a=(()=>1);b((function(){}))'],
    ['one in parentheses', '(()=>1)()', '(()=>1)()'],
    ['a declaration', 'f();function f(){return g()}', 'var f=(function (){return g()});f();;'],
    [
      'in a function, behind its directive',
      'a=function(){"use strict";f();async function*f(){}}',
      'a=(function(){"use strict";var f=(async function*(){});f();;})',
    ],
    ['one in a block stays: it is seen in there alone', 'if(a){function f(){}}', 'if(a){function f(){}}'],
    ['one that is exported stays', 'export function f(){}', 'export function f(){}'],
  ])('%s', ([, source = '', expected]) => {
    expect(marked(source)).toBe(expected);
  });

  test('those that are not called stay', () => {
    const source = 'function f(){}a=()=>()=>1;';
    expect(withEagerFunctions(source, () => false)).toBe(source);
    expect(withEagerFunctions(source, (start) => start === source.lastIndexOf('()'))).toBe(
      'function f(){}a=()=>(()=>1);',
    );
  });

  test('names, order, recursion and functions that replace themselves are as before', async () => {
    const source = `
      const seen = [early(3), early.name, typeof late, once(), once()];
      function early(n) { return n === 0 ? 0 : n + early(n - 1); }
      function once() { once = () => 'again'; return 'first'; }
      function twice() { return 2; }
      var late = twice();
      const inner = (function outer(depth) { return nested(); function nested() { return depth > 0 ? outer(depth - 1) : arguments.length; } })(2);
      export default [...seen, late, inner];`;
    const load = async (text: string): Promise<unknown> =>
      ((await import(`data:text/javascript,${encodeURIComponent(text)}`)) as { default: unknown }).default;
    const before = await load(source);
    expect(before).toEqual([6, 'early', 'undefined', 'first', 'again', 2, 0]);
    expect(await load(marked(source))).toEqual(before);
  });
});

test('modules of Node that few runs need are loaded at their first use', () => {
  const module = 'module.exports=r(import.meta.url)("node:crypto")';
  expect(withLateBuiltIns(`7:(()=>{${module}}),8:(()=>{a=r(import.meta.url)("node:net")})`)).toBe(
    `7:(()=>{module.exports=new Proxy({},{get:(_,member)=>process.getBuiltinModule("node:crypto")[member]})}),8:(()=>{a=r(import.meta.url)("node:net")})`,
  );
  const atTheEnd = 'data:text/javascript,process.on("exit",()=>console.log(process.moduleLoadList.join()))';
  const words = [
    'traffic',
    'history',
    '--manifests',
    '../examples/shop',
    '--label-selector',
    'app=api-domain',
  ];
  const args = ['--import', atTheEnd, 'istiops.js', ...words];
  const { stdout } = spawnSync(process.execPath, args, { cwd: DIST, encoding: 'utf8' });
  expect(stdout).toContain('NativeModule fs/promises');
  expect(stdout).not.toMatch(/NativeModule (?:crypto|zlib)\b/);
});

test('a regex is compiled where nothing but the bundle is', () => {
  const alone = mkdtempSync(join(tmpdir(), 'istiops-alone-'));
  try {
    cpSync(DIST, alone, { recursive: true });
    const words = { operation: 'headers', manifests: '.', 'label-selector': 'a=b', 'pod-selector': 'a=b' };
    const regex = JSON.stringify({ ...words, headers: 'x~=a(', 'kubeconfig-from': '' });
    const program = `import { parseWords } from './library.js'; try { parseWords(${regex}); } catch (e) { console.log(e.message); }`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: alone,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout).toContain('the regex is not RE2: missing closing )');
  } finally {
    rmSync(alone, { recursive: true });
  }
});

describe('undici in the bundle', () => {
  const ca = authority();
  const tls = { ...ca.issue({ commonName: 'localhost' }), clientCa: ca.cert };
  const connect = { ca: ca.cert, keepAlive: true, keepAliveInitialDelay: 30_000 };
  const answerOf = async (
    { url }: { readonly url: string },
    agent: Agent | ProxyAgent,
    signal?: AbortSignal,
  ): Promise<string> => {
    const { body } = await agent.request({
      origin: url,
      path: '/api',
      method: 'GET',
      signal: signal ?? null,
    });
    return body.text();
  };

  test('has what the Kubernetes client imports', async () => {
    const client = join(MODULES, '@kubernetes', 'client-node', 'dist');
    const imported = ['config.js', 'gen/http/isomorphic-fetch.js'].flatMap((file) => {
      const [, names = ''] =
        /import \{([^}]*)\} from 'undici'/.exec(readFileSync(join(client, file), 'utf8')) ?? [];
      return names
        .split(',')
        .flatMap((name) => name.trim().split(' as ')[0] ?? [])
        .filter((name) => name !== '');
    });
    expect(imported.sort()).toEqual(['Agent', 'ProxyAgent', 'fetch']);
    expect(Object.keys(await import('../../scripts/bundle/undici.js')).sort()).toEqual(imported);
  });

  test.each(Object.keys(SHORTENED))('%s is shortened to what exports the same', (file) => {
    const exported: unknown = load(join(MODULES, 'undici', file));
    const folder = mkdtempSync(join(tmpdir(), 'istiops-shortened-'));
    try {
      const short = join(folder, 'short.cjs');
      writeFileSync(short, SHORTENED[file]?.(exported) ?? '');
      expect(exported).toMatchObject(load(short) as object);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('has all tables of the parser that a module names', () => {
    const lib = join(MODULES, 'undici', 'lib');
    const files = readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.js') && !/(^|[/])(parser-h1\.js|llhttp[/])/.test(file),
    );
    const users = files
      .map((file) => readFileSync(join(lib, file), 'utf8'))
      .filter((source) => source.includes('llhttp/constants'));
    expect(users).toHaveLength(1);
    const named = new Set(users[0]?.match(/(?<=\bconstants\.)[A-Z_]+/g));
    expect([...named].sort()).toEqual(['ERROR', 'TYPE']);
  });

  test('trusts the given authority, shows a client certificate, and refuses another authority', async () => {
    await using server = await startServer({ tls });
    const dispatcher = new Agent({ connect: { ...connect, ...ca.issue({ commonName: 'ada' }) } });
    await answerOf(server, dispatcher);
    expect(server.requests.at(-1)?.user).toBe('ada');
    const other = new Agent({ connect: { ca: authority('another').cert } });
    await expect(answerOf(server, other)).rejects.toThrow('certificate');
    await Promise.all([dispatcher.close(), other.close()]);
  });

  test('goes through a proxy, to http and to https', async () => {
    await using proxy = await startProxy({ credentials: 'me:pr0xy-pass' });
    await using secure = await startServer({ tls });
    await using plain = await startServer();
    const uri = proxy.url.replace('//', '//me:pr0xy-pass@');
    const dispatcher = new ProxyAgent({ uri, requestTls: { ca: ca.cert }, connect: { keepAlive: true } });
    for (const server of [secure, plain]) await answerOf(server, dispatcher);
    expect(proxy.seen[0]).toBe(`CONNECT ${new URL(secure.url).host}`);
    expect([...secure.requests, ...plain.requests]).toHaveLength(2);
    await dispatcher.close();
  });

  test('ends what is cancelled', async () => {
    await using server = await startServer({ tls });
    server.always('* *', { hang: 'before' });
    const dispatcher = new Agent({ connect });
    const controller = new AbortController();
    const asked = answerOf(server, dispatcher, controller.signal);
    controller.abort();
    await expect(asked).rejects.toThrow('aborted');
    await dispatcher.destroy();
  });
});

describe('ip-address in the bundle', () => {
  const sixes = fc.oneof(
    fc.ipV6(),
    fc.ipV6().map((address) => `${address}%eth0`),
    fc.ipV4().map((address) => `::ffff:${address}`),
    fc.constantFrom('::', '::1', '1::', '2001:DB8::00ff'),
  );

  test('is all that the client of SOCKS proxies has of it', () => {
    const build = join(MODULES, 'socks', 'build');
    const sources = readdirSync(build, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.js'))
      .map((file) => readFileSync(join(build, file), 'utf8'));
    const uses = sources.flatMap((source) => source.match(/\bip_address_1\.\w+(\.\w+)?/g) ?? []);
    expect([...new Set(uses)].sort()).toEqual([
      'ip_address_1.Address4',
      'ip_address_1.Address6',
      'ip_address_1.Address6.fromByteArray',
    ]);
  });

  test('reads and writes addresses as the package does', () => {
    fc.assert(
      fc.property(sixes, (address) => {
        expect(new own.Address6(address).canonicalForm()).toBe(new whole.Address6(address).canonicalForm());
      }),
    );
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(new own.Address4(address).toArray()).toEqual(new whole.Address4(address).toArray());
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (given) => {
        const bytes = [...given];
        const read = own.Address6.fromByteArray(bytes).canonicalForm();
        expect(read).toBe(whole.Address6.fromByteArray(bytes).canonicalForm());
      }),
    );
  });
});
