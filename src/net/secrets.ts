import type { SecretKind } from '../base/redactor.ts';
import { isObject } from '../base/json.ts';
import { isBase64, kubeconfigYaml } from './credential-text.ts';
import { kubeconfigDocument } from './kubeconfig-document.ts';

/** A text that must not be seen, and how it is recognised. */
export interface Secret {
  readonly text: string;
  readonly kind: SecretKind;
}

/** Names of fields, environment variables and flags whose values are credentials. */
const SECRET_NAME =
  /token|secret|passw(or)?d|passphrase|pwd|credential|assertion|api-?_?key|key-data|certificate-data/i;

/** `certificate-authority-data` is public: every client of the cluster is told it. */
const PUBLIC_NAME =
  /^(certificate-authority-data|idp-certificate-authority-data|tokenFile|token-file|token-key)$/;

/** Shorter texts would blank out half of a log: `a` as a password would mask every `a`. */
const SHORTEST = 3;
const SHORTEST_FRAGMENT = 8;

/**
 * Every text of a kubeconfig that must not be seen: the whole of it, tokens, keys, client certificates,
 * passwords, what exec plugins and auth providers are handed, each raw and in base64, and every line of those
 * with several, because the runner masks line by line. Never throws: of what can't be parsed, whatever looks
 * like a credential is taken. Longest first, so that a text goes before its parts. The kubeconfig itself is a secret
 * as a whole: its servers and names are nothing that a message must do without.
 *
 * @param text a kubeconfig's YAML or its base64, as given
 * @example
 * secretsOf('users: [{name: ci, user: {token: s3cr3t-t0ken}}]')
 * // […, { text: 's3cr3t-t0ken', kind: 'credential' }, { text: 'czNjcjN0LXQwa2Vu', kind: 'credential' }]
 */
export function secretsOf(text: string): Secret[] {
  const found: FoundSecrets = new Map();
  const plain = kubeconfigYaml(text);
  addWhole(found, text);
  addWhole(found, text.trim());
  addWhole(found, plain);
  // Base64 is opaque in every line; of YAML, a line such as `kind: Config` is no secret.
  if (isBase64(text)) addForms(found, text, 'whole');
  const config = parsed(plain);
  if (isObject(config)) collectSecrets(config, found);
  // A broken one may be valid YAML all the same, and mean something else than it looks like.
  for (const word of [...namedSecrets(plain), ...(isObject(config) ? [] : opaqueWords(plain))])
    addForms(found, word);
  return secretsFound(found).sort((a, b) => b.text.length - a.text.length);
}

/** The credentials in any part of a kubeconfig (a user, an auth provider's settings), by the rules of {@link secretsOf}. */
export function secretsIn(part: unknown): Secret[] {
  const found: FoundSecrets = new Map();
  collectSecrets(part, found);
  return secretsFound(found);
}

/** One credential in all the forms in which it could turn up: raw, trimmed, base64, decoded, line by line. */
export function formsOf(secret: string): Secret[] {
  const found: FoundSecrets = new Map();
  addForms(found, secret);
  return secretsFound(found);
}

/**
 * For words of other programs (an exec plugin's stderr), which may hold a credential that nobody has told us of:
 * long words of letters and digits that are neither paths nor names go too.
 */
export function redactOpaque(text: string): string {
  return text.replace(/[\w+/=.-]{20,}/g, (word) => (isOpaque(word) ? '***' : word));
}

type FoundSecrets = Map<string, SecretKind>;

function secretsFound(found: FoundSecrets): Secret[] {
  return [...found].map(([text, kind]) => ({ text, kind }));
}

/** What counts as a credential once stays one. */
function add(found: FoundSecrets, text: string, kind: SecretKind): void {
  if (found.get(text) !== 'credential') found.set(text, kind);
}

function parsed(yaml: string): unknown {
  const { document } = kubeconfigDocument(yaml);
  if (document.errors.length > 0) return undefined;
  try {
    return document.toJS();
  } catch {
    return undefined;
  }
}

function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !PUBLIC_NAME.test(name);
}

/** Takes every text under a secret's name, the values handed to exec plugins, and passwords inside URLs. */
function collectSecrets(node: unknown, found: FoundSecrets, name = ''): void {
  if (Array.isArray(node)) {
    collectFlags(node, found);
    for (const item of node) collectSecrets(item, found, name);
  } else if (isObject(node)) {
    for (const [key, value] of Object.entries(node)) {
      // An exec plugin's environment: `{name: VAULT_TOKEN, value: …}`. The name may say nothing (`SESSION`), so
      // any value that is long enough counts.
      if (key === 'value' && typeof node['name'] === 'string') {
        const given = typeof value === 'number' ? String(value) : value;
        if (typeof given !== 'string') continue;
        // Where the name says nothing, it may be a region as well, whose parts are in every host's name.
        if (SECRET_NAME.test(node['name'])) addForms(found, given);
        else if (given.length >= SHORTEST_FRAGMENT) addForms(found, given, 'whole');
      } else {
        // What lies below a secret's name is secret, however it is folded.
        collectSecrets(value, found, isSecretName(name) ? name : key);
      }
    }
  } else if (typeof node === 'string' || typeof node === 'number') {
    const value = String(node);
    if (isSecretName(name)) addForms(found, value);
    for (const { text, kind } of urlPasswords(value)) addForms(found, text, kind);
  }
}

/** `--token=x`, `--token x` among a plugin's arguments, and words that can only be credentials. */
function collectFlags(list: readonly unknown[], found: FoundSecrets): void {
  list.forEach((item, index) => {
    if (typeof item !== 'string') return;
    const [, flag, inline] = /^--?([\w-]+)(?:=([\s\S]*))?$/.exec(item) ?? [];
    const following = list[index + 1];
    if (flag !== undefined && SECRET_NAME.test(flag)) {
      if (inline !== undefined) addForms(found, inline);
      else if (typeof following === 'string') addForms(found, following);
    } else if (item.length >= 20 && isOpaque(item)) {
      // A script is no token, and its words are those of its messages.
      addForms(found, item, /\s/.test(item) ? 'whole' : 'credential');
    }
  });
}

/** The password of a URL, as it is written and as it is meant; with the user's name before it, as a whole. */
function urlPasswords(value: string): Secret[] {
  const userinfo = /^[a-z][a-z0-9+.-]*:\/\/([^/@\s]*)@/i.exec(value)?.[1];
  if (userinfo === undefined) return [];
  const password = userinfo.slice(userinfo.indexOf(':') + 1);
  return [
    { text: userinfo, kind: userinfo === password ? 'credential' : 'whole' },
    { text: password, kind: 'credential' },
    { text: tolerantDecode(password), kind: 'credential' },
  ];
}

function tolerantDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Whatever stands behind a secret's name on a line, YAML or not. */
function namedSecrets(text: string): string[] {
  return [...text.matchAll(/([\w-]+)["']?[ \t]*[:=][ \t]*["']?([^\s"',}]+)/g)]
    .filter(([, name = '']) => isSecretName(name))
    .map(([, , value = '']) => value);
}

function opaqueWords(text: string): string[] {
  return [...text.matchAll(/[\w+/=.-]{20,}/g)].map(([word]) => word).filter(isOpaque);
}

/** Letters and digits mixed, and no path: no word of a language, no file, no host looks like this. */
function isOpaque(word: string): boolean {
  const path = /^[./]|^[\w-]+(\.[\w-]+)*\/[\w./-]+$/.test(word) && !/[+=]/.test(word);
  return !path && /\d/.test(word) && /[A-Za-z]/.test(word) && !/^[a-z0-9.-]+\.[a-z]{2,}$/.test(word);
}

function addWhole(found: FoundSecrets, text: string): void {
  if (text.trim().length < SHORTEST_FRAGMENT) return;
  add(found, text, 'whole');
  add(found, Buffer.from(text).toString('base64'), 'whole');
}

function addForms(found: FoundSecrets, secret: string, kind: SecretKind = 'credential'): void {
  for (const raw of new Set([secret, secret.trim()])) {
    if (raw.length < SHORTEST) continue;
    addText(found, raw, kind);
    add(found, Buffer.from(raw).toString('base64'), kind);
    if (!isBase64(raw)) continue;
    const unwrapped = raw.replace(/\s/g, '');
    add(found, unwrapped, kind);
    const decoded = Buffer.from(unwrapped, 'base64').toString('utf8');
    // Certificates and keys are text (PEM) inside; the bytes of a random token decode to no text at all.
    if (decoded.includes('\uFFFD')) continue;
    addText(found, decoded, kind);
    addText(found, decoded.trim(), kind);
  }
}

/** A text and its lines. Of a PEM, `-----BEGIN CERTIFICATE-----` is nobody's secret: it counts as a whole. */
function addText(found: FoundSecrets, text: string, kind: SecretKind): void {
  const isPem = /^-----/m.test(text);
  add(found, text, isPem ? 'whole' : kind);
  if (isPem) {
    const body = text.replace(/^-----.*(\r?\n|$)/gm, '');
    if (body.trim().length >= SHORTEST_FRAGMENT) add(found, body, kind);
  }
  for (const line of text.split(/\r?\n/)) {
    const bare = line.trim();
    if (bare.length >= SHORTEST_FRAGMENT && !bare.startsWith('-----')) add(found, bare, kind);
  }
}
