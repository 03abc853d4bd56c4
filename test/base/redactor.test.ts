import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor, redactedData, type Redactor } from '../../src/base/redactor.ts';

const TOKEN = 's3cr3t/t0ken+of="ci" & more';

function knowing(...secrets: readonly string[]): Redactor {
  const redactor = createRedactor();
  for (const secret of secrets) redactor.learn(secret);
  return redactor;
}

/** Every form in which a text could turn up. */
const FORMS: readonly (readonly [string, (text: string) => string])[] = [
  ['as it is', (text) => text],
  ['percent-encoded', encodeURIComponent],
  [
    'percent-encoded in lower case',
    (text) => encodeURIComponent(text).replaceAll(/%../g, (hex) => hex.toLowerCase()),
  ],
  [
    'percent-encoded throughout',
    (text) => Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  ],
  ['percent-encoded twice', (text) => encodeURIComponent(encodeURIComponent(text))],
  ['in a form', (text) => new URLSearchParams({ a: text }).toString().slice(2)],
  ['in JSON', (text) => JSON.stringify(text)],
  ['in JSON within JSON', (text) => JSON.stringify(JSON.stringify(text))],
  [
    'in JSON as code points',
    (text) => text.replaceAll(/[^]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`),
  ],
  ['in HTML', (text) => text.replaceAll(/[^a-z0-9]/g, (one) => `&#${one.charCodeAt(0)};`)],
  ['in HTML by name', (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;')],
  ...[0, 1, 2].flatMap((offset) =>
    (['base64', 'base64url'] as const).map(
      (alphabet) =>
        [
          `${alphabet}, ${offset} bytes on`,
          (text: string) => Buffer.from(' '.repeat(offset) + text).toString(alphabet),
        ] as const,
    ),
  ),
];

describe('a credential is known in any form', () => {
  test.for(FORMS)('%s', ([, form]) => {
    const { redact } = knowing(TOKEN);
    const shown = redact(`before ${form(TOKEN)} after`);
    expect(shown).toMatch(/^before .*\*\*\*.* after$/);
    for (const [, other] of FORMS) expect(stretchesIn(shown, other(TOKEN))).toEqual([]);
  });

  test('cut anywhere, as long as eight characters are left', () => {
    const { redact } = knowing(TOKEN);
    for (let start = 0; start + 8 <= TOKEN.length; start++)
      for (const end of [start + 8, start + 11])
        expect(stretchesIn(redact(`…${TOKEN.slice(start, end)}…`), TOKEN)).toEqual([]);
    expect(redact(`…${TOKEN.slice(0, 7)}…`)).toBe(`…${TOKEN.slice(0, 7)}…`);
  });

  test('in any text: no eight characters of it are left', () => {
    const secret = fc.string({ minLength: 8, maxLength: 60, unit: 'grapheme' });
    const noise = fc.string({ unit: 'binary' });
    const form = fc.constantFrom(...FORMS.map(([, encode]) => encode));
    fc.assert(
      fc.property(secret, fc.array(fc.tuple(noise, form, fc.nat(20)), { maxLength: 6 }), (known, parts) => {
        fc.pre(known.trim() !== '');
        const { redact } = knowing(known);
        const text = parts.map(([words, encode, at]) => words + encode(known).slice(at)).join('');
        expect(stretchesIn(redact(text), known)).toEqual([]);
      }),
    );
  });
});

describe('what is no secret stays', () => {
  test.for(['nothing of it here', 'percent 20 % of %41', 'C:\\users\\new & more &amp; more', '***', ''])(
    '%j',
    (text) => {
      expect(knowing(TOKEN, 'p4ss').redact(text)).toBe(text);
    },
  );

  test('a short one is a word, or it is none', () => {
    const { redact, redactData } = knowing('adm.n');
    expect(redact('user adm.n, adm.n! adm.nistrator admin xadm.n')).toBe(
      'user ***, ***! adm.nistrator admin xadm.n',
    );
    expect(redactData('adm.n')).toBe('adm.n');
  });

  test('what is secret as a whole may be named in parts', () => {
    const redactor = createRedactor();
    redactor.learn('server: https://k8s.example:6443\n', 'whole');
    expect(redactor.redact('to https://k8s.example:6443')).toBe('to https://k8s.example:6443');
    expect(redactor.redact('got server: https://k8s.example:6443\n')).toBe('got ***');
    expect(redactor.redact('{"got":"server: https://k8s.example:6443\\n"}')).toBe('{"got":"***"}');
  });
});

test('every secret is told once, as soon as it is known', () => {
  const told: string[] = [];
  const { learn } = createRedactor((secret) => told.push(secret));
  for (const secret of ['a-long-secret', 'short', '', ' ', 'a-long-secret', 'short']) learn(secret);
  learn('a-long-secret', 'whole');
  expect(told).toEqual(['a-long-secret', 'short']);
});

test('what was a whole and turns out to be a credential counts as one', () => {
  const redactor = createRedactor();
  redactor.learn('a-long-secret', 'whole');
  redactor.learn('a-long-secret');
  expect(redactor.redact('a-long-se')).toBe('***');
});

test('a text that was without a secret is searched again once another one is known', () => {
  const redactor = knowing('s3cr3t-t0ken');
  const text = `${'-'.repeat(5_000)} another-secret`;
  expect(redactor.redact(text)).toBe(text);
  expect(redactor.redact(text)).toBe(text);
  redactor.learn('another-secret');
  expect(redactor.redact(text)).toBe(`${'-'.repeat(5_000)} ***`);
});

test('a long text that is clean as data may have a short word that is none', () => {
  const redactor = knowing('s3cr3t-t0ken');
  redactor.learn('admin');
  const text = `${'-'.repeat(5_000)} admin`;
  expect(redactor.redactData(text)).toBe(text);
  expect(redactor.redact(text)).toBe(`${'-'.repeat(5_000)} ***`);
});

describe('data', () => {
  const redactor = knowing('s3cr3t-t0ken');

  test('keeps its form, and what has no secret is the same object', () => {
    const clean = { a: [1, null, 'x', { b: true }] };
    const data = { clean, list: ['has s3cr3t-t0ken'], 'key s3cr3t-t0ken': undefined, absent: null };
    const shown = redactedData(data, redactor);
    expect(shown).toEqual({ clean, list: ['has ***'], 'key ***': undefined, absent: null });
    expect(shown.clean).toBe(clean);
    expect(redactedData(clean, redactor)).toBe(clean);
  });

  test('with names that JavaScript knows', () => {
    const data: unknown = JSON.parse(
      '{"__proto__":"s3cr3t-t0ken","constructor":{"toString":"s3cr3t-t0ken"}}',
    );
    expect(JSON.stringify(redactedData(data, redactor))).toBe(
      '{"__proto__":"***","constructor":{"toString":"***"}}',
    );
  });
});

/** Rows of eight characters of a secret that a text has. */
function stretchesIn(text: string, secret: string): string[] {
  const rows = Array.from({ length: Math.max(0, secret.length - 7) }, (_, at) => secret.slice(at, at + 8));
  // What is masked may stand between two halves.
  return rows.filter((row) => text.includes(row) && !row.includes('***'));
}
