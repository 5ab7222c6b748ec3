/**
 * Lost derivatives: a function reads an array of its argument and computes with the array. This is an error in every
 * transform, however nested. A branch chosen by a single number is no error.
 */

import { describe, expect, test } from "vitest";
import {
  compile,
  DerivativeError,
  grad,
  hessian,
  hvp,
  jacobian,
  jvp,
  linearize,
  type Tensor,
  tensor,
  Variable,
  valueAndGrad,
  vectorize,
  vjp,
  zeros,
} from "../../src/index.ts";

type Fn = (x: Tensor) => Tensor;

/** The ways to read an array. */
const READS: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  toArray: (x) => tensor(x.toArray() as number[]),
  data: (x) => tensor(x.data()),
  copyTo: (x) => tensor(x.copyTo(new Float32Array(x.size))),
};

const TRANSFORMS: Readonly<Record<string, (fn: Fn, x: Tensor) => unknown>> = {
  grad: (fn, x) => grad(fn)(x),
  valueAndGrad: (fn, x) => valueAndGrad(fn)(x),
  vjp: (fn, x) => vjp(fn)(x),
  jvp: (fn, x) => jvp(fn)([x], [x]),
  jacobian: (fn, x) => jacobian(fn)(x),
  "jacobian, forwards": (fn, x) => jacobian(fn, { mode: "forward" })(x),
  hessian: (fn, x) => hessian(fn)(x),
  hvp: (fn, x) => hvp(fn)(x, x),
  linearize: (fn, x) => linearize(fn)(x),
  "grad of grad": (fn, x) => grad((y: Tensor) => grad(fn)(y).sum())(x),
};

const x = tensor([1, 2, 3]);

describe.each(Object.entries(TRANSFORMS))("%s", (_name, transform) => {
  test.each(Object.entries(READS))("refuses what goes on with %s", (by, read) => {
    const lost = () => transform((y) => read(y).square().sum(), x);
    expect(lost).toThrow(DerivativeError);
    expect(lost).toThrow(
      `expected one that is computed from the arguments or the Variables, got one that depends on none, beside ${by}() of what does. Compute it inside of the function, by ops of tensors, without ${by}()`,
    );
  });

  test("takes an array that is read beside the result, and a branch that a number chooses", () => {
    const seen: unknown[] = [];
    const beside: Fn = (y) => {
      seen.push(y.toArray());
      return y.square().sum();
    };
    expect(() => transform(beside, x)).not.toThrow();
    expect(seen.length).toBeGreaterThan(0);
    expect(() => transform((y) => (y.sum().item() > 100 ? y.sum() : tensor(3)), x)).not.toThrow();
    expect(() => transform((y) => tensor(String(y).length), x)).not.toThrow();
    // Reading an array of a constant is allowed.
    const constant = zeros([3]);
    expect(() => transform((_y) => tensor(constant.toArray() as number[]).sum(), x)).not.toThrow();
  });
});

test("a Variable is an argument, too", () => {
  const w = new Variable(x);
  const lost = () => tensor(w.value.toArray() as number[]).sum();
  expect(() => valueAndGrad(lost, { variables: w })()).toThrow(DerivativeError);
  expect(() => grad(lost, { variables: [w] })()).toThrow("toArray()");
  // Values that were read before the call are constants.
  const outside = w.value.toArray() as number[];
  expect(grad(() => tensor(outside).sum(), { variables: w })().toArray()).toEqual([0, 0, 0]);
});

test("an array of another argument, of the outer function or of an earlier call is none of the inner one", () => {
  const of = (y: Tensor, z: Tensor) =>
    tensor(z.toArray() as number[])
      .sum()
      .add(y.mul(0).sum());
  expect(grad(of)(x, x).toArray()).toEqual([0, 0, 0]);
  expect(
    grad((_y: Tensor, z: Tensor) => tensor(z.toArray() as number[]).sum())(x, x).toArray(),
  ).toEqual([0, 0, 0]);
  const outer = (y: Tensor) => {
    const read = y.toArray() as number[];
    return y.sum().add(grad((_z: Tensor) => tensor(read).sum())(tensor(1)));
  };
  expect(grad(outer)(x).toArray()).toEqual([1, 1, 1]);
  // If a gradient inside another one reads an array, the outer derivative is lost, too.
  expect(() =>
    grad((y: Tensor) => grad((z: Tensor) => z.mul(tensor(y.toArray() as number[])).sum())(y).sum())(
      x,
    ),
  ).toThrow(DerivativeError);
});

test("compiled and batched functions refuse to be read at all", () => {
  const lost = (y: Tensor) => tensor(y.toArray() as number[]).sum();
  expect(() => compile(grad(lost))(x)).toThrow("toArray");
  expect(() => grad(compile(lost))(x)).toThrow("toArray");
  expect(() => vectorize(grad(lost))(zeros([2, 3]))).toThrow("toArray");
});
