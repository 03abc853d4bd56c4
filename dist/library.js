import { library } from './action.js';
export const { FAILURE_REASONS, OPERATIONS, TrafficError, askHooks, asker, canaryJudge, clock, headlineOf, jsonOf, junitOf, kubernetesStore, manifestsStore, measure, metricsOpener, openMetrics, parseGates, parseMetrics, parseWords, plan, pretty, reachOf, readText, run, startMeasuring, storeOpener, summaryOf } = library();
