/**
 * Conversion of weights that a file stores as integers to floats, which are quantised while the model runs, so that
 * they can be trained. Gradients pass straight through the rounding, as with PyTorch's `fake_quantize`.
 */

import { zeros } from "@graddiff/core";
import { changed } from "./changed.ts";
import type { Operator } from "./operator.ts";
import { operatorOf } from "./operators/table.ts";
import type { Plan, Step } from "./plan.ts";
import { runModel } from "./run.ts";
import type { Run } from "./scope.ts";
import { narrowRange } from "./types.ts";
import { constantValue, type Value } from "./value.ts";

/** The suffix of the names that quantisers give to the integers of a tensor. */
const ENDING = /_quantized$/;

function rowOf(name: string): Operator {
  const row = operatorOf(name);
  if ("refused" in row) throw new Error(`${name} is not read`);
  return row;
}

/** Returns the integers that a DequantizeLinear reads, if they and their scale are stored in the file. */
function integersOf({ operator, inputs }: Step, { constants }: Plan): Value | undefined {
  if (operator !== "DequantizeLinear") return undefined;
  const [integers, ...others] = inputs.map((name) => constants.get(name));
  const areStored = others.every((other, i) => other !== undefined || inputs[i + 1] === "");
  const size = integers?.size ?? integers?.tensor.size ?? 0;
  // A single number of 8 bits is not a weight; a single number of 32 bits is the bias of one channel.
  const isWeight = size > 1 || (size === 1 && integers?.type === "int32");
  return areStored && isWeight ? integers : undefined;
}

/**
 * Returns a graph whose stored integers are replaced by floats, each quantised and dequantised; integers of 32 bits,
 * which are biases, become floats without quantisation.
 *
 * @param floats receives the names of the floats.
 * @param wanted the names of the integers that become floats. Default: all.
 */
export function withFloats(
  whole: Plan,
  run: Run,
  floats: Set<string>,
  wanted?: ReadonlySet<string>,
): Plan {
  return changed(whole, (own, all) => {
    const constants = new Map(own.constants);
    const taken = new Set([
      ...constants.keys(),
      ...own.inputs,
      ...all.flatMap(({ outputs }) => outputs),
    ]);
    const steps = all.flatMap((step): Step[] => {
      const integers = integersOf(step, own);
      if (integers === undefined) return [step];
      const [stored = "", scale = "", zero = ""] = step.inputs;
      const [result = ""] = step.outputs;
      const range = narrowRange(integers.type);
      const shorter = stored.replace(ENDING, "");
      const free = taken.has(shorter) ? `${stored}.float` : shorter;
      const name = range === undefined ? result : free;
      if (wanted !== undefined && !wanted.has(name)) return [step];
      const alone = { ...own, inputs: [], outputs: [result], steps: [{ ...step, frees: [] }] };
      const [value] = runModel(alone, [], run);
      if (value === undefined) return [step];
      floats.add(name);
      constants.set(name, constantValue(value.type, value.tensor));
      if (range === undefined) return [];
      const quantised = `${name}.quantised`;
      const none = `${name}.zero`;
      if (zero === "")
        constants.set(none, constantValue(integers.type, zeros([], { dtype: "int32" })));
      const quantise: Step = {
        ...step,
        operator: "QuantizeLinear",
        inputs: [name, scale, zero === "" ? none : zero],
        outputs: [quantised],
        does: rowOf("QuantizeLinear"),
        frees: [],
      };
      const inputs = [quantised, ...step.inputs.slice(1)];
      return [quantise, { ...step, inputs, frees: [...step.frees, quantised] }];
    });
    return { ...own, constants, steps };
  });
}
