import { bad, good, type Parsed } from './parsed.ts';

/**
 * Items of a list that is separated by commas or lines. Blank lines are skipped, and a line may end in a comma
 * when another follows. An empty item elsewhere is refused: in CI it is a variable that was never set, and
 * leaving it out would ask for something else than was meant.
 *
 * @example splitList('a, b\nc') // ['a', 'b', 'c']
 */
export function splitList(text: string): Parsed<readonly string[]> {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const items = lines.flatMap((line, index) => {
    const joined = index < lines.length - 1 && line !== ',' ? line.replace(/,$/, '') : line;
    return joined.split(',').map((item) => item.trim());
  });
  if (items.includes(''))
    return bad('there is a comma with nothing before or after it (a variable that is not set?)');
  return good(items);
}
