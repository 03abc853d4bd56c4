import { describe, expect, test } from 'vitest';
import type { ServiceView } from '../../src/istio/types.ts';
import type { Listing, Snapshot } from '../../src/plan/types.ts';
import {
  cluster,
  codes,
  findings,
  HOST,
  known,
  RULE,
  SERVICE,
  to,
  WEIGHT,
  type Words,
  withoutSelector,
} from '../support/checked-cluster.ts';

describe('the service', () => {
  const elsewhere = 'api.web.svc.cluster.local';
  const outside = 'api.example.com';
  const entry: ServiceView = {
    ...withoutSelector(SERVICE),
    kind: 'ServiceEntry',
    hosts: ['api.example.com'],
  };

  /** The route and the rule are for another host. */
  function at(host: string, services: Listing<ServiceView>): Snapshot {
    return cluster([{ route: [to('v1', { host })] }], {
      services,
      destinationRules: [{ ...RULE, spec: { ...RULE.spec, host } }],
    });
  }

  test.for<[string, Snapshot, expected: string[], words?: Words]>([
    ['is missing', at(HOST, known()), ['error† service-missing']],
    ['is missing outside', at(outside, known()), ['error† service-missing']],
    ['has another name', at(HOST, known({ ...SERVICE, hosts: [elsewhere] })), ['error† service-missing']],
    [
      'is of another namespace',
      at(elsewhere, known()),
      [
        'warning pods-unreadable',
        'notice service-unseen',
        'warning subset-unseen',
        'notice other-namespaces-unread',
      ],
    ],
    [
      'is of another namespace, and known',
      at(elsewhere, known({ ...SERVICE, hosts: [elsewhere] })),
      ['warning pods-unreadable', 'warning subset-unseen', 'notice other-namespaces-unread'],
    ],
    ['is not known', at(HOST, { state: 'none' }), []],
    ['comes from a ServiceEntry', at(outside, known(entry)), []],
    ['of a ServiceEntry is another', at('api.example.org', known(entry)), ['error† service-missing']],
    [
      'is behind the wildcard of a ServiceEntry',
      at(outside, known({ ...entry, hosts: ['*.example.com'] })),
      ['error† service-missing'],
    ],
    ['has the port', cluster([{ route: [to('v1', { port: { number: 80 } })] }]), []],
    [
      'lacks the port',
      cluster([{ route: [to('v1', { port: { number: 81 } })] }]),
      ['error† service-port-missing'],
    ],
    [
      'lacks the port asked for',
      cluster(),
      ['error† service-port-missing'],
      { ...WEIGHT, hostname: 'api', port: '81' },
    ],
    ['has no port that counts', cluster(), [], { ...WEIGHT, hostname: 'api' }],
  ])('%s', ([, snapshot, expected, words]) => {
    expect(codes(snapshot, words)).toEqual(expected);
  });

  test.for<[Snapshot, message: string]>([
    [
      at(HOST, known()),
      'Neither a Service nor a ServiceEntry in namespace shop gives the host api.shop.svc.cluster.local: requests sent there would be answered with 503. Correct `hostname`, or create the Service.',
    ],
    [
      at(elsewhere, known()),
      'api.web.svc.cluster.local is a Service of another namespace than shop: whether it exists and has the port was not checked.',
    ],
  ])('is not there: what was looked for, and what to do', ([snapshot, message]) => {
    const service = findings(snapshot).filter(({ code }) => code.startsWith('service-'));
    expect(service.map((found) => found.message)).toEqual([message]);
  });

  test('is reported with the ports that it has', () => {
    const http = [{ route: [to('v1', { port: { number: 81 } })] }];
    expect(findings(cluster(http))[0]?.message).toMatch(/has no port 81 \(it has 80\)/);
    expect(findings(cluster(http, { services: known({ ...SERVICE, ports: [] }) }))[0]?.message).toMatch(
      /has no port 81 \(it has none\)/,
    );
  });
});
