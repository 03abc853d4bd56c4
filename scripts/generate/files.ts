import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNode, isSeq, parseDocument } from 'yaml';

const ROOT = join(import.meta.dirname, '..', '..');

/** A file of the repository as a Markdown block. */
export function fileBlock(path: string): string {
  return block(languageOf(path), readFileSync(join(ROOT, path), 'utf8').trimEnd());
}

/**
 * Some steps of a workflow as a Markdown block: `examples/workflows/canary.yml tenth 2-3`, the job and its steps
 * counted from 1. So a page shows the lines that matter, and the checks of workflows see the whole file.
 *
 * @throws Error when there are no such steps
 */
export function stepsBlock(about: string): string {
  const [path = '', job = '', range = ''] = about.split(' ');
  const [first = NaN, last = first] = range.split('-').map(Number);
  const text = readFileSync(join(ROOT, path), 'utf8');
  const steps = parseDocument(text).getIn(['jobs', job, 'steps'], true);
  if (!isSeq(steps)) throw new Error(`${path} has no job ${job} with steps.`);
  const items = steps.items.slice(first - 1, last);
  const [start, end] = [items[0], items.at(-1)].map((item) => (isNode(item) ? item.range : undefined));
  if (!start || !end) throw new Error(`The job ${job} of ${path} has no steps ${range}.`);
  const from = text.lastIndexOf('\n', start[0]) + 1;
  const lines = text.slice(from, end[1]).trimEnd().split('\n');
  const indent = /^ */.exec(lines[0] ?? '')?.[0].length ?? 0;
  return block('yaml', lines.map((line) => line.slice(indent)).join('\n'));
}

/** A fenced block of Markdown. */
export function block(language: string, text: string): string {
  return ['```' + language, text, '```'].join('\n');
}

function languageOf(path: string): string {
  if (path.endsWith('.ts')) return 'ts';
  return path.endsWith('.sh') ? 'sh' : 'yaml';
}
