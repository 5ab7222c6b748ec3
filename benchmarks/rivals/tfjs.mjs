// The workloads by TensorFlow.js, WebAssembly backend with SIMD, one thread; those that it cannot do by its JavaScript.

import { createRequire } from "node:module";
import {
  attention,
  cnnData,
  cnnPlans,
  convolution,
  manyNumbers,
  matrices,
  matrixSizes,
  pooling,
  purchases,
  scalarGraph,
  table,
  trainingData,
  trainingPlans,
} from "../dist/src/workloads/data.js";

const require = createRequire(import.meta.url);
// It says on every import that another package would be faster.
console.warn = () => {};
const tf = require("@tensorflow/tfjs");
const wasm = require("@tensorflow/tfjs-backend-wasm");

export async function prepare(name) {
  wasm.setThreadsCount(1);
  const note = notes[name];
  if (!(await tf.setBackend(note === undefined ? "wasm" : "cpu")))
    throw new Error("there is no such backend");
  if (!(await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT"))) throw new Error("there is no SIMD");
  if (calls[name] === undefined) throw new Error(reasons(name));
  const [call, finish] = [calls[name]()].flat();
  return { ...contestant(call, finish), note };
}

/** Workloads that run on its backend in JavaScript, with the reason. */
const notes = Object.fromEntries(
  cnnPlans.map(({ name }) => [
    name,
    "by its backend in JavaScript, as that in WebAssembly has no gradient of weights of a convolution",
  ]),
);

/** Why there is no call of a workload. */
function reasons(name) {
  const isFactorisation = /^(cholesky|solve|eigh|svd) /.test(name);
  return isFactorisation ? "it has no factorisation but QR" : "no call of it stands in tfjs.mjs";
}

/** Keeps the results of the last call, and frees them at the next. `finish` makes of each what is compared. */
function contestant(call, finish = (result) => result) {
  let results = [];
  return {
    name: "tfjs",
    run: () => {
      tf.dispose(results);
      results = tf.tidy(call);
      results[0].dataSync();
    },
    results: () => results.map((result) => Float32Array.from(finish(result).dataSync())),
  };
}

const calls = {
  "train 2-16-16-1": () => training(trainingPlans.tiny),
  "train 784-128-64-10": () => training(trainingPlans.digits),
  "train 784-512-512-10": () => training(trainingPlans.wide),
  "gradients of 1,000,000 purchases": () => {
    const { price, count, tax } = purchases();
    const inputs = [tf.tensor(price), tf.tensor(count), tf.tensor(tax)];
    const gradients = tf.valueAndGrads((p, c, t) => p.mul(c).mul(t).sum());
    return () => {
      const { value, grads } = gradients(inputs);
      return [value, ...grads];
    };
  },
  "gradient of 1000 scalars": () => scalars("any"),
  "gradient of 1000 scalars, all used": () => scalars("eighth"),
};
for (const size of matrixSizes) {
  calls[`product of ${size} × ${size}`] = () => {
    const [x, y] = matrices(size).map((elements) => tf.tensor(elements, [size, size]));
    return () => [x.matMul(y)];
  };
}

/** Images and weights as it has them, channels last; they are moved before the clock runs. */
const channelsLast = (elements, shape) => tf.tensor(elements, shape).transpose([0, 2, 3, 1]);
const channelsFirst = (result) => (result.rank === 4 ? result.transpose([0, 3, 1, 2]) : result);

/** [outputs, channels, height, width] as [height, width, channels, outputs], and back. */
function convolutionInputs() {
  const [[x, images], [w, weights]] = convolution().inputs;
  return [channelsLast(x, images), tf.tensor(w, weights).transpose([2, 3, 1, 0])];
}
calls["conv2d of 3 × 3"] = () => {
  const [x, w] = convolutionInputs();
  return [() => [tf.conv2d(x, w, 1, "same")], channelsFirst];
};
calls["gradients of conv2d of 3 × 3"] = () => {
  const inputs = convolutionInputs();
  const gradients = tf.valueAndGrads((x, w) => tf.conv2d(x, w, 1, "same").square().mean());
  const finish = (result) =>
    result.rank === 4 && result.shape[0] === 3
      ? result.transpose([3, 2, 0, 1])
      : channelsFirst(result);
  return [
    () => {
      const { value, grads } = gradients(inputs);
      return [value, ...grads];
    },
    finish,
  ];
};
for (const [name, pool] of [
  ["max pool of 3 × 3", (x, size, stride) => tf.maxPool(x, size, stride, "valid")],
  ["average pool of 3 × 3", (x, size, stride) => tf.avgPool(x, size, stride, "valid")],
]) {
  calls[name] = () => {
    const x = channelsLast(pooling.elements(), pooling.images);
    return [() => [pool(x, pooling.size, pooling.stride)], channelsFirst];
  };
}
// Its WebAssembly backend has no einsum: a product of what is transposed.
calls["einsum of attention"] = () => {
  const [q, k] = attention.elements().map((own) => tf.tensor(own, attention.shape));
  const order = [0, 2, 1, 3];
  return () => [tf.matMul(q.transpose(order), k.transpose(order), false, true)];
};

// tf.topk sorts, greatest first.
calls["sort of 10⁶ numbers"] = () => {
  const x = tf.tensor(manyNumbers()).neg();
  return () => [tf.topk(x, x.size).values.neg()];
};
calls["places of 10⁶ sorted numbers"] = () => {
  const x = tf.tensor(manyNumbers()).neg();
  return () => [tf.topk(x, x.size).indices];
};
for (const [name, axis] of [
  ["cumulative sum along rows", 1],
  ["cumulative sum along columns", 0],
]) {
  calls[name] = () => {
    const x = tf.tensor(table.elements(), table.shape);
    return () => [tf.cumsum(x, axis)];
  };
}

function scalars(from) {
  const { inputs, nodes, summed } = scalarGraph(from);
  const tensors = inputs.map((input) => tf.scalar(input));
  const gradients = tf.valueAndGrads((...given) => {
    const values = [...given];
    for (const { kind, first, second } of nodes) {
      const [x, y] = [values[first], values[second]];
      values.push(kind === "add" ? x.add(y) : kind === "mul" ? x.mul(y) : x.tanh());
    }
    return values.slice(-summed).reduce((sum, value) => sum.add(value));
  });
  return () => {
    const { value, grads } = gradients(tensors);
    return [value, ...grads];
  };
}

function training(plan) {
  const { widths, batch, learningRate, momentum } = plan;
  const data = trainingData(plan);
  const variables = data.weights.flatMap((weight, i) => [
    tf.variable(tf.tensor(weight, [widths[i], widths[i + 1]])),
    tf.variable(tf.zeros([widths[i + 1]])),
  ]);
  const x = tf.tensor(data.x, [batch, widths[0]]);
  const classes = widths.at(-1);
  const y =
    plan.loss === "cross-entropy"
      ? tf.tensor(data.y, [batch], "int32")
      : tf.tensor(data.y, [batch, 1]);
  const optimizer =
    plan.optimizer === "Adam"
      ? tf.train.adam(learningRate, 0.9, 0.999, 1e-8)
      : momentum === 0
        ? tf.train.sgd(learningRate)
        : tf.train.momentum(learningRate, momentum);
  function loss() {
    let value = x;
    for (let i = 0; i < variables.length; i += 2) {
      value = value.matMul(variables[i]).add(variables[i + 1]);
      if (i + 2 < variables.length) {
        value = plan.activation === "tanh" ? value.tanh() : value.relu();
      }
    }
    return plan.loss === "cross-entropy"
      ? tf.losses.softmaxCrossEntropy(tf.oneHot(y, classes), value)
      : value.sub(y).square().mean();
  }
  return () => [optimizer.minimize(loss, true, variables)];
}

for (const plan of cnnPlans) calls[plan.name] = () => cnn(plan);

function cnn(plan) {
  const { weights, images, classes, flattened } = cnnData(plan);
  const isFirstDense = (i) => i === plan.convolutions.length;
  const variables = weights.flatMap(([elements, shape], i) => {
    const own = tf.tensor(elements, shape);
    if (shape.length === 4)
      return [tf.variable(own.transpose([2, 3, 1, 0])), tf.variable(tf.zeros([shape[0]]))];
    const { channels, side } = flattened;
    // The rows in the order of height, width and channel.
    const rows = isFirstDense(i)
      ? own.reshape([channels, side, side, -1]).transpose([1, 2, 0, 3]).reshape(shape)
      : own;
    return [tf.variable(rows), tf.variable(tf.zeros([shape[1]]))];
  });
  const x = channelsLast(...images);
  const y = tf.oneHot(tf.tensor(classes, [plan.batch], "int32"), plan.dense.at(-1));
  const optimizer = tf.train.sgd(plan.learningRate);
  function loss() {
    let value = x;
    plan.convolutions.forEach(({ padding }, i) => {
      const convolved = tf.conv2d(value, variables[2 * i], 1, padding);
      value = tf.maxPool(convolved.add(variables[2 * i + 1]).relu(), 2, 2, "valid");
    });
    value = value.reshape([plan.batch, -1]);
    for (let i = 2 * plan.convolutions.length; i < variables.length; i += 2) {
      value = value.matMul(variables[i]).add(variables[i + 1]);
      if (i + 2 < variables.length) value = value.relu();
    }
    return tf.losses.softmaxCrossEntropy(y, value);
  }
  return () => [optimizer.minimize(loss, true, variables)];
}
