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

/** Things to try: what they show, and the lines to paste. */
export interface TryOut {
  /** One sentence without its full stop. */
  readonly sentence: string;
  /** At least one. */
  readonly commands: readonly string[];
}

interface PreviewCommand {
  /** `api-10, from a pod in the mesh`: what it shows. */
  readonly shows: string;
  readonly command: string;
  readonly headers: HttpRequest['headers'];
}

/** Lines to paste; more are not read. */
const MOST_TRIES = 2;

/**
 * Requests that show a preview, as `curl`: examples that the comparison of routes has found, so each is one that the
 * preview does get. One with the headers of another and more of its own, as a base route may require them, shows
 * nothing more.
 */
export function tryOuts(outcome: Outcome): readonly TryOut[] {
  const { reach, effects, changed, dryRun, failure } = outcome;
  const isPreviewed =
    effects.includes('previews') && outcome.after.some((view) => isTargetPreview(view, outcome));
  if (!isPreviewed || !changed || dryRun || failure !== null) return [];
  const found = (reach?.changes ?? []).flatMap((change) => tryOut(change, outcome) ?? []);
  const telling = found.filter((one, i) => !found.some((other, j) => isNoMore(one, other, i < j)));
  const groups = Map.groupBy(telling.slice(0, MOST_TRIES), ({ shows }) => shows);
  return [...groups].map(([shows, tries]) => ({
    sentence: sentenceOf(shows, tries.length > 1, outcome),
    commands: tries.map(({ command }) => command),
  }));
}

function sentenceOf(shows: string, areSeveral: boolean, { asked }: Outcome): string {
  if (asked?.manifests == null)
    return `${areSeveral ? 'These requests now get' : 'This request now gets'} ${shows}`;
  return `Once the files are applied, ${areSeveral ? 'these requests get' : 'this request gets'} ${shows}`;
}

/** Does a request show nothing that another doesn't? Of two alike, the one that comes first stays. */
function isNoMore(one: PreviewCommand, other: PreviewCommand, isFirst: boolean): boolean {
  if (one === other || one.shows !== other.shows) return false;
  const own = Object.keys(one.headers).length;
  const theirs = Object.entries(other.headers);
  const hasAll = theirs.every(([name, value]) => one.headers[name] === value);
  return hasAll && (own > theirs.length || !isFirst);
}

function isTargetPreview({ madeBy, destinations }: RouteView, outcome: Outcome): boolean {
  const targets = targetsOf(outcome);
  return madeBy === 'istiops' && destinations.some((to) => to.subset !== null && targets.has(to.subset));
}

function tryOut({ example, after }: ReachChange, outcome: Outcome): PreviewCommand | null {
  if (example === null || Object.keys(example.headers).length === 0) return null;
  // Requests that a preview had before, and lost, show nothing of the build.
  if (![...targetsOf(outcome)].some((subset) => after.includes(subset))) return null;
  if (example.gateway === 'mesh') {
    const port = example.port === undefined || example.port === 80 ? undefined : example.port;
    const command = curlOf(example, 'http', port);
    const where = `from ${callerOf(example, outcome)}`;
    const note = port === undefined ? ', with the port of the service after the host where it is not 80' : '';
    return asTry(`${after}, ${where}${note}`, command, example);
  }
  const servers = outcome.gatewayServers?.[example.gateway];
  return servers === undefined
    ? byUnknownServer(example, after, outcome)
    : byServer(example, servers, after, outcome);
}

function asTry(shows: string, command: string | null, { headers }: HttpRequest): PreviewCommand | null {
  return command === null ? null : { shows, command, headers };
}

function callerOf({ sourceLabels, sourceNamespace }: HttpRequest, { namespace }: Outcome): string {
  const labels =
    Object.keys(sourceLabels).length === 0 ? '' : ` with the labels ${formatLabels(sourceLabels)}`;
  const home =
    sourceNamespace === undefined || sourceNamespace === namespace ? '' : ` of namespace ${sourceNamespace}`;
  return `a pod in the mesh${home}${labels}`;
}

function byUnknownServer(example: HttpRequest, to: string, outcome: Outcome): PreviewCommand | null {
  const command = curlOf(example, null);
  const shows = `${to} through gateway ${example.gateway}${hostNote(example, outcome)}. Write http or https in front, whichever the gateway serves`;
  return asTry(shows, command, example);
}

function byServer(
  example: HttpRequest,
  servers: readonly GatewayServer[],
  to: string,
  outcome: Outcome,
): PreviewCommand | null {
  // The example's port is 80 where no route names one: then any server of the host will do.
  const named = example.port === 80 ? undefined : example.port;
  const server = serverFor(servers, example.authority, named);
  if (server === undefined) return byUnknownServer(example, to, outcome);
  const isOwn = server.port === (server.scheme === 'https' ? 443 : 80);
  const command = curlOf(example, server.scheme, isOwn ? undefined : server.port);
  const certificate = server.needsClientCertificate ? ', with a client certificate (--cert, --key)' : '';
  const note = servesByName(server, example.authority) ? '' : hostNote(example, outcome);
  const shows = `${to} through gateway ${example.gateway}${certificate}${note}`;
  return asTry(shows, command, example);
}

/** Then the example's host is not made up, though the VirtualService has a wildcard. */
function servesByName({ hosts }: GatewayServer, authority: string): boolean {
  return hosts.some((host) => host.slice(host.indexOf('/') + 1).toLowerCase() === authority);
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
  const { podSelector, context, kubeconfigPath, kubeconfigFrom, clusterDomain } = asked;
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
        'kubeconfig-from': kubeconfigFrom,
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
