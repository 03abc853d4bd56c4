/** JUnit's XML: what test reporters of every CI read. */
import type { Explanation, ExpectationVerdict } from '../plan/explanation.ts';
import { printableXml } from '../base/log-text.ts';
import type { Outcome } from './types.ts';

/**
 * The expectations of an outcome as a suite of tests: one that is not met is a failure; a run that ended before
 * they were looked at is one error, so that no reporter takes it for a success.
 *
 * @see https://github.com/testmoapp/junitxml
 */
export function junitOf(outcome: Outcome): string {
  const judged = outcome.explanations.flatMap(({ verdict, ...rest }) =>
    verdict === null ? [] : [{ ...rest, verdict }],
  );
  const failures = judged.filter(({ verdict }) => !verdict.met).length;
  const { failure } = outcome;
  const isError = failure !== null && failures === 0;
  const suite = judged[0]?.verdict.file ?? 'istiops traffic explain';
  const counts = { tests: judged.length + Number(isError), failures, errors: Number(isError) };
  const cases = judged.map(testCase);
  if (isError) {
    const error = element(
      'error',
      { message: firstLine(failure.message), type: failure.reason },
      text(failure.message),
    );
    cases.push(element('testcase', { name: 'istiops traffic explain', classname: suite }, error));
  }
  const body = element('testsuite', { name: suite, ...counts }, cases.join('\n'));
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', { name: 'istiops', ...counts }, body)}\n`;
}

function testCase({ request, verdict }: Explanation & { readonly verdict: ExpectationVerdict }): string {
  const { name, file, line, met, expected, found } = verdict;
  const attributes = { name, classname: file, file, line };
  if (met) return element('testcase', attributes, '');
  const words = `${request.text}\nexpected: ${expected}\nfound:    ${found}\n${file}:${line}`;
  const message = `expected ${expected}; found ${found}`;
  return element('testcase', attributes, element('failure', { message, type: 'expectation' }, text(words)));
}

function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  content: string,
): string {
  const words = Object.entries(attributes).map(([key, value]) => ` ${key}="${attribute(String(value))}"`);
  if (content === '') return `<${name}${words.join('')}/>`;
  const isText = !content.startsWith('<');
  const inner = isText ? content : `\n${content.replaceAll(/^(?= *<)/gm, '  ')}\n`;
  return `<${name}${words.join('')}>${inner}</${name}>`;
}

function text(words: string): string {
  return printableXml(
    allowed(words).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  );
}

/** A line end in an attribute would be read as a blank. */
function attribute(words: string): string {
  return text(words)
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\t', '&#9;')
    .replaceAll('\r', '&#13;');
}

/** XML 1.0 has no place for most control characters, not even escaped: a reader refuses the whole file. */
function allowed(words: string): string {
  return words.replaceAll(
    /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

function firstLine(words: string): string {
  return words.split('\n', 1)[0] ?? words;
}
