/** The contract of a backend, which prepares a recorded trace and runs it. Everything above it knows no more of it. */

import type { TypedOp } from "../../graph/kernel.ts";
import type { HasKernel } from "../../graph/lower.ts";
import type { Op } from "../../graph/op.ts";
import type { Trace } from "../../graph/trace.ts";
import type { TypedArray } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { ProgramCall } from "../program/calls/call.ts";
import type { Program } from "../program/program.ts";

/**
 * A backend of compiled functions: `compile(fn, { backend })` takes one instead of a name. Results may stay in a its
 * memory: `await tensor.read()` before their elements are looked at.
 */
export abstract class Backend {
  /** For descriptions and errors. */
  abstract readonly name: string;

  /** Makes a recorded function ready to run. It is called once for each program, at its first run. @internal */
  abstract prepare(recorded: Recorded): Prepared;
}

/** A recorded function. */
export interface Recorded {
  /**
   * Returns its trace, simplified and with composites decomposed, in bodies too. It is made once for each `hasKernel`.
   *
   * @param hasKernel says which composites have a kernel. Default: none.
   */
  lowered(hasKernel?: HasKernel): Trace;
}

/** A function that is ready to run. */
export interface Prepared {
  /** The name of a backend with a separate profile. */
  readonly backend?: string;
  /** Runs, assigns to Variables, and returns the results. */
  run(inputs: readonly Tensor[]): Tensor[];
  /** Returns the trace that it runs. */
  trace(): Trace;
  /** Returns the program, if it is one whose calls can be watched; undefined where ops run one by one. */
  called(): CalledProgram | undefined;
  /** Returns the program, also where it needs more memory than there is; undefined where ops run one by one. */
  planned(): Program | undefined;
  /** The steps, with the arithmetic and the memory of a run. */
  describe(): string;
  /** Gives up the memory that is kept between runs. */
  release(): void;
}

/** A program that is run call by call. */
export interface CalledProgram {
  readonly program: Program;
  /**
   * @param clock is called when each call begins, and when the last one has ended.
   * @param calls in the place of those of the program, with a clock alone.
   */
  run(inputs: readonly Tensor[], clock?: () => void, calls?: readonly ProgramCall[]): Tensor[];
  /**
   * Returns the elements of a value while the program runs, without a copy; undefined for one that cannot be looked
   * at.
   */
  elements(id: number): TypedArray | undefined;
}

/** An engine that computes in this process beside JavaScript, with the same bits: eager ops, too. */
export interface Engine {
  /** True if it can be had here; it is loaded to find that out. */
  isAvailable(): boolean;
  /** Returns the arrays of an op's results; undefined where that does not pay, or cannot be. */
  runEagerly(eager: EagerOp): readonly TypedArray[] | undefined;
  /** The composites for which the engine has functions. */
  readonly hasKernel: HasKernel;
  /** Takes a trace whose composites without a kernel are decomposed, in bodies too. */
  enter(trace: Trace): Entered;
}

/** An op on stored tensors. */
export interface EagerOp extends TypedOp {
  readonly op: Op;
  readonly inputs: readonly Tensor[];
}

/** A trace in an engine. */
export interface Entered extends Pick<Prepared, "called" | "release"> {
  /** Undefined where there is not enough memory: the ops then run one by one. */
  run(inputs: readonly Tensor[]): Tensor[] | undefined;
  planned(): Program;
  /** Undefined where there is not enough memory. */
  describe(): string | undefined;
}
