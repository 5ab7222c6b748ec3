/**
 * The contract of a backend, which prepares a recorded trace and runs it. The rest of core knows only this contract.
 */

import type { TypedOp } from "../../graph/kernel.ts";
import type { HasKernel } from "../../graph/lower.ts";
import type { Op } from "../../graph/op.ts";
import type { Trace } from "../../graph/trace.ts";
import type { TypedArray } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { ProgramCall } from "../program/calls/call.ts";
import type { Program } from "../program/program.ts";

/**
 * A backend of compiled functions: `compile(fn, { backend })` takes one instead of a name. Results may stay in its
 * memory: `await tensor.read()` before their elements are used.
 */
export abstract class Backend {
  /** For descriptions and errors. */
  abstract readonly name: string;

  /** Prepares a recorded function. It is called once for each program, at its first run. @internal */
  abstract prepare(recorded: Recorded): Prepared;
}

/** A recorded function. */
export interface Recorded {
  /**
   * Returns its trace, simplified and with composites decomposed, also in bodies; computed once for each `hasKernel`.
   *
   * @param hasKernel says which composites have a kernel. Default: none.
   */
  lowered(hasKernel?: HasKernel): Trace;
}

/** A prepared function. */
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
  /** Releases the memory that is kept between runs. */
  release(): void;
}

/** A program that is run call by call. */
export interface CalledProgram {
  readonly program: Program;
  /**
   * @param clock is called when each call begins, and when the last one has ended. @param calls replace the calls of
   *   the program; only with a clock.
   */
  run(inputs: readonly Tensor[], clock?: () => void, calls?: readonly ProgramCall[]): Tensor[];
  /**
   * Returns the elements of a value while the program runs, without a copy; undefined for one that the host cannot
   * read.
   */
  elements(id: number): TypedArray | undefined;
}

/** An engine that computes in this process beside JavaScript, with the same bits: eager ops, too. */
export interface Engine {
  /** True if it is available; it is loaded to find out. */
  isAvailable(): boolean;
  /** Returns the arrays of an op's results; undefined where that does not pay, or is not possible. */
  runEagerly(eager: EagerOp): readonly TypedArray[] | undefined;
  /** The composites for which the engine has functions. */
  readonly hasKernel: HasKernel;
  /** Prepares a trace whose composites without a kernel are decomposed, also in bodies. */
  enter(trace: Trace): Entered;
}

/** An op on stored tensors. */
export interface EagerOp extends TypedOp {
  readonly op: Op;
  readonly inputs: readonly Tensor[];
}

/** A trace that an engine runs. */
export interface Entered extends Pick<Prepared, "called" | "release"> {
  /** Undefined where there is not enough memory: the ops then run one by one. */
  run(inputs: readonly Tensor[]): Tensor[] | undefined;
  planned(): Program;
  /** Undefined where there is not enough memory. */
  describe(): string | undefined;
}
