/** Makes the files of the bundle small, and quick to start. */
import { minify } from 'terser';
import ts from 'typescript';

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

function isFunction(node: ts.Expression): boolean {
  return ts.isArrowFunction(node) || ts.isFunctionExpression(node);
}
