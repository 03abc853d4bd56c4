import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ApiError, paths, type Api } from './api.ts';
import { statusOf } from './etcd.ts';
import { start, until, untilReady, type Running } from './processes.ts';
import type { Ports } from './ports.ts';

export interface IstiodOptions {
  /** `PILOT_DEBOUNCE_AFTER`: how long istiod waits for more changes before it pushes; Istio's default is 100ms. */
  readonly debounceAfter?: string | undefined;
  /** `PILOT_DEBOUNCE_MAX`: the longest that it waits in all; Istio's default is 10s. */
  readonly debounceMax?: string | undefined;
}

export const ROOT_NAMESPACE = 'istio-system';
const WEBHOOK = 'istio-validator';
const WEBHOOKS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';

export async function startIstiod(
  dir: string,
  command: string,
  ports: Ports,
  kubeconfig: string,
  { debounceAfter, debounceMax }: IstiodOptions,
): Promise<Running> {
  const mesh = join(dir, 'mesh.yaml');
  await writeFile(
    mesh,
    stringify({
      rootNamespace: ROOT_NAMESPACE,
      // The pods have no proxies that could speak mutual TLS.
      enableAutoMtls: false,
      // Istio's metrics are a filter that only Istio's own build of Envoy has.
      defaultProviders: { metrics: [] },
    }),
  );
  const address = (port: number): string => `127.0.0.1:${port}`;
  const istiod = start({
    dir,
    name: 'istiod',
    command,
    args: [
      'discovery',
      `--kubeconfig=${kubeconfig}`,
      `--meshConfig=${mesh}`,
      '--networksConfig=/dev/null',
      `--httpAddr=${address(ports.of.istiodHttp)}`,
      `--httpsAddr=${address(ports.of.istiodHttps)}`,
      `--grpcAddr=${address(ports.of.istiodGrpc)}`,
      `--secureGRPCAddr=${address(ports.of.istiodSecureGrpc)}`,
      `--monitoringAddr=${address(ports.of.istiodMonitoring)}`,
      '--ctrlz_address=127.0.0.1',
      `--ctrlz_port=${ports.of.istiodControl}`,
    ],
    env: {
      POD_NAMESPACE: ROOT_NAMESPACE,
      POD_NAME: 'istiod',
      REVISION: 'default',
      ISTIOD_CUSTOM_HOST: '127.0.0.1',
      VALIDATION_WEBHOOK_CONFIG_NAME: WEBHOOK,
      // Filters that a stock Envoy does not have: it would refuse every listener that holds them.
      PILOT_ENABLE_METADATA_EXCHANGE: 'false',
      PILOT_ENABLE_ALPN_FILTER: 'false',
      ...(debounceAfter === undefined ? {} : { PILOT_DEBOUNCE_AFTER: debounceAfter }),
      ...(debounceMax === undefined ? {} : { PILOT_DEBOUNCE_MAX: debounceMax }),
    },
  });
  await untilReady(
    istiod,
    async () => (await statusOf(`http://127.0.0.1:${ports.of.istiodHttp}/ready`)) === 200,
  );
  return istiod;
}

interface Webhooks {
  readonly webhooks?: readonly {
    readonly failurePolicy?: string;
    readonly clientConfig: { readonly caBundle?: string };
  }[];
}

/**
 * Registers istiod's admission webhook, as the base chart does but by URL, and waits until it can be relied on: istiod
 * itself fills in the authority and then turns `Ignore` into `Fail` (pkg/webhooks/validation/controller).
 */
export async function addWebhook(api: Api, ports: Ports): Promise<void> {
  await api.post(WEBHOOKS, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: WEBHOOK, labels: { app: 'istiod', 'istio.io/rev': 'default' } },
    webhooks: [
      {
        name: 'rev.validation.istio.io',
        clientConfig: { url: `https://127.0.0.1:${ports.of.istiodHttps}/validate` },
        rules: [
          {
            operations: ['CREATE', 'UPDATE'],
            apiGroups: [
              'security.istio.io',
              'networking.istio.io',
              'telemetry.istio.io',
              'extensions.istio.io',
            ],
            apiVersions: ['*'],
            resources: ['*'],
          },
        ],
        failurePolicy: 'Ignore',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  });
  await until('istiod has made its webhook strict', async () => {
    const { webhooks = [] } = await api.get<Webhooks>(`${WEBHOOKS}/${WEBHOOK}`);
    return webhooks.every(
      ({ failurePolicy, clientConfig }) => failurePolicy === 'Fail' && clientConfig.caBundle !== undefined,
    );
  });
  await until('the API server asks istiod', async () => (await answerToNonsense(api)) === 'refused');
}

export async function removeWebhook(api: Api): Promise<void> {
  await api.delete(`${WEBHOOKS}/${WEBHOOK}`);
  await until('the API server asks istiod no more', async () => (await answerToNonsense(api)) === 'accepted');
}

/** The API server heeds a webhook, and the end of one, some time after it has stored that. */
async function answerToNonsense(api: Api): Promise<'accepted' | 'refused' | 'unknown'> {
  const destination = { host: 'nobody.example.com' };
  const spec = {
    hosts: [destination.host],
    http: [{ route: [{ destination }], mirror: destination, mirrorPercentage: { value: 120 } }],
  };
  try {
    await api.post(`${paths.virtualServices('default')}?dryRun=All`, {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'nonsense' },
      spec,
    });
    return 'accepted';
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown;
    return thrown.status === 400 ? 'refused' : 'unknown';
  }
}
