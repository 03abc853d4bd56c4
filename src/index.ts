/** Door 3, the library: everything that a program needs to plan and make traffic changes of its own. */
export type { Author, Clock, Collaborators, Log } from './collaborators.ts';
export { asker, clock, storeOpener, type StoreEnvironment } from './effects.ts';
export { FAILURE_REASONS, TrafficError, type FailureReason } from './errors.ts';
export { parseWords, type ParseOptions } from './intent/parse-words.ts';
export type * from './intent/types.ts';
export type * from './istio/types.ts';
export { plan, type PlanOptions } from './plan.ts';
export type * from './plan/types.ts';
export { headlineOf } from './report/headline.ts';
export { jsonOf } from './report/json.ts';
export { pretty } from './report/terminal.ts';
export { summaryOf } from './report/summary.ts';
export type { Failure, Outcome, TextChange } from './report/types.ts';
export { run, type RunOptions } from './run.ts';
export { kubernetesStore } from './stores/kubernetes/store.ts';
export type { Answer, Ask, Asked } from './probe/answer.ts';
export { manifestsStore } from './stores/manifests/store.ts';
export type { Store } from './stores/store.ts';
