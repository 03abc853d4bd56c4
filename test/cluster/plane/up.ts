import { fork } from 'node:child_process';
import { parseArgs } from 'node:util';
import { boot, type Plane } from './plane.ts';

/**
 * `npm run cluster:up`: boots a plane with a sample app and keeps it until Ctrl-C (or cluster:down); with `--detach`,
 * a process of its own keeps it, and this one returns once all is ready.
 */

const HELP = `usage: npm run cluster:up -- [options]

  --detach                   return once it is ready; npm run cluster:down ends it
  --no-webhook               without istiod's admission webhook
  --no-sample                without the sample app
  --debounce-after <time>    how long istiod waits for more changes before it pushes (100ms)
  --debounce-max <time>      the longest it waits in all (10s)
`;

function options() {
  return parseArgs({
    allowNegative: true,
    options: {
      detach: { type: 'boolean', default: false },
      webhook: { type: 'boolean', default: true },
      sample: { type: 'boolean', default: true },
      'debounce-after': { type: 'string' },
      'debounce-max': { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values;
}

const values = asked();

function asked(): ReturnType<typeof options> {
  try {
    return options();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    process.exit(2);
  }
}

/** What the keeping process tells the one that waits for it. */
type Word = { readonly line: string } | { readonly ready: true };

if (values.help) process.stdout.write(HELP);
else if (values.detach) await detach();
else await keep();

async function detach(): Promise<void> {
  const args = process.argv.slice(2).filter((argument) => argument !== '--detach');
  const child = fork(import.meta.filename, args, {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  await new Promise<void>((resolve, reject) => {
    child.on('message', (word: Word) => {
      if ('line' in word) console.log(word.line);
      else resolve();
    });
    child.once('exit', () => {
      reject(new Error('The plane did not come up.'));
    });
  }).catch((error: unknown) => {
    console.error(String(error));
    process.exit(1);
  });
  child.disconnect();
  child.unref();
}

async function keep(): Promise<void> {
  const attached = process.send === undefined;
  let ready = false;
  const tell = (word: Word): void => {
    if (process.connected) process.send?.(word);
    else if (attached && 'line' in word) console.log(word.line);
  };
  const log = (line: string): void => {
    tell({ line });
  };
  // The one who waits was stopped: nobody would know of this plane.
  process.once('disconnect', () => {
    if (!ready) process.exit(1);
  });

  let plane: Plane | undefined;
  const leave = (code: number): void => {
    // Before it is ready there is nothing to stop in order: the keeper ends what there is.
    if (plane === undefined) process.exit(code === 0 ? 1 : code);
    void plane.stop().then(() => process.exit(code));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      log(`\n${signal}: stopping`);
      leave(0);
    });
  }

  try {
    plane = await boot({
      webhook: values.webhook,
      ...(values['debounce-after'] === undefined ? {} : { istiodDebounceAfter: values['debounce-after'] }),
      ...(values['debounce-max'] === undefined ? {} : { istiodDebounceMax: values['debounce-max'] }),
      startedBy: 'up',
      log,
      onStop: () => {
        log('cluster:down: stopping');
        leave(0);
      },
    });
    await greet(plane, log, attached);
  } catch (error) {
    log(error instanceof Error ? error.message : String(error));
    leave(1);
    return;
  }
  ready = true;
  tell({ ready: true });
  const running = setInterval(() => undefined, 60_000);
  log(`${await plane.broken}: stopping`);
  clearInterval(running);
  leave(1);
}

async function greet(plane: Plane, log: (line: string) => void, attached: boolean): Promise<void> {
  const { http, tcp, tls } = plane.gateway;
  const facts = [
    '',
    `export KUBECONFIG=${plane.kubeconfig}`,
    `gateway  http://127.0.0.1:${http.port}   tcp 127.0.0.1:${tcp.port}   tls 127.0.0.1:${tls.port}`,
    `envoy    ${plane.envoyAdmin}/config_dump`,
    `logs     ${plane.dir}/logs`,
  ];
  if (values.sample) {
    const app = await plane.deployBuilds({ namespace: 'default', app: 'api', builds: ['v1', 'v2'] });
    facts.push(
      `sample   curl -H 'Host: ${app.host}' http://127.0.0.1:${http.port}/   (VirtualService api, builds v1 and v2)`,
    );
  }
  facts.push('', attached ? 'Ctrl-C ends it.' : 'npm run cluster:down ends it.');
  for (const line of facts) log(line);
}
