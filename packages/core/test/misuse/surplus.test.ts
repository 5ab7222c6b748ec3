/**
 * Surplus arguments of functions that functions return, and of callbacks. A surplus argument is an error, since it
 * mostly is an option that the function does not have. `arguments.test.ts` tests the public functions themselves.
 */

import { expect, describe as group, test } from "vitest";
import * as gd from "../../src/index.ts";
import { loss, messageOf, wrong, x } from "./support.ts";

type AnyFunction = (...inputs: unknown[]) => unknown;

const call = (fn: unknown, ...inputs: unknown[]) =>
  Reflect.apply(fn as AnyFunction, undefined, inputs);
const method = (object: object, name: string, ...inputs: unknown[]) =>
  Reflect.apply(Reflect.get(object, name) as AnyFunction, object, inputs);
const shapeOf = (result: unknown) => (result as gd.Tensor).shape;

const square = (a: gd.Tensor) => a.mul(a);

group("what functions return takes no more than the function:", () => {
  const compiled = gd.compile(square);
  const calls: Readonly<Record<string, () => unknown>> = {
    compile: () => call(compiled, x, x),
    grad: () => call(gd.grad(loss), x, 1, 2, 3),
    valueAndGrad: () => call(gd.valueAndGrad(loss), x, 1),
    vjp: () => call(gd.vjp(loss), x, 1),
    jvp: () => call(gd.jvp(loss), [x, x], [x, x]),
    jacobian: () => call(gd.jacobian(square), x, x),
    hessian: () => call(gd.hessian(loss), x, x),
    "hvp of the function loss": () => call(gd.hvp(loss), x, x, x),
    linearize: () => call(gd.linearize(square), x, x),
    "the pushforward of linearize": () => call(gd.linearize(square)(x).pushforward, x, x),
    vectorize: () => call(gd.vectorize(square), x, x),
    checkpoint: () => call(gd.checkpoint(square), x, x),
    explain: () => call(gd.explain(loss), x, x),
    "FunctionLayer.forward": () => method(gd.layer(square), "forward", x, x),
  };
  test.each(Object.entries(calls))("%s", (name, run) => {
    expect(messageOf(run)).toMatch(
      new RegExp(`^${name}: expected at most \\d arguments?, got \\d`),
    );
  });
});

test("a function of the user's says how many arguments it takes, or none are counted", () => {
  const more: readonly AnyFunction[] = [
    wrong((a: gd.Tensor, ...rest: gd.Tensor[]) => rest.reduce((sum, each) => sum.add(each), a)),
    wrong((a: gd.Tensor, b: gd.Tensor | number = 3) => a.mul(b)),
    wrong(function sum() {
      return Array.from(arguments as ArrayLike<gd.Tensor>).reduce((a, b) => a.add(b));
    }),
    wrong((({ a }: { a: gd.Tensor }, b: gd.Tensor) => a.mul(b)).bind(null, { a: gd.tensor(2) })),
    wrong(gd.mul),
  ];
  for (const fn of more) {
    expect(shapeOf(call(gd.grad(wrong(fn)), 2, 3))).toEqual([]);
    expect(shapeOf(call(gd.compile(wrong(fn)), 2, 3))).toEqual([]);
  }
  const two = {
    method(a: gd.Tensor, b: gd.Tensor) {
      return a.mul(b);
    },
  };
  const counted: readonly AnyFunction[] = [
    wrong((a: gd.Tensor, b: gd.Tensor) => a.mul(b)),
    wrong(two.method),
    wrong(function mul(a: gd.Tensor, b: gd.Tensor) {
      const c = a.mul(b);
      return c;
    }),
  ];
  for (const fn of counted) {
    expect(messageOf(() => call(gd.grad(wrong(fn)), 2, 3, 4))).toBe(
      "grad: expected at most 2 arguments, got 3, the last of them 4.",
    );
  }
});

test("what map, reduce and treeMap add is no surplus", () => {
  const list = [gd.tensor(1), gd.tensor(2)];
  expect(list.map(wrong(gd.neg)).map(String)).toEqual(["-1.0", "-2.0"]);
  expect(String(list.reduce(wrong(gd.add)))).toBe("3.0");
  expect(String(gd.treeMap(wrong(gd.zerosLike), { w: gd.tensor(1) }).w)).toBe("0.0");
  expect(messageOf(() => Array.from(list, wrong(gd.neg)))).toContain("at most 1 argument, got 2");

  const detached = new Float32Array(4);
  structuredClone(detached, { transfer: [detached.buffer] });
  for (const index of [detached, { toString: () => fail() }]) {
    expect(messageOf(() => call(wrong(gd.maximum), x, x, index, []))).toContain(
      "maximum: expected at most 2 arguments, got 4",
    );
  }
});

function fail(): never {
  throw new Error("nobody may ask for this");
}
