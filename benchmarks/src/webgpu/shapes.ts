// The layers on shapes instead of arrays: the weights of a model, and the operations of its products in a training
// step.

import { randomNumbers } from "../workloads/data.ts";
import type { Layers, Model, Shape } from "./models.ts";

/** A value: its shape, and whether its gradient is computed. */
interface Value {
  readonly shape: Shape;
  readonly varies: boolean;
}

/** A model's weights, and its work. */
export interface Made {
  /** The shapes of the weights in the order in which they are taken, each with its initial number. */
  readonly weights: readonly { readonly shape: Shape; readonly fill: number | undefined }[];
  /** The operations of a training step: two for each product of two numbers. Elementwise work is left out. */
  readonly flops: number;
}

const sizeOf = (shape: Shape) => shape.reduce((all, length) => all * length, 1);
const last = (shape: Shape) => shape.at(-1) ?? 0;

export function madeOf(model: Model): Made {
  let flops = 0;
  const weights: Made["weights"][number][] = [];
  /** A product and its gradients: one for the weights, and one for the input if it varies. */
  const multiply = (products: number, { varies }: Value) => {
    flops += 2 * products * (varies ? 3 : 2);
  };
  const varying = (shape: Shape): Value => ({ shape, varies: true });
  const layers: Layers<Value> = {
    dense(x, { shape: [inputs = 0, ...outputs] }) {
      // A matrix after `flatten` has two axes for its rows.
      multiply((sizeOf(x.shape) / last(x.shape)) * inputs * sizeOf(outputs), x);
      return varying([...x.shape.slice(0, -1), last(outputs)]);
    },
    relu: (x) => x,
    gelu: (x) => x,
    add: (x) => x,
    convolution(x, { shape: [outputs = 0, inputs = 0, size = 0] }, stride) {
      const [batch = 0, , height = 0, width = 0] = x.shape;
      const [rows, columns] = [Math.ceil(height / stride), Math.ceil(width / stride)];
      multiply(batch * rows * columns * outputs * inputs * size ** 2, x);
      return varying([batch, outputs, rows, columns]);
    },
    addToChannels: (x) => x,
    batchNorm: (x) => x,
    maxPool({ shape: [batch = 0, channels = 0, height = 0, width = 0] }) {
      return varying([batch, channels, Math.floor(height / 2), Math.floor(width / 2)]);
    },
    flatten: ({ shape: [batch = 0, ...rest] }) => varying([batch, sizeOf(rest)]),
    means: ({ shape }) => varying(shape.slice(0, 2)),
    layerNorm: (x) => x,
    attention(q) {
      const [batch = 0, length = 0, width = 0] = q.shape;
      // The scores and the sums of values; both operands vary. Masked products are included.
      multiply(2 * batch * length ** 2 * width, q);
      return q;
    },
    embed: (table, { shape }) => varying([...shape, last(table.shape)]),
    gru(x, { inputWeight, stateWeight }) {
      const [batch = 0, length = 0] = x.shape;
      multiply(batch * length * sizeOf(inputWeight.shape), x);
      multiply(batch * length * sizeOf(stateWeight.shape), stateWeight);
      return varying([batch, stateWeight.shape[0] ?? 0]);
    },
    crossEntropy: () => varying([]),
  };
  const take = (shape: Shape, fill?: number) => {
    weights.push({ shape, fill });
    return varying(shape);
  };
  model.scores(layers, take, { shape: model.input, varies: false });
  return { weights, flops };
}

/** Returns the first weights of a model, from fixed seeds: shapes and elements. */
export function weightsOf(
  model: Model,
): { readonly shape: Shape; readonly elements: Float32Array }[] {
  return madeOf(model).weights.map(({ shape, fill }, i) => {
    const count = sizeOf(shape);
    // The inputs of a unit: windows have outputs first, matrices last.
    const inputs = count / (shape.length === 4 ? (shape[0] ?? 1) : last(shape));
    const limit = Math.sqrt(3 / inputs);
    const elements =
      fill === undefined
        ? randomNumbers(count, 500 + i, -limit, limit)
        : new Float32Array(count).fill(fill);
    return { shape, elements };
  });
}
