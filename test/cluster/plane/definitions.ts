import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import type { Api, Json } from './api.ts';
import { until } from './processes.ts';

/** The definitions that come with istiod's own source; all at once, then a wait until each is served. */
export async function addDefinitions(api: Api, file: string): Promise<void> {
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const documents = parseAllDocuments(await readFile(file, 'utf8')).map(
    (document) => document.toJS() as Json | null,
  );
  const bodies = documents.filter((body) => body !== null);
  await Promise.all(bodies.map((body) => api.post(definitions, body)));
  await until("Istio's kinds are served", async () => {
    const { items } = await api.get<{ items: readonly Definition[] }>(definitions);
    return items.every(({ status }) =>
      status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True'),
    );
  });
}

interface Definition {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}
