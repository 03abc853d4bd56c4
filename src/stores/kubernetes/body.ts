/** What a server sends after its headers, as text, and never more of it than we are ready to hold. */

const MIB = 1024 * 1024;

/** Bytes of a success after decompression: a list of 5,000 pods, with room to spare. */
export const LARGEST_ANSWER = 64 * MIB;

/** Bytes of a refusal: a sentence, or the page of a proxy. */
export const LARGEST_REFUSAL = MIB;

/** As much of a body as was read. */
export interface BodyText {
  readonly text: string;
  /** There was more than this many bytes. */
  readonly cutAt?: number;
}

/**
 * Reads a body up to a limit, and ends it there: a body without end, or a few kilobytes of gzip that unfold to
 * gigabytes, would use up the memory of the machine.
 *
 * @param limit bytes, after decompression
 */
export async function bodyWithin(
  stream: ReadableStream<Uint8Array> | null,
  limit: number,
): Promise<BodyText> {
  if (stream === null) return { text: '' };
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  const parts: string[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { text: parts.join('') + decoder.decode() };
    size += value.byteLength;
    if (size > limit) {
      // Not waited for: a server that doesn't end its body may not end the connection either.
      reader.cancel().catch(() => undefined);
      return { text: parts.join(''), cutAt: limit };
    }
    parts.push(decoder.decode(value, { stream: true }));
  }
}

/** The limit for an answer with this status. */
export function limitOf(status: number): number {
  return status < 300 ? LARGEST_ANSWER : LARGEST_REFUSAL;
}

/** `64 MiB` */
export function inMiB(bytes: number): string {
  return `${bytes / MIB} MiB`;
}
