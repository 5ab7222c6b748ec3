/**
 * The one door through which every op goes.
 */

import { settle, type Tensor } from "../tensor/tensor.ts";
import type { Attributes, Op } from "./op.ts";
import { Recording, recordingOfConstants } from "./recording.ts";

/** Computes ops on stored tensors: the bottom of all levels. */
export interface Evaluator {
  readonly one: (op: Op, inputs: readonly Tensor[], attributes: Attributes) => Tensor;
  /** All results of an op with several, or with bodies. */
  readonly all: (op: Op, inputs: readonly Tensor[], attributes: Attributes) => readonly Tensor[];
}

const missing = () => {
  throw new Error("no runner is registered; import @graddiff/core, not one of its files");
};

let evaluateOne: Evaluator["one"] = missing;
let evaluateAll: Evaluator["all"] = missing;

/** Sets what computes. Called once, by `run/`. */
export function registerEvaluator({ one, all }: Evaluator): void {
  evaluateOne = one;
  evaluateAll = all;
}

/**
 * Applies an op: in the newest recording among its inputs, or, where there is none, at once. While a
 * trace is recorded, it also records what has only older inputs, which are captures, or no recorded ones:
 * nothing inside of the recorded function is computed or recorded outside of it.
 */
export function apply<A extends Attributes>(
  op: Op<A>,
  inputs: readonly Tensor[],
  attributes: A,
): Tensor {
  const recording = recordingOf(inputs);
  // An op is handed its own attributes again, whatever their type: the two travel together.
  const erased = op as unknown as Op;
  return recording === undefined
    ? evaluateOne(erased, inputs, attributes)
    : recording.apply(erased, inputs, attributes);
}

/** Applies an op with several results or with bodies. */
export function applyAll<A extends Attributes>(
  op: Op<A>,
  inputs: readonly Tensor[],
  attributes: A,
): readonly Tensor[] {
  const recording = recordingOf(inputs);
  const erased = op as unknown as Op;
  return recording === undefined
    ? evaluateAll(erased, inputs, attributes)
    : recording.applyAll(erased, inputs, attributes);
}

/** The recording that an op of these inputs belongs to. */
function recordingOf(inputs: readonly Tensor[]): Recording | undefined {
  let newest: Recording | undefined;
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i];
    const level = input && settle(input).level;
    if (level instanceof Recording && (newest === undefined || level.serial > newest.serial)) {
      newest = level;
    }
  }
  const tracing = recordingOfConstants();
  if (tracing === undefined) return newest;
  return newest === undefined || newest.serial < tracing.serial ? tracing : newest;
}

/** Whether a tensor belongs to this level. */
export function isOf(recording: Recording, tensor: Tensor): boolean {
  return settle(tensor).level === recording;
}

/** The value that a tensor has one level below `recording`. */
export function below(recording: Recording, tensor: Tensor): Tensor {
  return settle(tensor).level === recording && tensor.value !== undefined ? tensor.value : tensor;
}
