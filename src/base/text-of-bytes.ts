/**
 * The text of bytes: UTF-8, or UTF-16 where a byte order mark says so. PowerShell's `>` wrote UTF-16 for many years, and
 * kubectl reads it.
 *
 * @see https://github.com/yaml/go-yaml/blob/v3/readerc.go yaml_parser_determine_encoding
 */
export function textOfBytes(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le');
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return bytes.toString('utf8');
}
