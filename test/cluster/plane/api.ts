import { Agent, request } from 'node:https';

export type Json = Record<string, unknown>;

export interface RestConfig {
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
}

/** An answer of the API server other than 2xx, with the server's own words. */
export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

/** The harness's own way to the API server: plain JSON, no client library, so that a bug of the product is not in both. */
export interface Api {
  get<T = Json>(path: string): Promise<T>;
  post<T = Json>(path: string, body: Json): Promise<T>;
  put<T = Json>(path: string, body: Json): Promise<T>;
  /** A merge patch (RFC 7386). */
  patch<T = Json>(path: string, body: Json): Promise<T>;
  delete(path: string): Promise<void>;
  /** The body as text, whatever the answer; for `/readyz`. */
  raw(path: string): Promise<{ readonly status: number; readonly body: string }>;
  close(): void;
}

export function createApi({ server, ca, token }: RestConfig): Api {
  const agent = new Agent({ ca, keepAlive: true, maxSockets: 20 });

  const call = async (method: string, path: string, body?: Json): Promise<{ status: number; body: string }> =>
    await new Promise((resolve, reject) => {
      const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const headers = { authorization: `Bearer ${token}`, 'content-type': contentType };
      const sent = request(new URL(path, server), { method, agent, headers, timeout: 30_000 }, (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => (text += part));
        answer.once('end', () => {
          resolve({ status: answer.statusCode ?? 0, body: text });
        });
        answer.once('error', reject);
      });
      sent.once('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer in 30 s`)));
      sent.once('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });

  const json = async <T>(method: string, path: string, body?: Json): Promise<T> => {
    const answer = await call(method, path, body);
    if (answer.status >= 200 && answer.status < 300) return JSON.parse(answer.body) as T;
    throw new ApiError(answer.status, `${method} ${path}: ${answer.status} ${messageOf(answer.body)}`);
  };

  return {
    get: (path) => json('GET', path),
    post: (path, body) => json('POST', path, body),
    put: (path, body) => json('PUT', path, body),
    patch: (path, body) => json('PATCH', path, body),
    delete: async (path) => {
      await json('DELETE', path);
    },
    raw: (path) => call('GET', path),
    close: () => {
      agent.destroy();
    },
  };
}

function messageOf(body: string): string {
  try {
    const { message } = JSON.parse(body) as { readonly message?: string };
    return message ?? body;
  } catch {
    return body;
  }
}

/** Creates, or leaves as it is what is there already. */
export async function ensure(api: Api, path: string, body: Json): Promise<void> {
  try {
    await api.post(path, body);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 409)) throw error;
  }
}

const NETWORKING = '/apis/networking.istio.io/v1';

/** The collection of a kind in a namespace. */
export const paths = {
  virtualServices: (namespace: string) => `${NETWORKING}/namespaces/${namespace}/virtualservices`,
  destinationRules: (namespace: string) => `${NETWORKING}/namespaces/${namespace}/destinationrules`,
  serviceEntries: (namespace: string) => `${NETWORKING}/namespaces/${namespace}/serviceentries`,
  workloadEntries: (namespace: string) => `${NETWORKING}/namespaces/${namespace}/workloadentries`,
  gateways: (namespace: string) => `${NETWORKING}/namespaces/${namespace}/gateways`,
  sidecars: (namespace: string) => `${NETWORKING}/namespaces/${namespace}/sidecars`,
  services: (namespace: string) => `/api/v1/namespaces/${namespace}/services`,
  pods: (namespace: string) => `/api/v1/namespaces/${namespace}/pods`,
  serviceAccounts: (namespace: string) => `/api/v1/namespaces/${namespace}/serviceaccounts`,
  roles: (namespace: string) => `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles`,
  roleBindings: (namespace: string) =>
    `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`,
} as const;
