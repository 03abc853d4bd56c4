import { parseGates } from '../gates.ts';
import { input } from '../input.ts';
import { parseMetrics } from '../metrics.ts';
import { parseProbeHeaders } from '../probe.ts';
import { parseFinish, parseInterval, parseOnUnclear, parseShare } from '../scalars.ts';
import { parseSteps } from '../steps.ts';

/** The stages of a canary, and what must hold in them. */
export const CANARY_INPUTS = {
  steps: input({
    name: 'steps',
    description:
      'The stages of a canary: the share of the requests in each, and how long it is watched. A stage without a time lasts as long as `interval` says.',
    accepted:
      'shares from 1 to 100 with a time after a colon, separated by commas or lines; the last one is 100 unless `finish` is keep',
    example: '10%:5m, 50%:10m, 100%:10m',
    parse: parseSteps,
  }),
  interval: input({
    name: 'interval',
    description:
      'How often a canary is looked at; also the length of a stage without a time of its own. Without it: 15s.',
    accepted: 'a duration from 1s to 1h, in h, m, s and ms',
    example: '30s',
    parse: parseInterval,
  }),
  metrics: input({
    name: 'metrics',
    description:
      'Where Prometheus is: a Service, which is asked through the API server, or an address. Without it, a canary is judged by its pods and web hooks alone.',
    accepted: 'namespace/service:port, or an https or http URL',
    example: 'istio-system/prometheus:9090',
    parse: parseMetrics,
  }),
  metricsHeaders: input({
    name: 'metrics-headers',
    description: 'Headers for Prometheus, such as a login or a tenant.',
    accepted: 'name: value (or name=value), one on a line',
    example: 'authorization: Bearer ${{ secrets.TOKEN }}',
    secret: true,
    parse: parseProbeHeaders,
  }),
  gates: input({
    name: 'gates',
    description:
      'What must hold during a canary, one on a line. The pods of the build, and with `metrics` whether requests arrive, are watched always. Without it, and with `metrics`: errors.',
    accepted:
      'errors, slower than 400ms, errors < 2%, p99 < 500ms, name: PromQL < number, or the URL of a web hook; one on a line',
    example: 'slower than 400ms',
    parse: parseGates,
  }),
  finish: input({
    name: 'finish',
    description: 'What follows the last stage: the build is promoted, or it keeps its share.',
    default: 'promote',
    accepted: 'promote, keep',
    example: 'keep',
    parse: parseFinish,
  }),
  onUnclear: input({
    name: 'on-unclear',
    description:
      'What happens after a stage with too few requests to notice what `notice` says: the next stage, or rollback.',
    default: 'continue',
    accepted: 'continue, rollback',
    example: 'rollback',
    parse: parseOnUnclear,
  }),
  notice: input({
    name: 'notice',
    description: 'The share of failures that a stage must be able to notice; else it ends as unclear.',
    default: '5%',
    accepted: 'a percentage above 0 and at most 100',
    example: '2%',
    parse: parseShare,
  }),
};
