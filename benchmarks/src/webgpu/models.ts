// The networks of `npm run bench -- --webgpu`. Each is written once, with layers that every library implements, so all
// libraries compute the same. Images are [batch, channels, height, width]; a library may store them differently.

import { randomIntegers, randomNumbers } from "../workloads/data.ts";

export type Shape = readonly number[];

/** The weights of a GRU layer: gates r, z, n side by side, as in PyTorch. */
export interface GruWeights<T> {
  readonly inputWeight: T;
  readonly stateWeight: T;
  readonly inputBias: T;
  readonly stateBias: T;
}

/** The layers of a library, on its arrays. */
export interface Layers<T> {
  /** x · weight + bias, for the rows of the last axis. */
  readonly dense: (x: T, weight: T, bias: T) => T;
  readonly relu: (x: T) => T;
  /** The GELU, approximated by tanh. */
  readonly gelu: (x: T) => T;
  readonly add: (x: T, y: T) => T;
  /** A convolution of images with windows [outputs, inputs, size, size], padded by (size − 1) / 2. */
  readonly convolution: (x: T, windows: T, stride: number) => T;
  readonly addToChannels: (x: T, bias: T) => T;
  /** The normalisation of channels over the batch, by the statistics of the batch. */
  readonly batchNorm: (x: T, gain: T, shift: T) => T;
  /** The maxima of windows of 2 × 2. */
  readonly maxPool: (x: T) => T;
  /** Flattens each image to a row. */
  readonly flatten: (x: T) => T;
  /** The means of channels, [batch, channels]. */
  readonly means: (x: T) => T;
  readonly layerNorm: (x: T, gain: T, shift: T) => T;
  /** Causal attention of [batch, length, width], by heads of equal width. */
  readonly attention: (q: T, k: T, v: T, heads: number) => T;
  /** The rows of a table at symbols. */
  readonly embed: (table: T, symbols: T) => T;
  /** The hidden rows after the last step of [batch, length, width]. */
  readonly gru: (x: T, weights: GruWeights<T>) => T;
  /** The mean cross-entropy of rows of scores and their classes. */
  readonly crossEntropy: (scores: T, classes: T) => T;
}

/**
 * Returns the next weights: random, or all equal to one number. Weights of three axes, [channels, area, outputs], are a
 * matrix after `flatten`; a library with channels last reorders the rows.
 */
export type Take<T> = (shape: Shape, fill?: number) => T;

export interface Model {
  readonly name: string;
  /** A description of the sizes. */
  readonly sizes: string;
  readonly optimizer: "SGD" | "Adam";
  readonly learningRate: number;
  readonly momentum: number;
  /** The shape of the input: numbers from 0 to 1, or symbols below `symbols`. */
  readonly input: Shape;
  readonly symbols?: number;
  /** The shape of the classes, which are below `classes`. */
  readonly output: Shape;
  readonly classes: number;
  /** Returns the scores of classes. */
  readonly scores: <T>(layers: Layers<T>, take: Take<T>, x: T) => T;
}

const dense = <T>(layers: Layers<T>, take: Take<T>, x: T, inputs: number, outputs: number): T =>
  layers.dense(x, take([inputs, outputs]), take([outputs], 0));

function perceptron(widths: readonly number[]): Model["scores"] {
  return (layers, take, x) =>
    widths.slice(1).reduce((value, outputs, i) => {
      const made = dense(layers, take, value, widths[i] ?? 0, outputs);
      return i < widths.length - 2 ? layers.relu(made) : made;
    }, x);
}

const digitsCnn: Model["scores"] = (layers, take, x) => {
  let value = x;
  let inputs = 1;
  for (const outputs of [8, 16]) {
    const convolved = layers.convolution(value, take([outputs, inputs, 3, 3]), 1);
    value = layers.maxPool(layers.relu(layers.addToChannels(convolved, take([outputs], 0))));
    inputs = outputs;
  }
  return layers.dense(layers.flatten(value), take([16, 49, 10]), take([10], 0));
};

const residual: Model["scores"] = (layers, take, x) => {
  const convolved = (
    value: typeof x,
    inputs: number,
    outputs: number,
    { size = 3, stride = 1 } = {},
  ) =>
    layers.batchNorm(
      layers.convolution(value, take([outputs, inputs, size, size]), stride),
      take([outputs], 1),
      take([outputs], 0),
    );
  let value = layers.relu(convolved(x, 3, 16));
  let inputs = 16;
  for (const [outputs, first] of [
    [16, 1],
    [32, 2],
    [64, 2],
  ] as const) {
    for (const stride of [first, 1]) {
      const inner = layers.relu(convolved(value, inputs, outputs, { stride }));
      const added = convolved(inner, outputs, outputs);
      const kept =
        inputs === outputs ? value : convolved(value, inputs, outputs, { size: 1, stride });
      value = layers.relu(layers.add(added, kept));
      inputs = outputs;
    }
  }
  return dense(layers, take, layers.means(value), inputs, 10);
};

function transformer(width: number, blocks: number, length: number): Model["scores"] {
  return (layers, take, x) => {
    type Value = typeof x;
    const norm = (value: Value) => layers.layerNorm(value, take([width], 1), take([width], 0));
    const linear = (value: Value, inputs: number, outputs: number) =>
      dense(layers, take, value, inputs, outputs);
    let value = layers.add(layers.embed(take([SYMBOLS, width]), x), take([length, width]));
    for (let block = 0; block < blocks; block++) {
      const normed = norm(value);
      const [q, k, v] = [
        linear(normed, width, width),
        linear(normed, width, width),
        linear(normed, width, width),
      ];
      value = layers.add(value, linear(layers.attention(q, k, v, HEADS), width, width));
      const wide = layers.gelu(linear(norm(value), width, 4 * width));
      value = layers.add(value, linear(wide, 4 * width, width));
    }
    return linear(norm(value), width, SYMBOLS);
  };
}

function recurrent(inputs: number, size: number): Model["scores"] {
  return (layers, take, x) => {
    const weights = {
      inputWeight: take([inputs, 3 * size]),
      stateWeight: take([size, 3 * size]),
      inputBias: take([3 * size], 0),
      stateBias: take([3 * size], 0),
    };
    return dense(layers, take, layers.gru(x, weights), size, 10);
  };
}

/** The different characters of a text. */
const SYMBOLS = 65;
const HEADS = 6;

/** @param quick small batches and sequences, and two blocks of the GPT, for software drivers. */
export function modelsOf(quick: boolean): readonly Model[] {
  const sgd = { optimizer: "SGD", learningRate: 0.01, momentum: 0.9 } as const;
  const adam = { optimizer: "Adam", learningRate: 0.001, momentum: 0 } as const;
  const wide = quick ? 16 : 128;
  const [pictures, side] = quick ? [4, 16] : [64, 32];
  const [texts, length, blocks] = quick ? [1, 16, 2] : [16, 256, 6];
  const [sequences, steps] = quick ? [8, 12] : [64, 64];
  return [
    {
      name: "digits MLP",
      sizes: "784-128-64-10, batch 64, momentum",
      ...sgd,
      input: [64, 784],
      output: [64],
      classes: 10,
      scores: perceptron([784, 128, 64, 10]),
    },
    {
      name: "digits CNN",
      sizes: "28 × 28, 8 and 16 channels, batch 32, momentum",
      ...sgd,
      input: [32, 1, 28, 28],
      output: [32],
      classes: 10,
      scores: digitsCnn,
    },
    {
      name: "MLP of 10⁷ weights",
      sizes: `784-2048-2048-2048-10, batch ${wide}, Adam`,
      ...adam,
      input: [wide, 784],
      output: [wide],
      classes: 10,
      scores: perceptron([784, 2048, 2048, 2048, 10]),
    },
    {
      name: "ResNet",
      sizes: `${side} × ${side}, 6 blocks of 16 to 64 channels, batch norm, batch ${pictures}, momentum`,
      ...sgd,
      input: [pictures, 3, side, side],
      output: [pictures],
      classes: 10,
      scores: residual,
    },
    {
      name: "GPT",
      sizes: `384 wide, ${blocks} blocks, 6 heads, ${texts} × ${length} symbols, Adam`,
      ...adam,
      input: [texts, length],
      symbols: SYMBOLS,
      output: [texts, length],
      classes: SYMBOLS,
      scores: transformer(384, blocks, length),
    },
    {
      name: "GRU",
      sizes: `64 to 128, ${sequences} × ${steps} rows, Adam`,
      ...adam,
      input: [sequences, steps, 64],
      output: [sequences],
      classes: 10,
      scores: recurrent(64, 128),
    },
  ];
}

const sizeOf = (shape: Shape) => shape.reduce((all, length) => all * length, 1);

/** Returns the batch with a number. */
export function batchOf({ input, symbols, output, classes }: Model, number: number) {
  const count = sizeOf(input);
  return {
    x: symbols
      ? randomIntegers(count, 1000 + number, symbols)
      : randomNumbers(count, 1000 + number),
    y: randomIntegers(sizeOf(output), 2000 + number, classes),
  };
}
