import type { Outcome } from '../../../src/index.ts';
import { sameJson } from '../../../src/base/json.ts';
import type { SampleApp } from '../plane/sample-app.ts';
import { CHAINS, type Asked, type ChainName } from './chains.ts';
import { library, type Inputs } from './doors.ts';
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts';
import { read, traces } from './objects.ts';
import type { Plane } from './plane.ts';

/** An operation and the states before and after it. */
export interface Step {
  readonly operation: string;
  readonly inputs: Inputs;
  readonly before: readonly unknown[];
  readonly after: readonly unknown[];
  /** What a run of it asks the API server, in order. */
  readonly requests: readonly string[];
}

/** Operations that lead back to the start, so that they can be done over and over; on an app of its own. */
export interface Chain extends AsyncDisposable {
  readonly app: SampleApp;
  /** Leads to the first step's state, from the last one's. */
  prepare(): Promise<void>;
  readonly steps: readonly Step[];
  /** Between tool and API server. */
  readonly proxy: FaultProxy;
  /** A place for `istiops` and `action`, with a kubeconfig that leads through the proxy. */
  readonly place: Place;
  /** The same without the proxy. */
  readonly direct: Place;
  /** VirtualService and DestinationRule, but for who changed them. */
  state(): Promise<readonly unknown[]>;
}

export interface Place {
  readonly dir: string;
  readonly kubeconfig: string;
}

/** What a wait must be for this plane under the load of these tests: its istiod pushes after 200 ms at most. */
const WAIT = '500ms';

/** An app in a namespace of its own, and the steps as a clean run of each takes them. */
export async function startChain(plane: Plane, name: ChainName): Promise<Chain> {
  const namespace = await plane.namespace('chain');
  const app = await plane.deployBuilds({ namespace, app: 'api', builds: ['v1', 'v2'] });
  const proxy = await startFaultProxy({ server: plane.server, ca: plane.ca });
  const kubeconfig = await plane.writeKubeconfig(namespace, {
    server: proxy.url,
    ca: proxy.ca,
    user: { token: plane.restConfig().token },
  });
  const place = { dir: plane.dir, kubeconfig };
  const common = { namespace, 'label-selector': 'app=api', 'propagation-wait': WAIT };
  const state = async (): Promise<readonly unknown[]> => traces(await read(plane, namespace));

  const { before: earlier, steps: asked } = CHAINS[name];
  const prepare = async (): Promise<void> => {
    for (const { operation, inputs } of earlier) {
      const { failure } = await byLibrary(plane, { operation, inputs: { ...common, ...inputs } });
      if (failure !== null) throw new Error(`${operation} failed: ${failure.message}`);
    }
  };

  const start = await state();
  await prepare();
  const steps: Step[] = [];
  for (const { operation, inputs: own } of asked) {
    const inputs = { ...common, ...own };
    const before = await state();
    proxy.begin();
    const { failure } = await byLibrary(place, { operation, inputs });
    if (failure !== null) throw new Error(`${operation} failed without a fault: ${failure.message}`);
    steps.push({ operation, inputs, before, after: await state(), requests: [...proxy.requests] });
  }
  if (!sameJson(start, await state())) throw new Error(`${name} does not lead back.`);
  return {
    app,
    prepare,
    steps,
    proxy,
    place,
    direct: plane,
    state,
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
}

/** Milliseconds, for a server that is gone: the tool's own patience is tested with its command line. */
const PATIENCE = {
  read: { perTry: 2_000, total: 3_000, unreached: 1_000 },
  write: { perTry: 2_000, total: 3_000, unreached: 1_000 },
};

/** The library, in this process; `impatient`, it gives up on a server within seconds. */
export async function byLibrary(
  { kubeconfig }: Place,
  { operation, inputs }: Asked,
  { impatient = false }: { readonly impatient?: boolean } = {},
): Promise<Outcome> {
  const { clock, kubernetesStore, parseWords, run } = library;
  const { request } = parseWords({ ...inputs, operation });
  return await run(request, {
    openStore: (_place, namespace) =>
      kubernetesStore({
        env: { KUBECONFIG: kubeconfig },
        namespace,
        ...(impatient && { patience: PATIENCE }),
      }),
    clock,
    log: { info: () => undefined, group: (_title, body) => body() },
    author: () => Promise.resolve({ actor: 'tester' }),
  });
}
