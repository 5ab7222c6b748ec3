/**
 * All public functions that compute tensors, all layers and all optimizers, as compiled functions of their tensors,
 * with their gradients. Their arguments are those of the tests of misuse; floats are float32, and seeds vary.
 */

import {
  checkpoint,
  compile,
  cond,
  customGradient,
  eye,
  forLoop,
  grad,
  hessian,
  hvp,
  implicit,
  jacobian,
  jvp,
  type Layer,
  scan,
  state,
  Tensor,
  type TensorTree,
  tensor,
  treeMap,
  uniform,
  Variable,
  valueAndGrad,
  vectorize,
  vjp,
  whileLoop,
} from "@graddiff/core";
import type { WebGpu } from "@graddiff/core/webgpu";
import { isPlainObject } from "../../../core/src/arguments.ts";
import { isFloat } from "../../../core/src/tensor/dtype.ts";
import type { Call } from "../../../core/test/misuse/doors.ts";
import { doors as ofCore } from "../../../core/test/misuse/examples.ts";
import {
  clipByGlobalNorm,
  clipByValue,
  cosineDecay,
  Dense,
  exponentialDecay,
  initialize,
  LBFGS,
  linearWarmup,
  meanSquaredError,
  type Optimizer,
  oneCycle,
  stepDecay,
  trainingStep,
} from "../../src/index.ts";
import { doors as ofNn } from "../misuse/examples.ts";
import { OPTIMIZERS } from "../table/optimizers.ts";

type Backend = WebGpu | "wasm";

/** A compiled function with its arguments. */
export interface Tried {
  /** Prepares the program without running it. @throws the error of a backend that refuses it. */
  readonly prepare: () => void;
  /** Runs it once. */
  readonly run: () => TensorTree;
}

/** A function, layer or optimizer to be tried. */
export interface Reference {
  readonly kind: "function" | "layer" | "optimizer";
  readonly name: string;
  readonly values: (backend: Backend) => Tried;
  /** Compiles the gradients. Undefined where nothing is differentiated. */
  readonly gradients: ((backend: Backend) => Tried) | undefined;
  /**
   * Compiles the values with a Variable that is assigned a sum of them. Undefined for optimizers, which assign
   * Variables anyway.
   */
  readonly within: ((backend: Backend) => Tried) | undefined;
}

type Fn = (...inputs: Tensor[]) => unknown;

/** Returns a value with tensors and seeds replaced in its arrays and plain objects. */
function replaced(value: unknown, tensorOf: (own: Tensor) => Tensor, seedOf: SeedOf): unknown {
  if (value instanceof Tensor) return tensorOf(value);
  if (Array.isArray(value)) return value.map((own) => replaced(own, tensorOf, seedOf));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, own]) => [
      key,
      key === "seed" && typeof own === "number" ? seedOf(own) : replaced(own, tensorOf, seedOf),
    ]),
  );
}

/** Returns a float64 tensor as float32. */
const narrow = (x: Tensor) => (x.dtype === "float64" ? x.cast("float32") : x);

type SeedOf = (seed: number) => Tensor | number;

/** Returns the tensors of a result; none if it has no tensors. */
function tensorsOf(result: unknown): readonly Tensor[] {
  const found: Tensor[] = [];
  replaced(
    result,
    (own) => {
      found.push(own);
      return own;
    },
    (seed) => seed,
  );
  return found;
}

const squared = (x: Tensor) => x.square().mul(x).sum();

/** Special calls for functions that take or return functions, which would otherwise use float64. */
const OWN: Readonly<Record<string, (x: Tensor) => unknown>> = {
  checkpoint: (x) => checkpoint((own: Tensor) => own.exp())(x),
  clipByGlobalNorm: (x) => clipByGlobalNorm([x, x.sum()], 0.5),
  clipByValue: (x) => clipByValue([x, x.sum()], 0.5),
  cond: (x) =>
    cond(
      x.sum().greater(0),
      () => x.exp(),
      () => x,
    ),
  cosineDecay: (x) => x.mul(cosineDecay(1, { steps: 9 })(tensor(3))),
  customGradient: (x) =>
    customGradient(
      (own: Tensor) => own.mul(1),
      (cotangent) => [cotangent.maximum(-1).minimum(1)],
    )(x),
  exponentialDecay: (x) => x.mul(exponentialDecay(1, { factor: 0.5 })(tensor(3))),
  forLoop: (x) => forLoop(0, 3, (_i: Tensor, carry: Tensor) => carry.mul(1.5), x),
  grad: (x) => grad(squared)(x),
  hessian: (x) => hessian(squared)(x),
  hvp: (x) => hvp(squared)(x, x.mul(0.5)),
  implicit: (x) =>
    implicit(
      (own: Tensor) => own.sqrt(),
      (root, own) => root.square().sub(own),
    )(x),
  jacobian: (x) => jacobian((own: Tensor) => own.square())(x),
  jvp: (x) => jvp(squared)([x], [x.mul(0.5)]),
  linearWarmup: (x) => x.mul(linearWarmup(1, { steps: 9 })(tensor(3))),
  oneCycle: (x) => x.mul(oneCycle(1, { steps: 9 })(tensor(3))),
  scan: (x) => scan((carry: Tensor, row: Tensor) => [carry.add(row), carry], tensor(0), x),
  stepDecay: (x) => x.mul(stepDecay(1, { every: 2 })(tensor(3))),
  treeMap: (x) => treeMap((own: Tensor) => own.exp(), { x }),
  valueAndGrad: (x) => valueAndGrad(squared)(x),
  vectorize: (x) => vectorize((own: Tensor) => own.exp())(x),
  vjp: (x) => vjp((own: Tensor) => own.square())(x).value,
  whileLoop: (x) =>
    whileLoop(
      (carry: Tensor) => carry.sum().less(50),
      (carry: Tensor) => carry.mul(2),
      x,
      { maxSteps: 8 },
    ),
};

/** The functions and layers (as `forward`) that are not tried, with the reasons. */
export const UNTRIED: readonly (readonly [RegExp, string])[] = [
  [/^(compress|nonZero|unique)$/, "the shape of its result depends on values"],
  [
    /^(allClose|checkGradients|checkNode|findNaN|profile|standardize)$/,
    "it looks at values itself",
  ],
  [
    /^(activeRunner|defaultDType|setDefaultDType|setMemoryLimit|setRunner|useKernel|registeredOps)$/,
    "a setting",
  ],
  [/^(compile|linearize|layer|fit|trainingStep|generate|lossCurve|logProgress)$/, "it compiles"],
  [
    /^(drawMemory|explain|fastLength|graphOf|summary|variables|trained|toMessage|metric|pairLoss|updateRule)$/,
    "it returns no tensors",
  ],
  [
    /^(copyState|freeze|unfreeze|loadState|loadTorch|initialize|batches|reduceOnPlateau)$/,
    "it changes or reads objects",
  ],
  [/^whenRecordingCloses$/, "it is told of the end of a recording"],
  [/^(Function)?Layer\.forward$/, "each layer has its own, and so has a function"],
];

/** Returns the sum of the squares of all floats in a result. */
function squares(result: unknown): Tensor {
  return tensorsOf(result)
    .filter(({ dtype }) => isFloat(dtype))
    .reduce((sum, own) => sum.add(own.cast("float32").square().sum()), tensor(0));
}

/** Returns a function that compiles `fn` for a backend. */
function compiling(fn: Fn, inputs: readonly Tensor[]) {
  return (backend: Backend): Tried => {
    const own = compile((...given: Tensor[]) => tensorsOf(fn(...given)), { backend });
    return {
      prepare: () => void own.program(...inputs).describe(),
      run: () => own(...inputs),
    };
  };
}

/** True if a function can be compiled for WebAssembly, and returns tensors. */
function isCompiled(tried: ((backend: Backend) => Tried) | undefined): boolean {
  try {
    return tried !== undefined && tensorsOf(tried("wasm").run()).length > 0;
  } catch {
    return false;
  }
}

/** Returns the gradients of a function with respect to its floats. */
function gradientOf(fn: Fn, inputs: readonly Tensor[]): Fn | undefined {
  const floats = inputs.flatMap(({ dtype }, i) => (isFloat(dtype) ? [i] : []));
  if (floats.length === 0) return undefined;
  const loss = (own: readonly Tensor[], all: readonly Tensor[]) => {
    let next = 0;
    return squares(
      fn(...all.map((each, i) => (floats.includes(i) ? (own[next++] as Tensor) : each))),
    );
  };
  return (...given) =>
    grad(loss)(
      floats.map((i) => given[i] as Tensor),
      given,
    );
}

function referenceOf(
  kind: Reference["kind"],
  name: string,
  fn: Fn,
  inputs: readonly Tensor[],
): Reference | undefined {
  const values = compiling(fn, inputs);
  if (!isCompiled(values)) return undefined;
  // Gradients of variants are not tried, since they follow from the same rules.
  const gradient = / (of|with) /.test(name) ? undefined : gradientOf(fn, inputs);
  const gradients = gradient && compiling(gradient, inputs);
  return {
    kind,
    name,
    values,
    gradients: isCompiled(gradients) ? gradients : undefined,
    within: withinOf(fn, inputs),
  };
}

/** Returns a function that compiles `fn` with its results assigned to a Variable. */
function withinOf(fn: Fn, inputs: readonly Tensor[]) {
  return (backend: Backend): Tried => {
    const sum = new Variable(tensor(0), { trainable: false });
    const assigning: Fn = (...given) => {
      const results = tensorsOf(fn(...given)).map((own) => own.cast("float32").square().sum());
      sum.assign(results.reduce((total, own) => total.add(own), sum.value));
      return sum.value;
    };
    return compiling(assigning, inputs)(backend);
  };
}

/** The arguments of a call as a template: the tensors in them, and a function that fills in others. */
interface Template {
  readonly inputs: readonly Tensor[];
  readonly filled: (given: readonly unknown[]) => unknown[];
}

/** Finds the tensors among arguments. @param change returns the tensor that is used instead. */
function templateOf(
  full: readonly unknown[],
  change: (own: Tensor) => Tensor,
  seedOf: SeedOf = (seed) => seed,
): Template {
  const inputs: Tensor[] = [];
  const note = (given: Tensor) => {
    inputs.push(given);
    return given;
  };
  const shown = replaced(
    full,
    (own) => note(change(own)),
    (seed) => {
      const given = seedOf(seed);
      return typeof given === "number" ? given : note(given);
    },
  );
  return {
    inputs,
    filled: (given) => {
      let next = 0;
      const take = () => given[next++] as Tensor;
      return replaced(shown, take, (seed) => seed) as unknown[];
    },
  };
}

/** Arguments for which a function may behave differently, with a name for the difference. */
interface Variant {
  readonly suffix: string;
  readonly full: readonly unknown[];
  readonly change: (own: Tensor) => Tensor;
}

const whole = (x: Tensor) => (isFloat(x.dtype) ? x.cast("int32") : x);

/** Returns larger matrices, since factorisations of small ones use formulas. */
const large = (x: Tensor) =>
  x.rank === 2 && x.shape[0] === x.shape[1] ? eye(5).mul(2).add(0.1) : narrow(x);

/** Returns the variants of a call: the usual arguments, larger matrices, int32, and each value of the options. */
function variantsOf({ full, form }: Call): readonly Variant[] {
  const options = form.findIndex((own) => own.options !== undefined);
  const given = Object(full[options]);
  const values = (form[options]?.options ?? []).flatMap(({ name, kinds }) =>
    kinds.flatMap((kind): [string, unknown][] => {
      if (kind.startsWith('"')) return [[name, JSON.parse(kind)]];
      return kind === "boolean" ? [[name, true]] : [];
    }),
  );
  return [
    { suffix: "", full, change: narrow },
    { suffix: " of 5 × 5", full, change: large },
    { suffix: " of int32", full, change: whole },
    ...values
      .filter(([name, value]) => given[name] !== value)
      .map(([name, value]) => ({
        suffix: ` with ${name}: ${JSON.stringify(value)}`,
        full: full.with(options, { ...given, [name]: value }),
        change: large,
      })),
  ];
}

/** Returns a function in all variants, with seeds as tensors if it takes such seeds. */
function functionsOf(call: Call): readonly Reference[] {
  const { name, run } = call;
  const own = OWN[name];
  if (own !== undefined) {
    const found = referenceOf("function", name, (x) => own(x as Tensor), [tensor([1, 2, 3])]);
    return found ? [found] : [];
  }
  const seeds: readonly SeedOf[] = [(seed) => tensor(seed, { dtype: "int32" }), (seed) => seed];
  return variantsOf(call).flatMap(({ suffix, full, change }) => {
    for (const seedOf of seeds) {
      const { inputs, filled } = templateOf(full, change, seedOf);
      const fn: Fn = (...given) => run(filled(given));
      const found = referenceOf("function", name + suffix, fn, inputs);
      if (found !== undefined) return [found];
    }
    return [];
  });
}

/** Returns a layer in training mode, with the gradients of its Variables. */
function layerOf({ name: path, full }: Call): Reference | undefined {
  const name = path.replace(".forward", "");
  const { inputs, filled } = templateOf(full, narrow);
  const made = () => {
    const doors = ofNn.names.includes(path) ? ofNn : ofCore;
    const layer = doors.made(name) as Layer;
    // The seed gives the same weights for every backend.
    if (layer.variables.length > 0) initialize(layer, 1);
    layer.train();
    return layer;
  };
  const forward =
    (layer: Layer): Fn =>
    (...given) =>
      (layer.forward as (...own: unknown[]) => unknown)(...filled(given));
  const values = (backend: Backend) => compiling(forward(made()), inputs)(backend);
  if (!isCompiled(values)) return undefined;
  const gradients = (backend: Backend) => {
    const layer = made();
    const loss = (...given: Tensor[]) => squares(forward(layer)(...given));
    const { variables } = layer;
    return compiling((...given) => {
      if (variables.length === 0) return gradientOf(forward(layer), inputs)?.(...given);
      return valueAndGrad(loss, { variables })(...given).gradient;
    }, inputs)(backend);
  };
  return {
    kind: "layer",
    name,
    values,
    gradients: isCompiled(gradients) ? gradients : undefined,
    within: (backend) => withinOf(forward(made()), inputs)(backend),
  };
}

function optimizerOf(name: string, make: (model: Dense) => Optimizer | LBFGS): Reference {
  return {
    kind: "optimizer",
    name,
    gradients: undefined,
    within: undefined,
    values: (backend) => {
      const model = new Dense(3, 2, { seed: 1 });
      const loss = (own: Dense, x: Tensor) =>
        meanSquaredError(own.forward(x), x.slice([0, 0], [4, 2]));
      const step = trainingStep(model, loss, make(model), { backend });
      const x = uniform([4, 3], { seed: 2 });
      return {
        prepare: () => void step.program(x).describe(),
        run: () => {
          const first = step(x);
          step(x);
          return [first, state(model)] as unknown as TensorTree;
        },
      };
    },
  };
}

const isFunction = (name: string) => /^[a-z]\w*$/.test(name);
const isLayer = (name: string) => /^[A-Z]\w*\.forward$/.test(name);

/** The entry points that have functions of tensors. */
const OF_TENSORS = [
  [ofCore, "."],
  [ofCore, "./fft"],
  [ofCore, "./linalg"],
  [ofNn, "."],
] as const;

/** The names of all public functions and layers, such as `Dense.forward`. */
export const NAMES: readonly string[] = OF_TENSORS.flatMap(([doors, entry]) => [
  ...(doors.table.get(entry)?.keys() ?? []),
]).filter((name) => isFunction(name) || isLayer(name));

/** Returns all functions, layers and optimizers of the reference. */
export function allOfReference(): readonly Reference[] {
  const calls = OF_TENSORS.flatMap(([doors, entry]) => doors.callsOf(entry));
  // Only one form of each function is tried.
  const byName = new Map(calls.toReversed().map((call) => [call.name, call]));
  const own = [...byName.values()].toReversed();
  const functions = own.filter(({ name }) => isFunction(name)).flatMap(functionsOf);
  const layers = own.filter(({ name }) => isLayer(name)).map(layerOf);
  const optimizers = Object.entries(OPTIMIZERS).map(([name, make]) => optimizerOf(name, make));
  return [
    ...functions,
    ...layers,
    ...optimizers,
    optimizerOf("LBFGS", (model) => new LBFGS(model)),
  ].filter((each) => each !== undefined);
}

/** Returns the error with which a backend refuses to prepare a program; undefined if it prepares the program. */
export function refusalOf(tried: Tried): Error | undefined {
  try {
    tried.prepare();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
