/** The store behind a connection that breaks, over the protocol that API servers speak (HTTP/2) and the older one. */
import { expect, test } from 'vitest';
import { LAST_CHANGE } from '../../../src/plan/last-change.ts';
import { withAnnotation } from '../../../src/plan/objects.ts';
import type { Write } from '../../../src/plan/types.ts';
import { startFaultProxy } from '../../cluster/support/fault-proxy.ts';
import { PASSING_FAULTS, type Fault } from '../../cluster/support/faults.ts';
import { kubeconfig, startServer, type FakeServer } from '../../support/api-server/server.ts';
import { everything, openStore, weightWrite } from '../../support/kubernetes-store.ts';

/** Five lists, a rehearsal, a write. */
const REQUESTS = [
  'LIST virtualservices',
  'LIST destinationrules',
  'LIST pods',
  'LIST services',
  'LIST serviceentries',
  'TRY virtualservices',
  'PUT virtualservices',
];

async function around(http2: boolean, body: (server: FakeServer, run: Run) => Promise<void>): Promise<void> {
  await using server = await startServer({ objects: everything });
  await using proxy = await startFaultProxy({ server: server.url }, { http2, delay: 20 });
  const certificate = { 'certificate-authority-data': Buffer.from(proxy.ca).toString('base64') };
  const config = kubeconfig(proxy, { cluster: certificate });
  await body(server, async (at, fault) => {
    const { store, retries } = await openStore(server, { kubeconfig: config });
    proxy.begin(at, fault);
    const { before, after: unsigned } = await weightWrite(store, 20);
    const after = withAnnotation(unsigned, LAST_CHANGE, 'this very run');
    const write: Write = { kind: 'VirtualService', before, after };
    await store.rehearse(write);
    const written = await store.write(write);
    return { written, asked: write.after, retries, requests: proxy.requests };
  });
}

type Run = (
  at?: number,
  fault?: Fault,
) => Promise<{
  readonly written: unknown;
  readonly asked: { readonly spec: unknown };
  readonly retries: readonly string[];
  readonly requests: readonly string[];
}>;

const CASES = [true, false].flatMap((http2) => PASSING_FAULTS.map((fault) => ({ http2, fault })));

test.each(CASES)('$fault, HTTP/2 $http2: any request of them, and the write is done once', async (one) => {
  for (const [at, name] of REQUESTS.entries()) {
    await around(one.http2, async (server, run) => {
      const before = Number(server.objects.version);
      const { written, asked, requests } = await run(at, one.fault);
      expect(requests[at], 'the numbers are what they seem').toBe(name);
      expect(written).toMatchObject({ spec: asked.spec });
      expect(written).toEqual(server.objects.find('VirtualService', 'default', 'api'));
      expect(Number(server.objects.version), `${one.fault} at ${name}`).toBe(before + 1);
    });
  }
});
