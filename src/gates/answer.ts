import { isList, isObject, parseJson, type Json, type JsonObject } from '../base/json.ts';
import { cut } from '../base/text.ts';
import type { MetricsAnswer, Sample } from './types.ts';

/** What came back over HTTP. */
export interface MetricsResponse {
  readonly status: number;
  readonly text: string;
  /** The address that it redirects to, where nobody follows. */
  readonly redirect?: string | undefined;
  /** There was more of it than anybody is ready to hold: `more than 16 MiB`. */
  readonly tooMuch?: string;
}

/** Series of an answer: a query that nobody summed up may give as many as Prometheus has. */
const MOST_SAMPLES = 100_000;
const LONGEST_WORDS = 300;

/**
 * An answer of Prometheus' instant API. Whatever isn't exactly that, by what the API says of itself, is no answer: a
 * login page with status 200, a range vector, a native histogram, a value that is no number.
 *
 * @see https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
 */
export function metricsAnswer(response: MetricsResponse): MetricsAnswer {
  if (response.tooMuch !== undefined) return rejected(`the answer is ${response.tooMuch}: sum the series up`);
  const body = parseJson(response.text);
  if (response.status < 200 || response.status >= 300) return refusedQuery(response, body);
  if (!isObject(body) || body['status'] !== 'success' || !isObject(body['data'])) {
    if (isObject(body) && body['status'] === 'error') return refusedQuery(response, body);
    return none(
      'not-found',
      'what answers there is no Prometheus: check the address, its port and its base path',
    );
  }
  const samples = samplesOf(body['data']);
  if (typeof samples === 'string') return rejected(samples);
  return { kind: 'samples', samples, warnings: warningsOf(body['warnings']) };
}

/** `infos` of the answer are hints about the query's style, and no doubt about its numbers. */
function warningsOf(warnings: Json | undefined): readonly string[] {
  if (warnings === undefined || warnings === null) return [];
  return isList(warnings)
    ? warnings.map((one) => cut(typeof one === 'string' ? one : JSON.stringify(one), LONGEST_WORDS))
    : ['warnings that are no list'];
}

/** Of the types of results: a sentence where the result is no list of numbers. */
function samplesOf(data: JsonObject): readonly Sample[] | string {
  const { resultType, result } = data;
  switch (resultType) {
    case 'scalar': {
      const value = valueOf(result);
      return value === undefined ? 'its value is no number' : [{ labels: {}, value }];
    }
    case 'vector': {
      if (!isList(result)) return 'its result is no list';
      if (result.length > MOST_SAMPLES) return `it has ${result.length} series: sum them up`;
      const samples = result.map(sampleOf);
      return samples.every((sample) => sample !== undefined)
        ? samples
        : 'one of its series has no number (a native histogram, perhaps)';
    }
    case 'matrix':
      return 'it has a range of values and not one: leave out the [range], or use a function such as rate(…)';
    case 'string':
      return 'its value is a text';
    default:
      return 'its type of result is unknown';
  }
}

function sampleOf(entry: Json): Sample | undefined {
  if (!isObject(entry)) return undefined;
  const value = valueOf(entry['value']);
  const metric = entry['metric'] ?? {};
  if (value === undefined || !isObject(metric)) return undefined;
  const labels = Object.entries(metric).flatMap(([name, label]) =>
    typeof label === 'string' ? [[name, label] as const] : [],
  );
  return { labels: Object.fromEntries(labels), value };
}

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;

/** `[1435781451.781, "1"]`: the value is a text, for JSON has neither NaN nor infinities. */
function valueOf(pair: Json | undefined): number | undefined {
  const text = isList(pair) && pair.length === 2 ? pair[1] : undefined;
  if (typeof text !== 'string') return undefined;
  if (text === 'NaN') return Number.NaN;
  const infinity = /^([-+]?)Inf$/.exec(text);
  if (infinity !== null) return infinity[1] === '-' ? -Infinity : Infinity;
  return NUMBER.test(text) ? Number(text) : undefined;
}

type None = Extract<MetricsAnswer, { kind: 'none' }>;

function none(reason: None['reason'], why: string): None {
  return { kind: 'none', reason, why };
}

function rejected(why: string): None {
  return none('rejected', why);
}

/** An error of the API, or of what stands before it, whose page nobody wants to see. */
function refusedQuery({ status, text, redirect }: MetricsResponse, body: Json | undefined): None {
  if (redirect !== undefined) {
    const words = `it redirects to ${redirect} (status ${status}), where the question is not asked`;
    return none('unreachable', `${words}: give the address that answers itself`);
  }
  const error = isObject(body) && typeof body['error'] === 'string' ? body['error'] : undefined;
  const plain = /^[^<]{1,300}$/.test(text.trim()) && body === undefined ? text.trim() : undefined;
  const said = cut(error ?? plain ?? '', LONGEST_WORDS);
  const words = `status ${status}${said === '' ? '' : `: ${said}`}`;
  switch (status) {
    case 401:
      return none('unauthorized', `it wants to know who asks (${words}): give it \`metrics-headers\``);
    case 403:
      return none('forbidden', `it doesn't allow the question (${words})`);
    case 404:
      return none('not-found', `it knows no instant API there (${words}): check the base path`);
    case 400:
    case 422:
      return rejected(words);
    case 408:
    case 504:
      return none('timeout', words);
    case 503:
      return none(isObject(body) && body['errorType'] === 'timeout' ? 'timeout' : 'unreachable', words);
    default:
      // A success that says "error", a server's fault.
      return none(status >= 200 && status < 300 ? 'rejected' : 'unreachable', words);
  }
}
