import { INPUTS } from '../intent/inputs.ts';
import type { Keyless, Place } from '../intent/types.ts';
import { selectionInputs } from '../intent/selection.ts';
import { lineText, type ServiceLine } from '../intent/services.ts';
import { selectionOf, type RequestedIntent } from '../operations/index.ts';
import { isOfServices } from '../operations/services.ts';
import type { Request } from '../operations/request.ts';
import { formatLabels } from '../istio/labels.ts';

/** What was asked for, as far as the next command has to repeat it. Null: not given. */
export interface AskedFor {
  /** Inputs that select VirtualServices, by their names; empty: none was given. */
  readonly selection: Readonly<Record<string, string>>;
  /** `app=api,build=10` */
  readonly podSelector: string | null;
  /** The input `services`, what its lines select by, in order; absent: it was not given. */
  readonly services?: string;
  /** The path of manifests; null: a cluster. */
  readonly manifests: string | null;
  readonly context: string | null;
  /** The input `cluster-domain`. */
  readonly clusterDomain: string | null;
  /** Of the command line alone. */
  readonly kubeconfigPath: string | null;
  /** Where a kubeconfig was looked for, if that was said: `home`. Elsewhere, there may be one of another cluster. */
  readonly kubeconfigFrom: string | null;
  /** Of a job whose own token is the credential. */
  readonly keyless: Keyless | null;
}

/** The parts of a request that a command printed below a report has to repeat. */
export function askedFor({
  intent,
  place,
  clusterDomain,
}: Pick<Request, 'intent' | 'place' | 'clusterDomain'>): AskedFor {
  return { ...askedSelectors(intent), ...askedPlace(place), clusterDomain: clusterDomain ?? null };
}

/** Inputs by their names that say where the objects are, as far as they were given. */
export function repeatedInputs(
  request: Pick<Request, 'place' | 'clusterDomain'>,
): Readonly<Record<string, string>> {
  const { manifests, context, kubeconfigPath, kubeconfigFrom } = askedPlace(request.place);
  const given = {
    [INPUTS.kubeconfig.name]: kubeconfigPath,
    [INPUTS.kubeconfigFrom.name]: inShell(kubeconfigFrom),
    [INPUTS.context.name]: context,
    [INPUTS.manifests.name]: manifests,
    [INPUTS.clusterDomain.name]: request.clusterDomain ?? null,
  };
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, text]) => (text === null ? [] : [[name, text]])),
  );
}

/** In a shell, what a step was given as its input is not there; the path of a kubeconfig says enough by itself. */
export function inShell(kubeconfigFrom: string | null): string | null {
  return kubeconfigFrom?.split(', ').includes('input') === true ? null : kubeconfigFrom;
}

function askedSelectors(intent: RequestedIntent): Pick<AskedFor, 'selection' | 'podSelector' | 'services'> {
  if (isOfServices(intent))
    return {
      selection: {},
      podSelector: null,
      services: intent.services.map(({ line }) => selectorsOfLine(line)).join('\n'),
    };
  return {
    selection: selectionInputs(selectionOf(intent)),
    podSelector: 'podLabels' in intent ? formatLabels(intent.podLabels) : null,
  };
}

/** Which routes a service has there is for the change to know, and nothing to whoever takes the builds back. */
function selectorsOfLine({ words }: ServiceLine): string {
  const names = [INPUTS.labelSelector, INPUTS.virtualService, INPUTS.podSelector].map(({ name }) => name);
  return lineText(Object.fromEntries(names.map((name) => [name, words[name]])));
}

function askedPlace(
  place: Place,
): Pick<AskedFor, 'manifests' | 'context' | 'kubeconfigPath' | 'kubeconfigFrom' | 'keyless'> {
  if (place.kind === 'manifests')
    return {
      manifests: place.path,
      context: null,
      kubeconfigPath: null,
      kubeconfigFrom: null,
      keyless: null,
    };
  const { context = null, kubeconfigPath = null, kubeconfigFrom, keyless = null } = place;
  const from = kubeconfigFrom?.join(', ') ?? null;
  return { manifests: null, context, kubeconfigPath, kubeconfigFrom: from, keyless };
}
