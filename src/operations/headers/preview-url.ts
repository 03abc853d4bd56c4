import { finding, type Finding } from '../../base/findings.ts';
import { refuse } from '../../base/errors.ts';
import { titleOf } from '../../base/title.ts';
import { gatewaysOf, httpServers, serverFor } from '../../istio/gateways.ts';
import { isPreviewOf } from '../../plan/previews.ts';
import type { VirtualService } from '../../istio/types.ts';
import { hostsOf } from '../../istio/hosts.ts';
import { hasGateway } from '../../plan/links.ts';
import { joinFirst } from '../../plan/select.ts';
import type { Shift } from '../../plan/draft.ts';
import { isTarget } from '../../plan/subsets.ts';
import type { Snapshot } from '../../plan/types.ts';
import type { LinkIntent } from './entry-points.ts';

/**
 * The URL of a link.
 *
 * @param after the selected VirtualServices as they will be
 * @returns undefined where nobody can tell the host, which a finding says
 * @throws TrafficError check-failed where no browser comes by, or the host is none of theirs
 */
export function linkOf(
  snapshot: Snapshot,
  { path, authority, scheme }: LinkIntent,
  after: readonly VirtualService[],
  { target }: Pick<Shift, 'target'>,
): { readonly value: string | undefined; readonly findings: readonly Finding[] } {
  const linked = after.filter(
    (virtualService) =>
      hasGateway(virtualService) &&
      (virtualService.spec.http ?? []).some((route) =>
        isPreviewOf(route, (destination) => isTarget(destination, virtualService.metadata.namespace, target)),
      ),
  );
  if (linked.length === 0)
    refuse(
      'link-needs-gateway',
      `No VirtualService of the preview (${joinFirst(after.map(titleOf))}) is bound to a gateway, where a browser could come in: \`link\` has no place. ` +
        'Leave `link` out, or select the VirtualService of the gateway.',
    );
  // A gateway knows a host without a dot by its full name alone.
  const hosts = [...new Set(linked.flatMap(hostsOf))];
  const named = hosts.filter((host) => !host.includes('*'));
  const given = authority && withoutPort(authority);
  if (given !== undefined && !hosts.some((host) => serves(host, given)))
    refuse(
      'link-host-unserved',
      `\`link-host\` is ${given}, and the VirtualServices of the link are for ${joinFirst(hosts)}: a browser would not come to the preview.`,
    );
  const host = authority ?? (named.length === 1 ? named[0] : undefined);
  if (host === undefined) {
    const message = `The link is there, at ${path}. Of which host, nobody can tell (${joinFirst(hosts)}): give \`link-host\` for the output preview-url.`;
    return { value: undefined, findings: [finding('preview-url-unknown', 'notice', message)] };
  }
  return {
    value: `${scheme ?? 'https'}://${host}${path}`,
    findings: scheme === undefined ? plainHttp(snapshot, linked, host) : [],
  };
}

/** The host of `link-host`, less its port. */
export function withoutPort(authority: string): string {
  return authority.replace(/:\d+$/, '');
}

/** A host of a VirtualService, as `hostsOf` gives it: itself, or what a wildcard is for. */
export function serves(host: string, name: string): boolean {
  return host === '*' || (host.startsWith('*.') ? name.endsWith(host.slice(1)) : host === name);
}

/** Browsers drop a cookie with `Secure` that comes by plain http. */
function plainHttp(
  { gatewayServers = {} }: Snapshot,
  linked: readonly VirtualService[],
  host: string,
): readonly Finding[] {
  const servers = linked
    .flatMap(gatewaysOf)
    .flatMap((gateway) => httpServers(gatewayServers[gateway]))
    .filter((server) => serverFor([server], host) !== undefined);
  if (servers.length === 0 || servers.some(({ scheme }) => scheme === 'https')) return [];
  const message =
    `The gateway serves ${host} by plain http, where browsers drop the cookie of the link. ` +
    `Give \`link-host: https://${host}\` where a load balancer ends TLS, \`link-host: http://${host}\` where there is no TLS.`;
  return [finding('link-by-plain-http', 'warning', message)];
}
