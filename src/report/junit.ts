/** JUnit's XML: what test reporters of every CI read. */
import type { Explanation, ExpectationVerdict } from '../plan/explanation.ts';
import { printableXml } from '../base/log-text.ts';
import type { CanaryReport } from './canary/types.ts';
import type { Failure, Outcome } from './types.ts';

/**
 * The expectations of an outcome as a suite of tests: one that is not met is a failure; a run that ended before
 * they were looked at is one error, so that no reporter takes it for a success.
 *
 * @see https://github.com/testmoapp/junitxml
 */
export function junitOf(outcome: Outcome): string {
  return outcome.canary === undefined ? expectationsSuite(outcome) : canarySuite(outcome, outcome.canary);
}

function expectationsSuite(outcome: Outcome): string {
  const judged = outcome.explanations.flatMap(({ verdict, ...rest }) =>
    verdict === null ? [] : [{ ...rest, verdict }],
  );
  const failures = judged.filter(({ verdict }) => !verdict.met).length;
  const { failure } = outcome;
  const isError = failure !== null && failures === 0;
  const suite = judged[0]?.verdict.file ?? 'istiops traffic explain';
  const counts = { tests: judged.length + Number(isError), failures, errors: Number(isError) };
  const cases = judged.map(testCase);
  if (isError) cases.push(errorCase(failure, 'istiops traffic explain', suite));
  return suiteOf(suite, counts, cases);
}

/**
 * Each gate of each stage that was watched: a bad one is a failure, one that is unclear at the end counts as skipped. What
 * ended the canary otherwise is one error.
 */
function canarySuite({ failure }: Outcome, { stages }: CanaryReport): string {
  const suite = 'istiops traffic canary';
  const gates = stages.flatMap(({ weight, verdict }, index) =>
    (verdict?.gates ?? []).map((gate) => ({ gate, stage: `stage ${index + 1} (${weight} %)` })),
  );
  const failures = gates.filter(({ gate }) => gate.kind === 'bad').length;
  const isError = failure !== null && failures === 0;
  const cases = gates.map(({ gate: { gate, kind, words }, stage }) => {
    const attributes = { name: `${stage}: ${gate}`, classname: suite };
    if (kind === 'bad')
      return element(
        'testcase',
        attributes,
        element('failure', { message: words, type: 'gate' }, text(words)),
      );
    return element(
      'testcase',
      attributes,
      kind === 'unclear' ? element('skipped', { message: words }, '') : '',
    );
  });
  if (isError) cases.push(errorCase(failure, suite, suite));
  return suiteOf(suite, { tests: cases.length, failures, errors: Number(isError) }, cases);
}

function errorCase({ message, reason }: Failure, name: string, classname: string): string {
  const error = element('error', { message: firstLine(message), type: reason }, text(message));
  return element('testcase', { name, classname }, error);
}

function suiteOf(
  name: string,
  counts: Readonly<Record<'tests' | 'failures' | 'errors', number>>,
  cases: readonly string[],
): string {
  const body = element('testsuite', { name, ...counts }, cases.join('\n'));
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
