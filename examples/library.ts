/** What 20 % for build 10 would change. Run it: node examples/library.ts examples/shop */
import { clock, manifestsStore, parseWords, plan, pretty, run, storeOpener } from 'istiops-action';

const manifests = process.argv[2] ?? 'examples/shop';

// The Action's inputs by their names. Everything that is wrong with them is thrown as one TrafficError.
const { request } = parseWords({
  operation: 'weight',
  manifests,
  'label-selector': 'app=api-domain',
  'pod-selector': 'app=api-domain,build=10',
  weight: '20',
});

// A plan is a pure function of what was read and what you want: nothing is written.
const planned = plan(await manifestsStore({ path: manifests }).read(), request.intent);
for (const { name, match, destinations } of planned.after) {
  const shares = destinations.map(({ subset, share }) => `${share} % ${subset ?? 'of all pods'}`);
  console.log(`${name ?? 'unnamed'} (${match}): ${shares.join(', ')}`);
}

// The whole path, as the Action and the command line use it. It never throws: see outcome.failure.
const outcome = await run(
  { ...request, dryRun: true },
  {
    openStore: storeOpener({ env: process.env, onSecret: () => undefined, log: () => undefined }),
    clock,
    log: { info: () => undefined, group: (_title, body) => body() },
    author: () => Promise.resolve(undefined),
  },
);
console.log(`\n${pretty(outcome, { colour: false })}`);
