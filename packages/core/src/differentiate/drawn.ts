/**
 * The recording of a graph that is drawn: constants that follow from its leaves are nodes, too, and a graph that was run
 * can be recorded again without running all of it.
 */

import { applyAll, isOf } from "../graph/apply.ts";
import type { Attributes, Op } from "../graph/op.ts";
import { constantNode, type Operation } from "../graph/trace.ts";
import { isFloat } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { GradientRecording } from "./reverse.ts";
import { refuse, refuseInside, stops } from "./rules.ts";

/** Records every op that depends on one of its leaves; its tape knows as fixed what is a constant to every derivative. */
export class DrawnRecording extends GradientRecording {
  override readonly isDrawn = true;

  /** A tensor that stands in the graph and depends on nothing. */
  constant(value: Tensor): Tensor {
    return this.labelled(this.tape.push(constantNode(value, value), value), value);
  }

  override apply(op: Op, inputs: readonly Tensor[], attributes: Attributes): Tensor {
    return this.#one(op, inputs, attributes);
  }

  override applyAll(op: Op, inputs: readonly Tensor[], attributes: Attributes): readonly Tensor[] {
    return this.#all(op, inputs, attributes);
  }

  /**
   * Records an operation whose results are known from an earlier run. Only an op with several results or with bodies is run
   * again, on the way back and where a gradient comes, since its way back needs more than its results.
   */
  known(
    { op, attributes }: Operation,
    inputs: readonly Tensor[],
    results: readonly Tensor[],
  ): readonly Tensor[] {
    return op.results === undefined
      ? [this.#one(op, inputs, attributes, results[0])]
      : this.#all(op, inputs, attributes, results);
  }

  /** The same node with another value for all that read it; its op's derivative is that of what it gave. */
  adjusted({ index }: Tensor, value: Tensor): Tensor {
    this.tape.adjust(index, value);
    return this.tensor(index, value);
  }

  #one(op: Op, inputs: readonly Tensor[], attributes: Attributes, known?: Tensor): Tensor {
    const isConstant = stops(op) || !inputs.some((input) => this.#moves(input));
    if (!isConstant) refuse(op, attributes);
    const result = this.recorded(op, inputs, attributes, known);
    if (isConstant) this.tape.fix(result.index);
    return result;
  }

  #all(
    op: Op,
    inputs: readonly Tensor[],
    attributes: Attributes,
    known?: readonly Tensor[],
  ): readonly Tensor[] {
    const wanted = inputs.map((input) => this.#moves(input) && isFloat(input.dtype));
    const isConstant = !wanted.includes(true);
    refuseInside(attributes, wanted);
    const results = this.recordedAll(op, inputs, attributes, (values) => {
      if (isConstant) return { results: known ?? applyAll(op, values, attributes) };
      const run = () => this.joint({ op, inputs: values, attributes, wanted });
      if (known === undefined) return run();
      return { results: known, pull: (cotangents) => run().pull?.(cotangents) ?? [] };
    });
    for (const { index } of isConstant ? results : []) this.tape.fix(index);
    return results;
  }

  /** Whether a tensor depends differentiably on a leaf. */
  #moves(tensor: Tensor): boolean {
    return isOf(this, tensor) && !this.tape.fixed?.has(tensor.index);
  }
}
