/**
 * The recording of a graph that is drawn: constants that follow from its leaves are nodes, too, and a graph that was run
 * can be recorded again without running all of it.
 */

import { applyAll, isOf } from "../graph/apply.ts";
import type { Op } from "../graph/op.ts";
import { constantNode, type Operation } from "../graph/trace.ts";
import type { Attributes } from "../graph/types.ts";
import { isFloat } from "../tensor/dtype.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { GradientRecording } from "./reverse.ts";
import { refuse, refuseInside, stops } from "./rules.ts";

/**
 * Records every op that depends on one of its leaves; its tape marks values that are constants to every derivative as
 * fixed.
 */
export class DrawnRecording extends GradientRecording {
  override readonly isDrawn = true;

  /** Returns a tensor that is a node of the graph without inputs. */
  constant(value: Tensor): Tensor {
    return this.labelled(this.tape.push(constantNode(value, value), value), value);
  }

  override apply(op: Op, inputs: readonly Tensor[], attributes: Attributes): readonly Tensor[] {
    return this.#apply(op, inputs, attributes);
  }

  /**
   * Records an operation whose results are known from an earlier run. Only an op with one rule for all inputs is run
   * again, in the backward pass and if it has a gradient, since its pullback needs more than its results.
   */
  known(
    { op, attributes }: Operation,
    inputs: readonly Tensor[],
    results: readonly Tensor[],
  ): readonly Tensor[] {
    return this.#apply(op, inputs, attributes, results);
  }

  /** Returns the same node with another value for its readers; the derivative of its op still uses the op's output. */
  adjusted({ index }: Tensor, value: Tensor): Tensor {
    this.tape.adjust(index, value);
    return this.tensor(index, value);
  }

  #apply(
    op: Op,
    inputs: readonly Tensor[],
    attributes: Attributes,
    known?: readonly Tensor[],
  ): readonly Tensor[] {
    const { derivative } = op;
    const isJoint = derivative?.kind === "joint";
    const moves = inputs.map((input) => this.#moves(input));
    const wanted = isJoint ? moves.map((is, k) => is && isFloat(at(inputs, k).dtype)) : moves;
    const isConstant = stops(op) || !wanted.includes(true);
    if (!isConstant) refuse(op, attributes);
    if (isJoint) refuseInside(attributes, wanted);
    const results = this.recorded(op, inputs, attributes, (values) => {
      if (isConstant || !isJoint) return { results: known ?? applyAll(op, values, attributes) };
      const run = () => this.joint(derivative, { op, inputs: values, attributes, wanted });
      if (known === undefined) return run();
      return { results: known, pull: (cotangents) => run().pull?.(cotangents) ?? [] };
    });
    for (const { index } of isConstant ? results : []) this.tape.fix(index);
    return results;
  }

  /** True if a tensor depends differentiably on a leaf. */
  #moves(tensor: Tensor): boolean {
    return isOf(this, tensor) && !this.tape.fixed?.has(tensor.index);
  }
}
