// The workloads by jax-js, WebAssembly backend, with jit, on one thread.
//
// Every use of an array consumes it; `.ref` allows another use.

import {
  blockHeads,
  cnnData,
  cnnPlans,
  matrices,
  matrixSizes,
  pooling,
  purchases,
  scalarGraph,
  stacks,
  trainingData,
  trainingPlans,
} from "../dist/src/workloads/data.js";
import { transforms } from "../dist/src/workloads/fourier.js";

// If there were workers, as in pages, jax-js would use as many threads as cores.
globalThis.Worker = undefined;
// The einsum of jax-js takes the `map` of iterators, which Node 20 lacks.
Object.getPrototypeOf(Object.getPrototypeOf([].values())).map ??= function (fn) {
  return Array.from(this, (value) => fn(value));
};
const jax = await import("@jax-js/jax");
const { defaultDevice, init, jit, lax, nn, numpy: np, tree, valueAndGrad } = jax;

export async function prepare(name, inputs) {
  // Only this backend is initialised, since a search for others needs a browser.
  const devices = await init("wasm");
  if (!devices.includes("wasm")) throw new Error("there is no WebAssembly backend");
  defaultDevice("wasm");
  if (calls[name] === undefined) throw new Error("no call of it stands in jax.mjs");
  return contestant(calls[name](inputs));
}

/** Keeps the results of the last call, and frees them at the next. */
function contestant(call) {
  let results = [];
  return {
    name: "jax-js",
    run: () => {
      for (const result of results) result.dispose();
      results = call();
      // Reading one result of a jit function runs all of its pending work.
      results[0].ref.dataSync();
    },
    results: () => results.map((result) => Float32Array.from(result.ref.dataSync())),
  };
}

const calls = {
  "train 2-16-16-1": () => training(trainingPlans.tiny),
  "train 784-128-64-10": () => training(trainingPlans.digits),
  "train 784-512-512-10": () => training(trainingPlans.wide),
  "gradients of 1,000,000 purchases": () => {
    const { price, count, tax } = purchases();
    const inputs = [np.array(price), np.array(count), np.array(tax)];
    const total = (p, c, t) => p.mul(c).mul(t).sum();
    const gradients = jit(valueAndGrad(total, { argnums: [0, 1, 2] }));
    return () => {
      const [value, gradient] = gradients(...tree.ref(inputs));
      return [value, ...gradient];
    };
  },
  "gradient of 1000 scalars": () => scalars("any"),
  "gradient of 1000 scalars, all used": () => scalars("eighth"),
};
for (const size of matrixSizes) {
  calls[`product of ${size} × ${size}`] = () => {
    const [x, y] = matrices(size).map((elements) => np.array(elements, { shape: [size, size] }));
    const multiply = jit((a, b) => np.matmul(a, b));
    return () => [multiply(x.ref, y.ref)];
  };
}

const arrays = (inputs) =>
  inputs.map(([elements, shape]) =>
    elements instanceof Int32Array
      ? np.array(elements, { shape: [...shape], dtype: np.int32 })
      : np.array(elements, { shape: [...shape] }),
  );
/** Returns the call of a function of the inputs, which returns one array or several. */
const of = (fn) => (inputs) => {
  const own = arrays(inputs);
  return () => [fn(...tree.ref(own))].flat();
};
/** Returns the mean of squares, computed row by row: one sequential sum of 2·10⁶ elements has an error of 0.1 %. */
const meanSquare = (x) => np.square(x).mean(-1).mean();
/** Returns the call of a scalar function with its gradients, with respect to all inputs or to some. */
const gradientsOf = (fn, places) => (inputs) => {
  const own = arrays(inputs);
  const argnums = places ?? own.map((_, i) => i);
  const run = jit(valueAndGrad(fn, { argnums }));
  return () => {
    const [value, gradient] = run(...tree.ref(own));
    return [value, ...gradient];
  };
};

const padded = [
  [1, 1],
  [1, 1],
];
const convolved = (x, w, options) => lax.convGeneralDilated(x, w, [1, 1], padded, options);
calls["conv2d of 3 × 3"] = of(jit((x, w) => convolved(x, w)));
calls["gradients of conv2d of 3 × 3"] = gradientsOf((x, w) => np.square(convolved(x, w)).mean());
calls["gradients of a depthwise convolution"] = gradientsOf((x, w) =>
  meanSquare(convolved(x, w, { featureGroupCount: 64 })),
);
const { size, stride } = pooling;
const pooled = (reduce) =>
  of(
    jit((x) =>
      lax.reduceWindow(x, (part) => reduce(part), [1, 1, size, size], [1, 1, stride, stride]),
    ),
  );
calls["max pool of 3 × 3"] = pooled(np.max);
calls["average pool of 3 × 3"] = pooled(np.mean);
calls["einsum of attention"] = of(jit((q, k) => np.einsum("bqhd,bkhd->bhqk", q, k)));

/** Returns causal attention; jax-js has the axis of positions before the axis of heads. */
function causalAttention(...given) {
  const own = given.map((one) => np.transpose(one, [0, 2, 1, 3]));
  return np.transpose(nn.dotProductAttention(...own, { isCausal: true }), [0, 2, 1, 3]);
}
calls["causal attention"] = of(jit(causalAttention));
calls["gradients of causal attention"] = gradientsOf((q, k, v) =>
  meanSquare(causalAttention(q, k, v)),
);
const layerNorm = (x, gain, shift) => nn.standardize(x, -1).mul(gain).add(shift);
calls["gradients of a layer norm"] = gradientsOf((x, gain, shift) =>
  meanSquare(layerNorm(x, gain, shift)),
);
const dense = (x, weight, bias) => np.matmul(x, weight).add(bias);
/** All inputs have gradients, except the bias of the keys, at index 6. */
calls["gradients of a transformer block"] = gradientsOf(
  (x, gain, shift, wq, bq, wk, bk, wv, bv, wo, bo, gain2, shift2, w1, b1, w2, b2) => {
    const [batch, length, width] = x.shape;
    const normed = layerNorm(x.ref, gain, shift);
    const heads = (own, weight, bias) =>
      dense(own, weight, bias).reshape([batch, length, blockHeads, width / blockHeads]);
    const seen = nn.dotProductAttention(
      heads(normed.ref, wq, bq),
      heads(normed.ref, wk, bk),
      heads(normed, wv, bv),
      { isCausal: true },
    );
    const mixed = x.add(dense(seen.reshape([batch, length, width]), wo, bo));
    const wide = dense(layerNorm(mixed.ref, gain2, shift2), w1, b1);
    return np.square(mixed.add(dense(nn.gelu(wide), w2, b2))).sum();
  },
  Array.from({ length: 17 }, (_, i) => i).filter((i) => i !== 6),
);
calls["gradients of an LSTM"] = gradientsOf((x, inputWeight, stateWeight, inputBias, stateBias) => {
  const [batch, length, width] = x.shape;
  const given = np.split(np.transpose(dense(x, inputWeight, inputBias), [1, 0, 2]), length);
  let [hidden, cell] = [np.zeros([batch, width]), np.zeros([batch, width])];
  const outputs = given.map((row) => {
    const ofState = dense(hidden, stateWeight.ref, stateBias.ref);
    const [i, f, g, o] = np.split(row.reshape([batch, 4 * width]).add(ofState), 4, 1);
    cell = nn
      .sigmoid(f)
      .mul(cell)
      .add(nn.sigmoid(i).mul(np.tanh(g)));
    hidden = nn.sigmoid(o).mul(np.tanh(cell.ref));
    return hidden.ref;
  });
  for (const own of [hidden, cell, stateWeight, stateBias]) own.dispose();
  return meanSquare(np.stack(outputs));
});
calls["cross-entropy of 4096 × 1000 and its gradient"] = gradientsOf(crossEntropy, [0]);
const columns = (x, y, z) => [
  x.ref.mul(y.ref),
  x.ref.mul(y.ref).sub(z.ref),
  x.ref.sub(y).mul(z.ref),
  np.square(x.ref).add(z),
  x.mul(-1),
];
calls["stack of 15 columns"] = of(
  jit((a, b, c) => {
    const rotated = [columns(a.ref, b.ref, c.ref), columns(b.ref, c.ref, a.ref), columns(c, a, b)];
    return np.stack(rotated.flat(), 1);
  }),
);

calls["sort of 10⁶ numbers"] = of(jit((x) => np.sort(x)));
calls["places of 10⁶ sorted numbers"] = of(jit((x) => np.argsort(x)));

for (const { name } of transforms) {
  calls[name] = of(
    name.startsWith("real")
      ? jit((x) => Object.values(np.fft.rfft(x)))
      : jit((real, imag) => Object.values(np.fft.fft({ real, imag }))),
  );
}

/** Returns the row sums of U diag(s) Vᵀ, from the sums of the columns of V. */
const rowSums = (u, s, ofColumns) =>
  np.sum(np.multiply(u, np.expandDims(np.multiply(s, ofColumns), -2)), -1);
for (const { name } of stacks) {
  calls[`cholesky of ${name}`] = of(jit((a) => np.linalg.cholesky(a)));
  // The jit of jax-js refuses solve: "routine primitive triangular_solve input is not imm".
  calls[`solve of ${name}`] = of((a, b) => np.linalg.solve(a, b));
  calls[`eigh of ${name}`] = of(
    jit((a) => {
      const [values, vectors] = np.linalg.eigh(a);
      return [values.ref, rowSums(vectors.ref, values, np.sum(vectors, -2))];
    }),
  );
  calls[`svd of ${name}`] = of(
    jit((a) => {
      const [u, s, vt] = np.linalg.svd(a, { fullMatrices: false });
      return [s.ref, rowSums(u, s, np.sum(vt, -1))];
    }),
  );
}

/** Computes the cross-entropy of logits, the mean over the rows. */
export function crossEntropy(logits, classes) {
  const count = logits.shape[1];
  return nn.oneHot(classes, count).mul(nn.logSoftmax(logits)).sum(-1).mean().mul(-1);
}

function scalars(from) {
  const graph = scalarGraph(from);
  const inputs = graph.inputs.map((input) => np.array(input, { dtype: np.float32 }));
  const gradients = jit(valueAndGrad((given) => evaluate(graph, given)));
  return () => {
    const [value, gradient] = gradients(tree.ref(inputs));
    return [value, ...gradient];
  };
}

/** Returns the scalar graph, with `.ref` for every further use of a value. */
function evaluate({ nodes, summed }, inputs) {
  const values = [...inputs];
  const uses = new Array(inputs.length + nodes.length).fill(0);
  for (const { kind, first, second } of nodes) {
    uses[first]++;
    if (kind !== "tanh") uses[second]++;
  }
  for (let i = uses.length - summed; i < uses.length; i++) uses[i]++;
  const take = (i) => (--uses[i] > 0 ? values[i].ref : values[i]);
  values.forEach((value, i) => {
    if (uses[i] === 0) value.dispose();
  });
  for (const { kind, first, second } of nodes) {
    const x = take(first);
    const value =
      kind === "tanh"
        ? np.tanh(x)
        : kind === "add"
          ? np.add(x, take(second))
          : np.multiply(x, take(second));
    if (uses[values.length] === 0) value.dispose();
    values.push(value);
  }
  return values.slice(-summed).reduce((sum, value) => np.add(sum, value));
}

function training(plan) {
  const { widths, batch, learningRate } = plan;
  const data = trainingData(plan);
  let weights = data.weights.flatMap((weight, i) => [
    np.array(weight, { shape: [widths[i], widths[i + 1]] }),
    np.zeros([widths[i + 1]]),
  ]);
  const x = np.array(data.x, { shape: [batch, widths[0]] });
  const y =
    plan.loss === "cross-entropy"
      ? np.array(data.y, { shape: [batch], dtype: np.int32 })
      : np.array(data.y, { shape: [batch, 1] });

  function loss(given, input, target) {
    let value = input;
    for (let i = 0; i < given.length; i += 2) {
      value = np.matmul(value, given[i]).add(given[i + 1]);
      if (i + 2 < given.length) {
        value = plan.activation === "tanh" ? np.tanh(value) : nn.relu(value);
      }
    }
    if (plan.loss === "squared error") return np.square(value.sub(target)).mean();
    return crossEntropy(value, target);
  }

  const { start, update } = optimizers[plan.optimizer](learningRate, plan.momentum);
  let state = start(weights);
  const step = jit((given, present, input, target) => {
    const [value, gradient] = valueAndGrad(loss)(tree.ref(given), input, target);
    return [value, ...update(given, gradient, present)];
  });
  return () => {
    const [value, ...next] = step(weights, state, x.ref, y.ref);
    [weights, state] = next;
    return [value];
  };
}

for (const plan of cnnPlans) calls[plan.name] = () => cnn(plan);

function cnn(plan) {
  const { weights, images, classes } = cnnData(plan);
  let variables = weights.flatMap(([elements, shape]) => [
    np.array(elements, { shape: [...shape] }),
    np.zeros(shape.length === 4 ? [1, shape[0], 1, 1] : [shape[1]]),
  ]);
  const [x] = arrays([images]);
  const y = np.array(classes, { shape: [plan.batch], dtype: np.int32 });
  function loss(given, input, target) {
    let value = input;
    plan.convolutions.forEach(({ padding }, i) => {
      const around = [padding, padding];
      value = lax.convGeneralDilated(value, given[2 * i], [1, 1], [around, around]);
      value = nn.relu(value.add(given[2 * i + 1]));
      value = lax.reduceWindow(value, np.max, [1, 1, 2, 2], [1, 1, 2, 2]);
    });
    value = value.reshape([plan.batch, -1]);
    for (let i = 2 * plan.convolutions.length; i < given.length; i += 2) {
      value = np.matmul(value, given[i]).add(given[i + 1]);
      if (i + 2 < given.length) value = nn.relu(value);
    }
    return crossEntropy(value, target);
  }
  const step = jit((given, input, target) => {
    const [value, gradient] = valueAndGrad(loss)(tree.ref(given), input, target);
    return [value, given.map((own, i) => own.sub(gradient[i].mul(plan.learningRate)))];
  });
  return () => {
    const [value, next] = step(variables, x.ref, y.ref);
    variables = next;
    return [value];
  };
}

const zerosLike = (weights) => weights.map((weight) => np.zeros(weight.shape));

export const optimizers = {
  SGD: (rate, momentum) => ({
    start: (weights) => (momentum === 0 ? [] : zerosLike(weights)),
    update(weights, gradients, velocities) {
      const next =
        momentum === 0
          ? gradients
          : velocities.map((velocity, i) => velocity.mul(momentum).add(gradients[i]));
      const kept = momentum === 0 ? [] : tree.ref(next);
      return [weights.map((weight, i) => weight.sub(next[i].mul(rate))), kept];
    },
  }),
  Adam: (rate) => ({
    // The powers of the betas are kept as products, since pow is not exact enough near 1.
    start: (weights) => ({
      means: zerosLike(weights),
      squares: zerosLike(weights),
      powers: [np.array(1, { dtype: np.float32 }), np.array(1, { dtype: np.float32 })],
    }),
    update(weights, gradients, state) {
      const [power1, power2] = [state.powers[0].mul(0.9), state.powers[1].mul(0.999)];
      const means = state.means.map((m, i) => m.mul(0.9).add(gradients[i].ref.mul(0.1)));
      const squares = state.squares.map((v, i) =>
        v.mul(0.999).add(np.square(gradients[i]).mul(0.001)),
      );
      const next = weights.map((weight, i) => {
        const mean = means[i].ref.div(np.subtract(1, power1.ref));
        const square = squares[i].ref.div(np.subtract(1, power2.ref));
        return weight.sub(mean.div(np.sqrt(square).add(1e-8)).mul(rate));
      });
      return [next, { means, squares, powers: [power1, power2] }];
    },
  }),
};
