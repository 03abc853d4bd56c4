/** A VirtualService as a whole, in words: its hosts and gateways, who changed it, what was asked for which build. */
import { momentOf } from '../plan/change-text.ts';
import type { BuildView, ChangeView, VirtualServiceView } from '../plan/virtual-service-views.ts';

/** Hosts, gateways and builds that are named. */
const MOST = 5;

/** Lines of `show`. */
export function aboutLines(service: VirtualServiceView): readonly string[] {
  const { changes } = service;
  const builds = changes?.builds ?? [];
  const rest = builds.length - MOST;
  return [
    hostsText(service),
    ...(changes?.last ? [`last change: ${lastChangeText(changes.last)}`] : []),
    ...builds.slice(0, MOST).map((build) => `build ${buildText(build)}`),
    ...(rest > 0 ? [`and ${rest} more`] : []),
  ];
}

/** `hosts api.example.com, by gateway shop/public and within the mesh` */
export function hostsText({ hosts, gateways }: VirtualServiceView): string {
  const ways = gateways.map((gateway) => (gateway === 'mesh' ? 'within the mesh' : `by gateway ${gateway}`));
  const whose =
    hosts.length === 0
      ? 'no hosts: other VirtualServices delegate to it'
      : `${hosts.length === 1 ? 'host' : 'hosts'} ${firstOf(hosts)}`;
  return hosts.length === 0 ? whose : `${whose}, ${firstOf(ways)}`;
}

function firstOf(items: readonly string[]): string {
  const rest = items.length - MOST;
  return [...items.slice(0, MOST), ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ');
}

/** `weight by octocat on 2030-01-01 at 00:00 UTC` */
export function lastChangeText({ what, by, time }: ChangeView): string {
  return [what, ...(by === null ? [] : [`by ${by}`]), ...(time === null ? [] : [momentOf(time)])].join(' ');
}

/** `api-10 (app=api,build=10): weight 20 %, by octocat on 2030-01-01 at 00:00 UTC` */
export function buildText(build: BuildView): string {
  const { subset, podSelector, what, asked } = build;
  const name = podSelector === null ? subset : `${subset} (${podSelector})`;
  const origin = lastChangeText({ ...build, what: '' }).trim();
  return `${name}: ${what}${asked === null ? '' : ` ${asked}`}${origin === '' ? '' : `, ${origin}`}`;
}
