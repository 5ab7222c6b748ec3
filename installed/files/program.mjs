/**
 * The program of a user, which every row of `npm run test:installed` runs: a gradient, a compiled
 * training step, and a mistake inside a compiled function.
 */

import {
  activeRunner,
  compile,
  grad,
  profile,
  relu,
  softmax,
  summary,
  Tanh,
  tensor,
  uniform,
  valueAndGrad,
} from "@graddiff/core";
import { Adam, crossEntropy, Dense, Sequential } from "@graddiff/nn";

/** Returns what the runtime made of the program, as data that can be sent anywhere. */
export function report() {
  const warnings = [];
  const { warn } = console;
  console.warn = (...words) => warnings.push(words.join(" "));
  try {
    return {
      gradient: fingerprint([gradient()]),
      step: fingerprint(train()),
      runner: activeRunner(),
      loops: loops(),
      place: mistake(),
      names: names(),
      profiled: profiled(),
      warnings,
    };
  } finally {
    console.warn = warn;
  }
}

/** Products and elementary functions, large enough for kernels and for emitted loops. */
function gradient() {
  const x = uniform([64, 48], { seed: 1, low: -1 });
  const w = uniform([48, 40], { seed: 2, low: -1 });
  return grad((weights) => x.matmul(weights).tanh().square().mean())(w);
}

/** Trains a small classifier for ten steps, compiled. */
function train() {
  const network = new Sequential(
    new Dense(12, 16, { seed: 1 }),
    new Tanh(),
    new Dense(16, 3, { seed: 2 }),
  );
  const { variables } = network;
  const optimizer = new Adam(variables, { learningRate: 0.05 });
  const step = compile((inputs, classes) => {
    const loss = () => crossEntropy(network.forward(inputs), classes);
    const { value, gradient: slopes } = valueAndGrad(loss, { variables })();
    optimizer.step(slopes);
    return value;
  });
  const inputs = uniform([32, 12], { seed: 3, low: -1 });
  const classes = tensor(
    Array.from({ length: 32 }, (_, i) => i % 3),
    { dtype: "int32" },
  );
  const losses = Array.from({ length: 10 }, () => step(inputs, classes));
  return [...losses, ...variables.map((variable) => variable.value)];
}

/** True if a compiled function is a program in linear memory, "wasm", or runs op by op, "js". */
function loops() {
  const wave = compile((x) => x.sin().mul(2).add(1));
  return /<- loop/.test(wave.program(uniform([100], { seed: 1 })).describe()) ? "wasm" : "js";
}

/** Returns the source location that an error names, such as `program.mjs:77:17`; "" if it names none. */
function mistake() {
  const wrong = compile((x) => {
    const sum = x.add(tensor([1, 2, 3]));
    return sum.mul(2);
  });
  try {
    wrong(tensor([1, 2]));
  } catch (error) {
    return /\[([^[\]]*:\d+:\d+)\]$/.exec(error.message)?.[1] ?? "";
  }
  return "no error";
}

/** Returns a model of layers, an elementwise op and a composite. */
function modelOf() {
  return new Sequential(new Dense(2, 3, { seed: 1 }), relu, new Tanh(), softmax);
}

/**
 * Returns texts with the names of errors, layers, tables and optimizers, which a minifier must not change.
 */
function names() {
  const model = modelOf();
  const x = tensor([[1, 2]]);
  const attempts = [
    () => x.matmul(x),
    () => grad((y) => y)(x),
    () => model.forward(tensor([1, 2, 3])),
    () => new Adam(model, { learningRate: -1 }),
  ];
  const errors = attempts.map((attempt) => {
    try {
      return attempt();
    } catch (error) {
      // The source location is removed, since bundlers move lines.
      return `${error.name}: ${error.message.replace(/ \[[^[\]]*:\d+:\d+\]$/, "")}`;
    }
  });
  return [...errors, String(model), String(summary(model, x))].join("\n");
}

/** Returns the calls and layers that a profile names, of a program in linear memory. */
function profiled() {
  if (loops() === "js") return undefined;
  const model = modelOf();
  const { rows } = profile(
    compile((x) => model.forward(x)),
    uniform([64, 2], { seed: 4 }),
  );
  return rows.map(({ what, layer }) => `${what}: ${layer}`).join("\n");
}

/** Returns a hash of all bits of tensors (FNV-1a). */
function fingerprint(tensors) {
  let hash = 0x811c9dc5;
  for (const each of tensors) {
    const { buffer, byteOffset, byteLength } = each.data();
    for (const byte of new Uint8Array(buffer, byteOffset, byteLength)) {
      hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
    }
  }
  return hash.toString(16).padStart(8, "0");
}
