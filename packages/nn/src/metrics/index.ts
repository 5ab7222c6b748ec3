/**
 * Metrics: measures of the quality of predictions, for people to read. Each is a function, and has a form that adds up
 * batches.
 */

export { accuracy, type TopKAccuracyOptions, topKAccuracy } from "./accuracy.ts";
export { areaUnderCurve } from "./areaUnderCurve.ts";
export type { ThresholdOptions } from "./classes.ts";
export {
  type ClassScoreOptions,
  type ConfusionOptions,
  confusionMatrix,
  f1,
  type MetricAverage,
  precision,
  recall,
} from "./confusion.ts";
export {
  type Metric,
  type MetricBatch,
  type MetricDefinition,
  type MetricOptions,
  type MetricState,
  metric,
  type StreamingMetric,
} from "./metric.ts";
export { type PerplexityOptions, perplexity } from "./perplexity.ts";
export { r2 } from "./regression.ts";
