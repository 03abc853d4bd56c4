/** Random Gateways of the same pods, with servers for hosts of several kinds, and VirtualServices that name one of them. */
import fc from 'fast-check';

/** Stand for the names of two namespaces. */
export const ONE = '@one@';
export const TWO = '@two@';

export interface GatewayWorld {
  readonly gateways: readonly {
    readonly namespace: string;
    readonly selector: Readonly<Record<string, string>>;
    readonly servers: readonly WorldServer[];
  }[];
  readonly virtualServices: readonly {
    readonly namespace: string;
    readonly host: string;
    /** Position of a Gateway; beyond the last one it is counted from the first again. */
    readonly gateway: number;
    /** Each route has a match of its own, or none. */
    readonly matches: readonly (object | null)[];
    readonly isLate: boolean;
  }[];
}

/** One that redirects is there only where its Gateway is alone: those of others would redirect its hosts as well. */
export interface WorldServer {
  readonly hosts: readonly string[];
  readonly redirects: boolean;
  readonly isAtOtherPort: boolean;
}

const HOSTS = ['*', '*.e.test', 'a.e.test', 'b.a.e.test', '*.a.e.test'];
const SERVED = [...HOSTS, `${ONE}/*`, './a.e.test', '*/*.e.test', `${TWO}/a.e.test`, './*'];

/** As a client sends them. */
export const AUTHORITIES = ['a.e.test', 'b.a.e.test', 'c.e.test', 'x.other.test', 'A.e.test:80'];

const namespace = fc.constantFrom(ONE, TWO);

const hosts = fc.uniqueArray(fc.constantFrom(...SERVED), { minLength: 1, maxLength: 2 });

function gateway(mayRedirect: boolean): fc.Arbitrary<GatewayWorld['gateways'][number]> {
  const server = fc.record({
    hosts,
    redirects: mayRedirect ? fc.integer({ max: 4, min: 0 }).map((of5) => of5 === 0) : fc.constant(false),
  });
  return fc.record({
    namespace,
    selector: fc.constantFrom({ istio: 'ingressgateway' }, { istio: 'ingressgateway' }, { istio: 'nobody' }),
    servers: fc
      .array(server, { minLength: 1, maxLength: 2 })
      .map((servers) => servers.map((one, at) => ({ ...one, isAtOtherPort: at > 0 }))),
  });
}

const virtualService = fc.record({
  namespace,
  host: fc.constantFrom(...HOSTS),
  gateway: fc.nat({ max: 2 }),
  matches: fc.array(fc.constantFrom(null, null, { headers: { 'x-a': { exact: '1' } } }), {
    minLength: 1,
    maxLength: 2,
  }),
  isLate: fc.boolean(),
});

const virtualServices = fc.array(virtualService, { minLength: 1, maxLength: 4 });

export const gatewayWorld: fc.Arbitrary<GatewayWorld> = fc.oneof(
  fc.record({ gateways: fc.tuple(gateway(true)), virtualServices }),
  fc.record({ gateways: fc.array(gateway(false), { minLength: 2, maxLength: 3 }), virtualServices }),
);
