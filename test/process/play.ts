/** Plays a scenario, and writes down what a person would look at. */
import { stringify } from 'yaml';
import { isObject, sameJson } from '../../src/json.ts';
import { change, routing, SECRETS, secretKubeconfig } from './cluster.ts';
import { runAction, runCli, type Ended } from './processes.ts';
import type { Scenario } from './scenarios.ts';
import { serverOptions } from './scenarios.ts';
import { startServer, type FakeServer, type Recorded } from './server.ts';

export interface Played extends Ended {
  readonly requests: readonly Recorded[];
  readonly isClusterAsBefore: boolean;
  /** Everything of it, as one text without what differs from run to run. */
  readonly transcript: string;
}

export async function play(scenario: Scenario): Promise<Played> {
  await using server = await startServer(serverOptions(scenario));
  await change(server, ...(scenario.earlier ?? []));
  const before = routing(server);
  const earlier = server.requests.length;
  await scenario.given?.(server);
  const ended = await start(scenario, server);
  const requests = server.requests.slice(earlier);
  const played = { ...ended, requests, isClusterAsBefore: sameJson(before, routing(server)) };
  return { ...played, transcript: transcriptOf(scenario, played, server) };
}

async function start({ call, around }: Scenario, server: FakeServer): Promise<Ended> {
  if ('inputs' in call) {
    const { kubeconfig, ...inputs } = { kubeconfig: secretKubeconfig(server), ...defined(call.inputs) };
    return runAction(around === undefined ? { kubeconfig, ...inputs } : inputs, around?.(server));
  }
  if (around !== undefined) return runCli(call.args, around(server));
  const isCalled = call.args.length > 1 && !call.args.includes('--help');
  return runCli([...call.args, ...(isCalled ? ['--kubeconfig', '~/kubeconfig.yaml'] : [])], {
    files: { 'kubeconfig.yaml': secretKubeconfig(server) },
  });
}

function defined(words: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(words).flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])),
  );
}

function transcriptOf(
  { call, someLists }: Scenario,
  { code, stdout, stderr, outputs, summary, requests, isClusterAsBefore }: Omit<Played, 'transcript'>,
  server: FakeServer,
): string {
  const called =
    'inputs' in call
      ? Object.entries(call.inputs).map(([name, text = '']) => `${name}: ${text}`)
      : [`istiops ${call.args.join(' ')}`];
  const sections = [
    ['called with', called.join('\n')],
    ['exit code', String(code)],
    ['requests', requestLines(requests, someLists === true).join('\n')],
    ['cluster', isClusterAsBefore ? 'as before' : 'changed'],
    ['stdout', stdout.replaceAll(/^::add-mask::.*(\n::add-mask::.*)*$/gm, '::add-mask::…')],
    ['stderr', stderr],
    ['outputs', Object.entries(outputs).map(outputText).join('\n')],
    ['summary', summary],
  ];
  const text = sections
    .filter(([, body = '']) => body.trim() !== '')
    .map(([title = '', body = '']) => `━━ ${title}\n${body.trimEnd()}\n`)
    .join('\n');
  return steady(text, server);
}

function outputText([name, text]: readonly [string, string]): string {
  const isJson = /^[[{]./.test(text) && text !== '[]';
  const shown = isJson ? stringify(JSON.parse(text), { lineWidth: 0, aliasDuplicateObjects: false }) : text;
  return shown.includes('\n') ? `${name}:\n${shown.trimEnd().replaceAll(/^(?=.)/gm, '  ')}` : `${name}: ${shown}`;
}

/** One line each; lists that follow each other sorted, for they go out in parallel. */
function requestLines(requests: readonly Recorded[], someLists: boolean): string[] {
  if (someLists && requests.every(({ verb }) => verb === 'LIST')) return ['LIST (some)'];
  const lines: string[] = [];
  let lists: string[] = [];
  for (const request of requests) {
    if (request.verb === 'LIST') {
      lists.push(requestLine(request));
      continue;
    }
    lines.push(...lists.sort(), requestLine(request));
    lists = [];
  }
  return [...lines, ...lists.sort()];
}

function requestLine({ verb, method, path, query, body }: Recorded): string {
  const metadata = body?.['metadata'];
  const version = isObject(metadata) ? metadata['resourceVersion'] : undefined;
  const words = new URLSearchParams(query).toString();
  return [
    verb === 'OTHER' ? method : verb,
    `${path}${words === '' ? '' : `?${words}`}`,
    ...(typeof version === 'string' ? [`resourceVersion ${version}`] : []),
  ].join(' ');
}

/** Ports, times, pauses and everything that jitters. */
function steady(text: string, server: FakeServer): string {
  return text
    .replaceAll(new URL(server.url).host, '127.0.0.1:PORT')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/Trying again in [\d.]+ s/g, 'Trying again in N s')
    .replaceAll(/Tried \d+ times in \d+ s/g, 'Tried N times in N s');
}

/** Lengths of what counts as a part of a secret: shorter ones could be words. */
const PART = 12;

/**
 * Which parts of the secrets can be seen anywhere: in what was printed (but for the lines that have them masked),
 * handed to later steps, or sent to the server outside the header that it belongs to.
 */
export function leaksOf({ stdout, stderr, outputs, summary, requests }: Omit<Played, 'transcript'>): string[] {
  const seen = [
    stdout.replaceAll(/^::add-mask::.*$/gm, ''),
    stderr,
    summary,
    JSON.stringify(outputs),
    JSON.stringify(requests.map(({ path, query, userAgent, body }) => [path, query, userAgent, body])),
  ].join('\n');
  return [...new Set(SECRETS.flatMap(formsOf).flatMap(partsOf))].filter((part) => seen.includes(part));
}

/** Raw, and the base64 of texts that it stands in: three ways, by where it begins. */
function formsOf(secret: string): string[] {
  const within = [0, 1, 2].map((at) =>
    Buffer.from(' '.repeat(at) + secret)
      .toString('base64')
      .slice(at === 0 ? 0 : at + 1)
      .replace(/.{0,2}=*$/, ''),
  );
  return [secret, ...within];
}

function partsOf(text: string): string[] {
  if (text.length <= PART) return [text];
  return Array.from({ length: text.length - PART + 1 }, (_, at) => text.slice(at, at + PART));
}
