/**
 * The table of layers: one or several rows for each layer of `nn`, with a constructor and inputs. `layers.test.ts` in
 * this folder tests each row, and `packages/onnx` tests exported models and steps of each row.
 */

import { type Layer, relu, type Tensor, treeLeaves, uniform } from "@graddiff/core";
import {
  AveragePool2d,
  BatchNorm,
  Conv1d,
  Conv2d,
  Conv3d,
  ConvTranspose2d,
  Dense,
  Dropout,
  Embedding,
  Flatten,
  GRU,
  GroupNorm,
  InstanceNorm,
  LayerNorm,
  LearnedPositions,
  LowRank,
  LSTM,
  MaxPool2d,
  MultiHeadAttention,
  Residual,
  RMSNorm,
  RNN,
  Sequential,
  SinusoidalPositions,
  TransformerBlock,
  Upsample,
} from "../../src/index.ts";

/** An example of a layer. Derivatives are compared with finite differences, so weights are float64. */
export interface LayerRow {
  readonly make: () => Layer;
  /** Returns a batch of `count` examples. */
  readonly inputs: (count: number) => Tensor;
  /** The reason why `golden/layers.json` has no numbers of another library. Default: it has some. */
  readonly withoutGolden?: string;
}

/** Returns the rows by the name of their class, and a word that distinguishes rows of one class. */
export function layersOf(dtype: "float32" | "float64"): Readonly<Record<string, LayerRow>> {
  const seeded = { seed: 1, dtype } as const;

  const images = (count: number) => uniform([count, 2, 6, 6], { seed: count, low: -1, dtype });
  const rows = (count: number) => uniform([count, 5, 4], { seed: count, low: -1, dtype });
  const words = (count: number) => uniform([count, 5], { seed: count, high: 7 }).cast("int32");
  return {
    Dense: { make: () => new Dense(4, 3, seeded), inputs: rows },
    "Dense without a bias": {
      make: () => new Dense(4, 3, { ...seeded, bias: false }),
      inputs: rows,
    },
    Conv1d: { make: () => new Conv1d(5, 2, 3, seeded), inputs: rows },
    Conv2d: {
      make: () => new Conv2d(2, 4, [3, 2], { ...seeded, padding: 1, stride: 2 }),
      inputs: images,
    },
    "Conv2d of groups": {
      make: () => new Conv2d(2, 4, 3, { ...seeded, groups: 2, bias: false }),
      inputs: images,
    },
    Conv3d: {
      make: () => new Conv3d(2, 3, [2, 3, 2], { ...seeded, padding: [1, 0, 0] }),
      inputs: (count) => uniform([count, 2, 2, 4, 3], { seed: count, low: -1, dtype }),
    },
    ConvTranspose2d: {
      make: () => new ConvTranspose2d(2, 3, 2, { ...seeded, stride: 2 }),
      inputs: images,
    },
    MaxPool2d: {
      make: () => new MaxPool2d(2),
      inputs: images,
      withoutGolden: "it is an op, which has its own",
    },
    AveragePool2d: {
      make: () => new AveragePool2d([2, 3]),
      inputs: images,
      withoutGolden: "it is an op, which has its own",
    },
    Flatten: { make: () => new Flatten(), inputs: images, withoutGolden: "it computes nothing" },
    Upsample: {
      make: () => new Upsample({ scale: [2, 1.5], mode: "linear" }),
      inputs: images,
      withoutGolden: "it is a function, which has its own",
    },
    LayerNorm: { make: () => new LayerNorm([5, 4], { dtype }), inputs: rows },
    RMSNorm: { make: () => new RMSNorm(4, { dtype }), inputs: rows },
    GroupNorm: { make: () => new GroupNorm(1, 2, { dtype }), inputs: images },
    InstanceNorm: { make: () => new InstanceNorm(2, { dtype }), inputs: images },
    "InstanceNorm with a weight": {
      make: () => new InstanceNorm(2, { dtype, affine: true }),
      inputs: images,
    },
    BatchNorm: { make: () => new BatchNorm(2, { dtype }), inputs: images },
    Dropout: {
      make: () => new Dropout(0.5, { seed: 1 }),
      inputs: rows,
      withoutGolden: "other libraries draw other numbers",
    },
    Residual: {
      make: () => new Residual(new Dense(4, 4, seeded), relu),
      inputs: rows,
      withoutGolden: "it is a sum of what other layers compute",
    },
    LowRank: {
      make: () => new LowRank(new Dense(4, 3, seeded), { rank: 2, seed: 1 }),
      inputs: rows,
      withoutGolden: "it is a sum of products, and zero beside its layer at first",
    },
    Embedding: { make: () => new Embedding(7, 3, seeded), inputs: words },
    RNN: { make: () => new RNN(4, 3, seeded), inputs: rows },
    LSTM: { make: () => new LSTM(4, 3, seeded), inputs: rows },
    GRU: { make: () => new GRU(4, 3, seeded), inputs: rows },
    "RNN without biases": { make: () => new RNN(4, 3, { ...seeded, bias: false }), inputs: rows },
    "LSTM without biases": { make: () => new LSTM(4, 3, { ...seeded, bias: false }), inputs: rows },
    "GRU without biases": { make: () => new GRU(4, 3, { ...seeded, bias: false }), inputs: rows },
    "GRU of two layers, both ways": {
      make: () => new GRU(4, 3, { ...seeded, layers: 2, bidirectional: true }),
      inputs: rows,
    },
    "LSTM that gives its last output": {
      make: () => new LSTM(4, 3, { ...seeded, bidirectional: true, output: "last" }),
      inputs: rows,
    },
    MultiHeadAttention: { make: () => new MultiHeadAttention(4, 2, seeded), inputs: rows },
    "MultiHeadAttention that looks back": {
      make: () => new MultiHeadAttention(4, 2, { ...seeded, causal: true }),
      inputs: rows,
    },
    "MultiHeadAttention of groups with rotary positions": {
      make: () =>
        new MultiHeadAttention(4, 2, { ...seeded, causal: true, groups: 1, positions: "rotary" }),
      inputs: rows,
    },
    SinusoidalPositions: { make: () => new SinusoidalPositions(4), inputs: rows },
    LearnedPositions: { make: () => new LearnedPositions(6, 4, seeded), inputs: rows },
    TransformerBlock: {
      make: () => new TransformerBlock(4, 2, { ...seeded, causal: true, dropout: 0.5 }),
      inputs: rows,
    },
    Sequential: {
      make: () => new Sequential(new Dense(4, 3, seeded), relu),
      inputs: rows,
      withoutGolden: "it hands on what other layers compute",
    },
  };
}

/** The layers in float64, whose derivatives are compared with finite differences. */
export const LAYERS = layersOf("float64");

/** Returns the result of a layer. If it is a tree, the first leaf is returned, such as the output of an LSTM. */
export function resultOf(model: Layer, x: Tensor): Tensor {
  // The cast is needed, since the input's type depends on the layer's class.
  const [result] = treeLeaves(model.forward(x as never));
  if (result === undefined) throw new Error("a layer without results");
  return result;
}
