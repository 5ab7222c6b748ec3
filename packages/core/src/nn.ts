/**
 * `@graddiff/core/nn`: networks and their training: layers, initializers, losses, metrics, optimizers, schedules, data,
 * images, and `fit`. It is an entry of its own, so a program without it has none of it.
 */

export * from "./nn/data/index.ts";
export * from "./nn/images/index.ts";
export * from "./nn/layers/index.ts";
export * from "./nn/losses/index.ts";
export * from "./nn/metrics/index.ts";
export * from "./nn/optimizers/index.ts";
export { type Fit, fit } from "./nn/training/fit.ts";
export type {
  EarlyStopping,
  FitData,
  FitLoss,
  FitOptions,
  FitProgress,
  FitStore,
} from "./nn/training/fitOptions.ts";
export type { EpochRow, EpochValues, History } from "./nn/training/history.ts";
export { type LogOptions, logProgress } from "./nn/training/logProgress.ts";
export {
  type LossResult,
  type TrainingStep,
  type TrainingStepOptions,
  trainingStep,
} from "./nn/training/trainingStep.ts";
