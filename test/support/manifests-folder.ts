/** A folder of manifests that each test has anew, and what is written into them. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import type { DestinationRule, VirtualService } from '../../src/istio/types.ts';
import type { Write } from '../../src/plan/types.ts';
import type { Store } from '../../src/ports/store.ts';
import { manifestsStore, type ManifestsOptions } from '../../src/stores/manifests/store.ts';
import { dedent } from '../yaml/editing.ts';

export interface ManifestsFolder {
  /** The whole path of a file. */
  readonly at: (name: string) => string;
  readonly put: (files: Readonly<Record<string, string | Buffer>>) => void;
  readonly text: (name: string) => string;
  /** @param given the path as an input has it, below the folder */
  readonly storeOf: (given: string, options?: Partial<ManifestsOptions>) => Store;
}

export function manifestsFolder(): ManifestsFolder {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'manifests-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });
  const at = (name: string): string => path.join(root, name);
  return {
    at,
    put: (files) => {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(path.dirname(at(name)), { recursive: true });
        writeFileSync(at(name), text);
      }
    },
    text: (name) => readFileSync(at(name), 'utf8'),
    storeOf: (given, options = {}) => manifestsStore({ path: given, cwd: root, ...options }),
  };
}

export async function failure(work: Promise<unknown>): Promise<TrafficError> {
  const thrown: unknown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(thrown instanceof TrafficError)) throw new Error(`no TrafficError: ${String(thrown)}`);
  return thrown;
}

export const VS = dedent`
  apiVersion: networking.istio.io/v1
  kind: VirtualService
  metadata:
    name: api
  spec:
    hosts: [api]
    http:
      - route:
          - destination: {host: api, subset: v1}
            weight: 80
          - destination: {host: api, subset: v2}
            weight: 20
`;

export const DR = dedent`
  apiVersion: networking.istio.io/v1beta1
  kind: DestinationRule
  metadata: {name: api, namespace: shop}
  spec:
    host: api
    subsets:
      - name: v1
        labels: {version: "1"}
`;

export const named = (name: string): string => VS.replace('name: api', `name: ${name}`);

export async function only(store: Store): Promise<VirtualService> {
  const [vs] = (await store.read()).virtualServices;
  if (vs === undefined) throw new Error('no VirtualService');
  return vs;
}

export function weighted(before: VirtualService, first: number): Write & { readonly kind: 'VirtualService' } {
  const routes = (before.spec.http ?? []).map((route) => ({
    ...route,
    route: (route.route ?? []).map((each, index) => ({ ...each, weight: index === 0 ? first : 100 - first })),
  }));
  return { kind: 'VirtualService', before, after: { ...before, spec: { ...before.spec, http: routes } } };
}

export function withSubset(
  before: DestinationRule,
  name: string,
): Write & { readonly kind: 'DestinationRule' } {
  const subsets = [...(before.spec.subsets ?? []), { name, labels: { version: name } }];
  return { kind: 'DestinationRule', before, after: { ...before, spec: { ...before.spec, subsets } } };
}
