// The product of two square matrices.

import { compile, type Tensor, tensor } from "@graddiff/core";
import { matrices, matrixSizes } from "./data.ts";
import { type Figure, figures, productOperations } from "./figures.ts";
import { type Call, callOf, type Mode, type Workload } from "./workload.ts";

const known: Readonly<Record<number, Figure>> = { 512: figures.product512 };

export const products: readonly Workload[] = matrixSizes.map((size) => {
  const figure = known[size];
  return {
    name: `product of ${size} × ${size}`,
    prepare: (mode) => prepare(size, mode),
    operations: productOperations(size),
    ...(figure && { figure }),
  };
});

function prepare(size: number, mode: Mode): Call {
  const multiply = (x: Tensor, y: Tensor) => x.matmul(y);
  const run = mode === "compiled" ? compile(multiply) : multiply;

  const [first, second] = matrices(size);
  const x = tensor(first, { shape: [size, size] });
  const y = tensor(second, { shape: [size, size] });
  let last: Tensor | undefined;
  return callOf(run, [x, y], () => {
    last?.dispose();
    last = run(x, y);
    return [last];
  });
}
