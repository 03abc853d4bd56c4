/** The one place that knows which texts nobody is to see, and takes them out of what leaves. */
import { decoded, type Decoded } from './decoded.ts';
import { stretchFinder, type Span } from './stretches.ts';

/**
 * How a secret is recognised. `credential`: any stretch of it of 8 characters or more, in any form (a token, a key, a
 * password). `whole`: only from its first to its last character (a kubeconfig, most of whose words are public).
 */
export type SecretKind = 'credential' | 'whole';

export interface Redactor {
  /** Makes a secret known. Known ones again are without effect. */
  readonly learn: (secret: string, kind?: SecretKind) => void;
  /** Puts `***` in place of every known secret. To be done before the text is cut or escaped. */
  readonly redact: (text: string) => string;
  /**
   * As `redact`, but leaves credentials of fewer than 8 characters, which could as well be somebody's name: for data
   * that a program reads.
   */
  readonly redactData: (text: string) => string;
  /** Is any secret known? */
  readonly isNeeded: () => boolean;
}

/** Characters of a secret that nobody is to see in a row. */
const STRETCH = 8;

/** How often escapes are resolved: JSON within JSON within a percent-encoded query. */
const LEVELS = 3;

/** Characters of a text that is remembered as one without a secret. */
const LONG = 1024;

/** Put in place of a secret. */
const MASK = '***';

/**
 * A redactor that knows nothing yet.
 *
 * @param onLearned is told of each secret when it becomes known, before it can be printed: the runner's own mask
 */
export function createRedactor(onLearned?: (secret: string, kind: SecretKind) => void): Redactor {
  const kinds = new Map<string, SecretKind>();
  /** What credentials look like. */
  const forms = new Set<string>();
  let stretchesIn = stretchFinder(forms, STRETCH);
  /** Credentials whose forms are still to be made. */
  let pending: string[] = [];
  /** Whole secrets, and credentials that are shorter than a stretch. */
  const wholes = new Set<string>();
  const words = new Set<string>();
  let wordPattern: RegExp | undefined;
  /** Long texts without any secret: the plan and the end of a run show the same objects. */
  const clean = new Set<string>();

  const learn = (secret: string, kind: SecretKind = 'credential'): void => {
    const known = kinds.get(secret);
    if (secret.trim() === '' || known === 'credential' || known === kind) return;
    kinds.set(secret, kind);
    clean.clear();
    if (secret.length < STRETCH) {
      words.add(secret);
      wordPattern = wholeWords(words);
    } else if (kind === 'whole') {
      wholes.add(secret);
    } else {
      pending.push(secret);
    }
    if (known === undefined) onLearned?.(secret, kind);
  };
  /** The shortest first: many a longer one is the base64 of one before, and needs no forms of its own. */
  const makeForms = (): void => {
    for (const secret of pending.sort((a, b) => a.length - b.length)) {
      const bare = secret.replace(/=+$/, '');
      // The last character of a base64 may stand for bits of what comes after it, too.
      const isForm = forms.has(bare) || forms.has(bare.slice(0, -1));
      for (const form of isForm ? [secret] : escapedForms(secret)) forms.add(form);
    }
    pending = [];
    stretchesIn = stretchFinder(forms, STRETCH);
  };
  const spansIn = (text: string, withWords: boolean): Span[] => {
    const found = stretchesIn(text);
    for (const secret of wholes)
      for (let start = text.indexOf(secret); start >= 0; start = text.indexOf(secret, start + secret.length))
        found.push({ start, end: start + secret.length });
    if (withWords && wordPattern !== undefined)
      for (const { 0: word, index } of text.matchAll(wordPattern))
        found.push({ start: index, end: index + word.length });
    return found;
  };
  const masked = (text: string, withWords: boolean): string => {
    // Nothing that is secret is as short, and most texts are.
    if (kinds.size === 0 || text.length < (withWords && words.size > 0 ? 1 : STRETCH)) return text;
    if (clean.has(text)) return text;
    if (pending.length > 0) makeForms();
    const found = spansIn(text, withWords);
    const levels: Decoded[] = [];
    for (let next = decoded(text); next !== undefined && levels.length < LEVELS; next = decoded(next.text)) {
      levels.unshift(next);
      // Escapes are longer than what they mean, so a short word that only shows in an escaped form is one as well.
      for (const { start, end } of spansIn(next.text, withWords))
        found.push({ start: inSource(start, levels), end: inSource(end, levels) });
    }
    if (found.length === 0 && text.length >= LONG && (withWords || words.size === 0)) clean.add(text);
    return withoutSpans(text, found);
  };
  return {
    learn,
    redact: (text) => masked(text, true),
    redactData: (text) => masked(text, false),
    isNeeded: () => kinds.size > 0,
  };
}

/** Everything within a text that passes through `redact`; what has no secret in it stays the very same object. */
export function redactedData<T>(value: T, redactor: Redactor): T {
  if (!redactor.isNeeded()) return value;
  const done = new WeakMap<object, unknown>();
  const visit = (node: unknown): unknown => {
    if (typeof node === 'string') return redactor.redactData(node);
    if (typeof node !== 'object' || node === null) return node;
    if (done.has(node)) return done.get(node);
    const copy = Array.isArray(node) ? sameIfSame(node, node.map(visit)) : visitObject(node);
    done.set(node, copy);
    return copy;
  };
  const visitObject = (node: object): object => {
    const before = Object.entries(node);
    const after = before.map(([key, field]) => [redactor.redactData(key), visit(field)] as const);
    const isSame = after.every(([key, field], i) => key === before[i]?.[0] && field === before[i][1]);
    return isSame ? node : Object.fromEntries(after);
  };
  // Texts become texts, and everything else keeps its form.
  return visit(value) as T;
}

function sameIfSame(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  return after.every((item, i) => item === before[i]) ? before : after;
}

/**
 * What a credential may look like elsewhere. Escapes of any kind are resolved before it is looked for; these are for
 * texts that somebody else has cut within an escape, and for base64, in which it begins at one of three places.
 */
function escapedForms(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  const percent = tolerantly(() => encodeURIComponent(secret));
  const base64 = [0, 1, 2].map((offset) => base64Within(bytes, offset));
  return [
    ...new Set([
      secret,
      percent,
      percent.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
      percent.replaceAll('%20', '+'),
      JSON.stringify(secret).slice(1, -1),
      ...base64,
      ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    ]),
  ];
}

/** Half of a surrogate pair can't be percent-encoded. */
function tolerantly(encode: () => string): string {
  try {
    return encode();
  } catch {
    return '';
  }
}

/** The characters of a base64 that only these bytes decide, where they begin `offset` bytes after a group of three. */
function base64Within(bytes: Uint8Array, offset: number): string {
  const padded = new Uint8Array(offset + bytes.length);
  padded.set(bytes, offset);
  // In pieces: as many arguments as a key has bytes are too many for a call.
  let binary = '';
  for (let i = 0; i < padded.length; i += 8192)
    binary += String.fromCharCode(...padded.subarray(i, i + 8192));
  const whole = Math.floor((padded.length * 8) / 6);
  return btoa(binary).slice(Math.ceil((offset * 8) / 6), whole);
}

/** `admin` in `user admin, please`, not in `administrator`. */
function wholeWords(words: ReadonlySet<string>): RegExp {
  const texts = [...words]
    .sort((a, b) => b.length - a.length)
    .map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return new RegExp(`(?<![\\p{L}\\p{N}_])(?:${texts.join('|')})(?![\\p{L}\\p{N}_])`, 'gu');
}

/** @param levels the last one first, which the unit is of */
function inSource(unit: number, levels: readonly Decoded[]): number {
  return levels.reduce((at, { starts }) => starts()[at] ?? at, unit);
}

function withoutSpans(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text;
  let shown = '';
  let at = 0;
  let isOpen = false;
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    if (start > at || !isOpen) shown += text.slice(at, Math.max(at, start)) + MASK;
    isOpen = true;
    at = Math.max(at, end);
  }
  return shown + text.slice(at);
}
