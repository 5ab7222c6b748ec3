// The workloads by TensorFlow.js, WebAssembly backend with SIMD, with one thread or several; workloads that it does not
// support run on its JavaScript backend.

import {
  blockHeads,
  cnnData,
  cnnPlans,
  matrices,
  matrixSizes,
  pooling,
  purchases,
  scalarGraph,
  trainingData,
  trainingPlans,
} from "../dist/src/workloads/data.js";
import { transforms } from "../dist/src/workloads/fourier.js";

// The warning is suppressed: on every import, TensorFlow.js recommends a faster package.
console.warn = () => {};
// Returns a module: in Node it is the default export, with bundlers it has named exports.
const load = async (module) => module.default ?? module;
const tf = await import("@tensorflow/tfjs").then(load);
const wasm = await import("@tensorflow/tfjs-backend-wasm").then(load);

export async function prepare(name, inputs, threads = 1) {
  const note = notes[name];
  wasm.setThreadsCount(threads);
  if (typeof document !== "undefined") {
    wasm.setWasmPaths("/tfjs/");
    // Without this flag, TensorFlow.js would use the build for several threads.
    if (threads === 1) tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  } else if (threads > 1) throw new Error("it has threads in pages alone");
  if (threads > 1 && note !== undefined)
    throw new Error("its backend in JavaScript has one thread");
  if (!(await tf.setBackend(note === undefined ? "wasm" : "cpu")))
    throw new Error("there is no such backend");
  if (!(await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT"))) throw new Error("there is no SIMD");
  if (calls[name] === undefined) throw new Error(reasons(name));
  const [call, finish] = [calls[name](inputs)].flat();
  return { ...contestant(call, finish), note };
}

/** The workloads that run on its JavaScript backend, with the reasons. */
const notes = Object.fromEntries([
  ...[...cnnPlans.map(({ name }) => name), "gradients of a depthwise convolution"].map((name) => [
    name,
    "by its backend in JavaScript, as that in WebAssembly has no gradient of weights of a convolution",
  ]),
  ...transforms.map(({ name }) => [
    name,
    "by its backend in JavaScript, as that in WebAssembly has no complex numbers",
  ]),
]);

/** Returns the reasons why there is no call of a workload. */
function reasons(name) {
  const isFactorisation = /^(cholesky|solve|eigh|svd) /.test(name);
  return isFactorisation ? "it has no factorisation but QR" : "no call of it stands in tfjs.mjs";
}

/** Keeps the results of the last call, and frees them at the next. `finish` converts each to the compared form. */
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

const tensors = (inputs) =>
  inputs.map(([elements, shape]) =>
    tf.tensor(elements, shape, elements instanceof Int32Array ? "int32" : "float32"),
  );
/** Returns the call of a function of the inputs. */
const of = (fn) => (inputs) => {
  const own = tensors(inputs);
  return () => [fn(...own)];
};
/** Returns the call of a scalar function with its gradients. */
const gradientsOf = (fn) => (inputs) => gradientsAt(fn, tensors(inputs));
function gradientsAt(fn, inputs) {
  const gradients = tf.valueAndGrads(fn);
  return () => {
    const { value, grads } = gradients(inputs);
    return [value, ...grads];
  };
}

/** Returns the mean of squares, computed row by row: one sequential sum of 2·10⁶ elements has an error of 0.1 %. */
const meanSquare = (x) => x.square().mean(-1).mean();

/** Converts images to TensorFlow.js's layout, with channels last, before the timing. */
const channelsLast = (elements, shape) => tf.tensor(elements, shape).transpose([0, 2, 3, 1]);
const channelsFirst = (result) => (result.rank === 4 ? result.transpose([0, 3, 1, 2]) : result);

/** [outputs, channels, height, width] as [height, width, channels, outputs]. */
const windows = (elements, shape) => tf.tensor(elements, shape).transpose([2, 3, 1, 0]);
calls["conv2d of 3 × 3"] = ([x, w]) => {
  const [images, weights] = [channelsLast(...x), windows(...w)];
  return [() => [tf.conv2d(images, weights, 1, "same")], channelsFirst];
};
for (const [name, convolve, windowsOf, permutation] of [
  ["gradients of conv2d of 3 × 3", tf.conv2d, windows, [3, 2, 0, 1]],
  // The windows of channels as [height, width, channels, 1].
  [
    "gradients of a depthwise convolution",
    tf.depthwiseConv2d,
    (elements, shape) => tf.tensor(elements, shape).transpose([2, 3, 0, 1]),
    [2, 3, 0, 1],
  ],
]) {
  calls[name] = ([x, w]) => [
    gradientsAt(
      (images, weights) => meanSquare(convolve(images, weights, 1, "same")),
      [channelsLast(...x), windowsOf(...w)],
    ),
    (result) =>
      result.rank === 4 && result.shape[0] === 3
        ? result.transpose(permutation)
        : channelsFirst(result),
  ];
}
for (const [name, pool] of [
  ["max pool of 3 × 3", (x, size, stride) => tf.maxPool(x, size, stride, "valid")],
  ["average pool of 3 × 3", (x, size, stride) => tf.avgPool(x, size, stride, "valid")],
]) {
  calls[name] = ([images]) => {
    const x = channelsLast(...images);
    return [() => [pool(x, pooling.size, pooling.stride)], channelsFirst];
  };
}
// The WebAssembly backend has no einsum, so this is a product of transposed operands.
calls["einsum of attention"] = of((q, k) =>
  tf.matMul(q.transpose([0, 2, 1, 3]), k.transpose([0, 2, 1, 3]), false, true),
);

/** Returns causal attention, which TensorFlow.js does not have as one op. */
function causalAttention(q, k, v) {
  const [length, size] = q.shape.slice(-2);
  const places = tf.range(0, length);
  const unseen = tf.less(places.reshape([length, 1]), places).mul(-1e9);
  const scores = tf.matMul(q, k, false, true).mul(size ** -0.5);
  return tf.matMul(scores.add(unseen).softmax(), v);
}
calls["causal attention"] = of(causalAttention);
calls["gradients of causal attention"] = gradientsOf((q, k, v) =>
  meanSquare(causalAttention(q, k, v)),
);
function layerNorm(x, gain, shift) {
  const { mean, variance } = tf.moments(x, -1, true);
  return x.sub(mean).div(variance.add(1e-5).sqrt()).mul(gain).add(shift);
}
calls["gradients of a layer norm"] = gradientsOf((x, gain, shift) =>
  meanSquare(layerNorm(x, gain, shift)),
);
/** All inputs have gradients, except the bias of the keys, at index 6. */
calls["gradients of a transformer block"] = (inputs) => {
  const own = tensors(inputs);
  const [bias] = own.splice(6, 1);
  return gradientsAt(
    (...given) =>
      block([...given.slice(0, 6), bias, ...given.slice(6)])
        .square()
        .sum(),
    own,
  );
};
const dense = (x, weight, bias) =>
  x
    .reshape([-1, x.shape.at(-1)])
    .matMul(weight)
    .add(bias)
    .reshape([...x.shape.slice(0, -1), -1]);
function block([x, gain, shift, wq, bq, wk, bk, wv, bv, wo, bo, gain2, shift2, w1, b1, w2, b2]) {
  const [batch, length, width] = x.shape;
  const normed = layerNorm(x, gain, shift);
  const heads = (weight, bias) =>
    dense(normed, weight, bias)
      .reshape([batch, length, blockHeads, width / blockHeads])
      .transpose([0, 2, 1, 3]);
  const seen = causalAttention(heads(wq, bq), heads(wk, bk), heads(wv, bv))
    .transpose([0, 2, 1, 3])
    .reshape(x.shape);
  const mixed = x.add(dense(seen, wo, bo));
  const wide = dense(layerNorm(mixed, gain2, shift2), w1, b1);
  // GELU by tanh.
  const bent = wide
    .add(wide.pow(3).mul(0.044715))
    .mul(Math.sqrt(2 / Math.PI))
    .tanh();
  return mixed.add(dense(wide.mul(0.5).mul(bent.add(1)), w2, b2));
}
calls["gradients of an LSTM"] = gradientsOf((x, inputWeight, stateWeight, inputBias, stateBias) => {
  const [batch, , size] = x.shape;
  const given = dense(x, inputWeight, inputBias);
  let [hidden, cell] = [tf.zeros([batch, size]), tf.zeros([batch, size])];
  const outputs = given.unstack(1).map((row) => {
    const [i, f, g, o] = row.add(hidden.matMul(stateWeight).add(stateBias)).split(4, 1);
    cell = f.sigmoid().mul(cell).add(i.sigmoid().mul(g.tanh()));
    hidden = o.sigmoid().mul(cell.tanh());
    return hidden;
  });
  return meanSquare(tf.stack(outputs, 1));
});
calls["cross-entropy of 4096 × 1000 and its gradient"] = (inputs) => {
  const [x, classes] = tensors(inputs);
  const loss = (own) => tf.losses.softmaxCrossEntropy(tf.oneHot(classes, x.shape[1]), own);
  return gradientsAt(loss, [x]);
};
const columns = (x, y, z) => [
  x.mul(y),
  x.mul(y).sub(z),
  x.sub(y).mul(z),
  x.square().add(z),
  x.neg(),
];
calls["stack of 15 columns"] = of((a, b, c) =>
  tf.stack([...columns(a, b, c), ...columns(b, c, a), ...columns(c, a, b)], 1),
);

// tf.topk sorts, greatest first.
for (const [name, finish] of [
  ["sort of 10⁶ numbers", ({ values }) => values.neg()],
  ["places of 10⁶ sorted numbers", ({ indices }) => indices],
]) {
  calls[name] = ([[elements]]) => {
    const x = tf.tensor(elements).neg();
    return () => [finish(tf.topk(x, x.size))];
  };
}
for (const { name } of transforms) {
  calls[name] = (inputs) => {
    const [real, imaginary] = tensors(inputs);
    return () => {
      const spectrum = imaginary ? tf.fft(tf.complex(real, imaginary)) : tf.rfft(real);
      return [tf.real(spectrum), tf.imag(spectrum)];
    };
  };
}
calls["cumulative sum along rows"] = of((x) => tf.cumsum(x, 1));
calls["cumulative sum along columns"] = of((x) => tf.cumsum(x, 0));

function scalars(from) {
  const { inputs, nodes, summed } = scalarGraph(from);
  const scalars = inputs.map((input) => tf.scalar(input));
  return gradientsAt((...given) => {
    const values = [...given];
    for (const { kind, first, second } of nodes) {
      const [x, y] = [values[first], values[second]];
      values.push(kind === "add" ? x.add(y) : kind === "mul" ? x.mul(y) : x.tanh());
    }
    return values.slice(-summed).reduce((sum, value) => sum.add(value));
  }, scalars);
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
