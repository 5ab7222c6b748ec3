/**
 * The loop that computes fused ops, and the check that a target can compute it.
 *
 * In: an iteration space, arrays with strides, and steps. Out: data that emitters, interpreters and shaders read.
 *
 * Invariant: a step reads inputs and earlier steps, of the kinds in the table of `loopOps.ts`. No element depends on another,
 * but through a reduction in the order of all sums.
 */

import { ArgumentError } from "../../../errors.ts";
import type { DType, FloatDType } from "../../../tensor/dtype.ts";
import { at } from "../../../tensor/shape.ts";
import { dtypesOfKind, kindOfDType, kindsOfOp, type StepKinds } from "./kinds.ts";
import { type Kind, LOOP_OPS, type LoopOp } from "./loopOps.ts";

/** Bytes of an element in a memory. */
export type ElementBytes = Readonly<Record<DType, number>>;

/** A straight-line computation for every element of a broadcast iteration space. */
export interface Loop {
  /** The dtype of the numbers. A float32 loop computes with int32 beside them, a float64 loop does not. */
  readonly dtype: FloatDType;
  /** The iteration space. */
  readonly shape: readonly number[];
  readonly inputs: readonly LoopInput[];
  /** Each uses inputs, constants and earlier steps. */
  readonly steps: readonly LoopStep[];
  readonly outputs: readonly LoopOutput[];
}

/** An array that is read. */
export interface LoopInput {
  /** The strides in elements, one for each axis of the shape; 0 where the array repeats. */
  readonly strides: readonly number[];
  /** The first element that is read. Default 0. */
  readonly offset?: number;
  /** Converted when it is read, see `kindOfDType`. Default: the loop's. */
  readonly dtype?: DType;
}

/**
 * An output: a step that is stored, contiguous over the shape or with given strides; or the sum, the maximum or the
 * minimum of a step over the last axes, in the library's order (`families/orderOfSums.ts`), contiguous over the other
 * axes.
 */
export interface LoopOutput {
  readonly step: number;
  /**
   * A float64 loop may store its numbers as float32 or int32, where `toFloat32` or `toInt32` has
   * made them such. Default: the loop's for numbers, int32 for integers, bool for booleans.
   */
  readonly dtype?: DType;
  /**
   * The strides in elements, so that no two elements share an address; not for sums. Elements between them stay as they
   * are. Default: contiguous.
   */
  readonly strides?: readonly number[];
  /** The first element that is stored. Default 0. */
  readonly offset?: number;
  /** Default: none. */
  readonly reduction?: LoopReduction;
}

/** A reduction over the last axes. */
export interface LoopReduction {
  /** The name for descriptions and errors. */
  readonly name: string;
  /** The instruction that combines two elements, and the value before the first. */
  readonly combine: LoopOp;
  readonly identity: number;
  /**
   * The number of last axes that are reduced, the same for all reductions of a loop. No such axis is empty, and all
   * arrays must walk them as one (`reducesAlongOneAxis`).
   */
  readonly axes: number;
}

export interface LoopStep {
  readonly op: LoopOp;
  readonly inputs: readonly Operand[];
}

/**
 * A boolean operand of an op of numbers counts as 1 or 0; a number operand of an op of booleans is true unless it is 0.
 * A constant is rounded to the loop's dtype, or is an int32 or a bool.
 */
export type Operand =
  | { readonly kind: "input"; readonly index: number }
  | { readonly kind: "step"; readonly index: number }
  | { readonly kind: "constant"; readonly value: number; readonly dtype?: DType };

/**
 * Returns the kinds of every step's operands and result.
 * @throws ArgumentError if the loop is not what `Loop` says.
 */
export function checkLoop(loop: Loop): StepKinds[] {
  const { shape, inputs, steps, outputs } = loop;
  if (!shape.every(isCount)) refuse("shape", "whole numbers from 0", `[${shape}]`);
  const layouts = [...inputs, ...outputs.filter(({ strides }) => strides !== undefined)];
  for (const { strides = [], offset = 0 } of layouts) {
    const valid = strides.length === shape.length && strides.every(Number.isSafeInteger);
    if (!valid) refuse("strides", `${shape.length} whole numbers`, `[${strides}]`);
    if (!isCount(offset)) refuse("offset", "a whole number from 0", String(offset));
    const back = strides.reduce((sum, stride, axis) => {
      return sum + Math.min(0, stride) * (at(shape, axis) - 1);
    }, offset);
    if (back < 0 && !shape.includes(0)) {
      refuse("strides", "offsets from 0", `[${strides}] from ${offset}`);
    }
  }
  const kinds: StepKinds[] = [];
  for (const step of steps) kinds.push(kindsOf(step, loop, kinds));
  const reduced = reducedAxesOf(loop);
  for (const { step, dtype, strides, reduction } of outputs) {
    const kind = kinds[step]?.result;
    if (kind === undefined) refuse("outputs", "indices of steps", String(step));
    const dtypes = dtypesOfKind(kind, loop.dtype);
    if (dtype !== undefined && !dtypes.includes(dtype)) {
      refuse("outputs", `${kind} values as ${dtypes.join(" or ")}`, dtype);
    }
    const repeats =
      !shape.includes(0) && strides?.some((stride, axis) => stride === 0 && at(shape, axis) > 1);
    if (repeats || (strides && reduction)) {
      refuse("outputs", "an address for each element", `strides [${strides}]`);
    }
    if (reduction === undefined) continue;
    const { name, axes } = reduction;
    if (kind !== "number") refuse("outputs", `a ${name} of numbers`, `a ${name} of ${kind} values`);
    if (axes !== reduced) {
      refuse("axes", `the same for all reductions, ${reduced}`, String(axes));
    }
  }
  if (reduced > shape.length || shape.slice(shape.length - reduced).includes(0)) {
    if (reduced > 0) refuse("axes", "axes with elements", `${reduced} axes of [${shape}]`);
  }
  return kinds;
}

/** True if a loop is of one element, which is computed without vectors. */
export function isSingle({ shape, outputs }: Loop): boolean {
  return (
    shape.every((length) => length === 1) &&
    outputs.every(({ reduction }) => reduction === undefined)
  );
}

/** Returns the number of last axes that the loop's reductions reduce; 0 if it has none. */
export function reducedAxesOf({ outputs }: Loop): number {
  return outputs.find(({ reduction }) => reduction !== undefined)?.reduction?.axes ?? 0;
}

/** Returns a description of a loop: its steps in order and then its reductions. */
export function describeLoop({ steps, outputs }: Loop): string {
  const ends = outputs.flatMap(({ reduction }) => (reduction ? [reduction.name] : []));
  return [...steps.map(({ op }) => op), ...ends].join(" ");
}

function kindsOf({ op, inputs }: LoopStep, loop: Loop, earlier: readonly StepKinds[]): StepKinds {
  const { length } = LOOP_OPS[op].operands;
  if (inputs.length !== length) refuse(op, `${length} operands`, String(inputs.length));
  const kinds = inputs.map((operand) => {
    const kind = kindOf(operand, loop, earlier);
    return kind ?? refuse(op, "an input or an earlier step", describeOperand(operand));
  });
  return kindsOfOp(op, kinds, loop.dtype);
}

/** Returns the kind of an operand without conversion; undefined if there is no such operand. */
export function kindOf(
  operand: Operand,
  { dtype, inputs }: Loop,
  steps: readonly StepKinds[],
): Kind | undefined {
  if (operand.kind === "step") return steps[operand.index]?.result;
  if (operand.kind === "constant") return kindOfDType(operand.dtype ?? dtype, dtype);
  const input = inputs[operand.index];
  return input && kindOfDType(input.dtype ?? dtype, dtype);
}

/** Returns the dtype of the array of an output. */
export function outputDType(
  { step, dtype }: LoopOutput,
  loop: Loop,
  kinds: readonly StepKinds[],
): DType {
  return dtype ?? at(dtypesOfKind(at(kinds, step).result, loop.dtype), 0);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function describeOperand(operand: Operand): string {
  return operand.kind === "constant" ? String(operand.value) : `${operand.kind} ${operand.index}`;
}

export function refuse(argument: string, expected: string, got: string, hint?: string): never {
  const complaint = { op: "encodeLoop", argument, expected, got };
  throw new ArgumentError(hint === undefined ? complaint : { ...complaint, hint });
}
