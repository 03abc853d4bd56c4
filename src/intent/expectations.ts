/** The file of expectations: requests and where they must go. */
import { isMap, isSeq, LineCounter, parseDocument, type YAMLMap } from 'yaml';
import { TrafficError } from '../base/errors.ts';
import { isToken } from './match-line.ts';
import { bad, good, quote, type Parsed } from './parsed.ts';
import { parseFollow, parsePropagate } from './follow.ts';
import { parseGateway, parseRequest } from './request-lines.ts';
import { parseNamespace, parsePort } from './service.ts';
import type { Expectation, ExpectedAnswer, ExpectedDestination, RequestScope } from './types.ts';
import { requestScope } from './request-scope.ts';
import {
  checkKeys,
  labelsAt,
  offsetOf,
  parsedAt,
  nodeAt,
  writtenText,
  type FileReader,
} from './yaml-fields.ts';

const KEYS = [
  'name',
  'request',
  'headers',
  'gateway',
  'port',
  'source-labels',
  'source-namespace',
  'follow',
  'propagate',
  'expect',
] as const;
const EXPECT_KEYS = ['host', 'subset', 'pods', 'share', 'status', 'redirect'] as const;

/**
 * Reads the file. Its form is in docs/routing-tests.md, and for editors in schema/expectations.schema.json; the words
 * are those of the inputs.
 *
 * @param path for messages
 * @throws TrafficError invalid-input: one for all faults, each with line and column
 */
export function readExpectations(path: string, text: string): readonly Expectation[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, strict: true });
  const faults: { readonly offset: number; readonly message: string }[] = [];
  const fault = (offset: number, message: string): void => {
    faults.push({ offset, message });
  };
  for (const { pos, message } of document.errors)
    fault(pos[0], message.split(/ at line \d|\n/)[0] ?? message);
  const root = document.contents;
  const cases =
    faults.length === 0 ? readList(root, { fault, lineOf: (offset) => lines.linePos(offset).line }) : [];
  if (faults.length > 0) throw new TrafficError('invalid-input', faultsText(path, faults, lines));
  return cases;
}

function readList(root: unknown, reading: FileReader): readonly Expectation[] {
  const list = isMap(root) ? nodeAt(root, 'expectations') : root;
  if (isMap(root)) checkKeys(root, ['expectations'], reading);
  if (!isSeq(list) || list.items.length === 0) {
    reading.fault(
      offsetOf(list) || offsetOf(root),
      'there must be a list of requests, each with what is expected',
    );
    return [];
  }
  return list.items.flatMap((item) => {
    if (isMap(item)) return readCase(item, reading) ?? [];
    reading.fault(offsetOf(item), 'this must have the keys request and expect');
    return [];
  });
}

function readCase(map: YAMLMap, reading: FileReader): Expectation | undefined {
  checkKeys(map, KEYS, reading);
  const name = parsedAt(map, 'name', good, reading);
  const request = parsedAt(map, 'request', parseRequest, reading, true);
  const headers = headersAt(map, reading);
  const scope = readScope(map, reading);
  const followed = followAt(map, reading);
  const expect = expectAt(map, reading);
  if (request === undefined || expect === undefined) return undefined;
  return {
    name: name ?? request.text,
    line: reading.lineOf(offsetOf(map)),
    request,
    headers,
    ...scope,
    ...followed,
    expect,
  };
}

function readScope(map: YAMLMap, reading: FileReader): RequestScope {
  return requestScope({
    gateway: parsedAt(map, 'gateway', parseGateway, reading),
    port: parsedAt(map, 'port', parsePort, reading),
    sourceLabels: labelsAt(map, 'source-labels', reading),
    sourceNamespace: parsedAt(map, 'source-namespace', parseNamespace, reading),
  });
}

function followAt(map: YAMLMap, reading: FileReader): Pick<Expectation, 'follow' | 'propagate'> {
  const follow = parsedAt(map, 'follow', parseFollow, reading);
  const propagate = parsedAt(map, 'propagate', parsePropagate, reading);
  const [first] = follow ?? [];
  if (first?.isAnyRequest === false)
    reading.fault(
      offsetOf(nodeAt(map, 'follow')),
      `follow: its first service is the one that the request reaches: write only its name, not ${first.text}`,
    );
  if (nodeAt(map, 'propagate') !== undefined && nodeAt(map, 'follow') === undefined)
    reading.fault(
      offsetOf(nodeAt(map, 'propagate')),
      'propagate says what the services of follow pass on, and there is no follow',
    );
  return { ...(follow !== undefined && { follow }), ...(propagate !== undefined && { propagate }) };
}

function headersAt(map: YAMLMap, reading: FileReader): Readonly<Record<string, string>> {
  const value = nodeAt(map, 'headers');
  if (value === undefined) return {};
  if (!isMap(value)) {
    reading.fault(offsetOf(value), 'headers must be names with a value each');
    return {};
  }
  const headers = new Map<string, string>();
  for (const { key, value: node } of value.items) {
    const name = (writtenText(key) ?? '').toLowerCase();
    const text = writtenText(node);
    if (!isToken(name)) reading.fault(offsetOf(key), `${quote(name)} can't be the name of a header`);
    else if (headers.has(name)) reading.fault(offsetOf(key), `the header ${quote(name)} is there twice`);
    else if (text === undefined)
      reading.fault(
        offsetOf(node) || offsetOf(key),
        `the header ${name} has no value: write "" for an empty one`,
      );
    else headers.set(name, text);
  }
  return Object.fromEntries(headers);
}

function expectAt(map: YAMLMap, reading: FileReader): ExpectedAnswer | undefined {
  const value = nodeAt(map, 'expect');
  if (value === undefined) {
    reading.fault(offsetOf(map), 'expect is missing: where must the request go?');
    return undefined;
  }
  if (isSeq(value)) {
    if (value.items.length === 0) {
      reading.fault(offsetOf(value), 'expect is an empty list');
      return undefined;
    }
    const destinations = value.items.flatMap((item) => {
      if (isMap(item)) return destinationOf(item, reading) ?? [];
      reading.fault(offsetOf(item), 'each of several destinations has host, subset or pods, and a share');
      return [];
    });
    return { kind: 'destinations', destinations };
  }
  if (!isMap(value)) {
    reading.fault(offsetOf(value), `expect has one or more of ${EXPECT_KEYS.join(', ')}`);
    return undefined;
  }
  const status = parsedAt(value, 'status', parseStatus, reading);
  const redirect = parsedAt(value, 'redirect', good, reading);
  if (nodeAt(value, 'status') === undefined && nodeAt(value, 'redirect') === undefined) {
    const destination = destinationOf(value, reading);
    return destination && { kind: 'destinations', destinations: [destination] };
  }
  checkKeys(
    value,
    ['status', 'redirect'],
    reading,
    'with a status or a redirect, which no destination answers',
  );
  if (status !== undefined) return { kind: 'answer', status, ...(redirect !== undefined && { redirect }) };
  return redirect === undefined ? undefined : { kind: 'redirect', redirect };
}

function destinationOf(map: YAMLMap, reading: FileReader): ExpectedDestination | undefined {
  const before = checkKeys(map, EXPECT_KEYS, reading);
  const host = parsedAt(map, 'host', good, reading);
  const subset = parsedAt(map, 'subset', good, reading);
  const pods = labelsAt(map, 'pods', reading);
  const share = parsedAt(map, 'share', parseShareRange, reading) ?? { from: 100, to: 100 };
  if (['host', 'subset', 'pods'].every((key) => nodeAt(map, key) === undefined)) {
    if (before) reading.fault(offsetOf(map), 'one of host, subset and pods must say where');
    return undefined;
  }
  return {
    ...(host !== undefined && { host }),
    ...(subset !== undefined && { subset }),
    ...(pods !== undefined && { pods }),
    share,
  };
}

/** `20`, or `10 to 30`, in percent. */
function parseShareRange(text: string): Parsed<ExpectedDestination['share']> {
  const [, low = '', high = low] = /^(\d+(?:\.\d+)?)(?: to (\d+(?:\.\d+)?))?$/.exec(text) ?? [];
  const [from, to] = [Number(low), Number(high)];
  if (low === '') return bad(`${quote(text)} is no share: write 20, or 10 to 30, in percent`);
  if (to > 100 || from > to) return bad(`${quote(text)} is no share from 0 to 100 percent`);
  return good({ from, to });
}

function parseStatus(text: string): Parsed<number> {
  return /^[1-5]\d\d$/.test(text) ? good(Number(text)) : bad(`${quote(text)} is no status of HTTP`);
}

const MOST = 50;

function faultsText(
  path: string,
  faults: readonly { readonly offset: number; readonly message: string }[],
  lines: LineCounter,
): string {
  const shown = [...faults]
    .sort((a, b) => a.offset - b.offset)
    .slice(0, MOST)
    .map(({ offset, message }) => {
      const { line, col } = lines.linePos(offset);
      return `${path}:${line}:${col}: ${message}`;
    });
  const rest = faults.length > MOST ? [`and ${faults.length - MOST} more`] : [];
  return [`These expectations can't be used; nothing was checked:`, ...shown, ...rest].join('\n');
}
