import { cp, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createApi, ensure, paths, type Api, type RestConfig } from './api.ts';
import { startApiServer, type ApiServer } from './apiserver.ts';
import { ensurePlaneTools, ensureTools } from './build.ts';
import { authority, issue, type Certificate, type Subject } from './certs.ts';
import { claimFolder, reapOrphans, writeState, type PlaneState } from './claim.ts';
import { addDefinitions } from './definitions.ts';
import { addGateway, envoyNames, gatewayOf, startEnvoy, type GatewayAddresses } from './envoy.ts';
import { startEtcd } from './etcd.ts';
import { addWebhook, removeWebhook, ROOT_NAMESPACE, startIstiod, type IstiodOptions } from './istiod.ts';
import { createMeshPods, type MeshPods } from './mesh-pods.ts';
import { kubeconfigText, type KubeconfigParts } from './kubeconfig.ts';
import { JOB, startGithub, type Github } from '../../support/github.ts';
import { claimPorts, type Ports } from './ports.ts';
import { end, until, type Running } from './processes.ts';
import type { IstiodAddresses } from './proxy-configuration.ts';
import { startPrometheus, type Prometheus } from './prometheus.ts';
import { createPods, type SampleApp } from './sample-app.ts';
import type { AppOptions } from './sample-manifests.ts';

export interface PlaneOptions {
  /** istiod's admission webhook; default on. */
  readonly webhook?: boolean;
  /**
   * How many Envoys are the gateway, each with a pod that a port-forward reaches, as istiod has one then; default: one
   * Envoy, and no pods.
   */
  readonly gateways?: 1 | 2 | 3;
  readonly istiodDebounceAfter?: string;
  readonly istiodDebounceMax?: string;
  /** More users with a token, and their groups; `admin`, `istiod` (both system:masters) and `nobody` are there. */
  readonly users?: Readonly<Record<string, readonly string[]>>;
  /** A folder to copy the parts' logs to at the end; default `$ISTIOPS_PLANE_LOGS`. */
  readonly keepLogs?: string;
  readonly startedBy?: PlaneState['startedBy'];
  /** Progress, line by line; default nowhere. */
  readonly log?: (line: string) => void;
  /** What to do when `cluster:down` asks for the end; default: stop. */
  readonly onStop?: () => void;
}

export interface Plane {
  /** Everything of the plane is in here, and goes with it. */
  readonly dir: string;
  /** The path of a kubeconfig for `admin`. */
  readonly kubeconfig: string;
  readonly server: string;
  /** PEM; of the API server's certificate and of the sample apps' TLS servers. */
  readonly ca: string;
  readonly gateway: GatewayAddresses;
  /** Envoy's admin interface, for `/config_dump`, `/stats` … */
  readonly envoyAdmin: string;
  /** For what it has for a proxy (proxy-configuration.ts). */
  readonly istiod: IstiodAddresses;
  /** The pods of the gateways and of istiod; there are none without the option `gateways`. */
  readonly mesh: MeshPods;
  /** As `admin`. */
  readonly api: Api;
  /** GitHub as far as its OIDC tokens go, which the API server accepts for the repository of `JOB` and its owner. */
  readonly github: Github;
  restConfig(user?: string): RestConfig;
  /** A client of another user; the plane closes it. */
  apiAs(user: string): Api;
  /** Writes a kubeconfig into the plane's folder and returns its path. */
  writeKubeconfig(name: string, parts?: Partial<KubeconfigParts>): Promise<string>;
  /** A user that has nothing but a client certificate; `until` in the past for an expired one. */
  clientCertificate(subject: Subject): Certificate;
  /** A namespace with a name that nobody has yet. */
  namespace(prefix?: string): Promise<string>;
  /** Makes the account if need be, and asks the API server for a token of it (TokenRequest). */
  serviceAccountToken(namespace: string, name: string): Promise<string>;
  /** Resolves once the gateway answers from the first build (if it has an http route). */
  readonly deployBuilds: (options: AppOptions) => Promise<SampleApp>;
  /** Builds and starts it with the first call; the same one for all. */
  prometheus(): Promise<Prometheus>;
  setWebhook(on: boolean): Promise<void>;
  /** With other debounce times; Envoy keeps its configuration meanwhile. */
  restartIstiod(options?: IstiodOptions): Promise<void>;
  /** Until {@link restartIstiod}; the webhook stays registered, and nobody answers it. */
  stopIstiod(): Promise<void>;
  /** Its ports stay open, and nobody answers; `false` lets it go on. */
  holdIstiod(held: boolean): void;
  /** Resolves when a part ends that nobody asked to, with words about it. */
  readonly broken: Promise<string>;
  stop(): Promise<void>;
}

export async function boot(options: PlaneOptions = {}): Promise<Plane> {
  if (process.platform !== 'linux') {
    throw new Error(
      'The test cluster needs Linux: pods are addresses in 127.0.0.0/8, and leftovers are found through /proc.',
    );
  }
  const log = options.log ?? ((): void => undefined);
  const tools = await ensurePlaneTools(log);
  await reapOrphans(log);
  const ports = await claimPorts();
  try {
    let plane: Plane | undefined;
    const stop = (): void => void plane?.stop();
    const claim = await claimFolder(options.startedBy ?? 'test', options.onStop ?? stop);
    const release = async (): Promise<void> => {
      const keep = options.keepLogs ?? process.env['ISTIOPS_PLANE_LOGS'];
      if (keep !== undefined && keep !== '') {
        await cp(join(claim.dir, 'logs'), join(keep, basename(claim.dir)), { recursive: true });
      }
      await claim.release();
      ports.release();
    };
    try {
      plane = await assemble(claim.dir, tools, ports, options, log, release);
      return plane;
    } catch (error) {
      await release();
      throw error;
    }
  } catch (error) {
    ports.release();
    throw error;
  }
}

type Tools = Awaited<ReturnType<typeof ensurePlaneTools>>;

async function assemble(
  dir: string,
  tools: Tools,
  ports: Ports,
  options: PlaneOptions,
  log: (line: string) => void,
  release: () => Promise<void>,
): Promise<Plane> {
  const began = performance.now();
  const step = (what: string): void => {
    log(`${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s  ${what}`);
  };
  let breaks: (how: string) => void = () => undefined;
  const broken = new Promise<string>((resolve) => (breaks = resolve));
  const watch = (part: Running): Running => {
    void part.exited.then((how) => {
      if (!part.stopping) breaks(how);
    });
    return part;
  };
  const parts: Running[] = [];

  parts.push(watch(await startEtcd(dir, tools.etcd, ports)));
  step('etcd is ready');
  const users = { admin: ['system:masters'], istiod: ['system:masters'], nobody: [], ...options.users };
  // Before the API server, which asks for the keys at once, and then not for a while.
  const githubCa = authority('github');
  const github = await startGithub({ tls: issue(githubCa, { name: 'github', hosts: ['127.0.0.1'] }) });
  const apiServer = await startApiServer(dir, tools['kube-apiserver'], ports, users, {
    url: github.issuer,
    ca: githubCa.cert,
    repositoryId: JOB.repository_id,
    repositoryOwnerId: JOB.repository_owner_id,
  });
  const { api, ca, url } = apiServer;
  parts.push(watch(apiServer.part));
  step(`kube-apiserver is ready at ${url}`);

  const writeKubeconfig: Plane['writeKubeconfig'] = async (name, given = {}) => {
    const file = join(dir, `${name}.kubeconfig`);
    const user = apiServer.users.some((known) => known.name === name)
      ? { token: tokenOf(apiServer, name) }
      : {};
    await writeFile(file, kubeconfigText({ server: url, ca: ca.cert, user, ...given }), { mode: 0o600 });
    return file;
  };
  const kubeconfig = await writeKubeconfig('admin');
  const forIstiod = await writeKubeconfig('istiod');
  await addDefinitions(api, join(dirname(tools.istiod), 'crds.yaml'));
  await ensure(api, '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: ROOT_NAMESPACE },
  });
  step("Istio's kinds are defined");

  const debounce = { debounceAfter: options.istiodDebounceAfter, debounceMax: options.istiodDebounceMax };
  const start = async (with_: IstiodOptions): Promise<Running> =>
    watch(await startIstiod(dir, tools.istiod, ports, forIstiod, with_));
  let istiod = await start(debounce);
  step('istiod is ready');
  await addGateway(api, ports);
  const [envoy] = await Promise.all([
    startEnvoy(dir, tools.envoy, ports, envoyNames(ports, 1)),
    options.webhook === false ? undefined : addWebhook(api, ports),
  ]);
  parts.push(watch(envoy));
  step('Envoy serves the gateway');
  const mesh = await createMeshPods({ api, ca, ports, count: options.gateways ?? 0, first: envoy }, (names) =>
    startEnvoy(dir, tools.envoy, ports, names).then(watch),
  );

  const pods = createPods(dir, api, ports, ca);
  const clients: Api[] = [api];
  const gateway = gatewayOf(ports);
  const restConfig = (user = 'admin'): RestConfig => ({
    server: url,
    ca: ca.cert,
    token: tokenOf(apiServer, user),
  });
  await writeState({
    dir,
    startedBy: options.startedBy ?? 'test',
    ready: true,
    kubeconfig,
    gateway: {
      http: `http://127.0.0.1:${gateway.http.port}`,
      tcp: `127.0.0.1:${gateway.tcp.port}`,
      tls: `127.0.0.1:${gateway.tls.port}`,
    },
  });

  let prometheus: Promise<Prometheus> | undefined;
  const ownPrometheus = async (): Promise<Prometheus> => {
    const { prometheus: command } = await ensureTools(['prometheus'], log);
    const part = (running: Running): Running => {
      parts.push(running);
      return watch(running);
    };
    return startPrometheus(dir, command, ports, kubeconfig, api, part);
  };
  let stopped: Promise<void> | undefined;
  return {
    dir,
    kubeconfig,
    server: url,
    ca: ca.cert,
    gateway,
    envoyAdmin: `http://127.0.0.1:${ports.of.envoyAdmin}`,
    istiod: {
      grpc: { host: '127.0.0.1', port: ports.of.istiodGrpc },
      debug: { host: '127.0.0.1', port: ports.of.istiodMonitoring },
    },
    mesh,
    api,
    github,
    restConfig,
    apiAs: (user) => {
      const client = createApi(restConfig(user));
      clients.push(client);
      return client;
    },
    writeKubeconfig,
    clientCertificate: (subject) => issue(ca, subject),
    namespace: async (prefix = 'test') => {
      const metadata = { generateName: `${prefix}-` };
      const made = await api.post<{ metadata: { name: string } }>('/api/v1/namespaces', { metadata });
      return made.metadata.name;
    },
    serviceAccountToken: async (namespace, name) => {
      const accounts = paths.serviceAccounts(namespace);
      await ensure(api, accounts, { metadata: { name } });
      const { status } = await api.post<{ status: { token: string } }>(`${accounts}/${name}/token`, {
        spec: {},
      });
      return status.token;
    },
    deployBuilds: pods.deployBuilds,
    prometheus: () => (prometheus ??= ownPrometheus()),
    setWebhook: async (on) => {
      await (on ? addWebhook(api, ports) : removeWebhook(api));
    },
    restartIstiod: async (with_ = {}) => {
      await end(istiod);
      istiod = await start(with_);
      // An Envoy that has lost it tries again after a pause, which grows: each would get what follows at another time.
      await until('all proxies are connected to istiod again', async () => {
        const syncz = await (await fetch(`http://127.0.0.1:${ports.of.istiodMonitoring}/debug/syncz`)).text();
        return mesh.gateways.every((name) => syncz.includes(`"${name}.${ROOT_NAMESPACE}"`));
      });
    },
    stopIstiod: () => end(istiod),
    holdIstiod: (held) => {
      istiod.child.kill(held ? 'SIGSTOP' : 'SIGCONT');
    },
    broken,
    stop: () => {
      for (const part of [...parts, ...mesh.parts(), istiod]) part.stopping = true;
      stopped ??= (async () => {
        for (const client of clients) client.close();
        await github[Symbol.asyncDispose]();
        await pods.stop();
        await mesh.close();
        await release();
      })();
      return stopped;
    },
  };
}

function tokenOf({ users }: ApiServer, name: string): string {
  const user = users.find((known) => known.name === name);
  if (user === undefined)
    throw new Error(`No user ${name}; there are ${users.map((known) => known.name).join(', ')}.`);
  return user.token;
}
