/**
 * Reverse mode: a recording that keeps a tape of what was computed, and the backward pass over it.
 *
 * In: a tape, and cotangents of its outputs. Out: cotangents of the leaves.
 *
 * Invariant: the walk calls the rules on values one level down, so a gradient inside a gradient, a batch or a compilation
 * needs nothing special. It is a loop, never a recursion. A contribution has the shape and dtype of its input: the walk
 * sums over the axes that broadcasting repeated, here and nowhere else.
 *
 * Outputs of an op without a derivative, such as `stopGradient`, are constants, and nothing derived from them alone is
 * recorded.
 */

import { apply, applyAll, below, isOf } from "../graph/apply.ts";
import type {
  JointContext,
  JointDerivative,
  JointPullback,
  Push,
  Tangent,
  Tangents,
} from "../graph/joint.ts";
import { type Op, pullbackOf } from "../graph/op.ts";
import { Recording, record } from "../graph/recording.ts";
import { type Operation, operationNode, projectionNode } from "../graph/trace.ts";
import type { Attributes } from "../graph/types.ts";
import { logicalAnd, masked } from "../ops/comparison.ts";
import { isFloat } from "../tensor/dtype.ts";
import { entryAt, numberAt } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import {
  type Computed,
  differentiatedBody,
  noDerivative,
  refuse,
  refuseInside,
  scale,
  stops,
  unbroadcast,
} from "./rules.ts";
import { NodeGradients, Tape } from "./tape.ts";

const CLOSED = new Tape();

/** The results of a multi-output op, and its pullback; undefined if no backward pass is wanted. */
export interface JointResults {
  readonly results: readonly Tensor[];
  readonly pull?: JointPullback;
  /** The pushforward, if the tape is for forward mode. */
  readonly push?: Push;
}

/**
 * Records every op that depends differentiably on one of its leaves, and computes it one level down. The output of an
 * op without a derivative, such as `stopGradient`, is a constant: nothing that is computed from it alone is recorded.
 */
export class GradientRecording extends Recording {
  readonly unreadable = undefined;
  tape = new Tape();

  /** Returns a tensor that gradients are wanted for. */
  leaf(value: Tensor): Tensor {
    return this.labelled(this.tape.argument(value), value);
  }

  override apply(op: Op, inputs: readonly Tensor[], attributes: Attributes): readonly Tensor[] {
    const { derivative } = op;
    if (derivative?.kind === "joint") {
      const wanted = inputs.map((input) => isOf(this, input) && isFloat(input.dtype));
      if (wanted.includes(true)) {
        refuseInside(attributes, wanted);
        return this.recorded(op, inputs, attributes, (values) =>
          this.joint(derivative, { op, inputs: values, attributes, wanted }),
        );
      }
    } else if (!stops(op)) {
      refuse(op, attributes);
      return this.recorded(op, inputs, attributes);
    }
    const values = inputs.map((input) => below(this, input));
    return applyAll(op, values, attributes);
  }

  /**
   * An op with a rule for each input has one result. A list of results would take an eighth of the time of a small op.
   */
  override first(op: Op, inputs: readonly Tensor[], attributes: Attributes): Tensor {
    const { derivative } = op;
    if (this.isDrawn || !derivative || derivative.kind === "joint" || stops(op)) {
      return super.first(op, inputs, attributes);
    }
    refuse(op, attributes);
    const values: Tensor[] = [];
    const ids = this.#read(inputs, values);
    return this.#push(op, ids, attributes, apply(op, values, attributes));
  }

  /** Records an op, which `run`, if it is given, computes from the values of its inputs. */
  protected recorded(
    op: Op,
    inputs: readonly Tensor[],
    attributes: Attributes,
    run?: (values: readonly Tensor[]) => JointResults,
  ): readonly Tensor[] {
    const values: Tensor[] = [];
    const ids = this.#read(inputs, values);
    const operation = this.tape.nodes.length;
    const { results, pull, push }: JointResults = run?.(values) ?? {
      results: applyAll(op, values, attributes),
    };
    if (pull !== undefined) this.tape.keepPull(operation, pull);
    if (push !== undefined) this.tape.keepPush(operation, push);
    return results.map((result, i) =>
      i === 0
        ? this.#push(op, ids, attributes, result)
        : this.tensor(this.tape.push(projectionNode(result, operation, i), result), result),
    );
  }

  /** Returns the results of an op with one rule for all inputs together, and their pullback. */
  protected joint(derivative: JointDerivative, context: JointContext): JointResults {
    return derivative.vjp(context);
  }

  override lower(tensor: Tensor): Tensor {
    return below(this, tensor);
  }

  override name(index: number, name: string): void {
    this.tape.name(index, name);
  }

  override close(): void {
    // Tensors that escaped still know their recording; it must not keep the graph alive.
    this.tape = CLOSED;
  }

  /** Returns the ids of an op's inputs, and their values one level down. */
  #read(inputs: readonly Tensor[], values: Tensor[]): number[] {
    const ids: number[] = [];
    for (let k = 0; k < inputs.length; k++) {
      const input = entryAt(inputs, k);
      if (isOf(this, input)) {
        values.push(input.value ?? input);
        ids.push(input.index);
      } else {
        values.push(input);
        ids.push(this.tape.constant(input));
      }
    }
    return ids;
  }

  /** Returns the tensor of a new operation. */
  #push(op: Op, ids: readonly number[], attributes: Attributes, result: Tensor): Tensor {
    return this.tensor(this.tape.push(operationNode(result, op, ids, attributes), result), result);
  }

  /** Returns the tensor of a node that has the name of its value. */
  protected labelled(id: number, value: Tensor): Tensor {
    if (value.label !== undefined) this.tape.name(id, value.label);
    return this.tensor(id, value);
  }

  /** Returns the tensor of a node. */
  protected tensor(id: number, value: Tensor): Tensor {
    return new Tensor(value.shape, value.dtype, value.weak, undefined, this, id, value);
  }
}

/** Called with the output of the op whose derivative is computed next, and with nothing at the end. */
let follower: ((output: Tensor | undefined) => void) | undefined;

/** Runs `body`, and tells which op's derivative is being computed in it. */
export function followingBack<Result>(
  tell: (output: Tensor | undefined) => void,
  body: () => Result,
): Result {
  const outer = follower;
  follower = tell;
  try {
    return body();
  } finally {
    follower = outer;
  }
}

/** Called with every gradient that flows along an edge: from a node back to its input `k`. */
export type Observer = (node: number, k: number, contribution: Tensor) => void;

/**
 * Walks a tape backwards and adds up what every node contributes to its inputs.
 *
 * @param found the gradients that it starts from. Gradients of the arguments are kept, with an observer those of all
 *   nodes; others are dropped once they were used.
 */
export function walkBack(tape: Tape, found: NodeGradients, observe?: Observer): NodeGradients {
  const { nodes } = tape;
  for (let id = nodes.length - 1; id >= 0; id--) {
    const node = entryAt(nodes, id);
    if (node.kind === "operation") {
      follower?.(tape.outputOf(id));
      const isJoint = node.op.derivative?.kind === "joint" || nodes[id + 1]?.kind === "projection";
      if (isJoint) jointBack(tape, node, id, found, observe);
      else stepBack(tape, node, id, found, observe);
    }
    if (node.kind !== "argument" && node.kind !== "projection" && observe === undefined)
      found.drop(id);
  }
  follower?.(undefined);
  return found;
}

function stepBack(
  tape: Tape,
  node: Operation,
  id: number,
  found: NodeGradients,
  observe: Observer | undefined,
): void {
  const cotangent = found.value(id);
  const { fixed } = tape;
  if (cotangent === undefined || fixed?.has(id)) return;
  const { op, inputs: ids, attributes } = node;
  const { inputs, wanted } = operandsOf(tape, ids);
  const output = tape.outputOf(id);
  const mask = found.mask(id);
  const { derivative } = op;
  if (derivative?.kind === "linear" && derivative.part && observe === undefined) {
    // Parts of one value are combined once all have arrived: padded one by one, each would be as large as the value.
    const part = derivative.part(cotangent, { inputs, output, attributes, index: 0 });
    if (wanted[0]) found.addPart(numberAt(ids, 0), part, mask);
    return;
  }
  const cotangents = contributions(op, { inputs, attributes, output }, cotangent, wanted);
  // A linear op makes zeros of zeros.
  const selects = mask !== undefined && derivative?.kind !== "linear";
  const used = op.mask === undefined ? undefined : entryAt(inputs, op.mask);
  const further = mask && used ? logicalAnd(mask, used) : (mask ?? used);
  for (let k = 0; k < cotangents.length; k++) {
    const raw = cotangents[k];
    if (raw === undefined) continue;
    const contribution = selects ? masked(mask, raw) : raw;
    observe?.(id, k, contribution);
    found.add(numberAt(ids, k), contribution, further);
  }
}

/** Returns the values of an operation's inputs, and for each whether it may have a gradient. */
export function operandsOf(tape: Tape, ids: readonly number[]) {
  const inputs: Tensor[] = [];
  const wanted: boolean[] = [];
  for (let k = 0; k < ids.length; k++) {
    const input = numberAt(ids, k);
    const value = tape.valueOf(input);
    inputs.push(value);
    wanted.push(input >= 0 && isFloat(value.dtype) && !tape.fixed?.has(input));
  }
  return { inputs, wanted };
}

/** Pulls the cotangents of all results back through an op with several results or with bodies, once. */
function jointBack(
  tape: Tape,
  { op, inputs: ids, attributes }: Operation,
  id: number,
  found: NodeGradients,
  observe: Observer | undefined,
): void {
  const results = [id];
  while (isProjection(tape, id, id + results.length)) results.push(id + results.length);
  const { derivative } = op;
  const isJoint = derivative?.kind === "joint";
  const goesOn = isJoint && derivative.continues === true;
  const cotangents = goesOn
    ? found.sums(results)
    : results.map((result) => found.maskedCotangent(result));
  if (observe === undefined) for (const result of results) found.drop(result);
  if (cotangents.every((cotangent) => cotangent === undefined) || tape.fixed?.has(id)) return;
  if (goesOn) {
    const gradients = tape.pullOf(id)?.(cotangents, found.sums(ids)) ?? [];
    ids.forEach((input, k) => {
      if (gradients[k] || gradients[k + ids.length]) found.drop(input);
    });
    found.addSums(ids, gradients);
    return;
  }
  const pulled = isJoint
    ? tape.pullOf(id)?.(cotangents)
    : throughBody(op, { ...operandsOf(tape, ids), attributes }, cotangents);
  pulled?.forEach((cotangent, k) => {
    if (cotangent === undefined) return;
    const input = numberAt(ids, k);
    const contribution = unbroadcast(op, cotangent.value, tape.valueOf(input));
    observe?.(id, k, contribution);
    found.add(input, contribution, cotangent.mask);
  });
}

/** True if a node is a projection of an operation. */
function isProjection({ nodes }: Tape, operation: number, id: number): boolean {
  const node = nodes[id];
  return node?.kind === "projection" && node.of === operation;
}

/** Returns the gradient of each wanted input, in that input's shape and dtype, for a gradient of the output. */
export function contributions(
  op: Op,
  computed: Computed,
  cotangent: Tensor,
  wanted: readonly boolean[],
): (Tensor | undefined)[] {
  const found = rawContributions(op, computed, cotangent, wanted);
  for (let k = 0; k < found.length; k++) {
    const contribution = found[k];
    if (contribution !== undefined)
      found[k] = unbroadcast(op, contribution, entryAt(computed.inputs, k));
  }
  return found;
}

function rawContributions(
  op: Op,
  { inputs, attributes, output }: Computed,
  cotangent: Tensor,
  wanted: readonly boolean[],
): (Tensor | undefined)[] {
  const { derivative } = op;
  const found: (Tensor | undefined)[] = [];
  switch (derivative?.kind) {
    case "partials": {
      // V8 is fast only if the spread is the last argument.
      const values = [...inputs, output];
      for (let k = 0; k < inputs.length; k++) {
        const partial = wanted[k] ? derivative.partials[k]?.(...values) : undefined;
        found.push(partial === undefined || partial === 0 ? undefined : scale(cotangent, partial));
      }
      return found;
    }
    case "linear":
    case "multilinear":
    case "rule":
      for (let index = 0; index < inputs.length; index++) {
        const pullback = wanted[index] ? pullbackOf(derivative, index) : undefined;
        found.push(pullback?.(cotangent, { inputs, output, attributes, index }));
      }
      return found;
    case "none":
      throw noDerivative(op, derivative.why);
    case undefined: {
      const gradients = throughBody(op, { inputs, attributes, wanted }, [
        { value: cotangent, mask: undefined },
      ]);
      return gradients.map((cotangent) => cotangent?.value);
    }
    case "joint":
      throw new Error(`${op.name} has several results: its derivative is that of all together`);
    default:
      return derivative satisfies never;
  }
}

/**
 * Returns the gradients of a composite without a derivative rule: those of its body, from the cotangents of its
 * results.
 */
function throughBody(
  op: Op,
  { inputs, attributes, wanted }: Omit<JointContext, "op">,
  cotangents: Tangents,
): (Tangent | undefined)[] {
  const body = differentiatedBody(op);
  return record(new GradientRecording(), (recording) => {
    const leaves = inputs.map((input, k) => (wanted[k] ? recording.leaf(input) : input));
    const found = new NodeGradients();
    body(leaves, attributes).forEach((result, i) => {
      const cotangent = cotangents[i];
      if (cotangent && isOf(recording, result))
        found.add(result.index, cotangent.value, cotangent.mask);
    });
    walkBack(recording.tape, found);
    return leaves.map((leaf, k) => (wanted[k] ? found.maskedCotangent(leaf.index) : undefined));
  });
}
