/** What nobody may ever print: commands that the runner carries out for somebody else, and what a terminal obeys. */
import { commandsIn } from './runner-commands.ts';

/** The commands that the Action sends on purpose; the command line sends none. */
const OWN = new Set(['add-mask', 'notice', 'warning', 'error', 'group', 'endgroup']);

/** What the Action's annotations say of themselves: a title, and a place of a file. */
const PROPERTIES = new Set(['title', 'file', 'line', 'col']);

/** The colours of the Action's own report, and no other escape sequence. */
const COLOUR = /\u001b\[(?:1|2|22|31|32|33|34|36|39)m/g;

/** Begins the data of every command that the tests hide in texts of others. */
export const MARK = 'pwned';

/**
 * The commands that a process printed though nobody here meant them, and the characters that a reader doesn't see.
 *
 * @param stream what was printed, as a runner reads it: standard output and standard error alike
 */
export function strangeIn(stream: string, of: 'action' | 'cli'): string[] {
  const commands = commandsIn(stream)
    .filter(
      ({ name, properties, data }) =>
        of === 'cli' || !OWN.has(name) || !areOurs(properties) || data.startsWith(MARK),
    )
    .map(({ name, data }) => `command ${name}: ${data}`);
  // What is masked must be told to the last character.
  const shown = (of === 'action' ? stream.replaceAll(COLOUR, '') : stream)
    .split('\n')
    .filter((line) => !line.startsWith('::add-mask::'))
    .join('');
  const unseen =
    shown.match(/(?!\t)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu) ?? [];
  return [...commands, ...unseen.map((character) => `character ${JSON.stringify(character)}`)];
}

function areOurs(properties: ReadonlyMap<string, string>): boolean {
  const title = properties.get('title');
  return (
    [...properties].every(([name, value]) => PROPERTIES.has(name) && !value.startsWith(MARK)) &&
    (properties.size === 0 ||
      title?.startsWith('istiops') === true ||
      title?.startsWith('expectation') === true)
  );
}
