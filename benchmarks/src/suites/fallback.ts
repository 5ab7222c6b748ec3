// The cost of a host without WebAssembly: the same compiled functions with both runners.

import { type RunnerName, setRunner } from "@graddiff/core";
import type { BenchmarkCase, Contestant, Suite } from "../suite.ts";
import { workloads } from "../workloads/index.ts";
import type { Workload } from "../workloads/workload.ts";
import { contestant } from "./contestant.ts";

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
    prepare: () => [running("wasm", prepare), running("js", prepare)],
  };
}

function running(runner: RunnerName, prepare: Workload["prepare"]): Contestant {
  const call = prepare("compiled");
  return contestant(runner, "float32", () => {
    setRunner(runner);
    const results = call();
    setRunner("wasm");
    return results;
  });
}
