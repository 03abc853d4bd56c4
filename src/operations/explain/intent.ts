import { INPUTS } from '../../intent/inputs.ts';
import type { Reader } from '../../intent/reader.ts';
import { requestHeaders } from '../../intent/request-lines.ts';
import type { ExplainIntent } from '../../intent/types.ts';

export function readExplain(reader: Reader): ExplainIntent | undefined {
  const selector = reader.read(INPUTS.labelSelector);
  const requests = reader.read(INPUTS.requests);
  const path = reader.read(INPUTS.expectations);
  if (reader.text(INPUTS.requests) === undefined && reader.text(INPUTS.expectations) === undefined) {
    reader.fault(INPUTS.requests, 'the operation explain requires requests or expectations');
  }
  const headers = requestHeaders(reader.read(INPUTS.headers) ?? []);
  if (!headers.ok) reader.fault(INPUTS.headers, headers.problems.join('; '));
  const gateway = reader.read(INPUTS.gateway);
  const port = reader.read(INPUTS.port);
  const sourceLabels = reader.read(INPUTS.sourceLabels);
  const sourceNamespace = reader.read(INPUTS.sourceNamespace);
  if (selector === undefined) return undefined;
  return {
    operation: 'explain',
    selector,
    requests: requests ?? [],
    headers: headers.ok ? headers.value : {},
    ...(path !== undefined && { expectations: { path, cases: [] } }),
    ...(gateway !== undefined && { gateway }),
    ...(port !== undefined && { port }),
    ...(sourceLabels !== undefined && { sourceLabels }),
    ...(sourceNamespace !== undefined && { sourceNamespace }),
  };
}
