/**
 * Linear algebra: ONNX has no factorisations, so functions that need one are refused, with a hint; those that are
 * composed of other ops can be exported.
 */

import { type Tensor, tensor, uniform } from "@graddiff/core";
import {
  cholesky,
  det,
  eigh,
  eigvalsh,
  expm,
  inv,
  lstsq,
  lu,
  matrixNorm,
  matrixPower,
  matrixRank,
  pinv,
  qr,
  slogdet,
  solve,
  svd,
  triangularSolve,
} from "@graddiff/core/linalg";
import { expect, test } from "vitest";
import { exportOnnx } from "../src/index.ts";
import { run } from "./support/runtime.ts";

const b = tensor([1, 2, 3, 4]);

test.each<[op: string, fn: (a: Tensor) => Tensor]>([
  ["cholesky", (a) => cholesky(a)],
  ["lu", (a) => lu(a).u],
  ["lu", (a) => solve(a, b)],
  ["lu", inv],
  ["lu", det],
  ["lu", (a) => slogdet(a).logAbsDet],
  ["lu", expm],
  ["triangularSolve", (a) => triangularSolve(a, b)],
  ["qr", (a) => qr(a).r],
  ["eigh", (a) => eigh(a).vectors],
  ["eigvalsh", eigvalsh],
  ["svd", (a) => svd(a).u],
  ["svd", (a) => pinv(a)],
  ["svd", (a) => lstsq(a, b)],
  ["singularValues", (a) => matrixRank(a)],
  ["singularValues", (a) => matrixNorm(a, { order: 2 })],
])("an application of %s is refused, with what helps (%#)", (op, fn) => {
  const matrix = uniform([4, 4], { seed: 1 });
  expect(() => exportOnnx(fn, [matrix])).toThrow(`an application of ${op} that ONNX can say`);
  expect(() => exportOnnx(fn, [matrix])).toThrow("Compute them outside of the model");
});

test.each<[name: string, fn: (a: Tensor) => Tensor]>([
  ["det", det],
  ["matrixPower", (a) => matrixPower(a, 5)],
  ["matrixNorm", (a) => matrixNorm(a).add(matrixNorm(a, { order: 1 }))],
])("%s of small matrices consists of other ops", async (_name, fn) => {
  const matrices = uniform([2, 3, 3], { seed: 1, dtype: "float64" });
  const [got] = (await run(exportOnnx(fn, [matrices]), [matrices])) as [Tensor];
  const expected = fn(matrices);
  expect(got.shape).toEqual(expected.shape);
  expect(got.sub(expected).abs().max().item()).toBeLessThan(1e-14);
});
