/**
 * The values of one model for another of the same form, such as a network that follows the one that is trained.
 */

import { fraction, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import type { Variable } from "../graph/variable.ts";
import type { LeafAt } from "../graph/variableTree.ts";
import { matchEntries } from "./matching.ts";
import { variablesOf } from "./state.ts";

/** The settings of {@link copyState}. */
export interface CopyStateOptions {
  /** The share of the way that parameters go, from 0 to 1. Default 1: they become those of the other model. */
  readonly rate?: number;
}

const readOptions = optionsReader({ rate: optional(fraction, 1) });

/**
 * Gives the Variables of a model the values of another one of the same names, eagerly or in a compiled function. Frozen
 * ones are written, too: so a target network follows the network that is trained, as in DQN, DDPG or BYOL.
 *
 * @param from the model that is read.
 * @param to the model that is written.
 * @param options `rate`: parameters become to + rate · (from − to); statistics, seeds and counts are copied whatever it
 *   is. Default 1, a copy of the state.
 * @throws ArgumentError for names that only one of both has, and for a rate that is no number from 0 to 1; ShapeError or
 *   DTypeError for Variables of another shape or dtype.
 * @example
 * ```ts
 * import { copyState, freeze } from "@graddiff/core";
 * import { Dense } from "@graddiff/nn";
 *
 * const online = new Dense(2, 2, { seed: 1 });
 * const target = new Dense(2, 2, { seed: 2 });
 * freeze(target);
 * copyState(online, target);
 * copyState(online, target, { rate: 0.005 });
 * console.log(String(target.weight.value) === String(online.weight.value)); // true
 * ```
 */
export function copyState(from: object, to: object, options?: CopyStateOptions): void {
  const op = "copyState";
  refuseSurplus(op, 3, arguments);
  const { rate } = readOptions(op, options);
  const [sources, targets] = [variablesOf(op, from, "from"), variablesOf(op, to, "to")];
  const { used } = matchEntries(op, {
    wanted: new Map([...targets].map(([name, { leaf }]) => [name, leaf])),
    values: new Map([...sources].map(([name, { leaf }]) => [name, leaf.value])),
    partial: false,
    argument: "from",
    expected: "a Variable for each of the other model",
    hint: "Both have parts of the same names",
  });
  for (const [name, next] of used) {
    // Each name belongs to a Variable.
    const { leaf } = targets.get(name) as LeafAt<Variable>;
    const { value } = leaf;
    leaf.assign(rate < 1 && leaf.isParameter ? value.add(next.sub(value).mul(rate)) : next);
  }
}
