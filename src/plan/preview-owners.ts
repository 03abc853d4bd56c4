/** Whose a preview is: written with each preview, so that it can be taken away when nobody needs it any more. */
import {
  isObject,
  isPositiveInteger,
  objectIn,
  ownValue,
  parseJson,
  sameJson,
  type Json,
} from '../base/json.ts';
import type { VirtualService } from '../istio/types.ts';
import { previewSubset } from './names.ts';
import { withAnnotation } from './objects.ts';

export const PREVIEWS = 'istiops/previews';

export interface PreviewOwner {
  /** `octo-org/api`; null: not known. */
  readonly repository: string | null;
  readonly pullRequest: number | null;
  /** 40 hex digits. */
  readonly commit: string | null;
  /** ISO 8601, UTC: when it was written last. */
  readonly made: string;
  /** ISO 8601, UTC: when it may be taken away; null: never by time alone. */
  readonly expires: string | null;
}

/** Characters of the annotation: more than a thousand owners. */
const LONGEST_TEXT = 128 * 1024;

/**
 * The owners of a VirtualService's previews, by subset. Whoever may write the VirtualService may have written anything
 * there: what is not as istiops writes it counts as absent.
 */
export function previewOwners({ metadata }: VirtualService): ReadonlyMap<string, PreviewOwner> {
  const text = metadata.annotations?.[PREVIEWS];
  if (text === undefined || text.length > LONGEST_TEXT) return new Map();
  const stored = objectIn(parseJson(text));
  return new Map(
    Object.keys(stored).flatMap((subset) => {
      const owner = parseOwner(ownValue(stored, subset));
      return owner === undefined ? [] : [[subset, owner] as const];
    }),
  );
}

function parseOwner(value: Json | undefined): PreviewOwner | undefined {
  if (!isObject(value)) return undefined;
  const { repository = null, pullRequest = null, commit = null, made, expires = null } = value;
  if (!isTime(made) || (expires !== null && !isTime(expires))) return undefined;
  if (repository !== null && !isRepository(repository)) return undefined;
  if (pullRequest !== null && !isPositiveInteger(pullRequest)) return undefined;
  if (commit !== null && (typeof commit !== 'string' || !/^[0-9a-f]{40}$/.test(commit))) return undefined;
  return { repository, pullRequest, commit, made, expires };
}

function isTime(value: Json | undefined): value is string {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) && !Number.isNaN(Date.parse(value));
}

/** It becomes a part of an address. @see https://docs.github.com/en/repositories */
function isRepository(value: Json): value is string {
  return typeof value === 'string' && /^[\w-]{1,39}\/(?!\.{1,2}$)[\w.-]{1,100}$/.test(value);
}

/**
 * The VirtualService with the owners of the previews that it has; those of others go.
 *
 * @param subset of the previews that are written now; null: none
 */
export function withPreviewOwners(
  virtualService: VirtualService,
  subset: string | null,
  owner: PreviewOwner,
): VirtualService {
  const owners = new Map(previewOwners(virtualService));
  if (subset !== null) owners.set(subset, owner);
  return withOwners(virtualService, owners);
}

function withOwners(
  virtualService: VirtualService,
  owners: ReadonlyMap<string, PreviewOwner>,
): VirtualService {
  const subsets = new Set((virtualService.spec.http ?? []).flatMap((route) => previewSubset(route) ?? []));
  const kept = new Map([...owners].filter(([subset]) => subsets.has(subset)));
  return withAnnotation(virtualService, PREVIEWS, kept.size === 0 ? undefined : ownersText(kept));
}

/**
 * The owners that a change took away or replaced, as the text of an annotation; undefined where there are none.
 *
 * @param before the VirtualService before the change
 */
export function lostOwners(before: VirtualService, after: VirtualService): string | undefined {
  const now = previewOwners(after);
  const lost = new Map(
    [...previewOwners(before)].filter(([subset, owner]) => !sameJson(owner, now.get(subset))),
  );
  return lost.size === 0 ? undefined : ownersText(lost);
}

/**
 * The VirtualService with owners of before for previews that are back and have none; those of others go.
 *
 * @param text as `lostOwners` has it
 */
export function withLostOwners(virtualService: VirtualService, text: string): VirtualService {
  const annotations = { [PREVIEWS]: text };
  const lost = previewOwners({ ...virtualService, metadata: { ...virtualService.metadata, annotations } });
  const owners = new Map([...lost, ...previewOwners(virtualService)]);
  return withOwners(virtualService, owners);
}

/** `before` itself where nothing else differs: owners are recorded as long as their previews are there. */
export function keepIfOnlyOwnersDiffer(before: VirtualService, after: VirtualService): VirtualService {
  return sameJson(before, withAnnotation(after, PREVIEWS, before.metadata.annotations?.[PREVIEWS]))
    ? before
    : after;
}

function ownersText(owners: ReadonlyMap<string, PreviewOwner>): string {
  const known = ([subset, owner]: readonly [string, PreviewOwner]) =>
    [subset, Object.fromEntries(Object.entries(owner).filter(([, value]) => value !== null))] as const;
  return JSON.stringify(Object.fromEntries([...owners].map(known)));
}
