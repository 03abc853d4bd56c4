/** What a credential looks like, without reading it: this is loaded at every start, and the parser of YAML is not. */
import { textOfBytes } from '../base/text-of-bytes.ts';

/** The kubeconfig's YAML: as given, or what its base64 says. */
export function kubeconfigYaml(text: string): string {
  const bare = withoutMark(text);
  return isBase64(bare) ? withoutMark(textOfBytes(Buffer.from(bare.replace(/\s/g, ''), 'base64'))) : bare;
}

/**
 * Is it a kubeconfig (YAML, JSON or the base64 of either), a private key, or a token? Somebody has put it where something
 * else belongs, and whatever is said of that must not repeat it.
 */
export function looksSecret(text: string): boolean {
  return isKubeconfigText(text) || isWebToken(text);
}

/** As `looksSecret`, but for tokens, which a header may have as well. */
export function isKubeconfigText(text: string): boolean {
  const plain = kubeconfigYaml(text);
  const keys = plain.matchAll(
    /(?:^|[\s{,"'])(clusters|contexts|users|current-context|apiVersion)["']?[ \t]*:/g,
  );
  // Without its white space, PEM is made of the characters of base64 as well.
  const isKey = [text, plain].some((one) => one.includes('PRIVATE KEY-----'));
  return isKey || new Set([...keys].map(([, key]) => key)).size > 1;
}

/** A JSON Web Token, as service accounts and GitHub's jobs have them. */
function isWebToken(text: string): boolean {
  return /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/.test(text);
}

function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, '');
}

/** Of a text that is long enough to be more than a word. */
export function isBase64(text: string): boolean {
  const bare = text.replace(/\s/g, '');
  return bare.length >= 16 && /^[A-Za-z0-9+/_-]+={0,2}$/.test(bare);
}
