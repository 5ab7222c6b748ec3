/** The parts that reverse and forward mode share: the derivative in an op's block, and the errors where it has none. */

import { DerivativeError, formatShape } from "../errors.ts";
import { type Body, isComposite, type Op } from "../graph/op.ts";
import { spreadForward } from "../graph/spread.ts";
import { bodiesOf, type Trace } from "../graph/trace.ts";
import type { Attributes } from "../graph/types.ts";
import { sum } from "../ops/reduction.ts";
import { broadcasts, repeatedAxes, sameShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** One op that was computed. */
export interface Computed {
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly attributes: Attributes;
}

/** Returns the body of a composite that leaves its derivative to it. @throws DerivativeError for all other ops. */
export function differentiatedBody(op: Op): Body {
  const { derivative } = op;
  if (derivative === undefined && isComposite(op)) return op.body;
  throw derivative?.kind === "none" ? noDerivative(op, derivative.why) : missingRule(op);
}

/** gradient · partial, without multiplying by 1. */
export function scale(gradient: Tensor, partial: Tensor | number): Tensor {
  if (partial === 1) return gradient;
  return partial === -1 ? gradient.neg() : gradient.mul(partial);
}

/** Throws if an op refuses to be differentiated. */
export function refuse({ derivative }: Op, attributes: Attributes): void {
  if (derivative?.kind === "none" && derivative.refuses) throw derivative.refuses(attributes);
}

/** True if the output of an op is a constant to every derivative, whatever its inputs are. */
export function stops({ derivative }: Op): boolean {
  return derivative?.kind === "partials" && derivative.stops;
}

/** By body: the inputs, as text, for which nothing in it is refused. */
const passed = new WeakMap<Trace, Set<string>>();

/** Throws like {@link refuse} for ops in the bodies of an op that depend on a differentiated input. */
export function refuseInside(attributes: Attributes, wanted: readonly boolean[]): void {
  for (const body of bodiesOf(attributes)) {
    // A cond has its condition before the inputs of its bodies.
    const initial = wanted.slice(Math.max(0, wanted.length - body.parameters.length)).map(Number);
    const inputs = String(initial);
    const known = passed.get(body);
    if (known?.has(inputs)) continue;
    spreadForward(body, initial, 0, (node, marks) => {
      if (stops(node.op)) return 0;
      refuse(node.op, node.attributes);
      refuseInside(
        node.attributes,
        marks.map((mark) => mark > 0),
      );
      return 1;
    });
    if (known === undefined) passed.set(body, new Set([inputs]));
    else known.add(inputs);
  }
}

/** Returns the error for an op whose block states why it has no derivative. */
export function noDerivative(op: Op, why: string): DerivativeError {
  const expected = "an op with a derivative";
  const hint = "Use stopGradient on its input if it is to count as a constant";
  return new DerivativeError(op.name, "", expected, `one without, because ${why}`, hint);
}

/** Returns the error for a missing derivative: silence would be a wrong gradient. */
export function missingRule(op: Op): DerivativeError {
  const expected = "a derivative rule";
  const hint = "State partials, linear, rule or none in its block";
  return new DerivativeError(op.name, "", expected, "none in the op's definition", hint);
}

/**
 * Brings a contribution to its input's shape: where broadcasting repeated the input, its gradients
 * add up. Only this function adds them.
 */
export function unbroadcast(op: Op, contribution: Tensor, input: Tensor): Tensor {
  const { shape } = input;
  if (contribution.dtype === input.dtype && sameShape(contribution.shape, shape)) {
    return contribution;
  }
  const repeats = op.broadcasts !== undefined;
  let summed = contribution;
  if (!sameShape(contribution.shape, shape) && repeats && broadcasts(shape, contribution.shape)) {
    summed = sum(contribution, repeatedAxes(shape, contribution.shape)).reshape(shape);
  }
  if (!sameShape(summed.shape, shape) || summed.dtype !== input.dtype) {
    const expected = `a gradient of shape ${formatShape(shape)} and dtype ${input.dtype}`;
    const got = `${formatShape(summed.shape)} and ${summed.dtype}`;
    const hint = "The rule in the op's definition is wrong";
    throw new DerivativeError(op.name, "derivative", expected, got, hint);
  }
  return summed;
}
