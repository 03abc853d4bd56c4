/** Which of several services people come to with a browser: a link and a bridge have a place there alone. */
import { hostsOf } from '../istio/hosts.ts';
import { selects } from '../istio/selection.ts';
import type { VirtualService } from '../istio/types.ts';
import { hasGateway } from '../plan/links.ts';
import { inNamespace } from '../plan/select.ts';
import type { Snapshot } from '../plan/types.ts';
import type { HeadersIntent } from './headers/intent.ts';
import { withoutPort, serves } from './headers/preview-url.ts';
import type { ServiceIntent, ServicesIntent } from './services.ts';

/**
 * The intents of the services, without `bridge` and `link` where no browser comes by and without `link` where the host
 * of `link-host` is not served. Where that is so for all of them, they stay as they are: each then says what is missing.
 */
export function intentsOfServices(
  snapshot: Snapshot,
  { services }: ServicesIntent,
): readonly ServiceIntent[] {
  const intents = services.map(({ intent }) => intent);
  const entered = intents.filter((intent) => entriesOf(snapshot, intent).length > 0);
  const served = entered.filter((intent) => isServed(snapshot, intent));
  return intents.map((intent) => {
    if (intent.operation !== 'headers' || entered.length === 0) return intent;
    if (!entered.includes(intent)) return withoutBridge(withoutLink(intent));
    return served.length === 0 || served.includes(intent) ? intent : withoutLink(intent);
  });
}

/** Its VirtualServices that are bound to a gateway. */
function entriesOf(snapshot: Snapshot, intent: ServiceIntent): readonly VirtualService[] {
  return snapshot.virtualServices
    .filter(inNamespace(snapshot))
    .filter((one) => selects(intent, one.metadata) && hasGateway(one));
}

function isServed(snapshot: Snapshot, intent: ServiceIntent): boolean {
  const authority = intent.operation === 'headers' ? intent.link?.authority : undefined;
  return (
    authority === undefined ||
    entriesOf(snapshot, intent)
      .flatMap(hostsOf)
      .some((host) => serves(host, withoutPort(authority)))
  );
}

function withoutLink({ link: _, ...intent }: HeadersIntent): HeadersIntent {
  return intent;
}

function withoutBridge({ bridge: _, ...intent }: HeadersIntent): HeadersIntent {
  return intent;
}
