// Whole computations through the public interface: a function run eagerly, op by op, against the same function
// compiled. The figures are in workloads/figures.ts.

import type { BenchmarkCase, Suite } from "../suite.ts";
import { chains } from "../workloads/chain.ts";
import { workloads } from "../workloads/index.ts";
import type { Workload } from "../workloads/workload.ts";
import { contestant } from "./contestant.ts";

export const compileSuite: Suite = {
  name: "compile",
  description: "functions of tensors, eager and compiled, and the figures to reach",
  cases: [...workloads, ...chains].map(caseOf),
};

function caseOf({ name, prepare, figure, operations }: Workload): BenchmarkCase {
  return {
    name,
    dtype: "float32",
    compiles: true,
    ...(operations !== undefined && { operations }),
    ...(figure && { figure: { contestant: "compiled", ...figure } }),
    prepare: () =>
      (["eager", "compiled"] as const).map((mode) => contestant(mode, "float32", prepare(mode))),
  };
}
