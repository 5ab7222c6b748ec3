/**
 * `@graddiff/core/nn`: networks and their training: layers, initializers, losses, metrics, optimizers, schedules, data,
 * images, and `fit`. It is an entry of its own, so a program without it has none of it.
 */

export * from "./nn/data/index.ts";
export type { Decoder } from "./nn/generation/decoder.ts";
export { type GenerateOptions, generate } from "./nn/generation/generate.ts";
export * from "./nn/images/index.ts";
export * from "./nn/layers/index.ts";
export * from "./nn/losses/index.ts";
export * from "./nn/metrics/index.ts";
export * from "./nn/optimizers/index.ts";
export type { FitEvents } from "./nn/training/events.ts";
export { fit } from "./nn/training/fit.ts";
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
} from "./nn/training/fitOptions.ts";
export type { EpochRow, EpochValues, FitProgress, History } from "./nn/training/history.ts";
export { type LogOptions, logProgress } from "./nn/training/logProgress.ts";
export { type CurveRow, type CurveValues, lossCurve } from "./nn/training/lossCurve.ts";
export type { Fit } from "./nn/training/run.ts";
export {
  type LossResult,
  type TrainingStep,
  type TrainingStepOptions,
  trainingStep,
} from "./nn/training/trainingStep.ts";
