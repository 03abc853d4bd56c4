import { INPUTS } from '../../intent/inputs.ts';
import type { Reader } from '../../intent/reader.ts';
import { requestHeaders } from '../../intent/request-lines.ts';
import { readSelection } from '../../intent/selection.ts';
import type { Selection } from '../../istio/selection.ts';
import type { ExpectationsFile, RequestLine, RequestScope } from '../../intent/types.ts';
import { requestScope } from '../../intent/request-scope.ts';

/** Where requests go, and why. At least one of `requests` and `expectations`. */
export interface ExplainIntent extends RequestScope, Selection {
  readonly operation: 'explain';
  readonly requests: readonly RequestLine[];
  /** Of each of the requests; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly expectations?: ExpectationsFile;
}

export function readExplain(reader: Reader): ExplainIntent {
  const selection = readSelection(reader);
  const requests = reader.read(INPUTS.requests);
  const path = reader.read(INPUTS.expectations);
  if (reader.text(INPUTS.requests) === undefined && reader.text(INPUTS.expectations) === undefined) {
    reader.fault(INPUTS.requests, 'the operation explain requires requests or expectations');
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
    headers: headers.ok ? headers.value : {},
    ...(path !== undefined && { expectations: { path, cases: [] } }),
    ...scope,
  };
}
