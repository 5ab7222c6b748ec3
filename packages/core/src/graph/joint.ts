/** The fields of ops with several results or with bodies, beyond those of others. */

import type { Tensor } from "../tensor/tensor.ts";
import type { Op } from "./op.ts";
import type { Presence } from "./presence.ts";
import type { Trace } from "./trace.ts";
import type { Attributes } from "./types.ts";

/** A cotangent or a tangent on its way through a graph. */
export interface Flow {
  readonly value: Tensor;
  /**
   * A bool scalar: false if nothing has come and the value is zeros, as behind the branch of a cond that
   * was not taken. Zeros times an infinite derivative would be NaN, so what they contribute further on is
   * selected by the guard. Undefined where something has come in any case.
   */
  readonly guard: Tensor | undefined;
}

/** Flows of several values; undefined for those that have none. */
export type Flows = readonly (Flow | undefined)[];

/** The derivative of an op with several results or with bodies. */
export interface JointDerivative<A extends Attributes = Attributes> {
  readonly kind: "joint";
  /**
   * True if the way back is handed the sums that have come to the inputs so far, and adds to them: then their order is
   * that of the op's body run op by op. Its cotangents, sums and results are lists for values as wholes, and behind them
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
    tangents: Flows,
    pushforward: Pushforward,
  ) => { readonly results: readonly Tensor[]; readonly tangents: Flows };
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
export type JointPullback = (cotangents: Flows, before?: Flows) => Flows;

/** Takes tangents of the inputs of an op to its results. */
export type Push = (tangents: Flows) => Flows;

/** The parts of an application that a joint derivative may read. */
export interface JointContext<A extends Attributes = Attributes> {
  readonly op: Op<A>;
  readonly inputs: readonly Tensor[];
  readonly attributes: A;
  /** By input: whether its gradient is needed, or whether it has a tangent. */
  readonly wanted: readonly boolean[];
}

/**
 * The pushforward of a body as a body: (…inputs, …tangents of the given inputs, …their guards) → (…results,
 * …tangents of the wanted results, …their guards). Forward mode hands it in, so that programs without
 * forward mode have none of it.
 */
export type Pushforward = (
  body: Trace,
  statuses: readonly Presence[],
  wanted: readonly Presence[],
) => Trace;

/** A body in two halves. */
export interface Linearized {
  /** The body, with values of the given ids as further results. */
  readonly forward: (saved: readonly number[]) => Trace;
  /**
   * (…cotangents of the given results, …their guards, …what is read) → (…gradients of the wanted inputs,
   * …their guards).
   */
  readonly pullback: (statuses: readonly Presence[], wanted: readonly Presence[]) => Half;
}

/** The half of a body that is computed later. */
export interface Half {
  readonly body: Trace;
  /** The values of the first half that it reads: its last inputs. */
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
  readonly forward: (saved: readonly number[]) => Trace;
  /**
   * (…tangents of the given inputs, …their guards, …what is read) → (…tangents of the wanted results, …their guards).
   */
  readonly pushforward: (statuses: readonly Presence[], wanted: readonly Presence[]) => Half;
};

/** A value of a body that what comes later reads. */
export interface Read {
  readonly id: number;
  /** The index of the input in the body; −1 for all others. */
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
       * says how many rows are behind it: those of a reverse loop before it begins. `length` is the most runs, after
       * which the first carry must be false; infinite for any number.
       */
      readonly stops: boolean;
      /** The runs that the error of one that goes on names. Default `length`. */
      readonly most?: number;
      /** The number of first inputs that are the first results of the run before. */
      readonly carries: number;
      /** The number of inputs behind them that are rows of an input of the op. Other results are rows of the op's. */
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
   * Returns the attributes once `count` inputs have been added behind the others for the captures of bodies, which are the
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
export interface PresenceRules<A extends Attributes = Attributes> {
  /** By input: the presence of its gradient, from that of the results' cotangents. */
  readonly gradients: (attributes: A, statuses: readonly Presence[]) => readonly Presence[];
  /** By result: the same for tangents, from those of the inputs. */
  readonly tangents: (attributes: A, statuses: readonly Presence[]) => readonly Presence[];
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
