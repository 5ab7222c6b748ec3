/** The fields of ops with several results or with bodies, beyond those of others. */

import type { Tensor } from "../tensor/tensor.ts";
import type { Op } from "./op.ts";
import type { TangentStatus } from "./tangentStatus.ts";
import type { Trace } from "./trace.ts";
import type { Attributes } from "./types.ts";

/** A tangent or a cotangent, with its mask. */
export interface Tangent {
  readonly value: Tensor;
  /**
   * A bool scalar: false if the value is zeros, as for a branch of a cond that was not taken. Zeros times an infinite
   * derivative would be NaN, so the mask selects the contributions of the value. Undefined if the value is never
   * masked.
   */
  readonly mask: Tensor | undefined;
}

/** Tangents or cotangents of several values; undefined for those that are symbolically zero. */
export type Tangents = readonly (Tangent | undefined)[];

/** The derivative of an op with several results or with bodies. */
export interface JointDerivative<A extends Attributes = Attributes> {
  readonly kind: "joint";
  /**
   * True if the way back is handed the sums that have come to the inputs so far, and adds to them: then their order is
   * that of the op's body run op by op. Its cotangents, sums and results are lists for values as wholes, and after them
   * for their parts. Default false: it takes whole cotangents, and gives contributions.
   */
  readonly continues?: boolean;
  /**
   * The results, and the way back: it is called once, with the cotangents of all results, and gives the
   * gradients of the wanted inputs.
   */
  readonly vjp: (context: JointContext<A>) => {
    readonly results: readonly Tensor[];
    readonly pull: JointPullback;
  };
  /** The results and their tangents, from tangents of the inputs. */
  readonly jvp: (
    context: JointContext<A>,
    tangents: Tangents,
    pushforward: Pushforward,
  ) => { readonly results: readonly Tensor[]; readonly tangents: Tangents };
  /**
   * The results, and their tangents from those that the inputs get later, perhaps several times. Default: `jvp` each
   * time, which computes the results anew.
   */
  readonly linearize?: (
    context: JointContext<A>,
    linearizeForward: LinearizedForward,
  ) => { readonly results: readonly Tensor[]; readonly push: Push };
}

/**
 * Takes the cotangents of all results of an op back to its inputs.
 *
 * @param before by input: the sum that has come to it so far, for who continues it.
 */
export type JointPullback = (cotangents: Tangents, before?: Tangents) => Tangents;

/** Takes tangents of the inputs of an op to its results. */
export type Push = (tangents: Tangents) => Tangents;

/** The parts of an application that a joint derivative may read. */
export interface JointContext<A extends Attributes = Attributes> {
  readonly op: Op<A>;
  readonly inputs: readonly Tensor[];
  readonly attributes: A;
  /** By input: whether its gradient is needed, or whether it has a tangent. */
  readonly wanted: readonly boolean[];
}

/**
 * The pushforward of a body as a body: (…inputs, …tangents of the given inputs, …their masks) → (…results,
 * …tangents of the wanted results, …their masks). Forward mode hands it in, so that programs without
 * forward mode have none of it.
 */
export type Pushforward = (
  body: Trace,
  statuses: readonly TangentStatus[],
  wanted: readonly TangentStatus[],
) => Trace;

/** A linearized body: its primal part and its linear part. */
export interface Linearized {
  /** The body, with values of the given ids as further results. */
  readonly forward: (residuals: readonly number[]) => Trace;
  /**
   * (…cotangents of the given results, …their masks, …what is read) → (…gradients of the wanted inputs,
   * …their masks).
   */
  readonly pullback: (
    statuses: readonly TangentStatus[],
    wanted: readonly TangentStatus[],
  ) => LinearPart;
}

/** The linear part of a body. */
export interface LinearPart {
  readonly body: Trace;
  /** The residuals, values of the primal part that it reads: its last inputs. */
  readonly reads: readonly Read[];
}

/**
 * The pushforward of a body that was run before, by the inputs that may move: forward mode hands it in, as it does
 * {@link Pushforward}.
 */
export type LinearizedForward = (
  body: Trace,
  wanted: readonly boolean[],
) => {
  /** The body, with values of the given ids as further results. */
  readonly forward: (residuals: readonly number[]) => Trace;
  /**
   * (…tangents of the given inputs, …their masks, …what is read) → (…tangents of the wanted results, …their masks).
   */
  readonly pushforward: (
    statuses: readonly TangentStatus[],
    wanted: readonly TangentStatus[],
  ) => LinearPart;
};

/** A value of a body that its linear part reads. */
export interface Read {
  readonly id: number;
  /** The index of the value among the inputs of the body; −1 if it is computed. */
  readonly position: number;
}

/**
 * The order in which an op runs its bodies, for targets that compute them in linear memory: their inputs are those of
 * the op in order, and their results its results.
 */
export type Control =
  | {
      /** A body over and over. */
      readonly kind: "repeat";
      readonly body: Trace;
      readonly length: number;
      /** True if the rows are taken from the last to the first. */
      readonly reverse: boolean;
      /**
       * True if it ends before a run for which the first carry, a bool, is false. Then the second one, an int32,
       * says how many rows were visited: those of a reverse loop before it begins. `length` is the most runs, after
       * which the first carry must be false; infinite for any number.
       */
      readonly stops: boolean;
      /** The runs that the error of one that goes on names. Default `length`. */
      readonly most?: number;
      /** The number of first inputs that are the first results of the run before. */
      readonly carries: number;
      /** The number of inputs after them that are rows of an input of the op. Other results are rows of the op's. */
      readonly rows: number;
    }
  | {
      /** One of two bodies, as the op's first input says; it is no input of theirs. */
      readonly kind: "branches";
      readonly whenTrue: Trace;
      readonly whenFalse: Trace;
    };

/** The bodies of an op. */
export interface Bodies<A extends Attributes = Attributes> {
  /** Returns the number of first results of a loop's body that are the first inputs of the next step. */
  readonly carries?: (attributes: A) => number;
  /**
   * Returns the attributes once `count` inputs have been added after the others for the captures of bodies, which are the
   * same for all examples of a batch. Default: as they are.
   */
  readonly withCaptures?: (attributes: A, count: number) => A;
  /**
   * Returns the order in which the bodies run. Undefined for composites, which are opened.
   */
  readonly control?: (attributes: A) => Control;
  /** Computes the results on stored tensors, by a program that is kept; undefined where that does not pay. */
  readonly whole?: (
    op: Op<A>,
    inputs: readonly Tensor[],
    attributes: A,
  ) => readonly Tensor[] | undefined;
}

/** The rules of which results have derivatives. */
export interface StatusRules<A extends Attributes = Attributes> {
  /** By input: the status of its gradient, from that of the results' cotangents. */
  readonly gradients: (
    attributes: A,
    statuses: readonly TangentStatus[],
  ) => readonly TangentStatus[];
  /** By result: the same for tangents, from those of the inputs. */
  readonly tangents: (
    attributes: A,
    statuses: readonly TangentStatus[],
  ) => readonly TangentStatus[];
}

/** Runs a body on the tensors of its inputs. */
export type CallBody = (body: Trace, inputs: readonly Tensor[]) => readonly Tensor[];

/**
 * A body of which some inputs carry a batch, and which of its results then do: those that depend on such
 * an input, and the ones that are to.
 */
export type BatchBody = (
  body: Trace,
  batched: readonly boolean[],
  size: number,
  forced?: readonly boolean[],
) => { readonly body: Trace; readonly batched: readonly boolean[] };
