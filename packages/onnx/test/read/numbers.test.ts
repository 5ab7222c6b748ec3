/** Types of elements, and operators for which ONNX has no test cases. */

import {
  checkGradients,
  compile,
  Draws,
  type DType,
  ones,
  type Tensor,
  tensor,
  zeros,
} from "@graddiff/core";
import { expect, test } from "vitest";
import { importOnnx, toElements } from "../../src/index.ts";
import { run } from "../support/runtime.ts";
import { affine } from "./support/affine.ts";
import { floats, graph, int64, model, node, Type } from "./support/build.ts";

const values = (x: Tensor) => [...x.data()];

test("floats are computed in float64 where that is asked for", () => {
  const { fn, inputs } = importOnnx(affine(), { dtype: "float64" });
  expect(inputs[0]?.dtype).toBe("float64");
  expect(fn(ones([3, 2], { dtype: "float64" }))[0].dtype).toBe("float64");
});

test("what follows from constants alone is computed in float64, too", () => {
  const bytes = model({
    nodes: [
      node("Constant", [], ["two"], { value: floats("", [], [2]) }),
      node("Sqrt", ["two"], ["root"]),
      node("Mul", ["x", "root"], ["y"]),
    ],
    inputs: [["x", []]],
    outputs: [["y", []]],
  });
  const { fn } = importOnnx(bytes, { dtype: "float64" });
  const f = (x: Tensor) => fn(x)[0];
  const one = tensor(1, { dtype: "float64" });
  for (const run of [f, compile(f)]) expect(run(one).item()).toBe(Math.SQRT2);
});

test("a ConvTranspose of a given length cuts more at the beginning, unless it is to be SAME_UPPER", async () => {
  const make = (mode: string | undefined) =>
    model({
      nodes: [
        node("ConvTranspose", ["x", "w"], ["y"], {
          strides: [2],
          output_shape: [8],
          ...(mode && { auto_pad: mode }),
        }),
      ],
      inputs: [["x", [1, 1, 4]]],
      outputs: [["y", [1, 1, 8]]],
      constants: [floats("w", [1, 1, 3], [1, 2, 4])],
    });
  const x = tensor([[[1, 3, 5, 7]]]);
  const results = [];
  for (const mode of [undefined, "SAME_UPPER", "SAME_LOWER"]) {
    const bytes = make(mode);
    const float32 = "float32" as const;
    const names = {
      inputs: [{ name: "x", dtype: float32 }],
      outputs: [{ name: "y", dtype: float32 }],
    };
    const [expected = x] = await run({ bytes, ...names } as never, [x]);
    const own = values(importOnnx(bytes).fn(x)[0]);
    expect(own).toEqual(values(expected));
    results.push(own);
  }
  expect(results[0]).toEqual(results[2]);
  expect(results[0]).not.toEqual(results[1]);
});

test("a Slice of PyTorch that goes back to the beginning ends beside the least int64", () => {
  const bytes = model({
    nodes: [node("Slice", ["x", "starts", "ends", "axes", "steps"], ["y"])],
    inputs: [["x", [2, 3]]],
    outputs: [["y", [2, 3]]],
    constants: [
      int64("starts", [2], [-1n, 0n]),
      int64("ends", [2], [1n - 2n ** 63n, 2n ** 63n - 2n]),
      int64("axes", [2], [1n, 0n]),
      int64("steps", [2], [-1n, 1n]),
    ],
  });
  const { fn } = importOnnx(bytes);
  for (const run of [fn, compile(fn)]) {
    expect(
      values(
        run(
          tensor([
            [1, 2, 3],
            [4, 5, 6],
          ]),
        )[0],
      ),
    ).toEqual([3, 2, 1, 6, 5, 4]);
  }
});

test("integers beyond int32 are an error, but the ends of int64 stand for no end", () => {
  const sliced = (end: bigint) =>
    model({
      nodes: [node("Slice", ["x", "starts", "ends"], ["y"])],
      inputs: [["x", [3]]],
      outputs: [["y", [2]]],
      constants: [int64("starts", [1], [1]), int64("ends", [1], [end])],
    });
  expect(values(importOnnx(sliced(2n ** 63n - 1n)).fn(tensor([1, 2, 3]))[0])).toEqual([2, 3]);
  expect(() => importOnnx(sliced(2n ** 40n))).toThrow(
    /importOnnx: ends: expected integers that int32/,
  );
});

test("what is not read inside of a branch is known when the model is", () => {
  const inside = (...nodes: ReturnType<typeof node>[]) => {
    const branch = graph({ nodes, outputs: [["r", [1]]] });
    return model({
      nodes: [node("If", ["yes"], ["y"], { then_branch: branch, else_branch: branch })],
      inputs: [["yes", [], Type.BOOL]],
      outputs: [["y", [1]]],
    });
  };
  const wide = node("Constant", [], ["w"], { value: int64("", [1], [2n ** 40n]) });
  expect(() => importOnnx(inside(wide, node("Identity", ["w"], ["r"])))).toThrow(
    /^Constant "w": importOnnx: value: expected integers that int32 holds, .* got 1099511627776n\.$/,
  );
  const one = node("Constant", [], ["w"], { value: floats("", [1], [1]) });
  expect(() => importOnnx(inside(one, node("Cast", ["w"], ["r"], { to: Type.STRING })))).toThrow(
    "importOnnx: bytes: expected operators that are read, got Cast (elements of a type that is not read: texts).",
  );
});

test("random numbers are those of a seed, or others in each call", () => {
  const draw = (operator: string, inputs: string[], type: DType = "float32") => {
    const shape = inputs.length === 0 ? { shape: [2, 3] } : {};
    const bytes = model({
      nodes: [node(operator, inputs, ["y"], shape)],
      inputs: inputs.map((name) => [name, [2, 3]] as const),
      outputs: [["y", [2, 3]]],
    });
    const given = inputs.map(() => zeros([2, 3]));
    const { fn } = importOnnx(bytes);
    const [first, second] = [fn(...given)[0], fn(...given)[0]];
    expect(first.dtype).toBe(type);
    expect(values(first)).toEqual(values(second));
    const other = importOnnx(bytes, { seed: new Draws(1) });
    expect(values(other.fn(...given)[0])).not.toEqual(values(other.fn(...given)[0]));
    return first;
  };
  for (const operator of ["RandomNormal", "RandomUniform"]) {
    expect(draw(operator, []).shape).toEqual([2, 3]);
    expect(draw(`${operator}Like`, ["x"]).shape).toEqual([2, 3]);
  }
  expect(draw("Multinomial", ["x"], "int32").shape).toEqual([2, 1]);
});

test("norms of pools and along an axis", () => {
  const one = (operator: string, x: Tensor, settings = {}) =>
    importOnnx(
      model({
        nodes: [node(operator, ["x"], ["y"], settings)],
        inputs: [["x", x.shape]],
        outputs: [["y", ["a", "b", "c"]]],
      }),
    ).fn(x)[0];
  const x = tensor([
    [
      [3, 4],
      [6, 8],
    ],
  ]);
  expect(values(one("GlobalLpPool", x, { p: 2 }))).toEqual([5, 10]);
  expect(
    values(one("LpNormalization", x, { p: 1, axis: 2 }))
      .map((v) => v.toFixed(3))
      .join(),
  ).toBe("0.429,0.571,0.429,0.571");
});

test("a determinant has its sign and its gradient", () => {
  const x = tensor(
    [
      [
        [0, 2, 1],
        [3, 4, 1],
        [6, 1, 5],
      ],
      [
        [1, 2, 3],
        [2, 4, 6],
        [7, 8, 9],
      ],
    ],
    { dtype: "float64" },
  );
  const bytes = model({
    nodes: [node("Det", ["x"], ["y"])],
    inputs: [["x", [2, 3, 3], Type.DOUBLE]],
    outputs: [["y", [2], Type.DOUBLE]],
  });
  const { fn } = importOnnx(bytes);
  expect(values(fn(x)[0]).map((value) => Math.abs(Math.round(value)))).toEqual([39, 0]);
  expect(fn(x)[0].data()[0]).toBeLessThan(0);
  expect(checkGradients((a: Tensor) => fn(a)[0].slice([0], [1]).sum(), [x]).worst).toBeLessThan(
    1e-6,
  );
});

test("results are given in the types of the model", () => {
  const whole = tensor([1, -2], { dtype: "int32" });
  expect(toElements(whole, "int64")).toEqual(BigInt64Array.of(1n, -2n));
  expect(toElements(whole, "uint8")).toEqual(Uint8Array.of(1, 254));
  const numbers = tensor([1, -0, 65504, 65520, 6e-8, 1e-9, Number.NaN, 2049, 2051]);
  expect([...toElements(numbers, "float16")]).toEqual([
    0x3c00, 0x8000, 0x7bff, 0x7c00, 1, 0, 0x7e00, 0x6800, 0x6802,
  ]);
  expect([...toElements(tensor([1, 3.140625, -2]), "bfloat16")]).toEqual([0x3f80, 0x4049, 0xc000]);
  expect(() => toElements(whole, "float8" as never)).toThrow(/toElements: type: expected/);
});
