/**
 * Reverse mode: a recording that remembers what was computed, and the walk back over it.
 *
 * The walk calls the ops' rules on the values one level down, so a gradient inside a gradient, a
 * batch or a compilation needs nothing special.
 */

import { DerivativeError, formatShape } from "../errors.ts";
import { apply, applyAll, below, isOf } from "../graph/apply.ts";
import {
  type Attributes,
  type BodyTransforms,
  type JointDerivative,
  type JointPullback,
  NO_ATTRIBUTES,
  type Op,
  pullbackOf,
} from "../graph/op.ts";
import { Recording, record } from "../graph/recording.ts";
import { replayBody } from "../graph/replay.ts";
import { bodiesOf, nodeAt } from "../graph/trace.ts";
import { TraceRecording } from "../graph/tracing.ts";
import { add } from "../ops/arithmetic.ts";
import { guardOp, logicalAnd, logicalOr } from "../ops/comparison.ts";
import { sumToShape } from "../ops/reduction.ts";
import { zerosLike } from "../tensor/create.ts";
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
  /** The way back of an op with several results or with bodies, which are the nodes from here on. */
  readonly pull: JointPullback | undefined;
  /** Of a result of such an op, but for the first: the place of the op; −1 for all other nodes. */
  readonly of: number;
}

const NOTHING: readonly never[] = [];

const PART = {
  op: undefined,
  inputs: NOTHING,
  sources: NOTHING,
  attributes: NO_ATTRIBUTES,
  pull: undefined,
} as const;

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
      pull: undefined,
      of: -1,
    });
    if (value.label !== undefined) this.names.set(leaf.index, value.label);
    return leaf;
  }

  override apply(op: Op, inputs: readonly Tensor[], attributes: Attributes): Tensor {
    refuse(op, attributes);
    const values = inputs.map((input) => below(this, input));
    const sources = inputs.map((input) => (isOf(this, input) ? input.index : -1));
    const output = apply(op, values, attributes);
    return this.#push({ op, inputs: values, sources, attributes, output, pull: undefined, of: -1 });
  }

  override applyAll(op: Op, inputs: readonly Tensor[], attributes: Attributes): readonly Tensor[] {
    const values = inputs.map((input) => below(this, input));
    const sources = inputs.map((input) => (isOf(this, input) ? input.index : -1));
    const wanted = inputs.map((input, k) => numberAt(sources, k) >= 0 && isFloat(input.dtype));
    if (!wanted.includes(true)) return applyAll(op, values, attributes);
    refuseInside(attributes, wanted);
    const context = { op, inputs: values, attributes, wanted };
    const { results, pull } = jointOf(op).vjp(context, { pullback: pullbackOfBody });
    const place = this.tape.length;
    return results.map((output, i) =>
      this.#push(
        i === 0
          ? { op, inputs: values, sources, attributes, output, pull, of: -1 }
          : { ...PART, output, of: place },
      ),
    );
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
  const guards = new Guards();
  for (const [place, seed] of seeds) gradients[place] = seed;
  for (let place = tape.length - 1; place >= 0; place--) {
    const cotangent = gradients[place];
    const node = at(tape, place);
    if (node.op === undefined || (cotangent === undefined && node.pull === undefined)) continue;
    const { sources } = node;
    const guard = guards.count === 0 ? undefined : guards.of(tape, place, gradients);
    // Nearly no graph has any: the others pay nothing.
    const guarded = guards.count > 0 || node.op.uses !== undefined;
    const found =
      cotangent === undefined || node.pull !== undefined
        ? jointContributions(node.op, node, cotangentsOf(tape, place, gradients, keep))
        : contributions(node.op, node, cotangent, wantedOf(node));
    for (let k = 0; k < found.length; k++) {
      const raw = found[k];
      if (raw === undefined) continue;
      const contribution = guard === undefined ? raw : apply(guardOp, [guard, raw], NO_ATTRIBUTES);
      observe?.(place, k, contribution);
      const source = numberAt(sources, k);
      const before = gradients[source];
      if (guarded) guards.add(source, before !== undefined, guard, usedInputs(node)[k]);
      gradients[source] = before === undefined ? contribution : add(before, contribution);
    }
    if (!keep(place)) gradients[place] = undefined;
  }
  return gradients;
}

/**
 * Which gradients may be there for nothing: those of what a cond did not use. They are zeros, but zero
 * times an infinite derivative further back would be NaN, so what they contribute is selected by whether
 * they are used. That is known by their guard, a bool scalar; all other gradients have none.
 */
class Guards {
  readonly #guards = new Map<number, Tensor>();

  get count(): number {
    return this.#guards.size;
  }

  /** The guard of the results at a place: undefined if the gradient of one of them has none. */
  of(
    tape: readonly TapeNode[],
    place: number,
    gradients: readonly (Tensor | undefined)[],
  ): Tensor | undefined {
    let guard: Tensor | undefined;
    for (let part = place; part === place || tape[part]?.of === place; part++) {
      if (gradients[part] === undefined) continue;
      const own = this.#guards.get(part);
      if (own === undefined) return undefined;
      guard = guard === undefined ? own : logicalOr(guard, own);
    }
    return guard;
  }

  /**
   * Takes a contribution to the gradient of `source` into account.
   *
   * @param more whether there have been others.
   * @param guard that of the node that contributes.
   * @param uses whether the node uses the input, where that is a question.
   */
  add(
    source: number,
    more: boolean,
    guard: Tensor | undefined,
    uses: (() => Tensor) | undefined,
  ): void {
    const before = this.#guards.get(source);
    if (more && before === undefined) return;
    const used = uses?.();
    const own =
      guard === undefined || used === undefined ? (guard ?? used) : logicalAnd(guard, used);
    if (own === undefined) this.#guards.delete(source);
    else this.#guards.set(source, before === undefined ? own : logicalOr(before, own));
  }
}

function usedInputs({ op, inputs, attributes }: TapeNode): readonly ((() => Tensor) | undefined)[] {
  return op?.uses?.(inputs, attributes) ?? NOTHING;
}

function wantedOf({ inputs, sources }: TapeNode): boolean[] {
  const wanted: boolean[] = [];
  for (let k = 0; k < inputs.length; k++) {
    wanted.push(numberAt(sources, k) >= 0 && isFloat(at(inputs, k).dtype));
  }
  return wanted;
}

/** The cotangents of all results of the op at a place, whose other results follow it. */
function cotangentsOf(
  tape: readonly TapeNode[],
  place: number,
  gradients: (Tensor | undefined)[],
  keep: (place: number) => boolean,
): (Tensor | undefined)[] {
  const cotangents = [gradients[place]];
  for (let part = place + 1; tape[part]?.of === place; part++) {
    cotangents.push(gradients[part]);
    if (!keep(part)) gradients[part] = undefined;
  }
  return cotangents;
}

/** What the cotangents of the results of an op with several, or with bodies, mean for its inputs. */
function jointContributions(
  op: Op,
  { inputs, pull }: TapeNode,
  cotangents: readonly (Tensor | undefined)[],
): (Tensor | undefined)[] {
  if (pull === undefined || cotangents.every((each) => each === undefined)) return [];
  return pull(cotangents).map(
    (contribution, k) => contribution && fit(op, contribution, at(inputs, k)),
  );
}

/** The joint derivative of an op with several results or with bodies. */
export function jointOf(op: Op): JointDerivative {
  const { derivative } = op;
  if (derivative?.kind === "joint") return derivative;
  throw derivative?.kind === "none" ? noDerivative(op, derivative.why) : missingRule(op);
}

/** The pullback of a body as a body. */
export const pullbackOfBody: BodyTransforms["pullback"] = (body, wanted, given) =>
  record(new TraceRecording(), (tracing) => {
    const inputs = body.parameters.map((type) => tracing.argument(type));
    const cotangents = body.outputs.map((id, i) =>
      given[i] ? tracing.argument(nodeAt(body.nodes, id)) : undefined,
    );
    const gradients = record(new GradientRecording(), (recording) => {
      const leaves = inputs.map((input, k) => (wanted[k] ? recording.leaf(input) : input));
      const seeds = new Map<number, Tensor>();
      replayBody(body, leaves).forEach((result, i) => {
        const cotangent = cotangents[i];
        if (cotangent === undefined || !isOf(recording, result)) return;
        const before = seeds.get(result.index);
        seeds.set(result.index, before === undefined ? cotangent : add(before, cotangent));
      });
      const { tape } = recording;
      const found = walkBack(tape, seeds, leavesOf(tape));
      return leaves.flatMap((leaf, k) =>
        wanted[k] ? [found[leaf.index] ?? zerosLike(at(inputs, k))] : [],
      );
    });
    return tracing.trace(gradients);
  });

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
    case "joint":
      throw new Error(`${op.name} has several results: its derivative is that of all together`);
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

/** The same for the ops in the bodies of an op, as far as they depend on a differentiated input. */
export function refuseInside(attributes: Attributes, wanted: readonly boolean[]): void {
  for (const { nodes, parameters } of bodiesOf(attributes)) {
    // A cond has its condition ahead of the inputs of its bodies.
    const own = wanted.slice(Math.max(0, wanted.length - parameters.length));
    const depends: boolean[] = [];
    nodes.forEach((node) => {
      if (node.kind === "argument") depends.push(own[node.position] === true);
      else if (node.kind === "part") depends.push(depends[node.of] === true);
      else if (node.kind !== "operation") depends.push(false);
      else {
        const inner = node.inputs.map((input) => depends[input] === true);
        depends.push(inner.includes(true));
        if (!inner.includes(true)) return;
        refuse(node.op, node.attributes);
        refuseInside(node.attributes, inner);
      }
    });
  }
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
  return (place) => {
    const node = tape[place];
    return node?.op === undefined && node?.of === -1;
  };
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
