/**
 * Loops that JavaScript interprets, where none may be compiled. The bits are those of the emitted ones: each step is
 * the scalar function of its op and is rounded by being stored, and reductions keep the library's order.
 */

import { at } from "../../../tensor/shape.ts";
import { isSingle, type Loop } from "../../program/loop/loop.ts";
import { blockLoop } from "./blocks.ts";
import { arraysOf, type Instructions, indexOf, instructionsOf } from "./instructions.ts";
import type { InterpretedLoop, Stage, Views } from "./views.ts";

/** Returns a loop for JavaScript. @param views of the memory that the addresses are in. */
export function interpretLoop(loop: Loop, stage: Stage, views: Views): InterpretedLoop {
  const instructions = instructionsOf(loop);
  if (loop.shape.includes(0)) return () => {};
  return isSingle(loop)
    ? singleLoop(loop, instructions, views)
    : blockLoop(loop, instructions, stage, views);
}

/** Returns a loop of one element, of hundreds of steps as a rule. All is read before anything is stored. */
function singleLoop(loop: Loop, instructions: Instructions, views: Views): InterpretedLoop {
  const { types, constants, list, results } = instructions;
  const arrays = arraysOf(loop, instructions);
  const stored = loop.outputs.map(({ step }) => at(results, step));
  const inputs = loop.inputs.length;
  const values = new Float64Array(types.length);
  /** Rounds like storing in an array of the value's dtype. */
  const store = (index: number, value: number) => {
    const type = types[index];
    values[index] = type === "float32" ? Math.fround(value) : type === "int32" ? value | 0 : value;
  };
  for (const { index, value } of constants) store(index, value);
  return (addresses) => {
    for (let i = 0; i < inputs; i++) {
      const array = at(arrays, i);
      store(i, at(views[array.dtype], indexOf(array, at(addresses, i))));
    }
    for (let i = 0; i < list.length; i++) {
      const { compute, x, y, z, result } = at(list, i);
      store(result, compute(values[x] as number, values[y] as number, values[z] as number));
    }
    for (let i = 0; i < stored.length; i++) {
      const array = at(arrays, inputs + i);
      const index = indexOf(array, at(addresses, inputs + i));
      views[array.dtype][index] = at(values, at(stored, i));
    }
  };
}
