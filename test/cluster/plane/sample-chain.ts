import { request, type IncomingHttpHeaders } from 'node:http';
import type { Answer } from './sample-server.ts';

/** The service that a build asks before it answers. */
export interface NextCall {
  /** `http://orders.shop.svc.cluster.local/` */
  readonly url: string;
  /** Where the build's sidecar listens. */
  readonly sidecar: { readonly host: string; readonly port: number };
}

/** What OpenTelemetry's propagators copy to the requests that an application sends, and nothing else. */
const PASSED_ON = ['baggage', 'traceparent', 'tracestate'] as const;

/** Asks the next service as an application with tracing does; undefined where it gives no such answer. */
export async function askNext(
  { url, sidecar }: NextCall,
  headers: IncomingHttpHeaders,
): Promise<Answer | undefined> {
  const { host, pathname, search } = new URL(url);
  const kept = PASSED_ON.flatMap((name) =>
    headers[name] === undefined ? [] : [[name, headers[name]] as const],
  );
  return await new Promise((resolve, reject) => {
    const sent = request({
      ...sidecar,
      path: pathname + search,
      headers: { host, ...Object.fromEntries(kept) },
      agent: false,
    });
    sent.once('error', reject).once('response', (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => (body += text));
      answer.once('error', reject).once('end', () => {
        resolve(answer.headers['x-build'] === undefined ? undefined : (JSON.parse(body) as Answer));
      });
    });
    sent.end();
  });
}

/** The answer for a browser: each service that was asked, and its build. */
export function pageOf(answer: Answer): string {
  const services = chainOf(answer).map(
    ({ app, build }) => `<li><b>${app}</b> <span data-app="${app}">${build}</span></li>`,
  );
  return `<!doctype html><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${answer.app}</title><style>
body { font: 17px/1.5 sans-serif; margin: 0; padding: 36px 44px; color: #1f2328; background: #fff }
ul { list-style: none; padding: 0; display: flex; gap: 18px; margin: 0 }
li { border: 1px solid #d1d9e0; border-radius: 8px; padding: 14px 20px; min-width: 118px }
span { display: block; font-size: 24px }
@media (prefers-color-scheme: dark) { body { color: #f0f6fc; background: #0d1117 } li { border-color: #3d444d } }
</style><ul>${services.join('')}</ul>`;
}

function chainOf(answer: Answer): readonly Answer[] {
  return answer.next === undefined ? [answer] : [answer, ...chainOf(answer.next)];
}
