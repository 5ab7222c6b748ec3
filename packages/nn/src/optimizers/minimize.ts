/**
 * The gradient of a loss with respect to the Variables of an optimizer, and the result of the function that computes
 * it.
 */

import {
  ArgumentError,
  DerivativeError,
  ShapeError,
  type Tensor,
  type Variable,
} from "@graddiff/core";
import { callable, describe, formatShape, isPlainObject, isTensor } from "@graddiff/core/extend";
import { run, transformed } from "../inside.ts";

/**
 * The result of a function to be minimized: its loss, or an object with the loss and further entries, such as metrics.
 */
export type Loss = Tensor | { readonly loss: Tensor };

/** The result of {@link gradientOfLoss}. */
export interface LossGradient<Result extends Loss> {
  readonly loss: Tensor;
  /** One for each Variable. */
  readonly gradient: readonly Tensor[];
  /** The result of the function, as values. */
  readonly returned: Result;
}

/**
 * Runs the function that computes a loss.
 *
 * @throws ArgumentError where no Variable is trained or no loss is returned, ShapeError for one that is no scalar, and
 *   DerivativeError for one that depends on no Variable.
 */
export function gradientOfLoss<Result extends Loss>(
  op: string,
  fn: () => Result,
  variables: readonly Variable[],
): LossGradient<Result> {
  callable(op, "fn", fn);
  if (variables.length === 0) {
    throw new ArgumentError(
      op,
      "variables",
      "at least one that is trained",
      "none",
      "Call unfreeze(model)",
    );
  }
  let argument = "result";
  const withLoss = () => {
    const returned = fn();
    if (isPlainObject(returned) && "loss" in returned) argument = "loss";
    return [lossOf(op, argument, returned), returned];
  };
  const both = () => {
    const { value, gradient, aux } = run(op, withLoss, [], {
      variables,
      hasAux: true,
      refuseConstant: () =>
        new DerivativeError(
          op,
          argument,
          "a loss that is computed from a trained Variable of the optimizer",
          "one that depends on none",
          "Compute it inside the function, from .value of what the optimizer was given, without item()",
        ),
    });
    return { loss: value, gradient, returned: aux };
  };
  const found = Reflect.apply(
    transformed(fn, { name: op, options: variables, fn: both }),
    undefined,
    [],
  );
  // Gradients and results have the forms of the Variables and of what the function returned.
  return found as LossGradient<Result>;
}

const EXPECTED = "the loss, a scalar Tensor, or an object with it as loss";

function lossOf(op: string, argument: string, returned: unknown): Tensor {
  const loss: unknown = argument === "loss" ? Object(returned).loss : returned;
  if (!isTensor(loss)) {
    throw new ArgumentError(op, argument, EXPECTED, describe(loss), hintOf(loss));
  }
  if (loss.rank !== 0) {
    throw new ShapeError(
      op,
      argument,
      "a scalar",
      formatShape(loss.shape),
      "Reduce it with mean() or sum()",
    );
  }
  return loss;
}

function hintOf(loss: unknown): string {
  if (typeof loss === "number") return "A plain number carries no gradient: leave item() out";
  if (loss instanceof Promise) return "The function is synchronous: await outside";
  return "Return it from the function";
}
