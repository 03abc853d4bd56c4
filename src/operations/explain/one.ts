/** Where one request goes, whichever of the possible proxies routes it. */
import type { RequestLine, RequestScope } from '../../intent/types.ts';
import { resolveHost } from '../../istio/hosts.ts';
import { meshNames } from '../../istio/requests/mesh-names.ts';
import { possibleRequests, requestOf, type PartlyKnown } from './entry.ts';
import { httpRoutesUnheard, unknownProxy } from './findings.ts';
import { answersDiffer, namespaceCondition, oneOf } from './sources.ts';
import type { Explanation } from '../../plan/explanation.ts';
import { answerOfProxy } from './answered.ts';
import type { ExplainContext, Explained } from './explained.ts';

const NOTHING_ELSE: PartlyKnown = {};

/**
 * @param line address and method, as they were given
 * @param scope how the request enters the mesh, as far as that was given
 * @param partly of a request that follows another one: what of it is known
 */
export function explainOne(
  context: ExplainContext,
  line: RequestLine,
  headers: Readonly<Record<string, string>>,
  scope: RequestScope,
  partly: PartlyKnown = NOTHING_ELSE,
): Explained {
  const { snapshot, selected } = context;
  const asked = { ...requestOf(snapshot, selected, line, headers, scope), ...partly };
  const requests = possibleRequests(snapshot, asked);
  const answers = requests.map((request) => answerOfProxy(context, request));
  // Of several proxies, one that has the host says most.
  const told = answers.find(({ host }) => host !== null) ?? answers[0];
  const sourceNamespace = requests.length === 1 ? (requests[0]?.sourceNamespace ?? null) : null;
  const explanation: Explanation = {
    request: {
      text: line.text,
      headers,
      gateway: asked.gateway,
      port: asked.port,
      sourceLabels: asked.sourceLabels,
      sourceNamespace,
    },
    host: told?.host ?? null,
    passed: told?.passed ?? [],
    result: oneOf(answers, asked.gateway),
    verdict: null,
  };
  // A route's are of the namespace of who wrote it; those of the service itself are what its caller means.
  const writer = told?.writer;
  const caller = sourceNamespace ?? snapshot.namespace;
  return {
    explanation,
    findings: [
      ...(answersDiffer(answers) ? [unknownProxy(asked.gateway)] : []),
      ...answers.flatMap(({ unheard }) => (unheard === undefined ? [] : [httpRoutesUnheard(unheard)])),
    ],
    namesOf: (host) => (writer === undefined ? meshNames(host, caller) : [resolveHost(host, writer)]),
    authority: asked.authority,
    headers: { headers, openHeaders: partly.openHeaders ?? {} },
    ways: answersDiffer(answers)
      ? answers.flatMap(({ sourceNamespace: namespace, ways }) =>
          ways.map((way) => ({
            ...way,
            condition: [namespaceCondition(asked.gateway, namespace), way.condition ?? []]
              .flat()
              .join(' and '),
          })),
        )
      : (answers[0]?.ways ?? []),
  };
}
