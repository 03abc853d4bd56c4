/** Plays a scenario, and writes down what a person would look at. */
import { stringify } from 'yaml';
import { isObject, sameJson } from '../../../src/base/json.ts';
import { shellWords } from '../cases.ts';
import { baselineInBrief, historyInBrief, listsIn } from '../in-brief.ts';
import { change, routing, secretKubeconfig, VIRTUAL_SERVICE } from './cluster.ts';
import { runAction, runCli, type Ended } from './processes.ts';
import { type Scenario, serverOptions } from './scenarios.ts';
import { startServer, type FakeServer, type Recorded } from '../api-server/server.ts';

export interface Played extends Ended {
  readonly requests: readonly Recorded[];
  readonly isClusterAsBefore: boolean;
  /** Everything of it, as one text without what differs from run to run. */
  readonly transcript: string;
}

export async function play(scenario: Scenario): Promise<Played> {
  await using server = await startServer(serverOptions(scenario.server));
  await change(server, ...(scenario.earlier ?? []));
  const before = routing(server);
  const earlier = server.requests.length;
  await scenario.given?.(server);
  const ended = await start(scenario, server);
  const requests = server.requests.slice(earlier);
  const played = { ...ended, requests, isClusterAsBefore: sameJson(before, routing(server)) };
  return { ...played, transcript: transcriptOf(scenario, played, server) };
}

/** Command lines one after the other on one cluster, with a kubeconfig where kubectl looks for it. */
export async function playSeeds(lines: readonly string[]): Promise<Played[]> {
  const seen: Played[] = [];
  await using server = await startServer(serverOptions());
  for (const line of lines) {
    const call = { args: shellWords(line) };
    const before = routing(server);
    const earlier = server.requests.length;
    const ended = await runCli(call.args, { files: { '.kube/config': secretKubeconfig(server) } });
    const requests = server.requests.slice(earlier);
    const played = { ...ended, requests, isClusterAsBefore: sameJson(before, routing(server)) };
    seen.push({ ...played, transcript: transcriptOf({ call }, played, server) });
  }
  return seen;
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

/** What the baselines of the scenarios remember. */
const LISTS = new Set(listsIn(stringify(VIRTUAL_SERVICE)));

function transcriptOf(
  { call, someLists }: Pick<Scenario, 'call' | 'someLists'>,
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
  return baselineInBrief(historyInBrief(steady(text, server)), LISTS);
}

function outputText([name, text]: readonly [string, string]): string {
  const isJson = /^[[{]./.test(text) && text !== '[]';
  const shown = isJson ? stringify(JSON.parse(text), { lineWidth: 0, aliasDuplicateObjects: false }) : text;
  return shown.includes('\n')
    ? `${name}:\n${shown.trimEnd().replaceAll(/^(?=.)/gm, '  ')}`
    : `${name}: ${shown}`;
}

/** One line each; those that go out in parallel and follow each other sorted. */
function requestLines(requests: readonly Recorded[], someLists: boolean): string[] {
  if (someLists && requests.every((one) => one.verb === 'LIST' || isListOfAll(one))) return ['LIST (some)'];
  const lines: string[] = [];
  let together: string[] = [];
  let kind: string | undefined;
  for (const request of requests) {
    const own = parallelKind(request);
    if (own === undefined || own !== kind) {
      lines.push(...together.sort());
      together = [];
    }
    kind = own;
    if (own === undefined) lines.push(requestLine(request));
    else together.push(requestLine(request));
  }
  return [...lines, ...together.sort()];
}

/** What is read goes out in parallel, and so does what is found out about the way to proxies. */
function parallelKind(request: Recorded): 'list' | 'way' | undefined {
  if (request.verb === 'LIST' || isListOfAll(request)) return 'list';
  const isReview = request.path.endsWith('/selfsubjectaccessreviews');
  return isReview || /\/gateways\/[^/]+$/.test(request.path) ? 'way' : undefined;
}

/** Of every namespace. */
function isListOfAll({ method, path }: Recorded): boolean {
  return method === 'GET' && /^\/apis?\//.test(path) && !path.includes('/namespaces/');
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
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+(?:Z|(?=…))/g, 'TIME')
    .replaceAll(/\d{4}-\d\d-\d\d at \d\d:\d\d UTC/g, 'DAY at TIME')
    .replaceAll(/(\\?"id\\?":\\?")[\w-]{8}(?=\\?")/g, '$1ID')
    .replaceAll(/Trying again in [\d.]+ s/g, 'Trying again in N s')
    .replaceAll(/Tried \d+ times in \d+ s/g, 'Tried N times in N s')
    .replaceAll(/^(.*Trying again.*\n)\1+/gm, '$1');
}
