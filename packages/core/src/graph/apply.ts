/**
 * The single entry of every op.
 * In: an op, its inputs and attributes. Out: its outputs. `apply` returns the first, `applyAll` all of them.
 *
 * Invariant: the newest recording among the inputs decides, by creation and not by depth. While a trace or a body is
 * recorded, that recording takes every op whose inputs are older, too. Without a recording the op is evaluated.
 */

import { resolve, type Tensor } from "../tensor/tensor.ts";
import type { Op } from "./op.ts";
import { Recording, recordingOfConstants } from "./recording.ts";
import type { Attributes } from "./types.ts";

/** Computes ops on stored tensors: the bottom of all levels. */
export interface Evaluator {
  /** The results of an op. */
  readonly all: (op: Op, inputs: readonly Tensor[], attributes: Attributes) => readonly Tensor[];
  /** The first of them. */
  readonly first: (op: Op, inputs: readonly Tensor[], attributes: Attributes) => Tensor;
}

const missing = () => {
  throw new Error("no runner is registered; import @graddiff/core, not one of its files");
};

let evaluateAll: Evaluator["all"] = missing;
let evaluateFirst: Evaluator["first"] = missing;

/** Sets the executor: called by `run/`, and by tests that count ops. @returns the previous executor. */
export function registerEvaluator({ all, first }: Evaluator): Evaluator {
  const before = { all: evaluateAll, first: evaluateFirst };
  evaluateAll = all;
  evaluateFirst = first;
  return before;
}

/** Gets an op and the recording that will take it; undefined if it is computed at once. */
export type Watch = (
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
  recording: Recording | undefined,
) => void;

let watch: Watch | undefined;

/**
 * Runs `body`, and calls `tell` with each op before it is computed or recorded, again at each lower level to which a
 * recording passes it. An error that `tell` throws ends the run.
 */
export function watchOps<Result>(tell: Watch, body: () => Result): Result {
  const outer = watch;
  watch = tell;
  try {
    return body();
  } finally {
    watch = outer;
  }
}

/** Returns the first result of an op, which is the only one of nearly all: see {@link applyAll}. */
export function apply<A extends Attributes>(
  op: Op<A>,
  inputs: readonly Tensor[],
  attributes: A,
): Tensor {
  // An op is passed its attributes again, whatever their type: the two travel together.
  const erased = op as unknown as Op;
  const recording = recordingFor(erased, inputs, attributes);
  return recording === undefined
    ? evaluateFirst(erased, inputs, attributes)
    : recording.first(erased, inputs, attributes);
}

/**
 * Returns the results of an op: in the newest recording among its inputs, or, where there is none, at once. While a
 * trace is recorded, it also records ops whose inputs are all older (captures) or not recorded: no op of the recorded
 * function is computed or recorded outside of it.
 */
export function applyAll<A extends Attributes>(
  op: Op<A>,
  inputs: readonly Tensor[],
  attributes: A,
): readonly Tensor[] {
  const erased = op as unknown as Op;
  const recording = recordingFor(erased, inputs, attributes);
  return recording === undefined
    ? evaluateAll(erased, inputs, attributes)
    : recording.apply(erased, inputs, attributes);
}

/** Returns the recording that takes an op with these inputs, after the watcher has seen the op. */
function recordingFor(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
): Recording | undefined {
  let newest: Recording | undefined;
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i];
    const level = input && resolve(input).level;
    if (level instanceof Recording && (newest === undefined || level.serial > newest.serial)) {
      newest = level;
    }
  }
  const tracing = recordingOfConstants();
  if (tracing !== undefined && !(newest && newest.serial >= tracing.serial)) newest = tracing;
  watch?.(op, inputs, attributes, newest);
  return newest;
}

/** True if a tensor belongs to this level. */
export function isOf(recording: Recording, tensor: Tensor): boolean {
  return resolve(tensor).level === recording;
}

/** Returns the value that a tensor has one level below `recording`. */
export function below(recording: Recording, tensor: Tensor): Tensor {
  return resolve(tensor).level === recording && tensor.value !== undefined ? tensor.value : tensor;
}
