/** The lists in which the requests that an operation is about are looked for. */
import type { AboutClass } from './expected/types.ts';
import { isPreviewRoute } from './expected/ours.ts';
import { askable, type Asked } from './asking.ts';
import type { ComparedLists, WantedPositions } from './samples.ts';

export interface AmongLists {
  /** The list that `AboutClass.first` is one of. */
  readonly asked: Asked;
  /** What an example is held against. */
  readonly lists: ComparedLists;
  /** That the route at this position of `asked` is the first for the example. */
  readonly wanted: (position: number) => WantedPositions;
}

/** By what `AboutClass.among` says. */
export function listsAmong(lists: ComparedLists): Readonly<Record<AboutClass['among'], AmongLists>> {
  const { before, after } = lists;
  const written = withoutPreviewRoutes(before);
  const isBefore = (position: number): WantedPositions => ({ before: position });
  return {
    all: { asked: before, lists, wanted: isBefore },
    written: { asked: written, lists: { ...lists, before: written }, wanted: isBefore },
    after: { asked: after, lists, wanted: (position) => ({ after: position }) },
  };
}

/** The routes that people wrote; the list itself where there are no others. */
function withoutPreviewRoutes(asked: Asked): Asked {
  return asked.list.some(isPreviewRoute)
    ? askable(asked.list.filter((listed) => !isPreviewRoute(listed)))
    : asked;
}
