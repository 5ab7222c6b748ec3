/**
 * The state of a run as one tree of tensors, which is saved and loaded. Names of the run itself begin with "fit".
 */

import { loadState, type State, state, type Tensor, type TensorTree } from "@graddiff/core";
import { isTensor } from "@graddiff/core/extend";
import { scalar } from "../basics.ts";
import { leavesByName } from "../inside.ts";
import { Averages, type History } from "./history.ts";
import type { Running } from "./measuring.ts";
import type { Best } from "./stopping.ts";

/** The position of a run. */
export interface Position {
  /** The steps of the epoch so far. */
  readonly step: number;
  /** The steps of the run so far. */
  readonly steps: number;
  /** True if the data have no more batches for the epoch. */
  readonly isAtEnd: boolean;
  /** The sums of the epoch so far. */
  readonly running: Running;
  readonly best: Best | undefined;
}

/**
 * Returns the tree of a run: the states of its parts (the model, the optimizer, …) by name, and the state of the run as
 * `fit`.
 */
export function treeOf(
  parts: Readonly<Record<string, object>>,
  history: History,
  { step, steps, isAtEnd, running, best }: Position,
): State {
  const own = {
    step: scalar(step, "int32"),
    steps: scalar(steps, "float64"),
    ...(isAtEnd && { atEnd: scalar(1, "int32") }),
    ...(history.length > 0 && { history: history.tensors() }),
    ...(step > 0 && { sums: running.averages.tensors(), metrics: running.states }),
    ...(best && {
      best: {
        epoch: scalar(best.epoch, "int32"),
        value: scalar(best.value, "float64"),
        weights: best.weights,
      },
    }),
  };
  // A tree of tensors, in which metrics have their states by name.
  return { ...state(parts), fit: own } as unknown as State;
}

/**
 * Loads the parts and the history of a run from a tree, and returns the position at which the run continues.
 *
 * @param metrics the names of the metrics.
 * @throws the errors of `loadState` for a tree of other parts.
 */
export function loadTree(
  op: string,
  parts: Readonly<Record<string, object>>,
  history: History,
  tree: TensorTree,
  metrics: readonly string[],
): Omit<Position, "running"> & { readonly running: Running | undefined } {
  const own = new Map<string, Tensor>();
  const others: Record<string, Tensor> = {};
  for (const [name, { leaf }] of leavesByName(op, "saveTo", tree)) {
    // loadState refuses entries that are no tensors.
    if (name.startsWith("fit.") && isTensor(leaf)) own.set(name.slice(4), leaf);
    else others[name] = leaf as Tensor;
  }
  loadState(parts, others);
  history.restore(below(own, "history."));
  const number = (name: string) => own.get(name)?.item();
  const step = number("step") ?? 0;
  const states = metrics.map((name) => [name, below(own, `metrics.${name}.`)] as const);
  const [epoch, value] = [number("best.epoch"), number("best.value")];
  const hasBest = epoch !== undefined && value !== undefined;
  return {
    step,
    steps: number("steps") ?? 0,
    isAtEnd: number("atEnd") === 1,
    running:
      step > 0
        ? { averages: Averages.of(below(own, "sums.")), states: Object.fromEntries(states) }
        : undefined,
    best: hasBest ? { epoch, value, weights: below(own, "best.weights.") } : undefined,
  };
}

/** Returns the entries whose names begin with a prefix, under their names without it. */
function below(tensors: ReadonlyMap<string, Tensor>, start: string): Record<string, Tensor> {
  const own = [...tensors].filter(([name]) => name.startsWith(start));
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(start.length), tensor]));
}
