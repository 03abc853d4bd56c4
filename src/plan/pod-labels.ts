/** Which labels the pods of a service have, for whoever gave labels that none has. */
import { count } from '../base/text.ts';
import { nearest } from '../intent/nearest.ts';
import { formatLabels } from '../istio/labels.ts';
import type { Labels } from '../istio/types.ts';
import { podsOf, servicesFor } from './pods.ts';
import { joinFirst } from './select.ts';
import { withoutMachinery } from './stable-pods.ts';
import type { Snapshot } from './types.ts';

/**
 * @param wanted the labels that no pod has
 * @param host resolved
 * @returns a sentence with a blank in front, ` Its pods have: app=api,build=9 (2 pods). Did you mean …?`; empty where
 * nobody knows the service's pods, or there are none
 */
export function labelsThere(snapshot: Snapshot, wanted: Labels, host: string): string {
  if (!servicesFor(snapshot, host).some(({ selector }) => selector !== undefined)) return '';
  const texts = (podsOf(snapshot, {}, host) ?? []).map(({ labels }) =>
    formatLabels(shownLabels(labels, wanted)),
  );
  if (texts.length === 0) return ` The service ${host} has no pods at all.`;
  const groups = Map.groupBy(texts, (text) => text);
  const there = [...groups].map(([text, { length }]) => `${text || 'no labels'} (${count(length, 'pod')})`);
  const given = formatLabels(wanted);
  // Another number is another build, and no slip of the keyboard.
  const others = [...groups.keys()].filter((text) => withoutDigits(text) !== withoutDigits(given));
  const meant = nearest(given, others);
  return ` The pods of ${host} have: ${joinFirst(there)}.${meant === undefined ? '' : ` Did you mean ${meant}?`}`;
}

function withoutDigits(text: string): string {
  return text.replaceAll(/\d/g, '');
}

/** The same keys, or where a pod lacks one of them, all that it has. */
function shownLabels(labels: Labels, wanted: Labels): Labels {
  const keys = Object.keys(wanted);
  if (keys.some((key) => labels[key] === undefined)) return withoutMachinery(labels);
  return Object.fromEntries(keys.map((key) => [key, labels[key] ?? '']));
}
