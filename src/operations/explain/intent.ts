import { INPUTS } from '../../intent/inputs.ts';
import type { Reader } from '../../intent/reader.ts';
import { requestHeaders } from '../../intent/request-lines.ts';
import { readSelection } from '../../intent/selection.ts';
import type { Selection } from '../../istio/selection.ts';
import type { CalledService, ExpectationsFile, RequestLine, RequestScope } from '../../intent/types.ts';
import { requestScope } from '../../intent/request-scope.ts';

/** Where requests go, and why. At least one of `requests`, `expectations` and `follow`. */
export interface ExplainIntent extends RequestScope, Selection {
  readonly operation: 'explain';
  readonly requests: readonly RequestLine[];
  /** Of each of the requests; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly expectations?: ExpectationsFile;
  /** The services that the requests go on to, the one that they reach first. Empty: they are not followed. */
  readonly follow: readonly CalledService[];
  /** Headers that the services copy to the requests they send; in lower case. */
  readonly propagate: readonly string[];
}

export function readExplain(reader: Reader): ExplainIntent {
  const selection = readSelection(reader);
  const requests = reader.read(INPUTS.requests);
  const path = reader.read(INPUTS.expectations);
  const follow = reader.read(INPUTS.follow);
  const propagate = reader.read(INPUTS.propagate);
  const asking = [INPUTS.requests, INPUTS.expectations, INPUTS.follow];
  if (asking.every((input) => reader.text(input) === undefined)) {
    reader.fault(INPUTS.requests, 'the operation explain requires `requests`, `expectations` or `follow`');
  }
  const following = [INPUTS.follow, INPUTS.expectations];
  if (
    reader.text(INPUTS.propagate) !== undefined &&
    following.every((input) => reader.text(input) === undefined)
  ) {
    reader.fault(INPUTS.propagate, 'it says what the services of `follow` pass on, and there is no `follow`');
  }
  const [first] = follow ?? [];
  if (first?.isAnyRequest === false && reader.text(INPUTS.requests) !== undefined) {
    reader.fault(
      INPUTS.follow,
      `its first service is the one that requests reach: write only its name, not ${first.text}`,
    );
  }
  const headers = requestHeaders(reader.read(INPUTS.headers) ?? []);
  if (!headers.ok) reader.fault(INPUTS.headers, headers.problems.join('; '));
  const scope = requestScope({
    gateway: reader.read(INPUTS.gateway),
    port: reader.read(INPUTS.port),
    sourceLabels: reader.read(INPUTS.sourceLabels),
    sourceNamespace: reader.read(INPUTS.sourceNamespace),
  });
  return {
    operation: 'explain',
    ...selection,
    requests: requests ?? [],
    follow: follow ?? [],
    propagate: propagate ?? [],
    headers: headers.ok ? headers.value : {},
    ...(path !== undefined && { expectations: { path, cases: [] } }),
    ...scope,
  };
}
