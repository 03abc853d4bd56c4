/** Which texts are worth parsing: a repository may be a thousand times the size of its VirtualServices. */

const OURS = /VirtualService|DestinationRule/;
/** What every object of these kinds has in its `apiVersion`; a chart's template may have an expression there. */
const GROUP = /networking\.istio\.io\/|(?<!\$)\{\{/;
/** Workflows speak of these kinds as well, and are full of these: one is such an expression behind an `apiVersion` alone. */
const EXPRESSION = '${{';

/** Could the text hold a VirtualService or a DestinationRule? By its words, which quotes may spell with escapes. */
export function namesOurs(text: string): boolean {
  return namesOurKinds(text) || (HAS_ESCAPES.test(text) && namesOurKinds(unescaped(text)));
}

/** Does it name one of our kinds, as a patch for it does? */
export function namesOurKind(text: string): boolean {
  return OURS.test(text);
}

/** Could a text of which `namesOurs` holds have a VirtualService? */
export function namesVirtualService(text: string): boolean {
  return text.includes('VirtualService') || unescaped(text).includes('VirtualService');
}

/** Could it hold a Rollout that names a VirtualService, or a Canary of Flagger? */
export function namesController(text: string): boolean {
  return /flagger\.app\//.test(text) || (/argoproj\.io\//.test(text) && text.includes('virtualService'));
}

/** Our kinds as bytes, in the encodings that editors write: of a file that is no text which we can read. */
export const KINDS_AS_BYTES: readonly Buffer[] = (['utf8', 'utf16le'] as const).flatMap((encoding) =>
  ['VirtualService', 'DestinationRule'].map((kind) => Buffer.from(kind, encoding)),
);

function namesOurKinds(text: string): boolean {
  if (!OURS.test(text)) return false;
  return GROUP.test(text) || (text.includes(EXPRESSION) && text.includes('apiVersion'));
}

/** Escapes that could stand for a letter of the names, or for nothing, between them. */
const ESCAPES = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(\/)|\r?\n[ \t]*)/g;
const HAS_ESCAPES = /\\[xuU/\r\n]/;

function unescaped(text: string): string {
  return text.replaceAll(ESCAPES, (_all, two?: string, four?: string, eight?: string, slash?: string) => {
    const code = Number.parseInt(two ?? four ?? eight ?? '', 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : (slash ?? '');
  });
}
