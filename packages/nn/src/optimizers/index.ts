/**
 * Optimizers, learning-rate schedules and gradient clipping.
 */

export { Adadelta, type AdadeltaOptions } from "./adadelta.ts";
export { Adagrad, type AdagradOptions } from "./adagrad.ts";
export { Adam, type AdamOptions, AdamW, type AdamWOptions } from "./adam.ts";
export { Adamax, type AdamaxOptions } from "./adamax.ts";
export { AveragedWeights, type AveragedWeightsOptions } from "./averages.ts";
export { clipByGlobalNorm, clipByValue } from "./clipping.ts";
export { LBFGS, type LBFGSOptions, type Minimized, type MinimizedRecorded } from "./lbfgs.ts";
export { Lion, type LionOptions } from "./lion.ts";
export type { Loss } from "./minimize.ts";
export { NAdam, type NAdamOptions } from "./nadam.ts";
export { Optimizer, type OptimizerBase } from "./optimizers.ts";
export { type Plateau, type PlateauOptions, reduceOnPlateau } from "./reduceOnPlateau.ts";
export { RMSProp, type RMSPropOptions } from "./rmsprop.ts";
export { type ReadableRule, type Update, type UpdateRule, updateRule } from "./rule.ts";
export {
  cosineDecay,
  exponentialDecay,
  linearWarmup,
  oneCycle,
  type Schedule,
  stepDecay,
} from "./schedules.ts";
export type { LearningRate, OptimizerOptions } from "./settings.ts";
export { SGD, type SGDOptions } from "./sgd.ts";
