/**
 * Compiled functions inside of derivatives that are not compiled: they run op by op, and say so once.
 */

import { expect, test } from "vitest";
import {
  compile,
  explain,
  grad,
  jvp,
  profile,
  type Tensor,
  tensor,
  Variable,
  vectorize,
} from "../../../src/index.ts";
import { SGD } from "../../../src/nn.ts";
import { watchWarnings } from "../../support/warnings.ts";

const warned = watchWarnings();

const x = tensor([1, 2]);
const w = new Variable(x);
const square = () =>
  compile(function square(y: Tensor) {
    return y.square().sum();
  });

const slow: Readonly<Record<string, (fn: (y: Tensor) => Tensor) => unknown>> = {
  grad: (fn) => grad(fn)(x),
  jvp: (fn) => jvp(fn)([x], [x]),
  vectorize: (fn) => vectorize(fn)(x),
  minimize: (fn) => new SGD(w, { learningRate: 0.1 }).minimize(() => fn(w.value)),
};

test.each(Object.entries(slow))("%s of a compiled function is told once to be slow", (_, run) => {
  const fn = square();
  run(fn);
  run(fn);
  expect(warned.mock.calls).toEqual([
    [
      "graddiff: the function square is compiled, but what is around it is not: inside of grad, vectorize and their kin it runs op by op, which takes 5 to 1,000 times as long. Compile the outermost function, as in compile(grad(fn)).",
    ],
  ]);
});

test.each(Object.entries(slow))("%s of a compiled function is fast inside of compile", (_, run) => {
  const fn = square();
  compile(() => {
    run(fn);
    return fn(x);
  })();
  expect(warned).not.toHaveBeenCalled();
});

test("a compiled function by itself, and who looks at its ops, are told nothing", () => {
  const fn = square();
  fn(x);
  compile((y: Tensor) => fn(y))(x);
  profile(fn, x);
  explain(fn)(x);
  expect(warned).not.toHaveBeenCalled();
});
