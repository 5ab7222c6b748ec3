/**
 * The instructions of each op on one vector: the same bits as the op's scalar function, rounded
 * after every step. min and max of WebAssembly are Math.min and Math.max, NaN and ±0 included.
 */

import type { FunctionCode } from "./code.ts";
import { FUSED_OPS, type FusedOp } from "./group.ts";
import { VECTOR } from "./instructions.ts";

/** Emits an op, whose operands `push` puts on the stack, as the kinds that the op wants. */
export function emitOperation(
  code: FunctionCode,
  op: FusedOp,
  push: (operand: number) => void,
): void {
  const { lanes } = code;
  if (op === "sign") {
    emitSign(code, push);
    return;
  }
  if (op === "where") {
    push(1);
    push(2);
    push(0);
    code.vector(VECTOR.bitselect);
    return;
  }
  const { length } = FUSED_OPS[op].operands;
  push(0);
  if (length === 2) push(1);
  switch (op) {
    case "toNumber":
    case "toTruth":
      break;
    case "logicalAnd":
      code.vector(VECTOR.and);
      break;
    case "logicalOr":
      code.vector(VECTOR.or);
      break;
    case "logicalNot":
      code.vector(VECTOR.not);
      break;
    case "exp":
    case "expm1":
    case "log":
    case "log1p":
    case "sin":
    case "cos":
    case "tanh":
    case "pow":
      code.call(`${op}_${lanes.suffix}`, length);
      break;
    default:
      code.vector(lanes[op]);
  }
}

/** 1 with the sign of x where |x| > 0; elsewhere x itself, which is ±0 or NaN. */
function emitSign(code: FunctionCode, push: (operand: number) => void): void {
  const { lanes } = code;
  push(0);
  code.get(code.constant(-0));
  code.vector(VECTOR.and);
  code.get(code.constant(1));
  code.vector(VECTOR.or);
  push(0);
  push(0);
  code.vector(lanes.abs);
  code.get(code.constant(0));
  code.vector(lanes.greater);
  code.vector(VECTOR.bitselect);
}

/** The truth values on the stack become numbers 0 and 1. */
export function truthToNumber(code: FunctionCode): void {
  code.get(code.constant(1));
  code.vector(VECTOR.and);
}

/** The numbers on the stack become truth values: not 0. */
export function numberToTruth(code: FunctionCode): void {
  code.get(code.constant(0));
  code.vector(code.lanes.notEqual);
}
