import type { Api } from './api.ts';
import type { Certificate } from './certs.ts';
import {
  addSidecarListener,
  envoyNames,
  GATEWAY_LABELS,
  sidecarNames,
  type Address,
  type EnvoyNames,
} from './envoy.ts';
import { startKubelet, type Kubelet } from './kubelet.ts';
import type { Ports } from './ports.ts';
import { end, type Running } from './processes.ts';

/** The ports that Istio's own pods have. */
const ENVOY_ADMIN = 15_000;
const ISTIOD_MONITORING = 15_014;
const ISTIOD_HTTP = 8080;

const ISTIOD = { app: 'istiod', 'istio.io/rev': 'default' } as const;

/** The pods of gateways and of istiod, which a port-forward reaches. */
export interface MeshPods {
  /** Names of the gateways' pods. */
  readonly gateways: readonly string[];
  /** Port-forwards to any of them so far. */
  readonly forwards: number;
  /** Starts one more Envoy, and then its pod is ready; returns its name. */
  addGateway(): Promise<string>;
  /** Its pod goes, and then the Envoy. */
  removeGateway(name: string): Promise<void>;
  /**
   * Starts an Envoy as the sidecar of a pod of this namespace; one for a plane. What is sent to the address goes by the
   * routes of the mesh; it has no pod that could be asked, only istiod knows of it.
   */
  addSidecar(namespace: string): Promise<Address>;
  setReady(pod: string, ready: boolean): Promise<void>;
  /** From now on its Envoy refuses regexes that come to more instructions; 32768 is what Istio sets. */
  limitRegexes(gateway: string, instructions: number): Promise<void>;
  /** A pod that has the labels of gateways and no Envoy, or those of istiod and no istiod. */
  addStranger(
    name: string,
    as: 'gateway' | 'istiod',
    ports?: Readonly<Record<number, number>>,
  ): Promise<void>;
  removeStranger(name: string): Promise<void>;
  parts(): readonly Running[];
  close(): Promise<void>;
}

export interface MeshPodsOptions {
  readonly api: Api;
  readonly ca: Certificate;
  readonly ports: Ports;
  /** 0: no pods at all. */
  readonly count: number;
  /** The Envoy that is there already. */
  readonly first: Running;
}

export async function createMeshPods(
  { api, ca, ports, count, first }: MeshPodsOptions,
  startEnvoy: (names: EnvoyNames) => Promise<Running>,
): Promise<MeshPods> {
  const envoys = new Map<string, Running>();
  const sidecars: Running[] = [];
  const kubelet = count === 0 ? undefined : await startKubelet(api, ca, ports.of.kubelet);
  const there = (): Kubelet => {
    if (kubelet === undefined) throw new Error('This plane has no pods of the mesh: boot({ gateways: 1 }).');
    return kubelet;
  };
  const all = ([1, 2, 3] as const).map((number) => envoyNames(ports, number));
  const addPod = async ({ name, admin }: EnvoyNames, envoy: Running): Promise<void> => {
    envoys.set(name, envoy);
    await there().add({ name, labels: GATEWAY_LABELS, ports: { [ENVOY_ADMIN]: admin } });
  };
  const addGateway = async (): Promise<string> => {
    const names = all.find(({ name }) => !envoys.has(name));
    if (names === undefined) throw new Error(`A plane has ports for ${all.length} gateways.`);
    await addPod(names, await startEnvoy(names));
    return names.name;
  };
  const [names] = all;
  if (kubelet !== undefined && names !== undefined) {
    await addPod(names, first);
    while (envoys.size < count) await addGateway();
    const { istiodMonitoring, istiodHttp } = ports.of;
    const behind = { [ISTIOD_MONITORING]: istiodMonitoring, [ISTIOD_HTTP]: istiodHttp };
    await kubelet.add({ name: 'istiod', labels: ISTIOD, ports: behind });
  }
  return {
    get gateways() {
      return [...envoys.keys()];
    },
    get forwards() {
      return kubelet?.forwards ?? 0;
    },
    addGateway,
    removeGateway: async (name) => {
      const envoy = envoys.get(name);
      if (envoy === undefined) throw new Error(`There is no gateway ${name}.`);
      await there().remove(name);
      envoys.delete(name);
      await end(envoy);
    },
    addSidecar: async (namespace) => {
      const sidecar = sidecarNames(ports, namespace);
      await addSidecarListener(api, sidecar);
      sidecars.push(await startEnvoy(sidecar));
      return { host: '127.0.0.1', port: sidecar.http };
    },
    setReady: (pod, ready) => there().setReady(pod, ready),
    limitRegexes: async (gateway, instructions) => {
      const admin = all.find(({ name }) => name === gateway)?.admin ?? 0;
      const query = `re2.max_program_size.error_level=${instructions}`;
      const answer = await fetch(`http://127.0.0.1:${admin}/runtime_modify?${query}`, { method: 'POST' });
      if (!answer.ok) throw new Error(`${gateway}: ${answer.status} ${await answer.text()}`);
    },
    addStranger: (name, as, behind = {}) =>
      there().add({ name, labels: as === 'istiod' ? ISTIOD : GATEWAY_LABELS, ports: behind }),
    removeStranger: (name) => there().remove(name),
    parts: () => [...envoys.values(), ...sidecars],
    close: async () => {
      await kubelet?.close();
    },
  };
}
