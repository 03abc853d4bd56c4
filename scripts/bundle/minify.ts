/** Makes the files of the bundle small, and quick to start. */
import { minify } from 'terser';
import ts from 'typescript';
import { isFunction } from './eager.ts';

/**
 * Does the same, with short names and without white space. In ASCII alone: one character beyond Latin-1 is enough for V8
 * to hold and read all of the file with two bytes for each character.
 */
export async function minified(source: string): Promise<string> {
  const { code = source } = await minify(source, {
    module: true,
    compress: { passes: 1 },
    format: { ascii_only: true },
  });
  return code;
}

/**
 * Puts parentheses around each module of webpack, `123:(e,t,n)=>{…}`. V8 takes a function in parentheses for one that
 * is about to be called, and compiles it at the first reading. Without them it only checks the whole bundle then, and
 * reads each module a second time when that is loaded: a third of a start. Only what is compiled at the first reading
 * is kept by Node for the next start, too.
 *
 * @see https://v8.dev/blog/preparser#pife
 */
export function withEagerModules(source: string): string {
  const file = ts.createSourceFile('bundle.js', source, ts.ScriptTarget.Latest);
  const marks: { readonly at: number; readonly mark: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && ts.isNumericLiteral(node.name) && isFunction(node.initializer)) {
      marks.push({ at: node.initializer.getStart(file), mark: '(' }, { at: node.initializer.end, mark: ')' });
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  const starts = [0, ...marks.map(({ at }) => at)];
  return starts.map((at, i) => (marks[i - 1]?.mark ?? '') + source.slice(at, starts[i + 1])).join('');
}

/** Modules of Node that take a tenth of a start to load, and that many runs do without. */
const LATE = /[\w$]+\(import\.meta\.url\)\("((?:node:)?(?:crypto|zlib))"\)/g;

/** Has these modules of Node loaded at the first use of what they export, and not at that of whoever imports them. */
export function withLateBuiltIns(source: string): string {
  return source.replaceAll(
    LATE,
    (_, name) => `new Proxy({},{get:(_,member)=>process.getBuiltinModule("${name}")[member]})`,
  );
}
