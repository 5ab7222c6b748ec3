/** The function of an imported model, used like any other function, also by its types. */

import {
  compile,
  jacobian,
  layer,
  ones,
  summary,
  type Tensor,
  tensor,
  vectorize,
} from "@graddiff/core";
import { Sequential } from "@graddiff/nn";
import { expect, test } from "vitest";
import { exportOnnx, importOnnx } from "../../src/index.ts";
import { affine } from "./support/affine.ts";

test("compile, vectorize, jacobian, layers and exportOnnx take it", () => {
  const model = importOnnx(affine());
  const x = tensor([[1, 2]]);
  expect([...compile(model.fn)(x)[0].data()]).toEqual([0, 22]);
  expect(vectorize(model.fn)(ones([3, 1, 2]))[0].shape).toEqual([3, 1, 2]);
  expect(jacobian((y: Tensor) => model.fn(y)[0])(x).shape).toEqual([1, 2, 1, 2]);
  const chain = new Sequential(
    layer((y: Tensor) => model.fn(y)[0]),
    (y) => y.mul(2),
  );
  expect(summary(chain, x).flops).toBeGreaterThan(0);
  const { inputs } = exportOnnx(model.fn, [x], { inputs: ["x"], variables: model.weights });
  expect(inputs.map(({ name }) => name)).toEqual(["x"]);
});
