/** What routes need to know of Services and ServiceEntries, read from objects that nobody has checked. */
import { field, listIn, textIn } from '../base/json.ts';
import { readLabels } from './labels.ts';
import { namedProtocol, protocolOfPort } from './port-protocol.ts';
import type { PortProtocol, ServiceView } from './types.ts';

/** What the checks need of a Service as the API lists it. */
export function serviceView(service: unknown): ServiceView {
  const name = textIn(field(field(service, 'metadata'), 'name'));
  const namespace = textIn(field(field(service, 'metadata'), 'namespace'));
  return {
    kind: 'Service',
    name,
    namespace,
    hosts: [`${name}.${namespace}.svc.cluster.local`],
    ports: numbers(field(field(service, 'spec'), 'ports'), 'port'),
    ...protocols(field(field(service, 'spec'), 'ports'), (port) => {
      const number = field(port, 'port');
      if (typeof number !== 'number') return undefined;
      const [transport, appProtocol] = [textIn(field(port, 'protocol')), field(port, 'appProtocol')];
      const named = { number, name: textIn(field(port, 'name')), transport };
      const protocol = protocolOfPort({
        ...named,
        ...(typeof appProtocol === 'string' && { appProtocol }),
      });
      return { number, protocol };
    }),
    ...(field(field(service, 'spec'), 'clusterIP') === 'None' && { isHeadless: true }),
    ...(field(field(service, 'spec'), 'publishNotReadyAddresses') === true && { publishesNotReady: true }),
    ...exported(
      textIn(field(field(field(service, 'metadata'), 'annotations'), EXPORT_TO)).split(','),
      namespace,
    ),
    ...externalName(field(service, 'spec')),
    ...selector(field(field(service, 'spec'), 'selector')),
  };
}

/** What the checks need of a ServiceEntry: as good as a Service to a route that sends to one of its hosts. */
export function serviceEntryView(entry: unknown): ServiceView {
  const spec = field(entry, 'spec');
  const hosts = field(spec, 'hosts');
  return {
    kind: 'ServiceEntry',
    name: textIn(field(field(entry, 'metadata'), 'name')),
    namespace: textIn(field(field(entry, 'metadata'), 'namespace')),
    hosts: Array.isArray(hosts) ? hosts.map(textIn).filter((host) => host !== '') : [],
    ports: numbers(field(spec, 'ports'), 'number'),
    ...protocols(field(spec, 'ports'), (port) => {
      const number = field(port, 'number');
      if (typeof number !== 'number') return undefined;
      return { number, protocol: namedProtocol(textIn(field(port, 'protocol'))) };
    }),
    ...headless(field(spec, 'resolution')),
    ...exported(listIn(field(spec, 'exportTo')), textIn(field(field(entry, 'metadata'), 'namespace'))),
    ...endpoints(field(spec, 'endpoints')),
    ...selector(field(field(spec, 'workloadSelector'), 'labels')),
  };
}

/** @see https://istio.io/latest/docs/reference/config/annotations/#NetworkingExportTo */
const EXPORT_TO = 'networking.istio.io/exportTo';

/** `.` is its own namespace, `~` none, `*` all, as is nothing at all. */
function exported(list: readonly unknown[], namespace: string): Pick<ServiceView, 'exportedTo'> {
  const names = list.map((one) => textIn(one).trim()).filter((name) => name !== '');
  if (names.length === 0 || names.includes('*')) return {};
  const known = names.filter((name) => name !== '~');
  return { exportedTo: known.map((name) => (name === '.' ? namespace : name)) };
}

/** A port may be there for UDP and TCP (HTTP/3): then that of the other counts. */
function protocols(
  list: unknown,
  read: (
    port: unknown,
  ) => { readonly number: number; readonly protocol: PortProtocol | undefined } | undefined,
): Pick<ServiceView, 'protocols'> {
  const found = (Array.isArray(list) ? list : []).flatMap((port) => read(port) ?? []);
  const known = new Map<number, PortProtocol>();
  for (const [number, same] of Map.groupBy(found, (one) => one.number)) {
    const one = same.find(({ protocol }) => protocol !== 'udp') ?? same[0];
    if (one?.protocol !== undefined) known.set(number, one.protocol);
  }
  return known.size === 0 ? {} : { protocols: known };
}

function externalName(spec: unknown): Pick<ServiceView, 'externalName'> {
  const name = textIn(field(spec, 'externalName'));
  return field(spec, 'type') === 'ExternalName' && name !== '' ? { externalName: name } : {};
}

/**
 * Istio reads a resolution that isn't written as NONE: it is the first value of the field.
 *
 * @see https://istio.io/latest/docs/reference/config/networking/service-entry/#ServiceEntry-Resolution
 */
function headless(resolution: unknown): Pick<ServiceView, 'isHeadless' | 'lacksResolution'> {
  if (resolution === undefined || resolution === null) return { isHeadless: true, lacksResolution: true };
  return resolution === 'NONE' ? { isHeadless: true } : {};
}

function endpoints(list: unknown): Pick<ServiceView, 'endpoints'> {
  return Array.isArray(list) ? { endpoints: list.map((one) => readLabels(field(one, 'labels'))) } : {};
}

function numbers(list: unknown, name: string): number[] {
  if (!Array.isArray(list)) return [];
  return list.map((port) => field(port, name)).filter((port) => typeof port === 'number');
}

/** An empty selector selects nothing in a Service, and is no selector. */
function selector(value: unknown): Pick<ServiceView, 'selector'> {
  const found = readLabels(value);
  return Object.keys(found).length === 0 ? {} : { selector: found };
}
