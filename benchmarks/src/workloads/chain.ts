// A gradient through ever longer chains of scalar ops: compiling must take time proportional to their length.

import { compile, grad, type Tensor, tensor } from "@graddiff/core";
import { type Call, callOf, type Mode, type Workload } from "./workload.ts";

export const chains: readonly Workload[] = [1000, 10_000, 100_000].map((length) => ({
  name: `gradient of a chain of ${length.toLocaleString("en-US")} ops`,
  prepare: (mode) => prepare(length, mode),
}));

function prepare(length: number, mode: Mode): Call {
  const slope = grad((x: Tensor) => {
    let y = x;
    for (let i = 0; i < length; i++) {
      if (i % 3 === 0) y = y.add(x);
      else y = i % 3 === 1 ? y.mul(x) : y.tanh();
    }
    return y;
  });
  const run = mode === "compiled" ? compile(slope) : slope;
  const x = tensor(0.5);
  return callOf(run, [x], () => [run(x)]);
}
