/** The further fields of ops with several results or with bodies. */

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
   * True if the pullback gets the sums of its inputs' cotangents so far, and adds to them, so that the order of sums is
   * that of the op's body run op by op. Its cotangents, sums and results are lists for whole values, followed by lists
   * for their parts. Default false: it gets whole cotangents, and returns contributions.
   */
  readonly continues?: boolean;
  /**
   * The results, and the pullback: it is called once, with the cotangents of all results, and returns the gradients of
   * the wanted inputs.
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
   * The results, and a pushforward that may be called later, several times. Default: `jvp` each time, which recomputes
   * the results.
   */
  readonly linearize?: (
    context: JointContext<A>,
    linearizeForward: LinearizedForward,
  ) => { readonly results: readonly Tensor[]; readonly push: Push };
}

/**
 * Maps the cotangents of all results of an op to the cotangents of its inputs.
 *
 * @param before by input: the sum so far, for a rule that continues it.
 */
export type JointPullback = (cotangents: Tangents, before?: Tangents) => Tangents;

/** Maps tangents of the inputs of an op to tangents of its results. */
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
 * …tangents of the wanted results, …their masks). Forward mode passes it in, so that bundles without forward mode do
 * not include it.
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
   * (…cotangents of the given results, …their masks, …residuals) → (…gradients of the wanted inputs, …their masks).
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
 * The pushforward of a body that was run before, by the inputs that may move: forward mode passes it in, like {@link
 * Pushforward}.
 */
export type LinearizedForward = (
  body: Trace,
  wanted: readonly boolean[],
) => {
  /** The body, with values of the given ids as further results. */
  readonly forward: (residuals: readonly number[]) => Trace;
  /**
   * (…tangents of the given inputs, …their masks, …residuals) → (…tangents of the wanted results, …their masks).
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
 * The order in which an op runs its bodies, for targets that compute them in linear memory: the inputs of the bodies
 * are the inputs of the op in order, and their results are its results.
 */
export type Control =
  | {
      /** A body that is run repeatedly. */
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
      /** The number of runs that the error names if the loop does not stop. Default `length`. */
      readonly most?: number;
      /** The number of first inputs that are the first results of the run before. */
      readonly carries: number;
      /**
       * The number of inputs after them that are rows of an input of the op. Further results of a run are rows of the
       * op's results.
       */
      readonly rows: number;
    }
  | {
      /** One of two bodies, chosen by the op's first input, which is no input of the bodies. */
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
   * Returns the order in which the bodies run. Undefined for composites, which are decomposed.
   */
  readonly control?: (attributes: A) => Control;
  /** Computes the results on stored tensors, by a cached program; undefined if that does not pay. */
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
 * A body some of whose inputs carry a batch, and for each result whether it does: results that depend on such an input
 * do, and results that are required to.
 */
export type BatchBody = (
  body: Trace,
  batched: readonly boolean[],
  size: number,
  forced?: readonly boolean[],
) => { readonly body: Trace; readonly batched: readonly boolean[] };
