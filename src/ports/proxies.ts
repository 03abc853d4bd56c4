/** One pod of the mesh: a gateway's, a sidecar's, or istiod's. */
export interface MeshPod {
  readonly namespace: string;
  readonly name: string;
  readonly ready: boolean;
}

/** The right that is missing to reach pods of one namespace. */
export interface MissingRight {
  readonly namespace: string;
  readonly verb: string;
  /** `pods`, `pods/portforward` */
  readonly resource: string;
}

/** The way to what istiod and the proxies say about themselves; absent in manifests. */
export interface Proxies {
  /** What is missing, of `list pods`, `get` and `create pods/portforward`; empty: all may be asked. Never throws `forbidden`. */
  rights(namespaces: readonly string[]): Promise<readonly MissingRight[]>;
  /**
   * Pods with all of these labels, in order of their names. Pods that are going away are left out.
   *
   * @throws TrafficError forbidden, unreachable, timeout
   */
  pods(namespace: string, labels: Readonly<Record<string, string>>): Promise<readonly MeshPod[]>;
  /**
   * The body of `GET http://127.0.0.1:PORT/PATH` inside of the pod, through a port-forward.
   *
   * @param path with its query: `/config_dump?resource=dynamic_route_configs`
   * @throws TrafficError forbidden, not-found (the pod is gone), unreachable (nothing listens there, or it is no HTTP), timeout, rejected (another status than 200, with its first line)
   */
  get(pod: MeshPod, port: number, path: string, signal?: AbortSignal): Promise<string>;
}
