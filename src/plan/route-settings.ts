/** What a route does besides matching and sending: copies, timeouts, faults. */
import { isList, isObject, listIn, objectIn, textIn, type Json } from '../base/json.ts';
import { percent, subsetText } from '../base/text.ts';
import type { MirrorView, RouteView } from './view-types.ts';

/** In `RouteView.action` already, or parts of what is said of another field. */
const SAID_ELSEWHERE: ReadonlySet<string> = new Set([
  'redirect',
  'directResponse',
  'delegate',
  'mirror',
  'mirrors',
  'mirrorPercentage',
  'mirrorPercent',
  'mirror_percent',
  'route',
]);

/**
 * The other fields of a route in words, mirrors first; empty where there are none.
 *
 * @example 'mirrors 10 % of its requests to api-10, timeout 5s, retries'
 */
export function settingsText({ settings }: Pick<RouteView, 'settings'>): string {
  const fields = Object.entries(settings).flatMap(([name, value]) =>
    SAID_ELSEWHERE.has(name) || value === undefined ? [] : [settingText(name, value)],
  );
  return [...mirrorViews({ settings }).map(mirrorText), ...fields, ...entryTexts(settings['route'])].join(
    ', ',
  );
}

function settingText(name: string, value: Json): string {
  return typeof value === 'string' || typeof value === 'number' ? `${name} ${value}` : name;
}

function mirrorText({ host, subset, share }: MirrorView): string {
  const to = subset === null ? host || '?' : subsetText(subset);
  return `mirrors ${percent(share)} of its requests to ${to}`;
}

/** Who gets copies of a route's requests: of its fields `mirror` and `mirrors`. */
export function mirrorViews({ settings }: Pick<RouteView, 'settings'>): readonly MirrorView[] {
  const { mirror, mirrors } = settings;
  const part = settings['mirrorPercentage'] ?? settings['mirrorPercent'] ?? settings['mirror_percent'];
  const single = isObject(mirror) ? [mirrorView(mirror, part)] : [];
  const several = listIn(mirrors)
    .filter(isObject)
    .map((one) => mirrorView(one['destination'], one['percentage']));
  return [...single, ...several];
}

/** @param part `{ value: 10 }`, or 10 in the spelling of older versions; absent: all requests */
function mirrorView(destination: Json | undefined, part: Json | undefined): MirrorView {
  const { host, subset } = objectIn(destination);
  const share = isObject(part) ? part['value'] : part;
  return {
    host: textIn(host),
    subset: textIn(subset) || null,
    share: typeof share === 'number' ? share : part === undefined ? 100 : 0,
  };
}

/** @param entries `settings.route`: what the destinations say besides, one by one */
function entryTexts(entries: Json | undefined): readonly string[] {
  if (!isList(entries)) return [];
  const names = new Set(entries.filter(isObject).flatMap((entry) => Object.keys(entry)));
  return [...names].map((name) => `${name} of a destination`);
}
