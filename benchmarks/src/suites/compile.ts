// Whole computations through the public interface: a function as it is written, op by op, against
// the same function compiled. The figures are those of workloads/figures.ts.

import type { Tensor } from "@graddiff/core";
import type { BenchmarkCase, Contestant, FloatArray, Suite } from "../suite.ts";
import { chains } from "../workloads/chain.ts";
import { workloads } from "../workloads/index.ts";
import type { Mode, Workload } from "../workloads/workload.ts";

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
    prepare: () => [contestant("eager", prepare), contestant("compiled", prepare)],
  };
}

function contestant(mode: Mode, prepare: Workload["prepare"]): Contestant {
  const call = prepare(mode);
  let last: readonly Tensor[] = [];
  return {
    name: mode,
    run: () => {
      last = call();
    },
    results: () => last.map(copyOf),
  };
}

/** The elements of a float32 tensor. */
export function copyOf(result: Tensor): FloatArray {
  return Float32Array.from(result.data());
}
