import { count } from '../base/text.ts';
import { fullName } from '../base/title.ts';
import type { VirtualServiceView } from '../plan/virtual-service-views.ts';
import { codeOf, textOf } from './markdown.ts';
import { buildText, lastChangeText, hostsText } from './services.ts';
import type { Outcome } from './types.ts';

/** VirtualServices that are named, and builds of one of them. */
const MAX_SERVICES = 3;
const MAX_BUILDS = 10;

const MAX_TEXT = 300;

/** The VirtualServices with their hosts and gateways, on one line. */
export function servicesSection({ virtualServices = [] }: Outcome): string {
  const shown = virtualServices
    .slice(0, MAX_SERVICES)
    .map((one) => `VirtualService ${virtualServiceCode(one)}: ${textOf(hostsText(one), MAX_TEXT)}`);
  const rest = virtualServices.length - shown.length;
  return [...shown, ...(rest > 0 ? [count(rest, 'more VirtualService')] : [])].join(' · ');
}

/** Of `show`: who changed what last, and what was asked for each build. */
export function changesList({ virtualServices = [] }: Outcome): string {
  return virtualServices.slice(0, MAX_SERVICES).flatMap(changesText).join('\n');
}

function changesText(service: VirtualServiceView): readonly string[] {
  const { last = null, builds = [] } = service.changes ?? {};
  const rest = builds.length - MAX_BUILDS;
  return [
    ...(last === null
      ? []
      : [`- Last change of ${virtualServiceCode(service)}: ${textOf(lastChangeText(last), MAX_TEXT)}`]),
    ...builds.slice(0, MAX_BUILDS).map((build) => `- Build ${textOf(buildText(build), MAX_TEXT)}`),
    ...(rest > 0 ? [`- and ${count(rest, 'more build')}`] : []),
  ];
}

function virtualServiceCode(service: VirtualServiceView): string {
  return codeOf(fullName(service), 120);
}
