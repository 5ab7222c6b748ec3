// Workloads that are a function of tensors of numbers, whose inputs other languages can have, too.

import { compile, type Tensor, tensor } from "@graddiff/core";
import type { Numbers, Workload } from "./workload.ts";

type Fn = (...inputs: Tensor[]) => readonly Tensor[];

/** A function of tensors of numbers and their shapes. */
export function ofTensors(name: string, fn: Fn, inputs: () => readonly Numbers[]): Workload {
  return {
    name,
    inputs,
    prepare: (mode) => {
      const run = mode === "compiled" ? compile(fn) : fn;
      const given = inputs().map(([elements, shape]) => tensor(elements, { shape }));
      let last: readonly Tensor[] = [];
      return () => {
        for (const result of last) result.dispose();
        last = run(...given);
        return last;
      };
    },
  };
}
