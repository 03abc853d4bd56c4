/** All items of a list, whole or in pages, and an end to it whatever the server says. */
import { TrafficError } from '../../base/errors.ts';
import { field, isObject, textIn, type JsonObject } from '../../base/json.ts';
import { otherList, otherObject, type RequestedObject } from './asked-for.ts';
import { LARGEST_LIST } from './body.ts';
import { callUntilSettled, type Attempts } from './calls.ts';
import { callWords, json, unusable } from './refusals.ts';
import type { About, HttpResponse, Wire } from './wire.ts';

/** Items of a page, where the whole list is larger than what we hold of one answer. */
const PAGE_SIZE = '500';

/** A list of more pages has no end: 100,000 items, where a server sends parts as we would ask for them. */
const MOST_PAGES = 200;

/** UTF-16 units of all pages of a list. */
const LARGEST_WHOLE = 4 * LARGEST_LIST;

/**
 * Reads a list. Without `limit` the server sends it whole; should it send a part, the rest is fetched. One that is too
 * large for one answer is asked for in pages.
 *
 * @param selection a query that chooses some of the items: `labelSelector`
 * @returns the items, each with its apiVersion and kind; or the answer with which the server refuses
 * @throws TrafficError unreachable: something else answers, or a list without end; otherwise as `callUntilSettled`
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */
export async function allItems(
  path: string,
  asked: RequestedObject,
  about: About,
  attempts: Attempts,
  selection: Readonly<Record<string, string>> = {},
): Promise<AllItems> {
  for (let begun = 1; ; begun += 1) {
    const read = await allPages(path, asked, about, attempts, selection);
    if ('items' in read || read.refused.status !== EXPIRED || begun === MOST_BEGINNINGS) return read;
  }
}

type AllItems = { readonly items: readonly JsonObject[] } | { readonly refused: HttpResponse };

/**
 * The server no longer has the state that the first pages were read of: the list has to be read from its beginning.
 *
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#410-gone-responses
 */
const EXPIRED = 410;
const MOST_BEGINNINGS = 3;

async function allPages(
  path: string,
  asked: RequestedObject,
  about: About,
  attempts: Attempts,
  selection: Readonly<Record<string, string>>,
): Promise<AllItems> {
  const { wire } = attempts;
  const items: JsonObject[] = [];
  const tokens = new Set<string>();
  let size = 0;
  let query = selection;
  for (;;) {
    const { answer } = await callUntilSettled({ method: 'GET', path, query, isList: true }, about, attempts);
    if (answer.status >= 300) return { refused: answer };
    if (answer.tooMuch !== undefined && query === selection) {
      query = { ...selection, limit: PAGE_SIZE };
      continue;
    }
    const page = pageOf(answer, asked, about, wire);
    items.push(...page.items);
    if (page.next === '') return { items };
    size += answer.text.length;
    if (tokens.has(page.next)) throw withoutEnd('it names the same next page twice', about, wire);
    tokens.add(page.next);
    if (tokens.size > MOST_PAGES || size > LARGEST_WHOLE)
      throw withoutEnd(`${tokens.size} pages, and more`, about, wire);
    query = { ...selection, ...('limit' in query && { limit: PAGE_SIZE }), continue: page.next };
  }
}

function pageOf(
  answer: HttpResponse,
  asked: RequestedObject,
  about: About,
  wire: Wire,
): { readonly items: readonly JsonObject[]; readonly next: string } {
  const page = answer.tooMuch === undefined ? json(answer) : undefined;
  // An empty list of Go is null where the server is not Kubernetes' own: kubectl takes it for one, too.
  const found = isObject(page) && page['items'] === null ? [] : field(page, 'items');
  if (!isObject(page) || !Array.isArray(found)) throw unusable(answer, about, wire);
  const other = otherList(page, asked);
  if (other !== undefined) throw unusable(answer, about, wire, other);
  const objects = found.map((one: unknown): JsonObject => {
    const item = isObject(one) ? withKind(one, asked) : undefined;
    const stranger = otherObject(item ?? one, asked);
    if (item !== undefined && stranger === undefined) return item;
    throw unusable(answer, about, wire, `a list that holds ${stranger ?? 'something else'}`);
  });
  return { items: objects, next: textIn(field(field(page, 'metadata'), 'continue')) };
}

/** The items of a list of built-in kinds don't say what they are; the list does. */
function withKind(item: JsonObject, { apiVersion, kind }: RequestedObject): JsonObject {
  return { apiVersion, kind, ...item };
}

function withoutEnd(why: string, about: About, wire: Wire): TrafficError {
  return new TrafficError(
    'unreachable',
    `The API server ${wire.server} was asked to ${callWords(about)}, and its list has no end (${why}). ` +
      `Check ${wire.terms.address}, and the proxy in between.`,
  );
}
