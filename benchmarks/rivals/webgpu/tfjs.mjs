// The models of src/webgpu by TensorFlow.js, WebGPU backend. Images have their channels last.

import { batchOf } from "../../dist/src/webgpu/models.js";
import { weightsOf } from "../../dist/src/webgpu/shapes.js";

// The warning is suppressed: on every import, TensorFlow.js recommends a faster package.
console.warn = () => {};
const { default: tf } = await import("@tensorflow/tfjs");
await import("@tensorflow/tfjs-backend-webgpu");

const dense = (x, weight, bias) =>
  x
    .reshape([-1, x.shape.at(-1)])
    .matMul(weight)
    .add(bias)
    .reshape([...x.shape.slice(0, -1), -1]);

function normed(x, axes, gain, shift) {
  const { mean, variance } = tf.moments(x, axes, true);
  return x.sub(mean).div(variance.add(1e-5).sqrt()).mul(gain).add(shift);
}

const layers = {
  dense,
  relu: (x) => x.relu(),
  gelu(x) {
    const bent = x
      .add(x.pow(3).mul(0.044715))
      .mul(Math.sqrt(2 / Math.PI))
      .tanh();
    return x.mul(0.5).mul(bent.add(1));
  },
  add: (x, y) => x.add(y),
  convolution: (x, windows, stride) =>
    tf.conv2d(x, windows, stride, (windows.shape[0] - 1) / 2, "NHWC", 1, "floor"),
  addToChannels: (x, bias) => x.add(bias),
  batchNorm: (x, gain, shift) => normed(x, [0, 1, 2], gain, shift),
  maxPool: (x) => tf.maxPool(x, 2, 2, "valid"),
  flatten: (x) => x.reshape([x.shape[0], -1]),
  means: (x) => x.mean([1, 2]),
  layerNorm: (x, gain, shift) => normed(x, -1, gain, shift),
  attention(q, k, v, heads) {
    const [batch, length, width] = q.shape;
    const [queries, keys, values] = [q, k, v].map((own) =>
      own.reshape([batch, length, heads, width / heads]).transpose([0, 2, 1, 3]),
    );
    const places = tf.range(0, length);
    const unseen = tf.less(places.reshape([length, 1]), places).mul(-1e9);
    const scores = tf.matMul(queries, keys, false, true).mul((width / heads) ** -0.5);
    return tf.matMul(scores.add(unseen).softmax(), values).transpose([0, 2, 1, 3]).reshape(q.shape);
  },
  embed: (table, symbols) => tf.gather(table, symbols),
  gru(x, { inputWeight, stateWeight, inputBias, stateBias }) {
    const [batch] = x.shape;
    const [size] = stateWeight.shape;
    return dense(x, inputWeight, inputBias)
      .unstack(1)
      .reduce(
        (hidden, row) => {
          const [xr, xz, xn] = row.split(3, 1);
          const [hr, hz, hn] = hidden.matMul(stateWeight).add(stateBias).split(3, 1);
          const z = xz.add(hz).sigmoid();
          const n = xn.add(xr.add(hr).sigmoid().mul(hn)).tanh();
          return n.add(z.mul(hidden.sub(n)));
        },
        tf.zeros([batch, size]),
      );
  },
  crossEntropy(scores, classes) {
    const count = scores.shape.at(-1);
    const expected = tf.oneHot(classes.reshape([-1]), count);
    return tf.losses.softmaxCrossEntropy(expected, scores.reshape([-1, count]));
  },
};

/** Returns weights in the layout of TensorFlow.js, with channels last. */
function variableOf({ shape, elements }) {
  const own = tf.tensor(elements, [...shape]);
  if (shape.length === 4) return tf.variable(own.transpose([2, 3, 1, 0]));
  if (shape.length === 3) return tf.variable(own.transpose([1, 0, 2]).reshape([-1, shape[2]]));
  return tf.variable(own);
}

export async function trainerOf(model) {
  await tf.setBackend("webgpu");
  await tf.ready();
  if (tf.getBackend() !== "webgpu") throw new Error("there is no WebGPU backend");
  const variables = weightsOf(model).map(variableOf);
  const { learningRate, momentum } = model;
  const optimizer =
    model.optimizer === "Adam"
      ? tf.train.adam(learningRate, 0.9, 0.999, 1e-8)
      : tf.train.momentum(learningRate, momentum);
  return {
    step(number) {
      const given = batchOf(model, number);
      const value = tf.tidy(() => {
        const input = tf.tensor(given.x, [...model.input], model.symbols ? "int32" : "float32");
        const x = model.input.length === 4 ? input.transpose([0, 2, 3, 1]) : input;
        const y = tf.tensor(given.y, [...model.output], "int32");
        const loss = () => {
          const rest = [...variables];
          return layers.crossEntropy(
            model.scores(layers, () => rest.shift(), x),
            y,
          );
        };
        return optimizer.minimize(loss, true, variables);
      });
      return async () => {
        const [loss] = await value.data();
        value.dispose();
        return loss;
      };
    },
  };
}
