import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ROOT } from '../runner/action-file.ts';

/** A real run whose summary becomes a picture. */
export interface Scene {
  /** Of the picture: `docs/pictures/<name>-light.png` and `-dark.png`. */
  readonly name: string;
  /** Writes the manifests into an empty folder. */
  readonly prepare: (folder: string) => void;
  readonly inputs: Readonly<Record<string, string>>;
}

const shop = (folder: string): void => {
  cpSync(join(ROOT, 'examples', 'shop'), folder, { recursive: true });
};

const WEIGHT = {
  operation: 'weight',
  'label-selector': 'app=api-domain',
  'pod-selector': 'app=api-domain,build=10',
  weight: '20',
};

export const SCENES: readonly Scene[] = [
  { name: 'summary', prepare: shop, inputs: WEIGHT },
  {
    name: 'summary-preview',
    prepare: shop,
    inputs: {
      operation: 'headers',
      'label-selector': 'app=api-domain',
      'pod-selector': 'app=api-domain,build=11',
      headers: 'x-preview=pr-11',
    },
  },
  { name: 'summary-1-route', prepare: paths(1), inputs: WEIGHT },
  { name: 'summary-15-routes', prepare: paths(15), inputs: WEIGHT },
  { name: 'summary-2000-routes', prepare: paths(2000), inputs: WEIGHT },
];

/** A VirtualService with so many routes to the same build: one for each path, the last for everything else. */
function paths(count: number): (folder: string) => void {
  return (folder) => {
    const host = 'api.domain.io';
    const metadata = { name: 'api-domain', namespace: 'default', labels: { app: 'api-domain' } };
    const apiVersion = 'networking.istio.io/v1';
    const route = [{ destination: { host, port: { number: 5000 }, subset: 'stable' } }];
    const http = Array.from({ length: count }, (_, index) =>
      index === count - 1
        ? { name: 'default', route }
        : {
            name: `path-${index + 1}`,
            match: [{ uri: { prefix: `/v1/path-${index + 1}/` } }],
            timeout: '5s',
            route,
          },
    );
    const subsets = [{ name: 'stable', labels: { app: 'api-domain', build: '9' } }];
    const documents = [
      { apiVersion, kind: 'VirtualService', metadata, spec: { hosts: [host], gateways: ['public'], http } },
      { apiVersion, kind: 'DestinationRule', metadata, spec: { host, subsets } },
    ];
    mkdirSync(folder, { recursive: true });
    const text = documents.map((one) => stringify(one, { aliasDuplicateObjects: false })).join('---\n');
    writeFileSync(join(folder, 'istio.yaml'), text);
  };
}
