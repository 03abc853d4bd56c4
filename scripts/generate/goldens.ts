import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inFlags } from '../../src/report/in-flags.ts';
import { block } from './files.ts';

const TESTS = join(import.meta.dirname, '..', '..', 'test');
/** In place of the address of a test's own server. */
const SERVER = 'https://cluster.example:6443';

/**
 * The message that a golden case of `test/cases` fails with, below the command that is refused.
 *
 * @throws Error when that case doesn't fail
 */
export function goldenCase(name: string): string {
  const [reason = '', , ...message] = readCase(name, 'error.txt').trimEnd().split('\n');
  const command = commandOf(name);
  return block('console', `$ ${command}\n✖ Failed (${reason}): ${inFlags(message.join('\n'))}`);
}

/** The job summary of the last step of a golden case, without its diff, as a quotation. */
export function goldenSummary(name: string): string {
  const summary = readCase(name, 'summary.md')
    .replace(/<details>\s*<summary>Diff[\s\S]*?<\/details>/, '')
    .replaceAll(/\n{3,}/g, '\n\n');
  return [block('console', `$ ${commandOf(name)}`), '', 'The job summary:', '', quoted(summary)].join('\n');
}

/**
 * The warnings in the job summary of a golden case, as a quotation.
 *
 * @throws Error when there is none
 */
export function goldenWarnings(name: string): string {
  const [warnings] = /^- ⚠️ [\s\S]*?(?=^<details>|(?![\s\S]))/m.exec(readCase(name, 'summary.md')) ?? [];
  if (warnings === undefined) throw new Error(`The summary of the case ${name} has no warning.`);
  return quoted(warnings);
}

/**
 * The message of a failure in a snapshot of `test/process`: `action-401`, or `action-bad-inputs whole` with the
 * paragraphs that follow the first one.
 *
 * @throws Error when there is none in it
 */
export function printedMessage(about: string): string {
  const [name = '', part] = about.split(' ');
  const text = readFileSync(join(TESTS, 'process', 'snapshots', `${name}.txt`), 'utf8');
  const [, annotation] = /^::error(?: [^:]*)?::(.*)$/m.exec(text) ?? [];
  const [, printed] = /^✖ Failed \(([\s\S]*)/m.exec(text) ?? [];
  const message = annotation === undefined ? printed?.replace('): ', ': ') : decoded(annotation);
  if (message === undefined) throw new Error(`The snapshot ${name} has no message of a failure.`);
  const paragraphs = message.trimEnd().split('\n\n');
  const end = paragraphs.findIndex((one) => /^(VirtualService |--- a\/)/.test(one));
  const wanted =
    part === 'whole' ? paragraphs.slice(0, end === -1 ? undefined : end) : paragraphs.slice(0, 1);
  return block('text', wanted.join('\n\n').replaceAll(/https?:\/\/127\.0\.0\.1:PORT/g, SERVER));
}

function quoted(markdown: string): string {
  const lines = markdown.trim().split('\n');
  return lines.map((line) => `> ${line}`.trimEnd()).join('\n');
}

function readCase(name: string, file: string): string {
  return readFileSync(join(TESTS, 'cases', name, file), 'utf8');
}

function commandOf(name: string): string {
  const steps = readCase(name, 'args').trimEnd().split('\n');
  return `istiops ${steps.at(-1) ?? ''}`;
}

/** What the runner's commands write in another way. */
function decoded(text: string): string {
  return text.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%');
}
