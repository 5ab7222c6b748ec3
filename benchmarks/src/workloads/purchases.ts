// The cost of all purchases together, and the amount that each price, count and tax factor adds to it.

import { compile, type Tensor, tensor, valueAndGrad } from "@graddiff/core";
import { purchases } from "./data.ts";
import { figures } from "./figures.ts";
import { type Call, callOf, type Mode, type Workload } from "./workload.ts";

export const purchaseGradients: Workload = {
  name: "gradients of 1,000,000 purchases",
  prepare,
  figure: figures.purchases,
};

function prepare(mode: Mode): Call {
  const total = (price: Tensor, count: Tensor, tax: Tensor) => price.mul(count).mul(tax).sum();
  const gradients = valueAndGrad(total, { argnums: [0, 1, 2] });
  const run = mode === "compiled" ? compile(gradients) : gradients;

  const { price, count, tax } = purchases();
  const inputs = [tensor(price), tensor(count), tensor(tax)] as const;
  let last: readonly Tensor[] = [];
  return callOf(run, inputs, () => {
    // Results are freed, as the rivals do, and as the target time assumes.
    for (const result of last) result.dispose();
    const { value, gradient } = run(...inputs);
    last = [value, ...gradient];
    return last;
  });
}
