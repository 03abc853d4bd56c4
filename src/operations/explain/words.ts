import { foundText, problemOf, treatmentText } from '../../plan/expectation-verdict.ts';
import type { Explanation, RouteRef, Treatment } from '../../plan/explanation.ts';
import { count } from '../../base/text.ts';
import { assumption, chainText } from './follow-words.ts';

/** What was found out, in one sentence. */
export function explained(explanations: readonly Explanation[]): string {
  const verdicts = explanations.flatMap(({ verdict }) => verdict ?? []);
  const met = verdicts.filter((verdict) => verdict.met).length;
  const asked = explanations.filter(({ verdict }) => verdict === null);
  const [only] = asked;
  const told =
    asked.length === 1 && only !== undefined
      ? sentenceOf(only)
      : asked.length === 0
        ? ''
        : `${count(asked.length, 'request')} explained`;
  const judged = verdicts.length === 0 ? '' : `${met} of ${count(verdicts.length, 'expectation')} met`;
  return [told, judged].filter((part) => part !== '').join('; ') || 'No request was explained';
}

function sentenceOf(explanation: Explanation): string {
  const { request, result, followed } = explanation;
  if (followed !== undefined) {
    const sentence = `${request.text} goes to ${chainText(explanation, followed)}, ${assumption(followed)}`;
    return sentence.replace(/^any/, 'Any');
  }
  switch (result.kind) {
    case 'route': {
      const goes = result.does.status === null ? 'goes to' : 'gets';
      return `${request.text} ${goes} ${treatmentText(result.does)} by ${routeTitle(result.route)} of VirtualService ${ownerOfRef(result.route)}`;
    }
    case 'service':
      return `${request.text} goes to ${serviceText(explanation, 'no VirtualService has a route for its host and port')}${serviceProblem(result.does)}`;
    case 'none':
      return `${request.text} gets ${foundText(result)}`;
    case 'undecided':
      return `${request.text} is ${foundText(result)}`;
  }
}

/** `http[1] reports`: the position in the YAML, and the name. */
export function routeTitle({ index, name }: RouteRef): string {
  return [`http[${index}]`, ...(name === null ? [] : [name])].join(' ');
}

export function ownerOfRef({ namespace, virtualService }: RouteRef): string {
  return `${namespace}/${virtualService}`;
}

/** How a request comes, after its method and URL: ` with x-cid: a, by gateway shop/public, port 443`. */
export function requestNote({ request }: Explanation): string {
  const { headers, gateway, port, sourceLabels, sourceNamespace } = request;
  const given = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const labels = Object.entries(sourceLabels).map(([key, value]) => `${key}=${value}`);
  const isMesh = gateway === 'mesh';
  const parts = [
    ...(given.length === 0 ? [] : [`with ${given.join(' and ')}`]),
    isMesh ? 'within the mesh' : `by gateway ${gateway}`,
    `port ${port}`,
    ...(labels.length === 0 ? [] : [`from pods ${labels.join(',')}`]),
    ...(sourceNamespace === null || !isMesh ? [] : [`from namespace ${sourceNamespace}`]),
  ];
  return parts.join(', ');
}

/** Why no route matches it, or which does if none of the open ones does. */
export function resultNote({
  host,
  request,
  result,
}: Pick<Explanation, 'host' | 'request' | 'result'>): string {
  if (result.kind === 'none' && result.does !== undefined) return foundText(result);
  if (result.kind === 'none' && host === null) {
    return `404: no VirtualService in sight has a route for its host and port by ${request.gateway}`;
  }
  if (result.kind === 'none') return `404: no route of the host ${host ?? ''} matches it`;
  return result.kind === 'service'
    ? `${serviceText({ host, request }, 'no VirtualService in sight has a route for its host and port')}${serviceProblem(result.does)}`
    : '';
}

function serviceText({ host, request }: Pick<Explanation, 'host' | 'request'>, withoutHost: string): string {
  return `the service itself: ${host === null ? withoutHost : `sidecars look at no http route for its port ${request.port}`}`;
}

/** `; 503: no pod of … is ready` */
function serviceProblem({ destinations }: Treatment): string {
  const problems = destinations.flatMap((to) => problemOf(to) ?? []);
  return problems.map((problem) => `; ${problem}`).join('');
}
