/** Characters that go-yaml refuses where they stand, and the `yaml` package accepts: tabs, line ends, control characters. */
import { Lexer } from 'yaml';
import { kubernetesLexemes } from './lexemes.ts';
import { placedLexemes } from './marks.ts';
import { walk } from './style.ts';
import type { Src, TreeFault } from './tree.ts';

const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

/** JSON allows them, and kubectl reads what begins with a brace as JSON. */
const CONTROL_OF_YAML = /[\u007f-\u0084\u0086-\u009f\ufffe\uffff]/;

/** Line ends of YAML 1.1, which go-yaml still ends a line at; but for a carriage return in front of a newline. */
const LINE_END = /[\u0085\u2028\u2029]|\r(?!\n)/g;

/** Most tabs stand behind a value, in brackets or in text: this much says that nothing else is to be looked for. */
const MAY_HAVE_WRONG_TABS = /(^|[-?:])[ ]*\t/m;

/** What is wrong with a document's text, whatever it means. */
export function textFaults(text: string, root: Src | null): readonly TreeFault[] {
  const isJson = /^\s*\{/.test(text);
  return [
    ...directiveFaults(text),
    ...escapeFaults(text, root, isJson),
    ...controlFaults(text, isJson),
    ...lineEndFaults(text, root),
    ...(isJson || !MAY_HAVE_WRONG_TABS.test(text) ? [] : tabFaults(text)),
  ];
}

/**
 * kubectl cuts a file at each `---` before it reads, so that a directive in front of one is a document of its own.
 *
 * @see https://github.com/kubernetes/apimachinery/blob/master/pkg/util/yaml/decoder.go (YAMLReader)
 */
function directiveFaults(text: string): readonly TreeFault[] {
  const [before, name] = /^\ufeff?(?:[ \t]*(?:#.*)?\r?\n)*(%\S*)/.exec(text) ?? [];
  if (before === undefined || name === undefined) return [];
  const message = `Kubernetes reads no directives: leave out the line with ${name}`;
  return [{ offset: before.length - name.length, message }];
}

/** Escapes that go-yaml refuses: a slash, and what is no character, as each half of a pair in JSON. */
const WRONG_ESCAPE = /\\(?:\/|u[dD][89a-fA-F]|U(?!0000[^dD]|0000[dD][0-7]|000[1-9a-fA-F]|0010)[0-9a-fA-F])/;

/** kubectl reads as JSON what begins with a brace, if it is. */
function escapeFaults(text: string, root: Src | null, isJson: boolean): readonly TreeFault[] {
  if (!WRONG_ESCAPE.test(text) || (isJson && isValidJson(text))) return [];
  const faults: TreeFault[] = [];
  const look = (start: number, end: number): void => {
    for (const { 0: escape, index } of text.slice(start, end).matchAll(/\\(?:u.{4}|U.{8}|[\s\S])/g))
      if (WRONG_ESCAPE.test(escape))
        faults.push({
          offset: start + index,
          message: `Kubernetes does not read the escape ${escape}: write the character itself`,
        });
  };
  walk(root, (src) => {
    if (src.kind === 'scalar' && src.style === 'double') look(src.body, src.end);
    if (src.kind !== 'map') return;
    for (const { keyStyle, start, after } of src.items) if (keyStyle === 'double') look(start, after);
  });
  return faults.slice(0, 1);
}

function isValidJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function controlFaults(text: string, isJson: boolean): readonly TreeFault[] {
  const found = CONTROL.exec(text) ?? (isJson ? null : CONTROL_OF_YAML.exec(text));
  if (found === null) return [];
  return [{ offset: found.index, message: `the character ${codePoint(found[0])} is not allowed in YAML` }];
}

/** In quotes, all but a carriage return are read as they are. */
function lineEndFaults(text: string, root: Src | null): readonly TreeFault[] {
  const found = [...text.matchAll(LINE_END)];
  if (found.length === 0) return [];
  const quoted: Src[] = [];
  walk(root, (src) => {
    if (src.kind === 'scalar' && (src.style === 'single' || src.style === 'double')) quoted.push(src);
  });
  const isQuoted = (at: number): boolean => quoted.some(({ body, end }) => body < at && at < end);
  return found
    .filter(({ 0: character, index }) => character === '\r' || !isQuoted(index))
    .slice(0, 1)
    .map(({ 0: character, index: offset }) => ({
      offset,
      message: `the character ${codePoint(character)} ends a line for Kubernetes: put it in quotes, or write a newline`,
    }));
}

function codePoint(character: string): string {
  return `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/**
 * In block style, nothing but spaces may stand in front of what may be a key: at the start of a line, and behind `-`.
 *
 * @see https://github.com/yaml/go-yaml/blob/v2.4.2/scannerc.go (yaml_parser_scan_to_next_token)
 */
function tabFaults(text: string): readonly TreeFault[] {
  const lexemes = kubernetesLexemes(text) ?? [...new Lexer().lex(text)];
  let mayBeKey = true;
  for (const { lexeme, at, kind, depth } of placedLexemes(lexemes)) {
    if (kind === 'mark') continue;
    const isBlank = /^[ \t]+$/.test(lexeme);
    if (isBlank && mayBeKey && depth === 0 && lexeme.includes('\t'))
      return [{ offset: at + lexeme.indexOf('\t'), message: 'there is a tab where only spaces may be' }];
    if (!isBlank)
      mayBeKey =
        kind === 'other' && (/\n$/.test(lexeme) || /^[-?]$/.test(lexeme) || (mayBeKey && lexeme === ':'));
  }
  return [];
}
