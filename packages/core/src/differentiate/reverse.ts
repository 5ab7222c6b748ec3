/**
 * Reverse mode: a recording that remembers what was computed, and the walk back over it.
 *
 * The walk calls the ops' rules on the values one level down, so a gradient inside a gradient, a
 * batch or a compilation needs nothing special.
 */

import { DerivativeError, formatShape } from "../errors.ts";
import { apply, below, isOf } from "../graph/apply.ts";
import { type Attributes, NO_ATTRIBUTES, type Op, pullbackOf } from "../graph/op.ts";
import { Recording, record } from "../graph/recording.ts";
import { add } from "../ops/arithmetic.ts";
import { sumToShape } from "../ops/reduction.ts";
import { isFloat } from "../tensor/dtype.ts";
import { at, broadcasts, numberAt, repeatedAxes, sameShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";

/** What the tape remembers of one step. All tensors are those of the level below. */
export interface TapeNode {
  /** Undefined for a leaf. */
  readonly op: Op | undefined;
  readonly inputs: readonly Tensor[];
  /** For each input its place on the tape; −1 for a constant. */
  readonly sources: readonly number[];
  readonly attributes: Attributes;
  readonly output: Tensor;
}

const NOTHING: readonly never[] = [];

/** Records every op that depends on one of its leaves. */
export class GradientRecording extends Recording {
  readonly unreadable = undefined;
  /** The steps in the order in which they were computed. */
  tape: TapeNode[] = [];
  /** Names given to nodes by `named`. */
  readonly names = new Map<number, string>();

  /** A tensor that gradients are wanted for. */
  leaf(value: Tensor): Tensor {
    const leaf = this.#push({
      op: undefined,
      inputs: NOTHING,
      sources: NOTHING,
      attributes: NO_ATTRIBUTES,
      output: value,
    });
    if (value.label !== undefined) this.names.set(leaf.index, value.label);
    return leaf;
  }

  override apply(op: Op, inputs: readonly Tensor[], attributes: Attributes): Tensor {
    refuse(op, attributes);
    const values = inputs.map((input) => below(this, input));
    const sources = inputs.map((input) => (isOf(this, input) ? input.index : -1));
    const output = apply(op, values, attributes);
    return this.#push({ op, inputs: values, sources, attributes, output });
  }

  override lower(tensor: Tensor): Tensor {
    return below(this, tensor);
  }

  override name(index: number, name: string): void {
    this.names.set(index, name);
  }

  override close(): void {
    // Tensors that escaped still know their recording; it must not keep the graph alive.
    this.tape = [];
  }

  #push(node: TapeNode): Tensor {
    const { shape, dtype, weak } = node.output;
    this.tape.push(node);
    return new Tensor(shape, dtype, weak, undefined, this, this.tape.length - 1, node.output);
  }
}

/** Told of every gradient that flows along an edge: from a node back to its input `k`. */
export type Observer = (node: number, k: number, contribution: Tensor) => void;

/**
 * Walks the tape backwards and adds up what every node contributes to its inputs.
 *
 * @param seeds gradients of some nodes, by their place on the tape.
 * @param keep which gradients the caller needs in the end: others are let go on the way.
 * @returns gradients by place; undefined where none has come.
 */
export function walkBack(
  tape: readonly TapeNode[],
  seeds: ReadonlyMap<number, Tensor>,
  keep: (place: number) => boolean,
  observe?: Observer,
): (Tensor | undefined)[] {
  const gradients = new Array<Tensor | undefined>(tape.length).fill(undefined);
  for (const [place, seed] of seeds) gradients[place] = seed;
  for (let place = tape.length - 1; place >= 0; place--) {
    const cotangent = gradients[place];
    const node = at(tape, place);
    if (cotangent === undefined || node.op === undefined) continue;
    const { inputs, sources } = node;
    const wanted: boolean[] = [];
    for (let k = 0; k < inputs.length; k++) {
      wanted.push(numberAt(sources, k) >= 0 && isFloat(at(inputs, k).dtype));
    }
    const found = contributions(node.op, node, cotangent, wanted);
    for (let k = 0; k < found.length; k++) {
      const contribution = found[k];
      if (contribution === undefined) continue;
      observe?.(place, k, contribution);
      const source = numberAt(sources, k);
      const before = gradients[source];
      gradients[source] = before === undefined ? contribution : add(before, contribution);
    }
    if (!keep(place)) gradients[place] = undefined;
  }
  return gradients;
}

/**
 * What a gradient of the output means for each wanted input, in that input's shape and dtype.
 */
export function contributions(
  op: Op,
  node: Pick<TapeNode, "inputs" | "attributes" | "output">,
  cotangent: Tensor,
  wanted: readonly boolean[],
): (Tensor | undefined)[] {
  const found = rawContributions(op, node, cotangent, wanted);
  for (let k = 0; k < found.length; k++) {
    const contribution = found[k];
    if (contribution !== undefined) found[k] = fit(op, contribution, at(node.inputs, k));
  }
  return found;
}

function rawContributions(
  op: Op,
  { inputs, attributes, output }: Pick<TapeNode, "inputs" | "attributes" | "output">,
  cotangent: Tensor,
  wanted: readonly boolean[],
): (Tensor | undefined)[] {
  const { derivative, kernel } = op;
  const found: (Tensor | undefined)[] = [];
  switch (derivative?.kind) {
    case "partials":
      for (let k = 0; k < inputs.length; k++) {
        const partial = wanted[k] ? derivative.partials[k]?.(...inputs, output) : undefined;
        found.push(partial === undefined || partial === 0 ? undefined : scale(cotangent, partial));
      }
      return found;
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
      if (kernel.kind !== "composite") throw missingRule(op);
      return throughBody(kernel.body, inputs, attributes, cotangent, wanted);
    }
    default:
      return derivative satisfies never;
  }
}

/** gradient · partial, without multiplying by 1. */
export function scale(gradient: Tensor, partial: Tensor | number): Tensor {
  if (partial === 1) return gradient;
  return partial === -1 ? gradient.neg() : gradient.mul(partial);
}

/** Throws if an op takes nothing that is differentiated. */
export function refuse({ derivative }: Op, attributes: Attributes): void {
  if (derivative?.kind === "none" && derivative.refuses) throw derivative.refuses(attributes);
}

/** The op says itself why it has no derivative. */
export function noDerivative(op: Op, why: string): DerivativeError {
  return new DerivativeError({
    op: op.name,
    expected: "an op with a derivative",
    got: `one without, because ${why}`,
    hint: "Use stopGradient on its input if it is to count as a constant",
  });
}

/** A missing derivative must be an error: silence would be a wrong gradient. */
export function missingRule(op: Op): DerivativeError {
  return new DerivativeError({
    op: op.name,
    expected: "a derivative rule",
    got: "none in the op's definition",
    hint: "State partials, linear, rule or none in its block",
  });
}

/** The gradients of a composite without a rule of its own: those of its body. */
function throughBody(
  body: (inputs: readonly Tensor[], attributes: Attributes) => Tensor,
  inputs: readonly Tensor[],
  attributes: Attributes,
  cotangent: Tensor,
  wanted: readonly boolean[],
): (Tensor | undefined)[] {
  return record(new GradientRecording(), (recording) => {
    const leaves = inputs.map((input, k) => (wanted[k] ? recording.leaf(input) : input));
    const output = body(leaves, attributes);
    if (!isOf(recording, output)) return inputs.map(() => undefined);
    const { tape } = recording;
    const gradients = walkBack(tape, new Map([[output.index, cotangent]]), leavesOf(tape));
    return leaves.map((leaf, k) => (wanted[k] ? gradients[leaf.index] : undefined));
  });
}

/** For `walkBack`: keep the gradients of leaves. */
export function leavesOf(tape: readonly TapeNode[]): (place: number) => boolean {
  return (place) => tape[place]?.op === undefined;
}

/**
 * Brings a contribution to its input's shape: where broadcasting repeated the input, its gradients
 * add up. This is the only place where that happens.
 */
function fit(op: Op, contribution: Tensor, input: Tensor): Tensor {
  const { shape } = input;
  if (contribution.dtype === input.dtype && sameShape(contribution.shape, shape)) {
    return contribution;
  }
  const repeats = op.family === "elementwise" || op.family === "contraction";
  let fitted = contribution;
  if (!sameShape(contribution.shape, shape) && repeats && broadcasts(shape, contribution.shape)) {
    fitted = sumToShape(contribution, repeatedAxes(shape, contribution.shape), shape);
  }
  if (!sameShape(fitted.shape, shape) || fitted.dtype !== input.dtype) {
    throw new DerivativeError({
      op: op.name,
      argument: "derivative",
      expected: `a gradient of shape ${formatShape(shape)} and dtype ${input.dtype}`,
      got: `${formatShape(fitted.shape)} and ${fitted.dtype}`,
      hint: "The rule in the op's definition is wrong",
    });
  }
  return fitted;
}
