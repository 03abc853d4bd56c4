import { format, resolveConfig } from 'prettier';
import { OPERATIONS } from '../../src/operations/index.ts';

/** The place of the operations' names, in `$defs`. */
const NAMES = /("operation": \{\s*"description": "[^"]*",\s*"enum": )\[[^\]]*\]/;

/**
 * `schema/outcome.schema.json` with the names of all operations; the empty text is that of an input that names none.
 *
 * @param path of the file, for its style
 * @throws Error where the schema has no place for them
 */
export async function outcomeSchema(text: string, path: string): Promise<string> {
  if (!NAMES.test(text)) throw new Error(`${path} has no $defs.operation with a description and an enum.`);
  const names = JSON.stringify([...OPERATIONS, '']);
  const filled = text.replace(NAMES, (_whole, head: string) => head + names);
  return format(filled, { ...(await resolveConfig(path)), filepath: path });
}
