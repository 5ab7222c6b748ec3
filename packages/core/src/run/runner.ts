/**
 * What a runner is, and the evaluation of one op: the bottom of all recordings.
 *
 * The JavaScript runner can compute every op. The WebAssembly runner takes over where it has a
 * kernel and the batch is large enough to pay for the call; its results have the same bits.
 */

import { ArgumentError, describe } from "../errors.ts";
import { registerEvaluator } from "../graph/apply.ts";
import type { Attributes, Kernel, Op } from "../graph/op.ts";
import { readStorage, stored, Tensor } from "../tensor/tensor.ts";
import { runJs } from "./js/index.ts";
import { runWasm } from "./wasm/index.ts";
import { workspace } from "./wasm/workspace.ts";

/** The runners there are. */
export type RunnerName = "wasm" | "js";

let chosen: RunnerName = "wasm";

/**
 * Chooses what computes eager ops. Results are the same, bit for bit; only the speed differs.
 *
 * @param name "wasm" (the default) uses WebAssembly where it is available and pays; "js" never
 *   loads it, which also avoids the warning where a content security policy forbids it.
 * @throws ArgumentError for another name.
 */
export function setRunner(name: RunnerName): void {
  if (name !== "wasm" && name !== "js") {
    throw new ArgumentError({
      op: "setRunner",
      argument: "name",
      expected: '"wasm" or "js"',
      got: describe(name),
    });
  }
  chosen = name;
}

/**
 * The runner that computes large batches: "js" if it was chosen, or where WebAssembly cannot be had.
 */
export function activeRunner(): RunnerName {
  return chosen === "wasm" && workspace() !== undefined ? "wasm" : "js";
}

function evaluate(op: Op, inputs: readonly Tensor[], attributes: Attributes): Tensor {
  const { kernel } = op;
  switch (kernel.kind) {
    case "composite":
      return kernel.body(inputs, attributes);
    case "elementwise":
      if (inputs.every(isScalar)) return evaluateScalar(op, kernel, inputs, attributes);
      break;
    case "contraction":
    case "read":
    case "reduction":
    case "reshape":
    case "write":
      break;
    default:
      kernel satisfies never;
  }
  const output = op.infer(inputs, attributes);
  const accelerated = chosen === "wasm" ? runWasm(op, inputs, attributes, output) : undefined;
  const storage = accelerated ?? runJs(op, inputs, attributes, output);
  return stored(output.shape, output.dtype, storage, output.weak);
}

function isScalar(tensor: Tensor): boolean {
  return typeof tensor.storage === "number";
}

/** The short way for single numbers, which spares every array. */
function evaluateScalar(
  op: Op,
  kernel: Extract<Kernel, { kind: "elementwise" }>,
  inputs: readonly Tensor[],
  attributes: Attributes,
): Tensor {
  const { shape, dtype, weak } = op.infer(inputs, attributes);
  const compute = kernel.compute[inputs[inputs.length - 1]?.dtype ?? "float64"];
  const [x, y, z] = inputs;
  const result = compute(scalarOf(x), scalarOf(y), scalarOf(z));
  return new Tensor(shape, dtype, weak, dtype === "float32" ? Math.fround(result) : result);
}

function scalarOf(tensor: Tensor | undefined): number {
  if (tensor === undefined) return 0;
  const storage = readStorage(tensor, "evaluate");
  return typeof storage === "number" ? storage : Number.NaN;
}

registerEvaluator(evaluate);
