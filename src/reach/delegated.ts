/** Examples for a delegate: its routes get only those requests that a root leaves to it. */
import type { ListedRoute } from '../istio/requests/kept-routes.ts';
import type { VirtualService } from '../istio/types.ts';
import { listsAmong } from './among.ts';
import type { AskedExample } from './asked-examples.ts';
import { blocksOf, keyOfObject } from './listed.ts';
import type { View } from './lists.ts';
import { sampleFor, constraintFor } from './samples.ts';

/**
 * The examples that were found in a delegate by itself, as requests that its root leaves to it: a root that delegates
 * `/api` never passes `/` on, although the delegate's own route matches it. Where the root leaves a route none at all,
 * the example stays as it is, and is missed.
 *
 * @param view what proxies have, where istiod has merged the root's matches with the delegate's
 * @see https://istio.io/latest/docs/reference/config/networking/virtual-service/#Delegate
 */
export function delegatedExamples(
  examples: readonly AskedExample[],
  virtualService: VirtualService,
  { lists }: View,
): readonly AskedExample[] {
  const key = keyOfObject(virtualService);
  const among = listsAmong(lists);
  const merged = {
    all: byIndex(among.all.asked.list, key),
    written: byIndex(among.written.asked.list, key),
    after: byIndex(among.after.asked.list, key),
  };
  return examples.flatMap((example): readonly AskedExample[] => {
    const { about } = example;
    const { first, route } = about;
    const places = merged[about.among].get((first ?? route).fromIndex) ?? [];
    const { lists: compared, wanted } = among[about.among];
    const found = places.flatMap(({ listed, position }) =>
      blocksOf(listed.route).map((block) =>
        sampleFor(
          constraintFor([block, ...about.blocks]),
          first === undefined ? {} : wanted(position),
          compared,
        ),
      ),
    );
    const requests = found.filter((one) => typeof one !== 'string');
    if (requests.length > 0) return requests.map((request) => ({ about, request, isShadowed: false }));
    // Nobody knows where none was found, and none is left where there certainly is none.
    return found.includes('unknown') ? [] : [example];
  });
}

/** A VirtualService's routes in a list by their position in it: one may be there several times, of several roots. */
function byIndex(
  list: readonly ListedRoute[],
  key: string,
): ReadonlyMap<number, readonly { readonly listed: ListedRoute; readonly position: number }[]> {
  const own = list.flatMap((listed, position) =>
    keyOfObject(listed.from) === key ? [{ listed, position }] : [],
  );
  return Map.groupBy(own, ({ listed }) => listed.fromIndex);
}
