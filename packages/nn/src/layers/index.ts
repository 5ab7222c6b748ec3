/** The layers of networks, and the initializers of their weights. */

export type { Activation } from "./activations.ts";
export {
  type AttentionCache,
  type AttentionInputs,
  type AttentionLayerOptions,
  type BlockInputs,
  MultiHeadAttention,
  TransformerBlock,
  type TransformerBlockOptions,
} from "./attention.ts";
export {
  AveragePool2d,
  Conv1d,
  Conv2d,
  Conv3d,
  type ConvLayerOptions,
  ConvTranspose2d,
  type ConvTransposeLayerOptions,
  MaxPool2d,
} from "./convolution.ts";
export { Dense, type DenseOptions, type Linear } from "./dense.ts";
export { initialize } from "./initialize.ts";
export * from "./initializers.ts";
export { LowRank, type LowRankOptions } from "./lowRank.ts";
export {
  BatchNorm,
  type BatchNormOptions,
  Dropout,
  GroupNorm,
  InstanceNorm,
  type InstanceNormOptions,
  LayerNorm,
  type NormLayerOptions,
  RMSNorm,
} from "./normalization.ts";
export {
  LearnedPositions,
  type PositionCache,
  type SinusoidalOptions,
  SinusoidalPositions,
} from "./positions.ts";
export {
  GRU,
  LSTM,
  type LSTMState,
  type Recurred,
  type RecurrentCell,
  type RecurrentInputs,
  type RecurrentOptions,
  type RecurrentOutput,
  type RecurrentResult,
  RNN,
  type RNNOptions,
} from "./recurrent.ts";
export { type Link, Sequential, type SequentialOptions } from "./sequential.ts";
export { Embedding, Flatten, Residual, Upsample } from "./shaping.ts";
export { type LoadTorchOptions, loadTorch, type TorchLoad, toTorch } from "./torch.ts";
export type { BiasOptions, Initializer, WeightOptions } from "./weights.ts";
