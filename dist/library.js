import { library } from './action.js';
import * as part1 from './274.index.js';
import * as part2 from './336.index.js';
import * as part3 from './385.index.js';
import * as part4 from './602.index.js';
import * as part5 from './681.index.js';
import * as part6 from './831.index.js';
import * as part7 from './992.index.js';
export const { FAILURE_REASONS, OPERATIONS, TrafficError, askHooks, asker, canaryJudge, clock, headlineOf, jsonOf, junitOf, kubernetesStore, manifestsStore, measure, metricsOpener, openMetrics, parseGates, parseMetrics, parseWords, plan, pretty, reachOf, readText, run, startMeasuring, storeOpener, summaryOf } = library(part1, part2, part3, part4, part5, part6, part7);
