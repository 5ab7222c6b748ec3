/**
 * What a fused group is, and what a group must satisfy to be emitted.
 */

import { ArgumentError } from "../../../errors.ts";

/** A straight-line computation for every element of a broadcast iteration space. */
export interface FusedGroup {
  /** Of all arrays but those of truth values, and of all arithmetic. */
  readonly dtype: "float32" | "float64";
  /** The iteration space. */
  readonly shape: readonly number[];
  readonly inputs: readonly FusedInput[];
  /** Each uses inputs, constants and earlier steps. */
  readonly steps: readonly FusedStep[];
  readonly outputs: readonly FusedOutput[];
}

/** An array that is read. */
export interface FusedInput {
  /** In elements, one for each axis of the shape; 0 where the array repeats. Not negative. */
  readonly strides: readonly number[];
  /** Whether it holds truth values, a byte each. */
  readonly truth?: boolean;
}

/**
 * A step that is stored, contiguous over the shape; truth values as bytes 0 and 1. Or the sum of a
 * step of numbers over the last axes, in the library's order (`run/js/reduce.ts`), contiguous over
 * the other axes.
 */
export interface FusedOutput {
  readonly step: number;
  /**
   * Over how many of the last axes the step is summed: the same number for all sums of a group.
   * These axes have elements, and all arrays must walk them as one (`sumsAlongOneAxis`). Default 0.
   */
  readonly summedAxes?: number;
}

export interface FusedStep {
  readonly op: FusedOp;
  readonly inputs: readonly Operand[];
}

/**
 * A truth value where a number is wanted counts as 1 or 0; a number where a truth value is wanted
 * is true unless it is 0. A constant is rounded to the group's dtype.
 */
export type Operand =
  | { readonly kind: "input"; readonly index: number }
  | { readonly kind: "step"; readonly index: number }
  | { readonly kind: "constant"; readonly value: number };

/** Whether values are numbers of the group's dtype or truth values. */
export type Kind = "number" | "truth";

interface Signature {
  /** What its operands must be; undefined where either kind may pass through. */
  readonly operands: readonly (Kind | undefined)[];
  /** Undefined: that of the operands, a number if one of them is. */
  readonly result: Kind | undefined;
}

const NUMBER: Signature = { operands: ["number"], result: "number" };
const NUMBERS: Signature = { operands: ["number", "number"], result: "number" };
const COMPARISON: Signature = { operands: ["number", "number"], result: "truth" };
const LOGIC: Signature = { operands: ["truth", "truth"], result: "truth" };

/** The ops that can be fused, with the meaning that they have in `ops/`. */
export const FUSED_OPS = {
  add: NUMBERS,
  sub: NUMBERS,
  mul: NUMBERS,
  div: NUMBERS,
  maximum: NUMBERS,
  minimum: NUMBERS,
  pow: NUMBERS,
  neg: NUMBER,
  abs: NUMBER,
  sqrt: NUMBER,
  sign: NUMBER,
  exp: NUMBER,
  expm1: NUMBER,
  log: NUMBER,
  log1p: NUMBER,
  sin: NUMBER,
  cos: NUMBER,
  tanh: NUMBER,
  equal: COMPARISON,
  notEqual: COMPARISON,
  less: COMPARISON,
  lessEqual: COMPARISON,
  greater: COMPARISON,
  greaterEqual: COMPARISON,
  logicalAnd: LOGIC,
  logicalOr: LOGIC,
  logicalNot: { operands: ["truth"], result: "truth" },
  where: { operands: ["truth", undefined, undefined], result: undefined },
  /** Truth values as 0 and 1; numbers as they are. */
  toNumber: NUMBER,
  /** Whether a number is not 0. */
  toTruth: { operands: ["truth"], result: "truth" },
} as const satisfies Readonly<Record<string, Signature>>;

export type FusedOp = keyof typeof FUSED_OPS;

/** More than this many steps are refused: V8's first compiler is quadratic in them. */
export const MAXIMUM_STEPS = 500;

/** What a step wants and gives. */
export interface StepKinds {
  readonly operands: readonly Kind[];
  readonly result: Kind;
}

/**
 * The kinds of every step's operands and result.
 * @throws ArgumentError if the group is not what `FusedGroup` says.
 */
export function checkGroup(group: FusedGroup): StepKinds[] {
  const { shape, inputs, steps, outputs } = group;
  if (steps.length > MAXIMUM_STEPS) {
    refuse("steps", `at most ${MAXIMUM_STEPS}`, String(steps.length), "Emit several groups");
  }
  for (const { strides } of inputs) {
    const valid = strides.length === shape.length && strides.every(isCount);
    if (!valid) refuse("strides", `${shape.length} whole numbers from 0`, `[${strides}]`);
  }
  if (!shape.every(isCount)) refuse("shape", "whole numbers from 0", `[${shape}]`);
  const kinds: StepKinds[] = [];
  for (const step of steps) kinds.push(kindsOf(step, group, kinds));
  const summed = summedAxesOf(group);
  for (const { step, summedAxes = 0 } of outputs) {
    const kind = kinds[step]?.result;
    if (kind === undefined) refuse("outputs", "places of steps", String(step));
    if (summedAxes === 0) continue;
    if (kind !== "number") refuse("outputs", "sums of numbers", `a sum of ${kind} values`);
    if (summedAxes !== summed) {
      refuse("summedAxes", `the same for all sums, ${summed}`, String(summedAxes));
    }
  }
  const summedShape = shape.slice(shape.length - summed);
  if (summed > shape.length || (summed > 0 && summedShape.includes(0))) {
    refuse("summedAxes", "axes with elements", `${summed} axes of [${shape}]`);
  }
  return kinds;
}

/** Over how many of the last axes the group's sums go; 0 if it has none. */
export function summedAxesOf({ outputs }: FusedGroup): number {
  return outputs.find(({ summedAxes = 0 }) => summedAxes > 0)?.summedAxes ?? 0;
}

/** What the group does, in a few words: its steps in order and then its sums. */
export function describeGroup({ steps, outputs }: FusedGroup): string {
  const sums = outputs.flatMap(({ summedAxes = 0 }) => (summedAxes > 0 ? ["sum"] : []));
  return [...steps.map(({ op }) => op), ...sums].join(" ");
}

function kindsOf(
  step: FusedStep,
  { inputs }: FusedGroup,
  earlier: readonly StepKinds[],
): StepKinds {
  const signature: Signature = FUSED_OPS[step.op];
  if (step.inputs.length !== signature.operands.length) {
    refuse(step.op, `${signature.operands.length} operands`, String(step.inputs.length));
  }
  let free: Kind = "truth";
  step.inputs.forEach((operand, i) => {
    const own = kindOf(operand, inputs, earlier);
    if (own === undefined) refuse(step.op, "an input or an earlier step", describeOperand(operand));
    if (signature.operands[i] === undefined && own === "number") free = "number";
  });
  const operands = signature.operands.map((kind) => kind ?? free);
  return { operands, result: signature.result ?? free };
}

/** The kind of an operand as it stands; undefined if there is no such operand. */
export function kindOf(
  operand: Operand,
  inputs: readonly FusedInput[],
  steps: readonly StepKinds[],
): Kind | undefined {
  if (operand.kind === "constant") return "number";
  if (operand.kind === "step") return steps[operand.index]?.result;
  const input = inputs[operand.index];
  return input && (input.truth === true ? "truth" : "number");
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function describeOperand(operand: Operand): string {
  return operand.kind === "constant" ? String(operand.value) : `${operand.kind} ${operand.index}`;
}

export function refuse(argument: string, expected: string, got: string, hint?: string): never {
  const complaint = { op: "emitGroups", argument, expected, got };
  throw new ArgumentError(hint === undefined ? complaint : { ...complaint, hint });
}
