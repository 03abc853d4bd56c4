import { paths } from '../plane/api.ts';
import type { SampleApp } from '../plane/sample-app.ts';
import { destinationRule, virtualService } from '../plane/sample-manifests.ts';
import { until } from '../plane/processes.ts';
import { ask } from '../plane/traffic.ts';
import type { Plane } from './plane.ts';

/** A service that the gateway sends to, and another that the first one asks, through its sidecar. */
export interface TwoServices {
  readonly namespace: string;
  readonly web: SampleApp;
  readonly orders: SampleApp;
  /** The Envoy by whose routes web's requests go. */
  readonly sidecar: { readonly host: string; readonly port: number };
}

/** Each with a stable build and that of a pull request. Once for a plane: it has one sidecar. */
export async function deployTwoServices(
  plane: Plane,
  { host, builds }: { readonly host?: string; readonly builds: readonly [string, string] },
): Promise<TwoServices> {
  const namespace = await plane.namespace('two-services');
  const web = await plane.deployBuilds({
    namespace,
    app: 'web',
    builds,
    ...(host !== undefined && { host }),
  });
  const options = { namespace, app: 'orders', builds };
  const orders = await plane.deployBuilds({ ...options, traffic: false });
  const { spec, ...object } = virtualService(options, orders.host) as {
    readonly spec: { readonly gateways: unknown };
  };
  const { gateways: _, ...meshOnly } = spec;
  await plane.api.post(paths.destinationRules(namespace), destinationRule(options, orders.host));
  await plane.api.post(paths.virtualServices(namespace), { ...object, spec: meshOnly });
  // It has no listener before there are services in the namespace.
  const sidecar = await plane.mesh.addSidecar(namespace);
  for (const build of builds) await web.behave(build, { asks: { url: `http://${orders.host}/`, sidecar } });
  await until(
    'web gets an answer of orders',
    async () => (await ask(plane, { host: web.host })).seen?.next?.build === builds[0],
  );
  return { namespace, web, orders, sidecar };
}
