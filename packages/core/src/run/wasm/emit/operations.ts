/**
 * The instructions of each op on the values of a loop, as its row of `lanes.ts` says.
 */

import { at } from "../../../tensor/shape.ts";
import type { StepKinds } from "../../program/loop/kinds.ts";
import type { Kind, LoopOp } from "../../program/loop/loopOps.ts";
import { groupOfLoopOp } from "../kernel/functions.ts";
import { CONVERSIONS, LANE_OPS, type LaneOp, resultOf, type Term } from "../kernel/lanes.ts";
import type { FunctionCode } from "./code.ts";

/** The operands of a step. */
export interface Operands {
  /** Pushes one, converted to the kind that the op requires. */
  push(index: number): void;
  /** Returns the value of an operand that is a constant; undefined for others. */
  constantOf(index: number): number | undefined;
}

/** Emits an op. */
export function emitOperation(
  code: FunctionCode,
  op: LoopOp,
  { operands }: StepKinds,
  values: Operands,
): void {
  const row: LaneOp = LANE_OPS[op];
  const kind = at(operands, operands.length - 1);
  const short = kind === "number" && row.byConstant?.get(values.constantOf(1) ?? Number.NaN);
  if (short) {
    short(() => values.push(0))(code, kind);
    return;
  }
  if (row.elementary === true && kind === "number") {
    emitCall(code, op, operands.length, values);
    return;
  }
  const opcodes = row.opcodes[code.laneOf(kind)];
  // Most ops: the same as below, without making terms for each step.
  if (opcodes !== undefined && row.besideConstant === undefined) {
    for (let i = 0; i < operands.length; i++) values.push(i);
    code.instruct(opcodes);
    return;
  }
  const terms = operands.map(
    (_, index): Term =>
      () =>
        values.push(index),
  );
  if (row.besideConstant !== undefined && code.vectors && kind === "number") {
    const constant = values.constantOf(1) === undefined ? 0 : 1;
    const value = values.constantOf(constant);
    if (value !== undefined && !Number.isNaN(value)) {
      row.besideConstant(at(terms, 1 - constant), at(terms, constant), value)(code, kind);
      return;
    }
  }
  resultOf(row, terms)(code, kind);
}

/** Emits a call of a function of the kernel. It takes vectors: a single value goes through the first lane. */
function emitCall(code: FunctionCode, name: LoopOp, operands: number, values: Operands): void {
  for (let i = 0; i < operands; i++) {
    values.push(i);
    if (!code.vectors) code.vector(code.lanes.splat);
  }
  code.call(`${name}_${code.lanes.vector}`, operands, groupOfLoopOp(name));
  if (!code.vectors) code.extractFirstLane();
}

/** Emits the conversion of the values on the stack to another kind. */
export function emitConversion(code: FunctionCode, from: Kind, to: Kind): void {
  const conversion = from === to ? undefined : CONVERSIONS[from][to];
  if (conversion === undefined) return;
  const onStack: Term = () => {};
  resultOf(conversion, [onStack])(code, to === "boolean" ? from : to);
}
