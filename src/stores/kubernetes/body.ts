/** What a server sends after its headers, as text, and never more of it than we are ready to hold. */

const MIB = 1024 * 1024;

/** Bytes of a list after decompression: 5,000 pods, with room to spare. */
export const LARGEST_LIST = 64 * MIB;

/** Bytes of one object; etcd holds none of more than 1.5 MiB. */
const LARGEST_OBJECT = 8 * MIB;

/** JSON values of an answer: `[],[],…` takes fifty times its own size once it is parsed. */
const MOST_VALUES = 2_000_000;

/** Bytes of a refusal: a sentence, or the page of a proxy. */
export const LARGEST_REFUSAL = MIB;

/** As much of a body as was read. */
export interface BodyText {
  readonly text: string;
  /** What there was more of than we are ready to hold: `more than 64 MiB`. */
  readonly tooMuch?: string;
}

/**
 * Reads a body up to a limit, and ends it there: a body without end, or a few kilobytes of gzip that unfold to
 * gigabytes, would use up the memory of the machine.
 *
 * @param limit bytes, after decompression
 */
export async function bodyWithin(body: AsyncIterable<Uint8Array>, limit: number): Promise<BodyText> {
  const decoder = new TextDecoder();
  const chunks = body[Symbol.asyncIterator]();
  const parts: string[] = [];
  let size = 0;
  for (;;) {
    const chunk = await chunks.next();
    if (chunk.done === true) return withoutBomb(parts.join('') + decoder.decode());
    size += chunk.value.byteLength;
    if (size > limit) {
      // Not waited for: a server that doesn't end its body may not end the connection either.
      chunks.return?.().catch(() => undefined);
      return { text: parts.join(''), tooMuch: `more than ${inMiB(limit)}` };
    }
    parts.push(decoder.decode(chunk.value, { stream: true }));
  }
}

/** Counted by what comes before a value, in strings as well: more than there are never counts as fewer. */
function withoutBomb(text: string): BodyText {
  if (text.length < MOST_VALUES) return { text };
  let values = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === COMMA || code === BRACE || code === BRACKET) values += 1;
  }
  if (values <= MOST_VALUES) return { text };
  return { text: '', tooMuch: `more than ${MOST_VALUES / 1_000_000} million JSON values` };
}

const COMMA = 0x2c;
const BRACE = 0x7b;
const BRACKET = 0x5b;

/** Bytes that an answer with this status may have. */
export function limitOf(status: number, isList: boolean): number {
  if (status >= 300) return LARGEST_REFUSAL;
  return isList ? LARGEST_LIST : LARGEST_OBJECT;
}

/** `64 MiB` */
export function inMiB(bytes: number): string {
  return `${bytes / MIB} MiB`;
}
