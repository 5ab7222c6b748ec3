// The models of src/webgpu by jax-js, WebGPU backend, with jit.
//
// Layers call `.ref` on all of their arguments, so that a value can be used several times; this costs nothing, since
// functions are recorded once.

import { defaultDevice, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { batchOf } from "../../dist/src/webgpu/models.js";
import { weightsOf } from "../../dist/src/webgpu/shapes.js";
import { crossEntropy, optimizers } from "../jax.mjs";

const channels = (row) => row.ref.reshape([1, -1, 1, 1]);
const dense = (x, weight, bias) => np.matmul(x.ref, weight.ref).add(bias.ref);

const layers = {
  dense,
  relu: (x) => nn.relu(x.ref),
  gelu: (x) => nn.gelu(x.ref),
  add: (x, y) => x.ref.add(y.ref),
  convolution(x, windows, stride) {
    const around = (windows.shape[2] - 1) / 2;
    const padding = [
      [around, around],
      [around, around],
    ];
    return lax.convGeneralDilated(x.ref, windows.ref, [stride, stride], padding);
  },
  addToChannels: (x, bias) => x.ref.add(channels(bias)),
  batchNorm: (x, gain, shift) =>
    nn.standardize(x.ref, [0, 2, 3]).mul(channels(gain)).add(channels(shift)),
  maxPool: (x) => lax.reduceWindow(x.ref, np.max, [1, 1, 2, 2], [1, 1, 2, 2]),
  flatten: (x) => x.ref.reshape([x.shape[0], -1]),
  means: (x) => x.ref.mean([2, 3]),
  layerNorm: (x, gain, shift) => nn.standardize(x.ref, -1).mul(gain.ref).add(shift.ref),
  attention(q, k, v, heads) {
    const [batch, length, width] = q.shape;
    const parted = [q, k, v].map((own) => own.ref.reshape([batch, length, heads, width / heads]));
    return nn.dotProductAttention(...parted, { isCausal: true }).reshape(q.shape);
  },
  embed: (table, symbols) => np.take(table.ref, symbols.ref, 0),
  gru(x, { inputWeight, stateWeight, inputBias, stateBias }) {
    const [batch, length] = x.shape;
    const [size] = stateWeight.shape;
    const rows = np.split(np.transpose(dense(x, inputWeight, inputBias), [1, 0, 2]), length);
    return rows.reduce(
      (hidden, row) => {
        const [xr, xz, xn] = np.split(row.reshape([batch, 3 * size]), 3, 1);
        const [hr, hz, hn] = np.split(dense(hidden, stateWeight, stateBias), 3, 1);
        const z = nn.sigmoid(xz.add(hz));
        const n = np.tanh(xn.add(nn.sigmoid(xr.add(hr)).mul(hn)));
        return n.ref.add(z.mul(hidden.ref.sub(n)));
      },
      np.zeros([batch, size]),
    );
  },
  crossEntropy: (scores, classes) =>
    crossEntropy(scores.ref.reshape([-1, scores.shape.at(-1)]), classes.ref.reshape([-1])),
};

export async function trainerOf(model) {
  const devices = await init("webgpu");
  if (!devices.includes("webgpu")) throw new Error("there is no WebGPU backend");
  defaultDevice("webgpu");
  let weights = weightsOf(model).map(({ shape, elements }) =>
    np.array(elements, {
      shape: shape.length === 3 ? [shape[0] * shape[1], shape[2]] : [...shape],
    }),
  );
  const { start, update } = optimizers[model.optimizer](model.learningRate, model.momentum);
  let state = start(weights);
  const loss = (given, x, y) => {
    const rest = [...given];
    return layers.crossEntropy(
      model.scores(layers, () => rest.shift(), x),
      y,
    );
  };
  const train = jit((given, present, x, y) => {
    const [value, gradient] = valueAndGrad(loss)(tree.ref(given), x, y);
    return [value, ...update(given, gradient, present)];
  });
  return {
    step(number) {
      const { x, y } = batchOf(model, number);
      const input = np.array(x, {
        shape: [...model.input],
        dtype: model.symbols ? np.int32 : np.float32,
      });
      const classes = np.array(y, { shape: [...model.output], dtype: np.int32 });
      const [value, ...next] = train(weights, state, input, classes);
      [weights, state] = next;
      return async () => (await value.data())[0];
    },
  };
}
