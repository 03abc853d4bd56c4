import type { Labels } from '../istio/types.ts';
import { canonicalJson } from '../base/json.ts';
import { withoutRepeats } from './headers.ts';
import { INPUTS } from './inputs.ts';
import type { Reader } from './reader.ts';
import { requestHeaders } from './request-lines.ts';
import type { HeaderMatch, Intent, Operation, ShiftIntent } from './types.ts';
import type { LabelSelector } from '../istio/labels.ts';

/** What is asked for; undefined where something that it needs is missing or at fault, which the reader knows. */
export function readIntent(reader: Reader, operation: Operation): Intent | undefined {
  const selector = reader.read(INPUTS.labelSelector);
  switch (operation) {
    case 'show':
    case 'history':
      return selector && { operation, selector };
    case 'undo':
      return readUndo(reader, selector);
    case 'explain':
      return readExplain(reader, selector);
    case 'clear': {
      const mode = reader.read(INPUTS.mode);
      return selector && mode && { operation, selector, mode };
    }
    case 'rollback': {
      const podLabels = reader.read(INPUTS.podSelector);
      return podLabels && { operation, podLabels, ...(selector === undefined ? {} : { selector }) };
    }
    case 'promote': {
      const shift = readShift(reader, selector);
      return shift && { operation, ...shift };
    }
    case 'weight': {
      const weight = reader.read(INPUTS.weight);
      const shift = readShift(reader, selector);
      const stable = readStable(reader, shift);
      return weight === undefined ? undefined : shift && { operation, ...shift, ...stable, weight };
    }
    case 'headers': {
      const alternatives = readAlternatives(reader);
      const shift = readShift(reader, selector);
      const stable = readStable(reader, shift);
      return alternatives && shift && { operation, ...shift, ...stable, alternatives };
    }
  }
}

function readUndo(reader: Reader, selector: LabelSelector | undefined): Intent | undefined {
  const podLabels = reader.read(INPUTS.podSelector);
  const to = reader.read(INPUTS.to);
  if (podLabels !== undefined && to !== undefined)
    reader.fault(
      INPUTS.to,
      "it can't go together with pod-selector: a change is named by its number or by its build",
    );
  return (
    selector && {
      operation: 'undo',
      selector,
      ...(podLabels !== undefined && { podLabels }),
      ...(to !== undefined && { to }),
    }
  );
}

function readExplain(reader: Reader, selector: LabelSelector | undefined): Intent | undefined {
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

function readShift(reader: Reader, selector: LabelSelector | undefined): ShiftIntent | undefined {
  const podLabels = reader.read(INPUTS.podSelector);
  const hostname = reader.read(INPUTS.hostname);
  const port = reader.read(INPUTS.port);
  const routes = reader.read(INPUTS.routes) ?? [];
  if (selector === undefined || podLabels === undefined) return undefined;
  const service = {
    ...(hostname === undefined ? {} : { hostname }),
    ...(port === undefined ? {} : { port }),
  };
  return { selector, podLabels, ...service, routes };
}

function readStable(reader: Reader, shift: ShiftIntent | undefined): { readonly stableLabels?: Labels } {
  const stableLabels = reader.read(INPUTS.stablePodSelector);
  if (stableLabels === undefined) return {};
  if (shift !== undefined && canonicalJson(stableLabels) === canonicalJson(shift.podLabels)) {
    reader.fault(
      INPUTS.stablePodSelector,
      'it is the same as pod-selector: no pods would be left for the other requests',
    );
  }
  return { stableLabels };
}

/** Headers and cookies together: every alternative of the one with every alternative of the other. */
function readAlternatives(reader: Reader): readonly HeaderMatch[] | undefined {
  const before = reader.faults.length;
  const headers = reader.read(INPUTS.headers);
  const cookies = reader.read(INPUTS.cookies)?.map((regex): HeaderMatch => ({ cookie: { regex } }));
  if (reader.faults.length > before) return undefined;
  if (headers === undefined && cookies === undefined) {
    reader.fault(INPUTS.headers, 'the operation headers requires headers or cookies');
    return undefined;
  }
  if (headers === undefined || cookies === undefined) return headers ?? cookies;
  if (headers.some((match) => Object.hasOwn(match, 'cookie'))) {
    reader.fault(INPUTS.headers, 'the header "cookie" is matched by the input cookies already');
  }
  return withoutRepeats(headers.flatMap((header) => cookies.map((cookie) => ({ ...header, ...cookie }))));
}
