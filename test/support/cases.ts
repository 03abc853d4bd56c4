/** What the golden cases need beside the engine: a shell's reading of a command line, and a cluster in a text. */
import { parseAllDocuments, stringify } from 'yaml';
import { TrafficError } from '../../src/base/errors.ts';
import type { DestinationRule, KubeObject, PodView, VirtualService } from '../../src/istio/types.ts';
import { isObject, sameJson } from '../../src/base/json.ts';
import { parseWords } from '../../src/operations/parse-words.ts';
import { parseShift } from '../../src/operations/parse-shift.ts';
import type { Words } from '../../src/intent/types.ts';
import { OPERATIONS } from '../../src/operations/index.ts';
import type { ParsedWords } from '../../src/operations/request.ts';
import { fullName, titleOf } from '../../src/base/title.ts';
import type { Listing, Snapshot } from '../../src/plan/types.ts';
import { isVirtualService } from '../../src/istio/kinds.ts';
import { gatewaysOf, serversOf } from '../../src/istio/gateways.ts';
import { gatewayApiRoute } from '../../src/istio/gateway-api.ts';
import { sidecarScope } from '../../src/istio/sidecar-scope.ts';
import { podView, workloadView } from '../../src/stores/kubernetes/pods.ts';
import { serviceEntryView, serviceView } from '../../src/istio/service-views.ts';
import { textChanges } from '../../src/stores/kubernetes/texts.ts';
import type { ReadScope, Store } from '../../src/ports/store.ts';
import { podState } from '../../src/gates/pods.ts';

/** Words as a shell splits them: blanks between, quotes around, a backslash before a quote. */
export function shellWords(line: string): string[] {
  const words = line.match(/(?:[^\s"']|"(?:\\["\\]|[^"])*"|'[^']*')+/g) ?? [];
  return words.map((word) =>
    word.replaceAll(/"((?:\\["\\]|[^"])*)"|'([^']*)'/g, (_, double?: string, single?: string) =>
      double === undefined ? (single ?? '') : double.replaceAll(/\\(["\\])/g, '$1'),
    ),
  );
}

/**
 * A command line after `istiops`, parsed as the command line does it: a flag twice is two lines, `--label-selector`
 * without a value counts as not given, a bare `--dry-run` means true.
 *
 * @param more words that every line of the case has: where the objects are
 * @throws TrafficError invalid-input
 */
export function parseCommandLine(line: string, more: Words): ParsedWords {
  const [traffic, operation, ...flags] = shellWords(line);
  if (traffic !== 'traffic' || operation === undefined)
    throw new Error(`Not a command line of a case: ${line}`);
  const words: Record<string, string> = {};
  for (let at = 0; at < flags.length; at += 1) {
    const name = flags[at]?.replace(/^--/, '') ?? '';
    const next = flags[at + 1];
    const hasValue = next !== undefined && !next.startsWith('--');
    if (hasValue) at += 1;
    const isSwitch = [
      'dry-run',
      'force',
      'create-destination-rule',
      'all-namespaces',
      'link',
      'bridge',
    ].includes(name);
    const value = hasValue ? next : isSwitch ? 'true' : undefined;
    if (value !== undefined) words[name] = words[name] === undefined ? value : `${words[name]}\n${value}`;
  }
  const given = { ...words, ...more };
  if (operation === 'shift') return parseShift(given);
  // One that there isn't goes through, for the parser to say so.
  return parseWords({ ...given, operation: OPERATIONS.find((one) => one === operation) ?? operation });
}

/** A text that steps change: the manifests of a case, or what its cluster holds. */
export interface Held {
  text: string;
}

export interface ClusterFiles {
  /** Pods, and WorkloadEntries that ServiceEntries select. */
  readonly pods?: string | undefined;
  readonly services?: string | undefined;
  /**
   * VirtualServices and DestinationRules of other namespaces, and Gateways, routes of the Gateway API and Sidecars of all;
   * absent: they can't be read.
   */
  readonly mesh?: string | undefined;
  /** What a mutating webhook does to the YAML of what is written, in a dry run as well: `s/old/new/`, one a line. */
  readonly webhook?: string | undefined;
}

/** A cluster that holds what a text holds. An object that is written is written anew, the other documents stay. */
export function clusterInText(held: Held, namespace: string, files: ClusterFiles): Store {
  const writes = new Map<string, number>();
  const versioned = <T extends KubeObject>(object: T): T => {
    const resourceVersion = String(1 + (writes.get(titleOf(object)) ?? 0));
    return { ...object, metadata: { ...object.metadata, resourceVersion } };
  };
  const read = (): KubeObject[] => objectsIn(held.text).map(versioned);
  return {
    kind: 'kubernetes',
    place: 'cluster https://cluster.test',
    warnings: [],
    read: (scope) => {
      const others = scope === undefined || files.mesh === undefined ? undefined : objectsIn(files.mesh);
      const objects = [...read(), ...(others ?? [])];
      const beside = besideIn(others ?? [], scope, read().filter(isVirtualService).flatMap(gatewaysOf));
      const snapshot: Snapshot = {
        source: 'kubernetes',
        namespace,
        virtualServices: objects.filter(
          (object): object is VirtualService => object.kind === 'VirtualService',
        ),
        destinationRules: objects.filter(
          (object): object is DestinationRule => object.kind === 'DestinationRule',
        ),
        ...(others !== undefined && { virtualServicesOf: 'all', rulesOf: 'all', ...beside }),
        pods: listing(files.pods, podOrWorkload),
        ...unreadWorkloads(files.pods),
        services: listing(files.services, (object) =>
          isObject(object) && object['kind'] === 'ServiceEntry'
            ? serviceEntryView(object)
            : serviceView(object),
        ),
      };
      return Promise.resolve(snapshot);
    },
    pods: () => {
      const pods = listing(files.pods, podOrWorkload);
      return Promise.resolve(pods.state === 'known' ? pods.items.map(podState) : []);
    },
    rehearse: ({ after }) => Promise.resolve(mutated(after, files.webhook)),
    write: (write) => {
      const { before } = write;
      const after = mutated(write.after, files.webhook);
      const how = write.kind === 'DestinationRule' ? write.how : undefined;
      const current = read().find((object) => titleOf(object) === titleOf(before));
      if (how === 'create' && current === undefined) {
        held.text += textOf(after);
        return Promise.resolve(versioned(after));
      }
      if (current === undefined || !sameJson(current, before)) {
        return Promise.reject(new TrafficError('conflict', `${titleOf(before)} is no longer what was read.`));
      }
      held.text = documentsOf(held.text)
        .map((document) =>
          objectsIn(document).some((object) => titleOf(object) === titleOf(before))
            ? how === 'delete'
              ? ''
              : textOf(after)
            : document,
        )
        .join('');
      writes.set(titleOf(before), 1 + (writes.get(titleOf(before)) ?? 0));
      return Promise.resolve(versioned(after));
    },
    texts: textChanges,
  };
}

/** What decides about the same requests as VirtualServices do. */
function besideIn(
  objects: readonly KubeObject[],
  scope: ReadScope | undefined,
  named: readonly string[],
): Pick<Snapshot, 'gatewayServers' | 'absentGateways' | 'gatewayApiRoutes' | 'sidecars'> {
  const gateways = objects.filter(({ kind }) => kind === 'Gateway');
  const servers = gateways.map(({ metadata, spec }) => [fullName(metadata), serversOf(spec)] as const);
  const absent = named.filter((name) => name !== 'mesh' && servers.every(([one]) => one !== name));
  return {
    ...(scope?.startsWith('mesh-and') === true &&
      gateways.length > 0 && { gatewayServers: Object.fromEntries(servers), absentGateways: absent }),
    gatewayApiRoutes: objects
      .filter(({ kind }) => kind === 'HTTPRoute')
      .map((one) => gatewayApiRoute('HTTPRoute', one)),
    sidecars: objects.filter(({ kind }) => kind === 'Sidecar').map(sidecarScope),
  };
}

function mutated<T extends KubeObject>(object: T, webhook = ''): T {
  const edits = [...webhook.matchAll(/^s\/(.*)\/(.*)\/$/gm)];
  if (edits.length === 0) return object;
  const text = edits.reduce(
    (changed, [, old = '', replacement = '']) =>
      changed.replaceAll(new RegExp(old, 'gm'), replacement.replaceAll('\\n', '\n')),
    stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }),
  );
  return objectsIn(text)[0] as T;
}

function podOrWorkload(object: unknown): PodView {
  return isObject(object) && object['kind'] === 'WorkloadEntry' ? workloadView(object) : podView(object);
}

/** `# forbidden WorkloadEntries: no right to list …` among the pods. */
function unreadWorkloads(text = ''): Pick<Snapshot, 'unreadWorkloads'> {
  const reason = /^# forbidden WorkloadEntries: (.*)$/m.exec(text)?.[1];
  return reason === undefined ? {} : { unreadWorkloads: reason };
}

/** A file that says `# forbidden: why` stands for a list that we may not read. */
function listing<T>(text: string | undefined, view: (object: unknown) => T): Listing<T> {
  if (text === undefined) return { state: 'none' };
  const reason = /^# forbidden: (.*)$/m.exec(text)?.[1];
  return reason === undefined
    ? { state: 'known', items: objectsIn(text).map(view) }
    : { state: 'forbidden', reason };
}

/** The objects of a YAML text: one a document, or a list's items. */
export function objectsIn(text: string): KubeObject[] {
  return parseAllDocuments(text)
    .flatMap((document): unknown => {
      const object: unknown = document.toJS({ maxAliasCount: -1 });
      return isObject(object) && Array.isArray(object['items']) ? object['items'] : object;
    })
    .filter((object): object is KubeObject => isObject(object));
}

/** A YAML text cut before each line `---`. */
export function documentsOf(text: string): string[] {
  return text.split(/^(?=---\s*$)/m);
}

function textOf(object: KubeObject): string {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return `---\n${stringify({ ...object, metadata }, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}
