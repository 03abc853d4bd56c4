/** Shorter than this, what failed is not yet said: `Nothing was changed.` */
const LONG_ENOUGH = 50;

/** Characters of a list's items in a lead: a headline has room for little more. */
const MAX_ITEMS = 220;

/** What a failure's message begins with, and what comes after it. */
export interface FailureLead {
  readonly lead: string;
  readonly rest: string;
}

/**
 * The beginning of an error's message, as much as says what went wrong; what to do is left to the rest of it. A line
 * that announces a list (`2 checks speak against it:`) says nothing by itself: the first items follow it, and the list
 * is in the rest as well.
 */
export function failureLead(message: string): FailureLead {
  const [line = '', ...below] = message.trim().split('\n');
  const items = line.endsWith(':') ? itemsOf(below) : [];
  if (items.length > 0)
    return { lead: `${line} ${joinItems(items)}`, rest: message.trim().slice(line.length) };
  const lead = sentencesOf(line);
  return { lead, rest: message.trim().slice(lead.length) };
}

/** As many sentences as it takes to say something. */
function sentencesOf(line: string): string {
  const [first = '', ...more] = line.split(/(?<=[.!?]) (?=[A-Z])/);
  let lead = first;
  for (const sentence of more) {
    if (lead.length >= LONG_ENOUGH) break;
    lead += ` ${sentence}`;
  }
  return lead;
}

/** The lines up to the next paragraph; of those with a dash at least, these alone: others are below the list. */
function itemsOf(lines: readonly string[]): readonly string[] {
  const end = lines.indexOf('');
  const block = end === -1 ? lines : lines.slice(0, end);
  const dashed = block.filter((line) => line.startsWith('- '));
  return (dashed.length > 0 ? dashed.map((line) => line.slice(2)) : block).map(sentencesOf);
}

function joinItems(items: readonly string[]): string {
  const shown: string[] = [];
  let left = MAX_ITEMS;
  for (const item of items) {
    left -= item.length + 2;
    if (left < 0 && shown.length > 0) break;
    shown.push(item.replace(/\.$/, ''));
  }
  const rest = items.length - shown.length;
  return shown.join('; ') + (rest > 0 ? `; and ${rest} more` : '');
}
