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
    /** Positions of Gateways; beyond the last one they are counted from the first again. */
    readonly gateways: readonly number[];
    /** Each route has a match of its own, or none. */
    readonly matches: readonly (object | null)[];
    readonly isLate: boolean;
  }[];
}

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

const server = fc.record({
  hosts,
  redirects: fc.integer({ max: 5, min: 0 }).map((of6) => of6 === 0),
  isAtOtherPort: fc.integer({ max: 2, min: 0 }).map((of3) => of3 === 0),
});

const gateway: fc.Arbitrary<GatewayWorld['gateways'][number]> = fc.record({
  namespace,
  selector: fc.constantFrom({ istio: 'ingressgateway' }, { istio: 'ingressgateway' }, { istio: 'nobody' }),
  servers: fc.array(server, { minLength: 1, maxLength: 3 }),
});

const virtualService = fc.record({
  namespace,
  host: fc.constantFrom(...HOSTS),
  gateways: fc.uniqueArray(fc.nat({ max: 2 }), { minLength: 1, maxLength: 2 }),
  matches: fc.array(fc.constantFrom(null, null, { headers: { 'x-a': { exact: '1' } } }), {
    minLength: 1,
    maxLength: 2,
  }),
  isLate: fc.boolean(),
});

export const gatewayWorld: fc.Arbitrary<GatewayWorld> = fc.record({
  gateways: fc.array(gateway, { minLength: 1, maxLength: 3 }),
  virtualServices: fc.array(virtualService, { minLength: 1, maxLength: 4 }),
});
