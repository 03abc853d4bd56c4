import type { JsonObject } from '../../src/base/json.ts';
import { KUBECONFIG_TERMS } from '../../src/stores/kubernetes/terms.ts';

/**
 * The way to a server that answers at once, and what it was asked: paths, each with the values of its query.
 *
 * @param answerTo the status and the body for such a path
 */
export function wireTo(answerTo: (asked: string) => readonly [status: number, body: JsonObject]) {
  const asked: string[] = [];
  const wire = {
    server: 'https://cluster.test',
    who: 'ci',
    terms: KUBECONFIG_TERMS,
    shown: (words: string) => words,
    prepare: ({ path, query = {} }: { path: string; query?: Readonly<Record<string, string>> }) => {
      const key = [path, ...Object.values(query)].join('?');
      asked.push(key);
      const [status, body] = answerTo(key);
      const answer = { status, headers: { 'content-type': 'application/json' }, text: JSON.stringify(body) };
      return Promise.resolve({ send: () => Promise.resolve(answer), renew: () => false });
    },
  };
  return { wire, asked };
}
