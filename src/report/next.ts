import { INPUTS } from '../intent/inputs.ts';
import { selectionInputs } from '../intent/selection.ts';
import { type GatewayServer, serverFor } from '../istio/gateways.ts';
import { formatLabels } from '../istio/labels.ts';
import type { HttpRequest } from '../istio/requests/request.ts';
import type { ReachChange } from '../reach/types.ts';
import type { RouteView } from '../plan/view-types.ts';
import { curlOf } from './curl.ts';
import { targetsOf } from './targets.ts';
import { isReading } from './text.ts';
import type { Outcome } from './types.ts';

/** A thing to try: what it shows, and the line to paste. */
export interface TryOut {
  /** `goes to api-10`, `from a pod in the mesh` … as one sentence without its full stop. */
  readonly sentence: string;
  readonly command: string;
}

/** Lines to paste; more are not read. */
const MOST_TRIES = 2;

/**
 * Requests that show a preview, as `curl`: examples that the comparison of routes has found, so each is one that the
 * preview does get.
 */
export function tryOuts(outcome: Outcome): readonly TryOut[] {
  const { reach, effects, changed, dryRun, failure } = outcome;
  const isPreviewed =
    effects.includes('previews') && outcome.after.some((view) => isTargetPreview(view, outcome));
  if (!isPreviewed || !changed || dryRun || failure !== null) return [];
  return (reach?.changes ?? [])
    .flatMap((change) => tryOut(change, outcome) ?? [])
    .filter(({ command }, i, all) => all.findIndex((one) => one.command === command) === i)
    .slice(0, MOST_TRIES);
}

function isTargetPreview({ madeBy, destinations }: RouteView, outcome: Outcome): boolean {
  const targets = targetsOf(outcome);
  return madeBy === 'istiops' && destinations.some((to) => to.subset !== null && targets.has(to.subset));
}

function tryOut({ example, after }: ReachChange, outcome: Outcome): TryOut | null {
  if (example === null || Object.keys(example.headers).length === 0) return null;
  // Requests that a preview had before, and lost, show nothing of the build.
  if (![...targetsOf(outcome)].some((subset) => after.includes(subset))) return null;
  const to =
    outcome.asked?.manifests == null
      ? `This request now gets ${after}`
      : `Once the files are applied, this request gets ${after}`;
  if (example.gateway === 'mesh') {
    const port = example.port === undefined || example.port === 80 ? undefined : example.port;
    const command = curlOf(example, 'http', port);
    const where = `from ${callerOf(example, outcome)}`;
    const note = port === undefined ? ', with the port of the service after the host where it is not 80' : '';
    return command === null ? null : { sentence: `${to}, ${where}${note}`, command };
  }
  const servers = outcome.gatewayServers?.[example.gateway];
  return servers === undefined
    ? byUnknownServer(example, to, outcome)
    : byServer(example, servers, to, outcome);
}

function callerOf({ sourceLabels, sourceNamespace }: HttpRequest, { namespace }: Outcome): string {
  const labels =
    Object.keys(sourceLabels).length === 0 ? '' : ` with the labels ${formatLabels(sourceLabels)}`;
  const home =
    sourceNamespace === undefined || sourceNamespace === namespace ? '' : ` of namespace ${sourceNamespace}`;
  return `a pod in the mesh${home}${labels}`;
}

function byUnknownServer(example: HttpRequest, to: string, outcome: Outcome): TryOut | null {
  const command = curlOf(example, null);
  const sentence = `${to} through gateway ${example.gateway}${hostNote(example, outcome)}. Write http or https in front, whichever the gateway serves`;
  return command === null ? null : { sentence, command };
}

function byServer(
  example: HttpRequest,
  servers: readonly GatewayServer[],
  to: string,
  outcome: Outcome,
): TryOut | null {
  // The example's port is 80 where no route names one: then any server of the host will do.
  const named = example.port === 80 ? undefined : example.port;
  const server = serverFor(servers, example.authority, named);
  if (server === undefined) return byUnknownServer(example, to, outcome);
  const isOwn = server.port === (server.scheme === 'https' ? 443 : 80);
  const command = curlOf(example, server.scheme, isOwn ? undefined : server.port);
  const certificate = server.needsClientCertificate ? ', with a client certificate (--cert, --key)' : '';
  const sentence = `${to} through gateway ${example.gateway}${certificate}${hostNote(example, outcome)}`;
  return command === null ? null : { sentence, command };
}

/** A wildcard's requests have any host: the example's is made up. */
function hostNote({ authority }: HttpRequest, { virtualServices = [] }: Outcome): string {
  const hosts = virtualServices.flatMap((one) => one.hosts);
  const wildcards = hosts.filter((host) => host.includes('*'));
  const [only] = wildcards;
  if (hosts.includes(authority) || only === undefined) return '';
  return `; ${authority} stands for a host that ${only} covers`;
}

/** How a change is taken back. */
export interface WayBack {
  readonly sentence: string;
  /** The words after `istiops traffic`; null where no command does it. */
  readonly words: BackWords | null;
}

export interface BackWords {
  readonly operation: 'undo' | 'rollback';
  /** Inputs by their names, those that are not given left out. */
  readonly inputs: Readonly<Record<string, string>>;
}

/** Null where there is nothing to take back. */
export function wayBackOf(outcome: Outcome): WayBack | null {
  const { operation, changed, dryRun, failure, asked } = outcome;
  if (operation === null || !changed || failure !== null || asked === undefined || isReading(outcome))
    return null;
  if (dryRun) return { sentence: 'To do it, run the same without `dry-run`', words: null };
  return asked.manifests === null ? undoWayBack(outcome, asked) : backInFiles(outcome, asked);
}

/** Names in a command; with more, it is not one to paste. */
const MOST_NAMES = 20;

function undoWayBack(outcome: Outcome, asked: NonNullable<Outcome['asked']>): WayBack {
  const { namespace } = outcome;
  const { podSelector, context, kubeconfigPath, clusterDomain } = asked;
  const selection = Object.keys(asked.selection).length > 0 ? asked.selection : selectionByName(outcome);
  if (selection === null)
    return {
      sentence:
        'To take it back, run undo with a `virtual-service` that names the VirtualServices of the table',
      words: null,
    };
  const isLast = podSelector === null ? 'the last change' : 'the last change of this build';
  return {
    sentence: `To take it back, as long as it is ${isLast}`,
    words: {
      operation: 'undo',
      inputs: given({
        namespace,
        ...selection,
        'pod-selector': podSelector,
        context,
        'cluster-domain': clusterDomain,
        kubeconfig: kubeconfigPath,
      }),
    },
  };
}

/** Where nothing was selected: the VirtualServices that the change was about. */
function selectionByName({ virtualServices = [] }: Outcome): Readonly<Record<string, string>> | null {
  const names = virtualServices.map(({ name }) => name);
  return names.length === 0 || names.length > MOST_NAMES
    ? null
    : selectionInputs({ virtualServices: names.map((name) => ({ name })) });
}

/** Files have no history of their own: what brings them back as they were is Git. */
function backInFiles({ effects, namespace }: Outcome, asked: NonNullable<Outcome['asked']>): WayBack {
  const { selection, podSelector, services, manifests, clusterDomain } = asked;
  const isRolledBack = effects.includes('shifts-to-build') && !effects.includes('cuts-over');
  if ((podSelector === null && services === undefined) || !isRolledBack)
    return {
      sentence: 'To take it back, restore the files from Git, or revert the commit that has them',
      words: null,
    };
  return {
    sentence: `To take back everything that was done for ${services === undefined ? 'this build' : 'these builds'}`,
    words: {
      operation: 'rollback',
      inputs: given({
        namespace,
        ...selection,
        'pod-selector': podSelector,
        [INPUTS.services.name]: services ?? null,
        'cluster-domain': clusterDomain,
        manifests,
      }),
    },
  };
}

function given(inputs: Readonly<Record<string, string | null>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(inputs).flatMap(([name, value]) =>
      value === null || value === '' ? [] : [[name, value]],
    ),
  );
}
