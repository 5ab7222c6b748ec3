// The workloads by jax-js, WebAssembly backend, with jit. In Node it runs on one thread.
//
// Every use of an array gives it away; `.ref` is one use more.

import { defaultDevice, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import {
  attention,
  cnnData,
  cnnPlans,
  convolution,
  definiteStack,
  invertibleStack,
  manyNumbers,
  matrices,
  matrixSizes,
  pooling,
  purchases,
  randomStack,
  rightSides,
  scalarGraph,
  stackShape,
  stacks,
  symmetricStack,
  trainingData,
  trainingPlans,
} from "../dist/src/workloads/data.js";

export async function prepare(name) {
  // Only this one: to look for the others needs a browser.
  const devices = await init("wasm");
  if (!devices.includes("wasm")) throw new Error("there is no WebAssembly backend");
  defaultDevice("wasm");
  if (calls[name] === undefined) throw new Error("no call of it stands in jax.mjs");
  return contestant(calls[name]());
}

/** Keeps the results of the last call, and frees them at the next. */
function contestant(call) {
  let results = [];
  return {
    name: "jax-js",
    run: () => {
      for (const result of results) result.dispose();
      results = call();
      // Reading one result of a jit function runs all that is pending of it.
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
  inputs.map(([elements, shape]) => np.array(elements, { shape: [...shape] }));
const padded = [
  [1, 1],
  [1, 1],
];
const convolved = (x, w) => lax.convGeneralDilated(x, w, [1, 1], padded);
calls["conv2d of 3 × 3"] = () => {
  const inputs = arrays(convolution().inputs);
  const run = jit(convolved);
  return () => [run(...tree.ref(inputs))];
};
calls["gradients of conv2d of 3 × 3"] = () => {
  const inputs = arrays(convolution().inputs);
  const loss = (x, w) => np.square(convolved(x, w)).mean();
  const run = jit(valueAndGrad(loss, { argnums: [0, 1] }));
  return () => {
    const [value, gradient] = run(...tree.ref(inputs));
    return [value, ...gradient];
  };
};
for (const [name, reduce] of [
  ["max pool of 3 × 3", np.max],
  ["average pool of 3 × 3", np.mean],
]) {
  calls[name] = () => {
    const { images, size, stride } = pooling;
    const [x] = arrays([[pooling.elements(), images]]);
    const window = [1, 1, size, size];
    const run = jit((own) =>
      lax.reduceWindow(own, (part) => reduce(part), window, [1, 1, stride, stride]),
    );
    return () => [run(x.ref)];
  };
}
// Its einsum needs a newer JavaScript than that of Node 20: a product of what is transposed.
calls["einsum of attention"] = () => {
  const inputs = arrays(attention.elements().map((own) => [own, attention.shape]));
  const run = jit((q, k) =>
    np.matmul(np.transpose(q, [0, 2, 1, 3]), np.transpose(k, [0, 2, 3, 1])),
  );
  return () => [run(...tree.ref(inputs))];
};

calls["sort of 10⁶ numbers"] = () => {
  const x = np.array(manyNumbers());
  const run = jit((x) => np.sort(x));
  return () => [run(x.ref)];
};
calls["places of 10⁶ sorted numbers"] = () => {
  const x = np.array(manyNumbers());
  const run = jit((x) => np.argsort(x));
  return () => [run(x.ref)];
};

/** The row sums of U diag(s) Vᵀ, from the sums of the columns of V. */
const rowSums = (u, s, ofColumns) =>
  np.sum(np.multiply(u, np.expandDims(np.multiply(s, ofColumns), -2)), -1);
for (const stack of stacks) {
  const shape = stackShape(stack);
  const factorise = (name, given, run) => {
    calls[`${name} of ${stack.name}`] = () => {
      const inputs = arrays(given());
      return () => run(...tree.ref(inputs));
    };
  };
  factorise(
    "cholesky",
    () => [[definiteStack(stack), shape]],
    jit((a) => [np.linalg.cholesky(a)]),
  );
  // Its jit refuses solve: "routine primitive triangular_solve input is not imm".
  factorise(
    "solve",
    () => [[invertibleStack(stack), shape], rightSides(stack)],
    (a, b) => [np.linalg.solve(a, b)],
  );
  factorise(
    "eigh",
    () => [[symmetricStack(stack), shape]],
    jit((a) => {
      const [values, vectors] = np.linalg.eigh(a);
      return [values.ref, rowSums(vectors.ref, values, np.sum(vectors, -2))];
    }),
  );
  factorise(
    "svd",
    () => [[randomStack(stack), shape]],
    jit((a) => {
      const [u, s, vt] = np.linalg.svd(a, { fullMatrices: false });
      return [s.ref, rowSums(u, s, np.sum(vt, -1))];
    }),
  );
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

/** The scalar graph, with every value given away as often as it is used. */
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
  const classes = widths.at(-1);
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
    return nn.oneHot(target, classes).mul(nn.logSoftmax(value)).sum(-1).mean().mul(-1);
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
    return nn.oneHot(target, plan.dense.at(-1)).mul(nn.logSoftmax(value)).sum(-1).mean().mul(-1);
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

const optimizers = {
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
