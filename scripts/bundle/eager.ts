/**
 * Has V8 compile functions when it first reads a file. What it compiles later is not kept by Node for the next start, so
 * each of the job's steps would compile it anew: a sixth of a change.
 */
import ts from 'typescript';

/** A function, by where its text begins in the file. */
export type IsCalled = (start: number) => boolean;

/**
 * Puts functions that are called in parentheses, which V8 takes for a sign of that. A declaration can't be, so it
 * becomes a variable, at the beginning of its scope: it is there before everything else in it, as it was.
 *
 * @param source an ES module, minified
 * @see https://v8.dev/blog/preparser#pife
 */
export function withEagerFunctions(source: string, isCalled: IsCalled): string {
  const file = ts.createSourceFile('bundle.js', source, ts.ScriptTarget.Latest, true);
  const isMarked = (node: ts.Node): boolean => isCalled(node.getStart(file));
  const isHoisted = (node: ts.Node): node is ts.FunctionDeclaration & { readonly name: ts.Identifier } =>
    ts.isFunctionDeclaration(node) &&
    node.name !== undefined &&
    node.modifiers?.some(({ kind }) => kind !== ts.SyntaxKind.AsyncKeyword) !== true &&
    isScope(node.parent) &&
    isMarked(node);

  /** The text of a node, with the text of some of its children replaced. */
  const withChildren = (node: ts.Node, render: (child: ts.Node) => string): string => {
    let text = '';
    let at = node.getStart(file);
    ts.forEachChild(node, (child) => {
      text += source.slice(at, child.getStart(file)) + render(child);
      at = child.end;
    });
    return text + source.slice(at, node.end);
  };
  const hoisted = (node: ts.FunctionDeclaration & { readonly name: ts.Identifier }): string => {
    // Without the name, which would be another variable inside: some functions replace themselves.
    const text = withChildren(node, (child) => (child === node.name ? '' : rendered(child)));
    return `var ${node.name.text}=(${text});`;
  };
  const rendered = (node: ts.Node): string => {
    if (isScope(node)) return renderedScope(node);
    const text = withChildren(node, rendered);
    const isBare = isFunction(node) && !ts.isParenthesizedExpression(node.parent);
    return isBare && isMarked(node) ? `(${text})` : text;
  };
  const renderedScope = (scope: ts.SourceFile | ts.Block): string => {
    const declarations = scope.statements.filter(isHoisted);
    if (declarations.length === 0) return withChildren(scope, rendered);
    const first = scope.statements.find((statement) => !isDirective(statement));
    return withChildren(scope, (child) => {
      const before = child === first ? declarations.map(hoisted).join('') : '';
      return before + (isHoisted(child) ? ';' : rendered(child));
    });
  };
  return source.slice(0, file.getStart(file)) + rendered(file) + source.slice(file.end);
}

/** Where a `var` is as good as a function's declaration. */
function isScope(node: ts.Node): node is ts.SourceFile | ts.Block {
  return ts.isSourceFile(node) || (ts.isBlock(node) && ts.isFunctionLike(node.parent));
}

/** A function as a value, which can stand in parentheses. */
export function isFunction(node: ts.Node): boolean {
  return ts.isArrowFunction(node) || ts.isFunctionExpression(node);
}

/** `'use strict'` has to stay the first statement. */
function isDirective(statement: ts.Statement): boolean {
  return ts.isExpressionStatement(statement) && ts.isStringLiteral(statement.expression);
}
