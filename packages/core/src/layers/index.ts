export type { Activation } from "./activations.ts";
export {
  type AttentionCache,
  type AttentionLayerOptions,
  MultiHeadAttention,
  TransformerBlock,
  type TransformerBlockOptions,
} from "./attention.ts";
export {
  AveragePool2d,
  Conv1d,
  Conv2d,
  type ConvLayerOptions,
  ConvTranspose2d,
  type ConvTransposeLayerOptions,
  MaxPool2d,
} from "./convolution.ts";
export { Dense, type DenseOptions } from "./dense.ts";
export { Draws } from "./draws.ts";
export { FunctionLayer, layer } from "./function.ts";
export { initialize } from "./initialize.ts";
export { Layer } from "./layer.ts";
export {
  BatchNorm,
  type BatchNormOptions,
  Dropout,
  GroupNorm,
  LayerNorm,
  type NormLayerOptions,
  RMSNorm,
} from "./normalization.ts";
export * from "./primitive.ts";
export {
  GRU,
  LSTM,
  type LSTMState,
  type Recurred,
  RNN,
  type RNNOptions,
} from "./recurrent.ts";
export { type Link, Sequential, type SequentialOptions } from "./sequential.ts";
export { Embedding, Flatten, Residual } from "./shaping.ts";
export type { Computation, ForwardInputs, Indices } from "./types.ts";
export type { BiasOptions, Initializer, WeightOptions } from "./weights.ts";
