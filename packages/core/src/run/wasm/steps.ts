/**
 * Ops on arrays that stand in linear memory, for compiled programs: kernels and their arguments,
 * prepared once and called on every run.
 */

import { computeInto } from "../../families/javascript.ts";
import type { Call, Place, PlacedOp, Step } from "../../graph/kernel.ts";
import type { TypedArray } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { arrayAt, type Kernel } from "./workspace.ts";

/**
 * The steps of an op in linear memory. What runs in JavaScript holds views, so they must be made anew when
 * memory has grown.
 */
export function stepsOf(kernel: Kernel, placed: PlacedOp): Step[] {
  const calls = placed.op.kernel?.calls?.(placed, kernel);
  return calls?.map((call) => bound(kernel, call)) ?? [javaScriptStep(kernel, placed)];
}

/** Makes a call once. @throws the error that its code stands for. */
export function runCall(kernel: Kernel, call: Call): void {
  bound(kernel, call)();
}

/** A call whose function is found: programs make the same ones over and over. */
function bound(kernel: Kernel, { function: callee, arguments: given, check }: Call): Step {
  const call =
    typeof callee === "string"
      ? spread(kernel.exports[callee], given)
      : () => callee.run(kernel, ...given);
  if (check === undefined) return call;
  return () => {
    const error = check(Number(call()), kernel);
    if (error !== undefined) throw error;
  };
}

type Exported = (...given: number[]) => unknown;

/** Calls with the counts of arguments that kernels have are written out: a list takes 10 to 30 ns more for each. */
function spread(run: Exported, given: readonly number[]): () => unknown {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0, j = 0, k = 0] = given;
  switch (given.length) {
    case 6:
      return () => run(a, b, c, d, e, f);
    case 7:
      return () => run(a, b, c, d, e, f, g);
    case 9:
      return () => run(a, b, c, d, e, f, g, h, i);
    case 11:
      return () => run(a, b, c, d, e, f, g, h, i, j, k);
    default:
      return () => run(...given);
  }
}

/** The elements of a place, valid until memory grows. */
export function viewOf(kernel: Kernel, { dtype, shape, address }: Place): TypedArray {
  return arrayAt(kernel, dtype, address, sizeOf(shape));
}

/** Ops without a kernel work on the same memory. */
function javaScriptStep(kernel: Kernel, { op, attributes, inputs, output }: PlacedOp): Step {
  const arrays = inputs.map((input) => viewOf(kernel, input));
  const result = viewOf(kernel, output);
  const call = { name: op.name, arrays, types: inputs, attributes, type: output, result };
  return () => {
    result.fill(0);
    computeInto(op, call);
  };
}
