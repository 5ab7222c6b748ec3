/**
 * The wording of every error: the op, the argument, the expected and the actual value, and a hint.
 */

import { describe, expect, test } from "vitest";
import { apply } from "../src/graph/apply.ts";
import { none, type Op, rule } from "../src/graph/op.ts";
import { NO_ATTRIBUTES } from "../src/graph/types.ts";
import {
  Add,
  ArgumentError,
  arange,
  broadcastTo,
  checkGradients,
  compile,
  concat,
  DerivativeError,
  DTypeError,
  explain,
  eye,
  full,
  GraddiffError,
  grad,
  jvp,
  layer,
  linspace,
  Multiply,
  matmul,
  mul,
  named,
  normal,
  RecordingError,
  reshape,
  ShapeError,
  setRunner,
  sin,
  slice,
  squeeze,
  stack,
  sum,
  type Tensor,
  tensor,
  transpose,
  treeMap,
  uniform,
  Variable,
  valueAndGrad,
  vectorize,
  vjp,
  where,
  zeros,
} from "../src/index.ts";

type Kind = typeof ShapeError;
// Casts a value to any type, since callers in JavaScript have no types.
const wrong = (value: unknown) => value as never;
const wrongFunction = (fn: unknown) => fn as (...inputs: Tensor[]) => Tensor;
const x = tensor([1, 2, 3]);
const line = (a: Tensor) => a.mul(2).sum();

const cases: readonly (readonly [string, () => unknown, Kind, string])[] = [
  // Creation
  [
    "rows of different lengths",
    () => tensor([[1, 2], [3]]),
    ShapeError,
    "tensor: data: expected rows of equal length along axis 1, got length 2 and length 1.",
  ],
  [
    "an element that is no number",
    () => tensor(wrong([1, "2"])),
    ArgumentError,
    'tensor: data: expected numbers or booleans, got "2" at position 1.',
  ],
  [
    "a shape of another size",
    () => tensor([1, 2, 3], { shape: [2, 2] }),
    ShapeError,
    "tensor: shape: expected a shape of 3 elements, got [2, 2].",
  ],
  [
    "an unknown dtype",
    () => zeros([2], { dtype: wrong("float16") }),
    ArgumentError,
    'zeros: dtype: expected float32, float64, int32 or bool, got "float16".',
  ],
  [
    "a Tensor made of a Tensor",
    () => tensor(wrong(x)),
    ArgumentError,
    "tensor: data: expected numbers, got a float32 Tensor of shape [3]. A Tensor can be used as it is; cast and reshape make others of it.",
  ],
  [
    "a negative length",
    () => full([-1], 0),
    ShapeError,
    "full: shape: expected an array of non-negative integers, got [-1].",
  ],
  [
    "a fill value that is no number",
    () => full([1], wrong("a")),
    ArgumentError,
    'full: value: expected a number, got "a".',
  ],
  [
    "a step of 0",
    () => arange(0, 5, { step: 0 }),
    ArgumentError,
    "arange: step: expected a finite number other than 0, got 0.",
  ],
  [
    "an infinite range",
    () => arange(Number.POSITIVE_INFINITY),
    ArgumentError,
    "arange: stop: expected a finite number, got Infinity.",
  ],
  [
    "a fractional count",
    () => linspace(0, 1, 2.5),
    ArgumentError,
    "linspace: count: expected a non-negative integer, got 2.5.",
  ],
  [
    "an eye of negative size",
    () => eye(-2),
    ArgumentError,
    "eye: rows: expected a non-negative integer, got -2.",
  ],
  [
    "a seed that is no integer",
    () => uniform([2], { seed: 0.5 }),
    ArgumentError,
    "uniform: seed: expected an integer from 0 to 2^53 - 1, got 0.5.",
  ],
  [
    "random integers",
    () => normal([2], { seed: 0, dtype: "int32" }),
    DTypeError,
    "normal: dtype: expected float32 or float64, got int32.",
  ],
  [
    "an empty interval",
    () => uniform([2], { seed: 0, low: 2, high: 1 }),
    ArgumentError,
    "uniform: low and high: expected finite numbers with low <= high, got 2 and 1.",
  ],
  // Reading
  [
    "item of several elements",
    () => x.item(),
    ArgumentError,
    "item: expected a tensor of one element, got a float32 Tensor of shape [3]. Use toArray() or data() to read several.",
  ],
  [
    "a JavaScript operator on a tensor",
    () => Number(wrong(x)) + 1,
    RecordingError,
    "conversion of a Tensor to a number: expected an op of graddiff, got a JavaScript operator or Math function, which would lose the gradient. Write x.add(1) for x + 1, x.greater(0) with where(…) for x > 0, x.sin() for Math.sin(x), or x.item() to read a plain number.",
  ],
  // Ops
  [
    "an array in the place of a tensor",
    () => mul(wrong([1, 2]), 2),
    ArgumentError,
    "mul: x: expected a Tensor or a number, got an array of length 2. Make tensors of arrays with tensor([…]); read a Variable with .value.",
  ],
  [
    "shapes that do not broadcast",
    () => x.add(tensor([1, 2])),
    ShapeError,
    "add: expected shapes that broadcast (from the last axis on, equal lengths or 1), got [3] and [2].",
  ],
  [
    "an axis out of range",
    () => sum(x, 1),
    ShapeError,
    "sum: axis: expected an integer from -1 to 0, got 1.",
  ],
  [
    "an axis of a scalar",
    () => tensor(1).sum(0),
    ShapeError,
    "sum: axis: expected no axis, for a scalar has none, got 0.",
  ],
  [
    "an axis named twice",
    () => sum(x, [0, -1]),
    ShapeError,
    "sum: axes: expected each axis once, got [0,-1].",
  ],
  [
    "the mean of nothing",
    () => zeros([0]).mean(),
    ShapeError,
    "mean: x: expected at least one element along the reduced axes, got a float32 Tensor of shape [0].",
  ],
  [
    "the maximum of nothing",
    () => zeros([2, 0]).max(1),
    ShapeError,
    "max: x: expected at least one element along the reduced axes, got a float32 Tensor of shape [2, 0].",
  ],
  [
    "a reshape to another size",
    () => reshape(x, [2, 2]),
    ShapeError,
    "reshape: shape: expected a shape of 3 elements, got [2, 2].",
  ],
  [
    "a reshape with a remainder",
    () => reshape(x, [2, -1]),
    ShapeError,
    "reshape: shape: expected a shape of 3 elements, got [2, -1].",
  ],
  [
    "squeezing an axis that is not 1",
    () => squeeze(x, 0),
    ShapeError,
    "squeeze: axes: expected axes of length 1, got axis 0 of [3].",
  ],
  [
    "a permutation with an axis missing",
    () => transpose(zeros([2, 3]), [0, 0]),
    ShapeError,
    "transpose: permutation: expected each of the 2 axes once, got [0, 0].",
  ],
  [
    "a broadcast that does not fit",
    () => broadcastTo(x, [2, 2]),
    ShapeError,
    "broadcastTo: shape: expected a shape that [3] broadcasts to, got [2, 2].",
  ],
  [
    "a slice of too many axes",
    () => slice(x, [0, 0]),
    ShapeError,
    "slice: starts: expected at most 1 entries, one for each axis, got 2.",
  ],
  [
    "a slice with a step of 0",
    () => slice(x, [0], [3], [0]),
    ArgumentError,
    "slice: steps: expected integers other than 0, got 0.",
  ],
  [
    "nothing to concatenate",
    () => concat([]),
    ArgumentError,
    "concat: tensors: expected an array of at least one Tensor, got an array of length 0.",
  ],
  [
    "shapes that do not join",
    () => concat([zeros([2, 3]), zeros([3, 2])]),
    ShapeError,
    "concat: tensors[1]: expected the shape [2, 3] but for axis 0, got [3, 2].",
  ],
  [
    "shapes that do not stack",
    () => stack([zeros([2]), zeros([3])]),
    ShapeError,
    "stack: tensors[1]: expected the shape [2], got [3].",
  ],
  [
    "a condition that is not bool",
    () => where(x, 1, 0),
    DTypeError,
    "where: condition: expected a bool tensor, got float32. Compare first, as in x.greater(0).",
  ],
  [
    "matrices that do not fit",
    () => matmul(zeros([2, 3]), zeros([2, 3])),
    ShapeError,
    "matmul: expected as many columns of x as rows of y, got shapes [2, 3] and [2, 3].",
  ],
  [
    "a matrix product with a scalar",
    () => matmul(x, 2),
    ShapeError,
    "matmul: y: expected a vector, a matrix or a stack of matrices, got a scalar. Multiply by scalars with mul.",
  ],
  [
    "a name that is no text",
    () => named("", x),
    ArgumentError,
    'named: name: expected a text that is not empty, got "".',
  ],
  [
    "a runner that does not exist",
    () => setRunner(wrong("gpu")),
    ArgumentError,
    'setRunner: name: expected "wasm" or "js", got "gpu".',
  ],
  // Differentiation
  [
    "grad of no function",
    () => grad(wrong(3)),
    ArgumentError,
    "grad: fn: expected a function, got 3.",
  ],
  [
    "a result that is a plain number",
    () => grad(wrongFunction((a: Tensor) => a.item() * 2))(3),
    DerivativeError,
    "grad: result: expected a Tensor from the differentiated function, got 6. A plain number carries no gradient: return the Tensor itself, without item().",
  ],
  [
    "a result that is a Promise",
    () => grad(wrongFunction((a: Tensor) => Promise.resolve(a)))(3),
    DerivativeError,
    "grad: result: expected a Tensor from the differentiated function, got a Promise. Differentiated functions are synchronous: await outside.",
  ],
  [
    "a result that is nothing",
    () => grad(wrongFunction((_x: Tensor) => undefined))(3),
    DerivativeError,
    "grad: result: expected a Tensor from the differentiated function, got undefined. Return the value to differentiate.",
  ],
  [
    "a result that is no scalar",
    () => grad((a) => a.mul(2))(x),
    ShapeError,
    "grad: result: expected a scalar, got [3]. Reduce it with sum() or mean(), or use vjp for other results.",
  ],
  [
    "a result that is no float",
    () => grad((a) => a.greater(0))(3),
    DTypeError,
    "grad: result: expected float32 or float64, got bool.",
  ],
  [
    "an int32 argument",
    () => grad(line)(tensor([1, 2], { dtype: "int32" })),
    DTypeError,
    'grad: argument 0: expected float32 or float64 to differentiate with respect to, got int32. Choose other arguments with argnums, or convert with cast("float32").',
  ],
  [
    "a bool leaf inside a tree",
    () => grad((p: { mask: Tensor }) => p.mask.sum())({ mask: tensor([true]) }),
    DTypeError,
    'grad: argument 0.mask: expected float32 or float64 to differentiate with respect to, got bool. Choose other arguments with argnums, or convert with cast("float32").',
  ],
  [
    "an argument that is not there",
    () => grad(wrongFunction(line), { argnums: 2 })(x),
    ArgumentError,
    "grad: argnums: expected indices from 0 to 0, each once, for a call with 1 arguments, got 2.",
  ],
  [
    "a call without arguments",
    () => grad(() => tensor(1))(),
    ArgumentError,
    "grad: variables: expected the Variables to differentiate with respect to, since there are no arguments, got none. Name what the function reads, as in grad(fn, { variables: model.variables }).",
  ],
  [
    "nothing to differentiate",
    () => grad(wrongFunction((s: string) => tensor(s.length)))(wrong("text")),
    ArgumentError,
    "grad: expected a tensor, number or Variable to differentiate with respect to, got none in the chosen arguments.",
  ],
  [
    "a typed array in a tree",
    () => grad(wrongFunction(line))(wrong({ data: new Float32Array(2) })),
    ArgumentError,
    "grad: argument 0.data: expected tensors, numbers and Variables in nested arrays and objects, got a Float32Array. Make a Tensor of a typed array with tensor(…).",
  ],
  [
    "aux that is missing",
    () => valueAndGrad(wrong(line) as (a: Tensor) => [Tensor, 1], { hasAux: true })(wrong(x)),
    DerivativeError,
    "valueAndGrad: result: expected [result, aux], since hasAux is set, got a float32 Tensor of shape [].",
  ],
  [
    "a cotangent of another shape",
    () => vjp((a: Tensor) => a.mul(2))(x).pullback(tensor([1, 2])),
    ShapeError,
    "the pullback of vjp: result: expected a cotangent of the result's shape [3], got [2].",
  ],
  [
    "a cotangent of another dtype",
    () => vjp((a: Tensor) => a.mul(2))(x).pullback(tensor([1, 2, 3], { dtype: "float64" })),
    DTypeError,
    "the pullback of vjp: result: expected a cotangent of the result's dtype float32, got float64.",
  ],
  [
    "a cotangent of another form",
    () => vjp((a: Tensor) => ({ a, b: a }))(x).pullback(wrong({ a: x })),
    ShapeError,
    "the pullback of vjp: result.b: expected a cotangent for each leaf of the result, got nothing.",
  ],
  [
    "a tangent of another shape",
    () => jvp(line)([x], [tensor([1])]),
    ShapeError,
    "jvp: tangents[0]: expected a tangent of the input's shape [3], got [1].",
  ],
  [
    "an int32 input of jvp",
    () => jvp(line)([tensor([1], { dtype: "int32" })], [tensor([1])]),
    DTypeError,
    "jvp: inputs[0]: expected float32 or float64 to differentiate with respect to, got int32.",
  ],
  [
    "batches of different sizes",
    () => vectorize((a, b) => a.add(b))(zeros([2]), zeros([3])),
    ShapeError,
    "vectorize: argument 1: expected a batch of 2, as in the arguments before, got a batch of 3.",
  ],
  [
    "nothing to vectorize over",
    () => vectorize(line)(3),
    ArgumentError,
    "vectorize: expected at least one batched Tensor among the arguments, got none. Plain numbers are the same for the whole batch.",
  ],
  [
    "a value read inside vectorize",
    () => vectorize((a) => a.mul(a.item()))(x),
    RecordingError,
    "item: expected a tensor whose elements can be read, got one inside vectorize, where a tensor stands for a whole batch. Use where(…) in place of JavaScript control flow, or read the value outside.",
  ],
  [
    "a Variable assigned from a batch",
    () => {
      const w = new Variable(tensor(0));
      vectorize((a) => {
        w.assign(a);
        return a;
      })(x);
    },
    RecordingError,
    "vectorize: Variable.assign: expected a value that is the same for the whole batch, got one that differs from example to example. Return it from the function, reduce it over the batch, and assign outside.",
  ],
  [
    "explain of a function without a Tensor",
    () => explain(wrongFunction(() => 3))(),
    DerivativeError,
    "explain: result: expected a Tensor from the differentiated function, got 3. A plain number carries no gradient: return the Tensor itself, without item().",
  ],
  [
    "a check of no inputs",
    () => checkGradients(line, []),
    ArgumentError,
    "checkGradients: inputs: expected at least one input, got none.",
  ],
  [
    "a tree with a Map",
    () => treeMap((t) => t, wrong(new Map())),
    ArgumentError,
    "treeMap: tree: expected tensors, numbers and Variables in nested arrays and objects, got a Map. Make a Tensor of a typed array with tensor(…).",
  ],
  // Compiling
  [
    "a value read inside compile",
    () => compile((a: Tensor) => (a.item() > 0 ? a : a.neg()))(3),
    RecordingError,
    "item: expected a tensor whose elements can be read, got one inside compile, where no values exist yet. Use where(…) in place of JavaScript control flow, or read the value outside. A number among the arguments of a compiled function is a Tensor inside: compile(fn, { static: [its index] }) keeps it a number.",
  ],
  [
    "a Variable read with item inside compile",
    () => {
      const w = new Variable(tensor(1));
      compile((a: Tensor) => a.mul(w.value.item()))(3);
    },
    RecordingError,
    "item: expected a tensor whose elements can be read, got one inside compile, where no values exist yet. Use where(…) in place of JavaScript control flow, or read the value outside.",
  ],
  [
    "a tensor of an outer gradient captured by compile",
    () => grad((a) => compile((b: Tensor) => b.mul(a))(2))(3),
    RecordingError,
    "mul: expected an argument of the compiled function, or a tensor with a value, got a float64 Tensor of shape [] that an outer recording is still computing. Pass it to the compiled function as an argument.",
  ],
  [
    "a compiled result that is a Promise",
    () => compile(wrongFunction((a: Tensor) => Promise.resolve(a)))(wrong(3)),
    RecordingError,
    "compile: result: expected a Tensor or a tree of Tensors, got a Promise. Recorded functions are synchronous: await outside.",
  ],
  [
    "an unknown backend",
    () => compile(line, { backend: wrong("gpu") }),
    ArgumentError,
    'compile: backend: expected "wasm", "js" or a Backend, got "gpu".',
  ],
  [
    "static places that are no array",
    () => compile(line, { static: wrong(1) }),
    ArgumentError,
    "compile: static: expected an array of indices of arguments, got 1.",
  ],
  [
    "compile of no function",
    () => compile(wrong({})),
    ArgumentError,
    "compile: fn: expected a function, got an object.",
  ],
  // Variables
  [
    "a Variable of a number",
    () => new Variable(wrong(3)),
    ArgumentError,
    "Variable: initial: expected a Tensor, got 3. Wrap numbers with tensor(…).",
  ],
  [
    "a Variable assigned another shape",
    () => new Variable(x).assign(tensor([1])),
    ShapeError,
    "Variable.assign: value: expected the Variable's shape [3], got [1].",
  ],
  [
    "a Variable assigned another dtype",
    () => new Variable(x).assign(x.cast("float64")),
    DTypeError,
    'Variable.assign: value: expected the Variable\'s dtype float32, got float64. Convert with cast("float32").',
  ],
  [
    "a Variable in the place of a tensor",
    () => mul(wrong(new Variable(x)), 2),
    ArgumentError,
    "mul: x: expected a Tensor or a number, got a float32 Variable of shape [3]. Make tensors of arrays with tensor([…]); read a Variable with .value.",
  ],
  // Layers
  [
    "backward before forward",
    () => new Multiply().backward(1),
    RecordingError,
    "Multiply.backward: expected a forward pass before, got none, or one inside a recording that has closed. Call forward first: it keeps the inputs that backward needs.",
  ],
  [
    "a gradient of another shape than the output",
    () => {
      const add = new Add();
      add.forward(x, x);
      add.backward(tensor([1, 2]));
    },
    ShapeError,
    "Add.backward: gradient: expected the output's shape [3], got [2].",
  ],
  [
    "an array given to a layer",
    () => new Multiply().forward(wrong([1, 2]), 2),
    ArgumentError,
    "mul: x: expected a Tensor or a number, got an array of length 2. Make tensors of arrays with tensor([…]); read a Variable with .value. In Multiply.",
  ],
  [
    "a layer of no function",
    () => layer(wrong(undefined)),
    ArgumentError,
    "layer: fn: expected a function, got undefined.",
  ],
];

describe("every error says what was expected and what came", () => {
  test.each(cases)("%s", (_name, run, kind, message) => {
    let error: unknown;
    try {
      run();
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(GraddiffError);
    expect(error).toBeInstanceOf(kind);
    // Messages inside compile and vectorize end with the line in the user's code, which is removed.
    const [, text] =
      (error as Error).message.match(/^(.*?)(?: \[errors\.test\.ts:\d+:\d+\])?$/s) ?? [];
    expect(text).toBe(message);
    expect((error as Error).name).toBe(kind.name);
  });
});

describe("a derivative that an op's block lacks or gets wrong is an error, never a silent zero", () => {
  const faulty = (name: string, derivative: Op["derivative"]) => {
    const op: Op = { ...sin.op, name, derivative };
    return (a: Tensor) => apply(op, [a], NO_ATTRIBUTES).sum();
  };
  const x64 = tensor([1, 2], { dtype: "float64" });

  test.each([
    [
      faulty("bare", undefined),
      "bare: expected a derivative rule, got none in the op's definition. State partials, linear, rule or none in its block.",
    ],
    [
      faulty("rough", none("it rounds")),
      "rough: expected an op with a derivative, got one without, because it rounds. Use stopGradient on its input if it is to count as a constant.",
    ],
  ])("in both modes", (fn, message) => {
    expect(() => grad(fn)(x64)).toThrow(message);
    expect(() => jvp(fn)([x64], [x64])).toThrow(message);
  });

  test("that names the op, the shape and the dtype expected", () => {
    expect(() =>
      grad(
        faulty(
          "crooked",
          rule(() => zeros([3])),
        ),
      )(x64),
    ).toThrow(
      "crooked: derivative: expected a gradient of shape [2] and dtype float64, got [3] and float32. The rule in the op's definition is wrong.",
    );
  });
});

test("a tensor that escaped from compile is an error when it is used", () => {
  let escaped: Tensor | undefined;
  compile((a: Tensor) => {
    escaped = a;
    return a.mul(2);
  })(3);
  expect(() => escaped?.mul(2)).toThrow(
    "tensor: expected a tensor whose recording is still running, got one that escaped from compile, where no values exist yet.",
  );
});

test("a tensor that escaped from vectorize is an error when it is used", () => {
  let escaped: Tensor | undefined;
  vectorize((a) => {
    escaped = a;
    return a;
  })(x);
  const message =
    "tensor: expected a tensor whose recording is still running, got one that escaped from vectorize, where a tensor stands for a whole batch. Return it from the function instead of keeping it in an outer variable.";
  expect(() => escaped?.mul(2)).toThrow(message);
  expect(() => escaped?.item()).toThrow(message);
});

test("tensors in string contexts print, everywhere else they throw", () => {
  expect(`${x}`).toBe("[1. 2. 3.]");
  const expression = (operation: (a: number) => unknown) => () => operation(wrong(x));
  expect(expression((a) => a > 0)).toThrow(RecordingError);
  expect(expression(Math.sin)).toThrow(RecordingError);
  expect(expression((a) => a + 1)).toThrow(RecordingError);
  expect(expression((a) => -a)).toThrow(RecordingError);
});
