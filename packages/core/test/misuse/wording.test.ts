/**
 * Misuse of the public functions, as tables of calls and their messages: for arguments and options that only one
 * function has.
 */

import { expect, describe as group, test } from "vitest";
import * as gd from "../../src/index.ts";
import { allocate } from "../../src/tensor/dtype.ts";
import { loss, messageOf, wrong, x } from "./support.ts";

const matrix = gd.tensor([
  [1, 2],
  [3, 4],
]);

group("shapes and axes", () => {
  const shapes: Readonly<Record<string, (shape: never) => unknown>> = {
    zeros: gd.zeros,
    ones: gd.ones,
    full: (shape) => gd.full(shape, 1),
    uniform: (shape) => gd.uniform(shape, { seed: 0 }),
    normal: (shape) => gd.normal(shape, { seed: 0 }),
    reshape: (shape) => x.reshape(shape),
    broadcastTo: (shape) => x.broadcastTo(shape),
    tensor: (shape) => gd.tensor([1], { shape }),
  };
  test.each(Object.entries(shapes))("%s takes an array of non-negative integers", (name, call) => {
    const hole: unknown[] = [3];
    hole[2] = 3;
    const bad: readonly (readonly [unknown, string])[] = [
      [hole, "[3, undefined, 3]"],
      [[Symbol("s")], "[Symbol(s)]"],
      [[Object.create(null)], "[an object]"],
      [["3"], '["3"]'],
      [[-2], "[-2]"],
      [new Array(1000), `[${"undefined, ".repeat(8)}…]`],
      [new Int32Array(2), "an Int32Array"],
      ["33", '"33"'],
      [3, "3"],
      [null, "null"],
    ];
    for (const [shape, got] of bad) {
      expect(messageOf(() => call(wrong(shape)))).toBe(
        `${name}: shape: expected an array of non-negative integers, got ${got}.`,
      );
    }
  });

  test.each(Object.entries(shapes))("%s takes no more elements than int32 counts", (name, call) => {
    for (const shape of [[2 ** 31], [65536, 65536], [1e5, 1e5, 0]]) {
      expect(messageOf(() => call(wrong(shape)))).toBe(
        `${name}: shape: expected at most 2^31 - 1 elements, got [${shape.join(", ")}].`,
      );
    }
  });

  test.each([
    [() => matrix.sum(wrong(0n)), "sum: axes: expected an array of axes, got 0n."],
    [() => matrix.squeeze(wrong({})), "squeeze: axes: expected an array of axes, got an object."],
    [
      () => matrix.sum(wrong([Symbol("s")])),
      "sum: axis: expected an integer from -2 to 1, got Symbol(s).",
    ],
    [
      () => matrix.transpose(wrong(-4)),
      "transpose: permutation: expected an array of axes, got -4.",
    ],
    [
      () => matrix.transpose(wrong(new Array(2))),
      "transpose: axis: expected an integer from -2 to 1, got undefined.",
    ],
    [() => matrix.slice([0], wrong([undefined])), "slice: ends: expected integers, got undefined."],
    [
      () => gd.stack(wrong(new Array(1))),
      "stack: tensors[0]: expected a Tensor or a number, got undefined. Make tensors of arrays with tensor([…]); read a Variable with .value.",
    ],
    [
      () => gd.concat(wrong({ length: 1 })),
      "concat: tensors: expected an array of at least one Tensor, got an object.",
    ],
  ])("axes and lists have no holes: %#", (call, message) => {
    expect(messageOf(call)).toBe(message);
  });

  test("what was transferred to another thread is no data, and holes are no elements", () => {
    const data = new Float32Array(4);
    structuredClone(data, { transfer: [data.buffer] });
    expect(messageOf(() => gd.tensor(data))).toBe(
      "tensor: data: expected an array that has its elements, got one that was transferred to another thread.",
    );
    expect(gd.tensor(new Float32Array(0)).shape).toEqual([0]);
    const hole = [1];
    hole[2] = 1;
    expect(messageOf(() => gd.tensor(hole, { shape: [3] }))).toBe(
      "tensor: data: expected numbers or booleans, got undefined at position 1.",
    );
    const endless: unknown[] = [];
    endless.push(endless);
    expect(messageOf(() => gd.tensor(wrong(endless)))).toBe(
      "tensor: data: expected arrays of a finite depth, got one that contains itself.",
    );
  });

  test("more rows than an array can have are refused before they are made", () => {
    expect(messageOf(() => gd.zeros([2 ** 30, 0]).toArray())).toBe(
      "toArray: expected at most 2^27 elements and rows, got the shape [1073741824, 0]. Read large tensors with data().",
    );
  });
});

test("results have the limits of shapes, and errors of both name the op", () => {
  const [row, column] = [gd.zeros([1, 60_000]), gd.ones([60_000, 1])];
  const beyond = "result: expected at most 2^31 - 1 elements, got [60000, 60000].";
  const f = (x: gd.Tensor, y: gd.Tensor) => x.mul(y);
  expect(messageOf(() => column.mul(row))).toBe(`mul: ${beyond}`);
  expect(messageOf(() => gd.tensor(row.data()).exp().reshape([1, -1]).add(column))).toBe(
    `add: ${beyond}`,
  );
  expect(messageOf(() => column.matmul(row))).toBe(`matmul: ${beyond}`);
  expect(messageOf(() => gd.compile(f)(column, row))).toContain(`mul: ${beyond}`);
  expect(messageOf(() => gd.grad((x: gd.Tensor) => f(x, row).sum())(column))).toBe(
    `mul: ${beyond}`,
  );
  const example = (x: gd.Tensor) => x.mul(row.reshape([60_000]));
  expect(messageOf(() => gd.vectorize(example)(column))).toBe(`mul: ${beyond}`);
  expect(messageOf(() => allocate("float32", 2 ** 40, "mul"))).toBe(
    "mul: result: expected memory for 1099511627776 elements of float32, 4398046511104 bytes, got none: the array cannot be allocated.",
  );
  expect(column.slice([0], [2]).mul(row).shape).toEqual([2, 60_000]);
});

group("differentiation", () => {
  test.each([
    [
      () => gd.grad(loss, { argnums: wrong(x) }),
      "grad: argnums: expected a non-negative integer, got a float64 Tensor of shape [3].",
    ],
    [
      () => gd.grad(loss, { argnums: wrong([undefined]) }),
      "grad: argnums[0]: expected a non-negative integer, got undefined.",
    ],
    [
      () => gd.vjp(loss, { argnums: wrong(new Array(1)) }),
      "vjp: argnums[0]: expected a non-negative integer, got undefined.",
    ],
    [() => gd.grad(loss, { hasAux: wrong(NaN) }), "grad: hasAux: expected true or false, got NaN."],
    [
      () => gd.valueAndGrad(loss, { variables: new gd.Relu() }),
      "valueAndGrad: variables: expected at least one trained Variable, in arrays, objects or layers, got a Relu.",
    ],
    [
      () => gd.valueAndGrad(loss, { variables: [x] }),
      "valueAndGrad: variables[0]: expected a Variable, or an object or array of them, got a float64 Tensor of shape [3]. Make it one with new Variable(…).",
    ],
    [
      () => gd.jvp(loss)(wrong(null), [x]),
      "jvp: inputs: expected an array, in the order of the parameters, got null.",
    ],
    [
      () => gd.jvp(loss)([x], wrong(x)),
      "jvp: tangents: expected an array, in the order of the parameters, got a float64 Tensor of shape [3].",
    ],
    [
      () => gd.vectorize(loss, { axes: wrong([undefined]) }),
      "vectorize: axes[0]: expected an axis, or null for none, got undefined.",
    ],
    [
      () => gd.vectorize(loss, { axes: wrong([0, 1, 2]) })(x),
      "vectorize: axes: expected one axis for all arguments, or one for each of 1, got 3.",
    ],
    [
      () => gd.vectorize(gd.mul, { axes: wrong([0]) })(x, x),
      "vectorize: axes: expected one axis for all arguments, or one for each of 2, got 1.",
    ],
    [
      () => gd.vectorize(loss, { outAxis: 0.5 }),
      "vectorize: outAxis: expected an integer, got 0.5.",
    ],
    [
      () => gd.compile(loss, { static: wrong(new Array(1)) }),
      "compile: static[0]: expected a non-negative integer, got undefined.",
    ],
    [
      () => gd.checkGradients(loss, [x], { order: wrong([1]) }),
      "checkGradients: order: expected 1 or 2, got an array of length 1.",
    ],
    [
      () => gd.checkGradients(loss, [x], { directions: 2 ** 31 }),
      "checkGradients: directions: expected an integer from 1 to 1000, got 2147483648.",
    ],
    [
      () => gd.checkGradients(loss, [x], { tolerance: NaN }),
      "checkGradients: tolerance: expected a number from 0, got NaN.",
    ],
    [
      () => gd.checkGradients(() => [], [x]),
      "checkGradients: result: expected a Tensor or a tree of Tensors, got none.",
    ],
    [
      () =>
        gd
          .explain(loss)(x)
          .svg({ theme: wrong("red") }),
      'svg: theme: expected "light" or "dark", got "red".',
    ],
    [
      () => new gd.Graph(wrong([1]), 0),
      "Graph: expected a trace and the id of one of its nodes, as explain gives them, got an array of length 1 and 0.",
    ],
  ])("refuses what it cannot use: %#", (call, message) => {
    expect(messageOf(call)).toBe(message);
  });

  test("trees are walked in linear time, to a depth that the stack can bear", () => {
    const nested = (depth: number) => {
      let tree: unknown = x;
      for (let i = 0; i < depth; i++) tree = [tree];
      return tree;
    };
    expect(gd.treeLeaves(nested(999))).toEqual([x]);
    for (const call of [gd.treeLeaves, gd.grad(loss), gd.compile(loss), gd.explain(loss)]) {
      expect(messageOf(() => call(wrong(nested(9000))))).toContain(
        "got a tree nested more than 1000 deep.",
      );
    }
    expect(gd.treeLeaves([nested(1), nested(1)])).toEqual([x, x]);
  });
});

test("the parts of a message in order are those of an object", () => {
  const parts = { op: "f", expected: "a row", got: "none" };
  const whole = { ...parts, argument: "x", hint: "Write f(x)" };
  const [short, long] = [
    new gd.ShapeError("f", "", "a row", "none"),
    new gd.ShapeError("f", "x", "a row", "none", "Write f(x)"),
  ];
  expect(short.complaint).toEqual(parts);
  expect(long.complaint).toEqual(whole);
  expect(short.message).toBe(new gd.ShapeError(parts).message);
  expect(long.message).toBe("f: x: expected a row, got none. Write f(x).");
});

test("what stands for a class to be extended, and errors of no parts, are refused", () => {
  const layer = () => Reflect.construct(wrong(gd.Layer), []) as gd.Layer;
  expect(messageOf(() => layer().forward(wrong(0)))).toBe(
    "Layer.forward: expected a class with a method compute, got one without. This class is to be extended.",
  );
  expect(messageOf(() => new gd.ShapeError(wrong(undefined)))).toBe(
    "ShapeError: complaint: expected the parts of a message: { op, expected, got }, got undefined.",
  );
  expect(messageOf(() => new gd.ShapeError(wrong({ op: Symbol("s") })))).toBe(
    "ShapeError: op: expected a text, got Symbol(s).",
  );
  expect(messageOf(() => new gd.ShapeError("f", "x", "a row", wrong(undefined)))).toBe(
    "ShapeError: got: expected a text, got undefined.",
  );
});
