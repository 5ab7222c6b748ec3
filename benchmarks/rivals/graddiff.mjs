// The workloads by graddiff, compiled: it only calls the functions of src/workloads.

import { workloads } from "../dist/src/workloads/index.js";

export function prepare(name) {
  const call = workloads.find((workload) => workload.name === name).prepare("compiled");
  let results = [];
  return {
    name: "graddiff",
    run: () => {
      results = call();
      read(results[0]);
    },
    results: () => results.map((result) => result.data()),
  };
}

const read = (tensor) => (tensor.rank === 0 ? tensor.item() : tensor.data());
