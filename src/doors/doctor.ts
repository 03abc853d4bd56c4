/** `istiops doctor`: looks at everything that a change needs, and says all at once what stands in the way. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { toTrafficError } from '../base/errors.ts';
import { redactedData, type Redactor } from '../base/redactor.ts';
import { diagnose } from '../doctor/diagnose.ts';
import type { Facts } from '../doctor/types.ts';
import { doctorText } from '../doctor/words.ts';
import { AS_FLAGS } from '../intent/spelling.ts';
import { INPUTS } from '../intent/inputs.ts';
import type { Words } from '../intent/types.ts';
import { parsePlace } from '../operations/parse-words.ts';
import type { Collaborators } from '../ports/collaborators.ts';
import type { Snapshot } from '../plan/types.ts';
import type { Store } from '../ports/store.ts';
import { findingsInFlags, inFlags } from '../report/in-flags.ts';
import { flagOf, wordsOf } from './flags.ts';
import type { Streams } from './streams.ts';
import { PLACE_INPUTS } from '../intent/inputs/place.ts';
import { examined } from '../doctor/examined.ts';
import { fullName } from '../base/title.ts';

export const DOCTOR_FORMATS = ['pretty', 'json'] as const;
export type DoctorFormat = (typeof DOCTOR_FORMATS)[number];

/** How the place is said: what every operation has to know. */
const FLAGS = [INPUTS.namespace, ...Object.values(PLACE_INPUTS)];

/** Adds the command. */
export function addDoctor(
  program: Command,
  perform: (words: Words, format: DoctorFormat) => Promise<void>,
): void {
  const command = program
    .command('doctor')
    .description('look at everything that a change needs, and say what stands in the way')
    .allowExcessArguments(false)
    .addHelpText('after', '\nExample:\n  $ istiops doctor --namespace shop');
  for (const input of FLAGS) command.addOption(flagOf(input, true));
  const output = new Option('-o, --output <format>', `the form of the result: ${DOCTOR_FORMATS.join(', ')}`);
  command
    .addOption(output.default('pretty', 'pretty').argParser(formatOf))
    .action(async ({ output: format, ...flags }: Record<string, unknown>) => {
      await perform(wordsOf(flags), format === 'json' ? 'json' : 'pretty');
    });
}

function formatOf(text: string): DoctorFormat {
  const format = DOCTOR_FORMATS.find((one) => one === text);
  if (format === undefined) throw new InvalidArgumentError(`It is one of ${DOCTOR_FORMATS.join(', ')}.`);
  return format;
}

interface Around {
  readonly openStore: Collaborators['openStore'];
  readonly streams: Streams;
  readonly secrets: Redactor;
}

/**
 * Looks, and prints the diagnosis on stdout.
 *
 * @returns the exit code: 0 nothing stands in the way, 1 something does, 2 a usage error
 */
export async function doctor(words: Words, format: DoctorFormat, around: Around): Promise<number> {
  const { streams, secrets } = around;
  let facts: Facts;
  try {
    facts = await lookAround(words, around);
  } catch (thrown) {
    streams.err(`istiops: ${inFlags(toTrafficError(thrown).message)}\n`);
    return 2;
  }
  const seen = redactedData(diagnose(facts), secrets);
  const diagnosis = { ...seen, findings: findingsInFlags(seen.findings) };
  if (format === 'json') {
    streams.out(`${JSON.stringify(diagnosis, null, 2)}\n`, 'json');
  } else {
    const colour = streams.hasColour('out');
    streams.out(doctorText(diagnosis, { colour }), colour ? 'coloured' : 'plain');
  }
  return diagnosis.isReady ? 0 : 1;
}

/** @throws TrafficError invalid-input: words that can't be used */
async function lookAround(words: Words, { openStore }: Around): Promise<Facts> {
  const { place, namespace } = parsePlace(words, { kubeconfigIs: 'path', spelling: AS_FLAGS });
  const store = await examined(openStore(place, namespace));
  if (store.state === 'unknown')
    return { place: place.kind, way: store, cluster: null, objects: null, proxies: null, warnings: [] };
  return { place: place.kind, ...(await factsOf(store.value)) };
}

async function factsOf(store: Store): Promise<Omit<Facts, 'place'>> {
  const [cluster, objects] = await Promise.all([
    store.examine?.() ?? Promise.resolve(null),
    examined(store.read('mesh')),
  ]);
  const value = { name: store.place, access: store.access ?? null };
  const user = cluster?.identity.state === 'known' ? cluster.identity.value.user : undefined;
  const proxies = objects.state === 'known' ? await proxyFactsOf(store, objects.value, user) : null;
  return { way: { state: 'known', value }, cluster, objects, proxies, warnings: store.warnings };
}

/** What the proxies have of every VirtualService of the namespace. */
async function proxyFactsOf(
  store: Store,
  snapshot: Snapshot,
  user: string | undefined,
): Promise<Facts['proxies']> {
  if (store.proxies === undefined) return null;
  const [{ proxyViews }, { confirmingRoleYaml }] = await Promise.all([
    import('../run/confirm/views.ts'),
    import('../stores/kubernetes/role.ts'),
  ]);
  const names = snapshot.virtualServices
    .filter(({ metadata }) => metadata.namespace === snapshot.namespace)
    .map(({ metadata }) => fullName(metadata));
  const asked = await examined(proxyViews(store, snapshot, names, undefined));
  if (asked.state === 'unknown') return asked;
  const { views, gaps, missing } = asked.value ?? { views: [], gaps: [], missing: [] };
  const namespaces = [...new Set(missing.map(({ namespace }) => namespace))];
  const roles = namespaces.map((namespace) => confirmingRoleYaml(namespace, user)).join('---\n');
  return { state: 'known', value: { views, gaps, roles } };
}
