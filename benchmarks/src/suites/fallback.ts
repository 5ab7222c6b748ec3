// What it costs where there is no WebAssembly: the same compiled functions by either runner.

import { type RunnerName, setRunner, type Tensor } from "@graddiff/core";
import type { BenchmarkCase, Contestant, Suite } from "../suite.ts";
import { workloads } from "../workloads/index.ts";
import type { Workload } from "../workloads/workload.ts";
import { copyOf } from "./compile.ts";

export const fallback: Suite = {
  name: "fallback",
  description: "compiled functions in WebAssembly, and in JavaScript where there is none",
  cases: workloads.filter(({ isLong = false }) => !isLong).map(caseOf),
};

function caseOf({ name, prepare, operations }: Workload): BenchmarkCase {
  return {
    name,
    dtype: "float32",
    ...(operations !== undefined && { operations }),
    prepare: () => [contestant("wasm", prepare), contestant("js", prepare)],
  };
}

function contestant(runner: RunnerName, prepare: Workload["prepare"]): Contestant {
  const call = prepare("compiled");
  let last: readonly Tensor[] = [];
  return {
    name: runner,
    run: () => {
      setRunner(runner);
      last = call();
      setRunner("wasm");
    },
    results: () => last.map(copyOf),
  };
}
