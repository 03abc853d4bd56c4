import { isObject, sameJson, textIn, type JsonObject } from '../../../src/base/json.ts';
import { GATEWAY_API_GROUP } from '../../../src/istio/gateway-api.ts';
import { answers, type Reply } from './answers.ts';

export type Resource =
  | 'virtualservices'
  | 'destinationrules'
  | 'serviceentries'
  | 'workloadentries'
  | 'gateways'
  | 'sidecars'
  | 'httproutes'
  | 'grpcroutes'
  | 'pods'
  | 'services';

interface ResourceType {
  readonly plural: Resource;
  readonly kind: string;
  readonly group: string;
  readonly builtIn: boolean;
}

export const RESOURCES: readonly ResourceType[] = [
  { plural: 'virtualservices', kind: 'VirtualService', group: 'networking.istio.io', builtIn: false },
  { plural: 'destinationrules', kind: 'DestinationRule', group: 'networking.istio.io', builtIn: false },
  { plural: 'serviceentries', kind: 'ServiceEntry', group: 'networking.istio.io', builtIn: false },
  { plural: 'workloadentries', kind: 'WorkloadEntry', group: 'networking.istio.io', builtIn: false },
  { plural: 'gateways', kind: 'Gateway', group: 'networking.istio.io', builtIn: false },
  { plural: 'sidecars', kind: 'Sidecar', group: 'networking.istio.io', builtIn: false },
  { plural: 'httproutes', kind: 'HTTPRoute', group: GATEWAY_API_GROUP, builtIn: false },
  { plural: 'grpcroutes', kind: 'GRPCRoute', group: GATEWAY_API_GROUP, builtIn: false },
  { plural: 'pods', kind: 'Pod', group: '', builtIn: true },
  { plural: 'services', kind: 'Service', group: '', builtIn: true },
];

/** The objects of the server, with what a real one keeps count of: uid, generation, resourceVersion. */
export class Objects {
  readonly #objects = new Map<string, JsonObject>();
  #version = 100;

  constructor(objects: readonly JsonObject[]) {
    for (const object of objects) this.set(object);
  }

  get version(): string {
    return String(this.#version);
  }

  /** Creates or replaces an object, as somebody else would; its namespace is `default` where it names none. */
  set(object: JsonObject): void {
    const { namespace: given, name: named, ...metadata } = metadataOf(object);
    const [namespace, name] = [textIn(given) || 'default', textIn(named)];
    const key = keyOf(textIn(object['kind']), namespace, name);
    const old = this.#objects.get(key);
    this.#version += 1;
    this.#objects.set(key, {
      ...object,
      metadata: {
        name,
        namespace,
        ...metadata,
        uid: old === undefined ? `uid-${this.#version}` : metadataOf(old)['uid'],
        generation: old === undefined ? 1 : Number(metadataOf(old)['generation']) + 1,
        resourceVersion: this.version,
      },
    });
  }

  /** Changes an object, as somebody else would. */
  edit(kind: string, name: string, change: (object: JsonObject) => JsonObject, namespace = 'default'): void {
    const object = this.find(kind, namespace, name);
    if (object === undefined) throw new Error(`no ${kind} ${namespace}/${name}`);
    this.set(change(object));
  }

  remove(kind: string, name: string, namespace = 'default'): void {
    this.#objects.delete(keyOf(kind, namespace, name));
  }

  find(kind: string, namespace: string, name: string): JsonObject | undefined {
    return this.#objects.get(keyOf(kind, namespace, name));
  }

  /** @param namespace empty: all */
  list(kind: string, namespace: string): JsonObject[] {
    return [...this.#objects.values()].filter(
      (object) =>
        object['kind'] === kind && (namespace === '' || metadataOf(object)['namespace'] === namespace),
    );
  }

  /** A POST: refused where there is one of this name. */
  create(resource: ResourceType, namespace: string, body: JsonObject, dryRun: boolean): Reply {
    const { name } = metadataOf(body);
    if (typeof name !== 'string') return answers.status(422, 'metadata.name: Required value');
    const key = keyOf(resource.kind, namespace, name);
    if (this.#objects.has(key)) {
      const words = `${resource.plural}.${resource.group} "${name}" already exists`;
      return answers.status(409, words);
    }
    if (!dryRun) this.#version += 1;
    const given = { uid: `uid-of-${key}`, generation: 1 };
    const stored = { ...body, metadata: { ...metadataOf(body), ...given, resourceVersion: this.version } };
    if (!dryRun) this.#objects.set(key, stored);
    return { status: 201, body: stored };
  }

  /** A DELETE: refused where the resourceVersion is another than the body asks for. */
  destroy(resource: ResourceType, namespace: string, name: string, body: JsonObject, dryRun: boolean): Reply {
    const old = this.find(resource.kind, namespace, name);
    if (old === undefined) return answers.absent(resource.plural, resource.group, name);
    const { preconditions } = body;
    const wanted = isObject(preconditions) ? preconditions['resourceVersion'] : undefined;
    if (wanted !== undefined && wanted !== metadataOf(old)['resourceVersion'])
      return answers.stale(resource.plural, resource.group, name);
    if (!dryRun) {
      this.#version += 1;
      this.#objects.delete(keyOf(resource.kind, namespace, name));
    }
    return { status: 200, body: { apiVersion: 'v1', kind: 'Status', status: 'Success' } };
  }

  /** A PUT: refused where the resourceVersion is missing or old, without effect where nothing differs. */
  replace(
    resource: ResourceType,
    namespace: string,
    name: string,
    body: JsonObject,
    dryRun: boolean,
  ): Reply | { readonly object: JsonObject } {
    const old = this.find(resource.kind, namespace, name);
    if (old === undefined) return answers.absent(resource.plural, resource.group, name);
    const { resourceVersion } = metadataOf(body);
    if (resourceVersion === undefined) {
      const words = `${resource.plural}.${resource.group} "${name}" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update`;
      return answers.status(422, words);
    }
    if (resourceVersion !== metadataOf(old)['resourceVersion'])
      return answers.stale(resource.plural, resource.group, name);
    const { uid, generation, creationTimestamp } = metadataOf(old);
    const kept = { uid, generation, resourceVersion, ...(creationTimestamp ? { creationTimestamp } : {}) };
    const object = { ...body, metadata: { ...metadataOf(body), ...kept } };
    if (dryRun || sameJson({ ...old, apiVersion: 0 }, { ...object, apiVersion: 0 })) return { object };
    this.#version += 1;
    const changed = sameJson(old['spec'], body['spec']) ? generation : Number(generation) + 1;
    const stored = {
      ...object,
      metadata: { ...object.metadata, generation: changed, resourceVersion: this.version },
    };
    this.#objects.set(keyOf(resource.kind, namespace, name), stored);
    return { object: stored };
  }
}

function metadataOf(object: JsonObject): JsonObject {
  return isObject(object['metadata']) ? object['metadata'] : {};
}

function keyOf(kind: string, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}
