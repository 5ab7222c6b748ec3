/**
 * `@graddiff/nn`: networks and their training: layers, initializers, losses, metrics, optimizers, schedules, data,
 * images, and `fit`.
 */

export * from "./data/index.ts";
export type { Decoder } from "./generation/decoder.ts";
export { type GenerateOptions, generate } from "./generation/generate.ts";
export * from "./images/index.ts";
export * from "./layers/index.ts";
export * from "./losses/index.ts";
export * from "./metrics/index.ts";
export * from "./optimizers/index.ts";
export type { FitEvents } from "./training/events.ts";
export { fit } from "./training/fit.ts";
export type {
  EarlyStopping,
  FitData,
  FitLoss,
  FitMetrics,
  FitOptions,
  FitPart,
  FitSettings,
  FitSeveralOptions,
  FitStore,
} from "./training/fitOptions.ts";
export type { EpochRow, EpochValues, FitProgress, History } from "./training/history.ts";
export { type LogOptions, logProgress } from "./training/logProgress.ts";
export { type CurveRow, type CurveValues, lossCurve } from "./training/lossCurve.ts";
export type { Fit } from "./training/run.ts";
export {
  type LossResult,
  type TrainingStep,
  type TrainingStepOptions,
  trainingStep,
} from "./training/trainingStep.ts";
