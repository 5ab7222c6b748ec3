/**
 * The one door through which every op goes.
 */

import { settle, type Tensor } from "../tensor/tensor.ts";
import type { Attributes, Op } from "./op.ts";
import { Recording, recordingOfConstants } from "./recording.ts";

/** Computes an op on stored tensors: the bottom of all levels. */
export type Evaluator = (op: Op, inputs: readonly Tensor[], attributes: Attributes) => Tensor;

let evaluate: Evaluator = () => {
  throw new Error("no runner is registered; import @graddiff/core, not one of its files");
};

/** Sets what computes. Called once, by `run/`. */
export function registerEvaluator(evaluator: Evaluator): void {
  evaluate = evaluator;
}

/**
 * Applies an op: in the newest recording among its inputs, or, where there is none, at once. While
 * `compile` records, it also records what has only older inputs, which are captures, or no recorded ones:
 * nothing inside of the compiled function is computed or recorded outside of it.
 */
export function apply<A extends Attributes>(
  op: Op<A>,
  inputs: readonly Tensor[],
  attributes: A,
): Tensor {
  let newest: Recording | undefined;
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i];
    const level = input && settle(input).level;
    if (level instanceof Recording && (newest === undefined || level.serial > newest.serial)) {
      newest = level;
    }
  }
  const tracing = recordingOfConstants();
  if (tracing !== undefined && (newest === undefined || newest.serial < tracing.serial)) {
    newest = tracing;
  }
  // An op is handed its own attributes again, whatever their type: the two travel together.
  const erased = op as unknown as Op;
  return newest === undefined
    ? evaluate(erased, inputs, attributes)
    : newest.apply(erased, inputs, attributes);
}

/** Whether a tensor belongs to this level. */
export function isOf(recording: Recording, tensor: Tensor): boolean {
  return settle(tensor).level === recording;
}

/** The value that a tensor has one level below `recording`. */
export function below(recording: Recording, tensor: Tensor): Tensor {
  return settle(tensor).level === recording && tensor.value !== undefined ? tensor.value : tensor;
}
