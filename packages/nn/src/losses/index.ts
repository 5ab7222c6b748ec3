/**
 * Loss functions: the distance of predictions from targets as one number, which training makes small.
 */

export type { ClassLossOptions } from "./classes.ts";
export {
  type BinaryCrossEntropyOptions,
  binaryCrossEntropy,
  type CrossEntropyOptions,
  crossEntropy,
  negativeLogLikelihood,
} from "./classification.ts";
export { type CtcLossOptions, ctcLoss } from "./ctc.ts";
export {
  type HuberLossOptions,
  huberLoss,
  meanAbsoluteError,
  meanSquaredError,
  type SmoothL1Options,
  smoothL1,
} from "./distances.ts";
export { type KlDivergenceOptions, klDivergence } from "./divergence.ts";
export {
  cosineEmbeddingLoss,
  hingeLoss,
  type MarginLossOptions,
  type TripletLossOptions,
  tripletMarginLoss,
} from "./embeddings.ts";
export {
  type GaussianLossOptions,
  gaussianNegativeLogLikelihood,
  type PoissonLossOptions,
  poissonNegativeLogLikelihood,
} from "./likelihoods.ts";
export { type LossOptions, type LossReduction, type PairLoss, pairLoss } from "./reducing.ts";
