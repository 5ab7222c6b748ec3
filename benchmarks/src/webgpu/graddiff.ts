// The models by graddiff, compiled for a backend.

import {
  type Backend,
  compile,
  conv2d,
  gelu,
  layerNorm,
  maxPool2d,
  relu,
  scaledDotProductAttention,
  scan,
  type Tensor,
  take,
  tensor,
  Variable,
  valueAndGrad,
  zeros,
} from "@graddiff/core";
import { Adam, crossEntropy, SGD } from "@graddiff/nn";
import { batchOf, type GruWeights, type Layers, type Model } from "./models.ts";
import { weightsOf } from "./shapes.ts";

/** A training of a model by a library. */
export interface Trainer {
  /** Makes a step on the batch with a number, and returns a function that reads the loss. */
  readonly step: (number: number) => () => Promise<number>;
}

/** The axes of images, except the channels. */
const PICTURES = [0, 2, 3];
const keepDims = { keepDims: true };

/** Splits rows into the parts of the gates. */
const gates = (rows: Tensor, size: number) =>
  [0, 1, 2].map((i) => rows.at("...", [i * size, (i + 1) * size])) as [Tensor, Tensor, Tensor];

function gru(x: Tensor, weights: GruWeights<Tensor>): Tensor {
  const { inputWeight, stateWeight, inputBias, stateBias } = weights;
  const [batch = 0] = x.shape;
  const [size = 0] = stateWeight.shape;
  const rows = x.matmul(inputWeight).add(inputBias).transpose([1, 0, 2]);
  const [state] = scan(
    (hidden: Tensor, row: Tensor): [Tensor, undefined] => {
      const [xr, xz, xn] = gates(row, size);
      const [hr, hz, hn] = gates(hidden.matmul(stateWeight).add(stateBias), size);
      const z = xz.add(hz).sigmoid();
      const n = xn.add(xr.add(hr).sigmoid().mul(hn)).tanh();
      return [n.add(z.mul(hidden.sub(n))), undefined];
    },
    zeros([batch, size]),
    rows,
  );
  return state;
}

const layers: Layers<Tensor> = {
  dense: (x, weight, bias) => x.matmul(weight).add(bias),
  relu,
  gelu: (x) => gelu(x, { approximation: "tanh" }),
  add: (x, y) => x.add(y),
  convolution: (x, windows, stride) =>
    conv2d(x, windows, { stride, padding: ((windows.shape[2] ?? 1) - 1) / 2 }),
  addToChannels: (x, bias) => x.add(bias.reshape([-1, 1, 1])),
  batchNorm(x, gain, shift) {
    const centred = x.sub(x.mean(PICTURES, keepDims));
    const variance = centred.square().mean(PICTURES, keepDims);
    const scaled = centred.div(variance.add(1e-5).sqrt());
    return scaled.mul(gain.reshape([-1, 1, 1])).add(shift.reshape([-1, 1, 1]));
  },
  maxPool: (x) => maxPool2d(x, 2),
  flatten: (x) => x.reshape([x.shape[0] ?? 0, -1]),
  means: (x) => x.mean([2, 3]),
  layerNorm: (x, weight, bias) => layerNorm(x, { weight, bias }),
  attention(q, k, v, heads) {
    const [batch = 0, length = 0, width = 0] = q.shape;
    const parted = [q, k, v].map((own) =>
      own.reshape([batch, length, heads, width / heads]).transpose([0, 2, 1, 3]),
    ) as [Tensor, Tensor, Tensor];
    const seen = scaledDotProductAttention(...parted, { causal: true });
    return seen.transpose([0, 2, 1, 3]).reshape([batch, length, width]);
  },
  embed: (table, symbols) => take(table, symbols),
  gru,
  crossEntropy: (scores, classes) => crossEntropy(scores, classes),
};

/** Returns a training on WebAssembly, or on a backend. */
export function trainerOf(model: Model, backend: Backend | "wasm" = "wasm"): Trainer {
  const variables = weightsOf(model).map(({ shape, elements }) => {
    const given = shape.length === 3 ? [-1, shape[2] ?? 0] : shape;
    return new Variable(tensor(elements, { shape }).reshape(given));
  });
  const { learningRate, momentum } = model;
  const input = (number: number) => {
    const { x, y } = batchOf(model, number);
    return [tensor(x, { shape: model.input }), tensor(y, { shape: model.output })] as const;
  };
  const optimizer =
    model.optimizer === "Adam"
      ? new Adam(variables, { learningRate })
      : new SGD(variables, { learningRate, momentum });
  const train = compile(
    (x: Tensor, y: Tensor) => {
      const loss = () => {
        const rest = [...variables];
        const scores = model.scores(layers, () => (rest.shift() as Variable).value, x);
        return layers.crossEntropy(scores, y);
      };
      const { value, gradient } = valueAndGrad(loss, { variables })();
      optimizer.step(gradient);
      return value;
    },
    { backend },
  );
  return {
    step(number) {
      const loss = train(...input(number));
      return async () => (await loss.read()).item();
    },
  };
}
