/** The judge of a canary, and the numbers that it judges by. No I/O: whoever uses it asks Prometheus and reads the pods. */
export { metricsAnswer, type MetricsResponse } from './answer.ts';
export { askedTimes, boundNote, chooseBounds, type BoundChoice } from './bounds.ts';
export { begin, isBad, observe, verdictOf, type JudgeState } from './judge.ts';
export {
  questionsOf,
  readMeter,
  startMeter,
  withPods,
  type Meter,
  type MeterReading,
  type Question,
} from './meter.ts';
export { podState } from './pods.ts';
export { boundsQuery, lagOf, scrapeInterval, scrapeQuery, surveyQuery } from './promql.ts';
export { queryVerdict } from './questions.ts';
export { chooseSeries, type Chosen, type SeriesChoice } from './series.ts';
export type * from './types.ts';
