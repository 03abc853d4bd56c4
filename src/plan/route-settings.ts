/** What a route does besides matching and sending: copies, timeouts, faults. */
import { isList, isObject, type Json, type JsonObject } from '../base/json.ts';
import { percent, subsetText } from '../base/text.ts';
import type { RouteView } from './view-types.ts';

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
    SAID_ELSEWHERE.has(name) || value === undefined ? [] : [fieldText(name, value)],
  );
  return [...mirrorTexts(settings), ...fields, ...entryTexts(settings['route'])].join(', ');
}

function fieldText(name: string, value: Json): string {
  return typeof value === 'string' || typeof value === 'number' ? `${name} ${value}` : name;
}

function mirrorTexts(settings: JsonObject): readonly string[] {
  const { mirror, mirrors } = settings;
  const single = isObject(mirror)
    ? [
        mirrorText(
          mirror,
          settings['mirrorPercentage'] ?? settings['mirrorPercent'] ?? settings['mirror_percent'],
        ),
      ]
    : [];
  const several = isList(mirrors)
    ? mirrors.filter(isObject).map((one) => mirrorText(one['destination'], one['percentage']))
    : [];
  return [...single, ...several];
}

/** @param part `{ value: 10 }`, or 10 in the spelling of older versions; absent: all requests */
function mirrorText(destination: Json | undefined, part: Json | undefined): string {
  const { host, subset } = isObject(destination) ? destination : {};
  const share = isObject(part) ? part['value'] : part;
  const much = typeof share === 'number' ? percent(share) : part === undefined ? '100 %' : '0 %';
  const to =
    typeof subset === 'string' && subset !== '' ? subsetText(subset) : typeof host === 'string' ? host : '?';
  return `mirrors ${much} of its requests to ${to}`;
}

/** @param entries `settings.route`: what the destinations say besides, one by one */
function entryTexts(entries: Json | undefined): readonly string[] {
  if (!isList(entries)) return [];
  const names = new Set(entries.filter(isObject).flatMap((entry) => Object.keys(entry)));
  return [...names].map((name) => `${name} of a destination`);
}
