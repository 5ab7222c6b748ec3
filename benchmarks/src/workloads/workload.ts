// The parts of a workload: one computation as a user of @graddiff/core writes it, compiled or eager.

import type { Program, Tensor } from "@graddiff/core";
import type { Figure } from "./figures.ts";

/** The mode in which a workload's function runs. */
export type Mode = "compiled" | "eager";

/** Does the work once and returns its results. Training continues from call to call. */
export interface Call {
  (): readonly Tensor[];
  /** The program of the compiled function. */
  readonly program?: () => Program;
}

/** Returns a call of a function on inputs, with its program if the function is compiled. */
export function callOf(
  run: object,
  inputs: readonly unknown[],
  call: () => readonly Tensor[],
): Call {
  if (!("program" in run) || typeof run.program !== "function") return call;
  const { program } = run;
  return Object.assign(() => call(), { program: (): Program => program(...inputs) });
}

/** The elements and the shape of an input: float32, or int32 for classes. */
export type Numbers = readonly [elements: Float32Array | Int32Array, shape: readonly number[]];

export interface Workload {
  /** The name in tables and in filters, also for the rivals. */
  readonly name: string;
  /** Makes the inputs and the function. Nothing has been recorded or compiled yet. */
  readonly prepare: (mode: Mode) => Call;
  /** The inputs, for a workload that other languages have, too. */
  readonly inputs?: () => readonly Numbers[];
  /** The function of these inputs, for a workload that is a function. */
  readonly fn?: (...inputs: Tensor[]) => readonly Tensor[];
  /** The time that the compiled function should reach. */
  readonly figure?: Figure;
  /** The floating-point operations of a call, if the rate is of interest. */
  readonly operations?: number;
  /**
   * True if JavaScript without WebAssembly takes a second for a call, so that the workload is left out without
   * WebAssembly. Default false.
   */
  readonly isLong?: boolean;
}
