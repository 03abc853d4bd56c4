/** Door 3, the library: everything that a program needs to plan and make traffic changes of its own. */
export type { Author, Clock, Collaborators, Log } from './ports/collaborators.ts';
export { asker, clock, metricsOpener, readText, storeOpener, type StoreEnvironment } from './run/effects.ts';
export { FAILURE_REASONS, TrafficError, type FailureReason } from './base/errors.ts';
export { parseWords, type ParseOptions } from './operations/parse-words.ts';
export type * from './intent/types.ts';
export {
  OPERATIONS,
  type ChangeIntent,
  type Intent,
  type Operation,
  type ReadIntent,
  type RequestedIntent,
} from './operations/index.ts';
export type { CanaryIntent, Stage } from './operations/canary/intent.ts';
export type { ClearIntent } from './operations/clear/intent.ts';
export type { ExplainIntent } from './operations/explain/intent.ts';
export type { HeadersIntent } from './operations/headers/intent.ts';
export type { HistoryIntent } from './operations/history/intent.ts';
export type { PromoteIntent } from './operations/promote/intent.ts';
export type { RollbackIntent } from './operations/rollback/intent.ts';
export type { ShowIntent } from './operations/show/intent.ts';
export type { UndoIntent } from './operations/undo/intent.ts';
export type { WeightIntent } from './operations/weight/intent.ts';
export type { TakeBackIntent } from './operations/take-back/intent.ts';
export type { ServiceIntent, ServiceOfIntent, ServicesIntent } from './operations/services.ts';
export type { ParsedWords, Request } from './operations/request.ts';
export * as canaryJudge from './gates/index.ts';
export { parseGates, type Gate } from './intent/gates.ts';
export { parseMetrics, type MetricsPlace } from './intent/metrics.ts';
export type { Metrics } from './ports/metrics.ts';
export { askHooks, measure, openMetrics } from './run/measure.ts';
export { startMeasuring, type Measured, type Measuring } from './run/start-measuring.ts';
export type * from './istio/types.ts';
export { plan, type PlanOptions } from './run/plan.ts';
export type * from './plan/explanation.ts';
export type * from './plan/types.ts';
export { reachOf } from './operations/reach.ts';
export type * from './reach/types.ts';
export type * from './report/canary/types.ts';
export { headlineOf } from './report/headline.ts';
export { jsonOf } from './report/json.ts';
export { junitOf } from './report/junit.ts';
export { pretty } from './report/terminal.ts';
export { summaryOf } from './report/summary.ts';
export type { Failure, Outcome, TextChange } from './report/types.ts';
export { run, type RunOptions } from './run/run.ts';
export { kubernetesStore } from './stores/kubernetes/store.ts';
export type { ProbeAnswer, Ask, ProbeRequest } from './ports/ask.ts';
export { manifestsStore } from './stores/manifests/store.ts';
export type { Store } from './ports/store.ts';
