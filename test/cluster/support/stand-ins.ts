import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Texts } from './act.ts';

/**
 * Stand-ins for a user's own scripts, `deploy.sh` and the like: a script in the checkout asks the test, which does the
 * work, looks at the data plane meanwhile, and says how the script ends.
 */
export interface StandIns extends AsyncDisposable {
  /** The scripts, for the checkout. */
  readonly files: Texts;
  /** What was called, in order: `deploy.sh pr-7-abc`. */
  readonly calls: readonly string[];
  /** @throws what a script's function threw: it ended that script with 1, and only the workflow saw it */
  check(): void;
}

/** Done, or the script fails and says so. */
export type Script = (argument: string) => Promise<'done' | 'failed'>;

export async function standIns(scripts: Readonly<Record<string, Script>>): Promise<StandIns> {
  const calls: string[] = [];
  const thrown: unknown[] = [];
  const called = async (name: string, argument: string): Promise<string> => {
    calls.push(`${name} ${argument}`);
    try {
      return (await scripts[name]?.(argument)) ?? 'unknown';
    } catch (error) {
      thrown.push(error);
      return String(error);
    }
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://stand-ins');
    void called(url.pathname.slice(1), url.searchParams.get('argument') ?? '').then((word) =>
      response.end(word),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const script = (name: string): string => `#!/usr/bin/env node
const query = new URLSearchParams({ argument: process.argv.slice(2).join(' ') });
fetch('http://127.0.0.1:${port}/${name}?' + query).then((answer) => answer.text()).then((word) => {
  console.log('${name}: ' + word);
  process.exit(word === 'done' ? 0 : 1);
});
`;
  return {
    files: Object.fromEntries(Object.keys(scripts).map((name) => [name, script(name)])),
    calls,
    check: () => {
      if (thrown.length > 0) throw thrown[0];
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
