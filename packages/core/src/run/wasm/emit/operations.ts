/**
 * The instructions of each op on one vector: the same bits as the op's scalar function, rounded
 * after every step. min and max of WebAssembly are Math.min and Math.max, NaN and ±0 included.
 */

import type { FunctionCode } from "./code.ts";
import { INTEGERS, VECTOR } from "./instructions.ts";
import { type FusedOp, isElementary, type Kind, type StepKinds } from "./kinds.ts";

/**
 * Emits an op, whose operands `push` puts on the stack, as the kinds that the op wants.
 * @param constantOf the value of an operand that is the same number everywhere.
 */
export function emitOperation(
  code: FunctionCode,
  op: FusedOp,
  { operands }: StepKinds,
  push: (operand: number) => void,
  constantOf: (operand: number) => number | undefined,
): void {
  const { lanes } = code;
  const integers = operands[0] === "integer";
  if ((op === "maximum" || op === "minimum") && !integers) {
    emitExtreme(code, op, push, constantOf);
    return;
  }
  if (op === "sign") {
    if (integers) emitIntegerSign(code, push);
    else emitSign(code, push);
    return;
  }
  if (op === "where") {
    push(1);
    push(2);
    push(0);
    code.vector(VECTOR.bitselect);
    return;
  }
  const { length } = operands;
  push(0);
  if (length === 2) push(1);
  if (isElementary(op)) {
    code.call(`${op}_${lanes.suffix}`, length);
    return;
  }
  switch (op) {
    case "copy":
    case "toNumber":
    case "toTruth":
      break;
    case "toFloat32":
      if (lanes.count === 4) break;
      code.vector(VECTOR.demoteToFloat32);
      code.vector(VECTOR.promoteToFloat64);
      break;
    case "toInt32":
      if (operands[0] === "truth") truthToInteger(code);
      if (operands[0] !== "number") break;
      if (lanes.count === 4) {
        code.vector(VECTOR.truncateFloat32);
      } else {
        code.vector(VECTOR.truncateFloat64);
        code.vector(VECTOR.convertToFloat64);
      }
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
    case "div":
    case "sqrt":
      code.vector(lanes[op]);
      break;
    default:
      code.vector((integers ? INTEGERS : lanes)[op]);
  }
}

/**
 * The greater or the smaller. An exact one is several instructions of the processor, which see to ±0
 * and to NaN on either side; beside a constant, a comparison and a choice will do, which are one.
 */
function emitExtreme(
  code: FunctionCode,
  op: "maximum" | "minimum",
  push: (operand: number) => void,
  constantOf: (operand: number) => number | undefined,
): void {
  const { lanes } = code;
  const place = constantOf(1) === undefined ? 0 : 1;
  const constant = constantOf(place);
  if (constant === undefined || Number.isNaN(constant)) {
    push(0);
    push(1);
    code.vector(lanes[op]);
    return;
  }
  // Where the constant wins, it is chosen; else the other, NaN included, and of two zeros too.
  push(1 - place);
  push(place);
  code.vector(op === "maximum" ? lanes.chooseGreater : lanes.chooseSmaller);
  if (constant !== 0) return;
  // max(−0, 0) is 0, and min(0, −0) is −0.
  if (op === "maximum" && !Object.is(constant, -0)) {
    code.get(code.constant(0));
    code.vector(lanes.add);
  } else if (op === "minimum" && Object.is(constant, -0)) {
    push(place);
    code.vector(VECTOR.or);
  }
}

/** A true comparison is −1: (x < 0) − (x > 0). */
function emitIntegerSign(code: FunctionCode, push: (operand: number) => void): void {
  const zero = code.integer(0);
  push(0);
  code.get(zero);
  code.vector(INTEGERS.less);
  push(0);
  code.get(zero);
  code.vector(INTEGERS.greater);
  code.vector(INTEGERS.sub);
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

/** The values on the stack become those of another kind; numbers never become integers so. */
export function emitConversion(code: FunctionCode, from: Kind, to: Kind): void {
  if (from === to) return;
  if (to === "number") {
    if (from === "truth") truthToNumber(code);
    else code.vector(VECTOR.convertToFloat32);
  } else if (to === "integer") {
    truthToInteger(code);
  } else if (from === "number") {
    numberToTruth(code);
  } else {
    code.get(code.integer(0));
    code.vector(INTEGERS.notEqual);
  }
}

function truthToInteger(code: FunctionCode): void {
  code.get(code.integer(1));
  code.vector(VECTOR.and);
}

/** The truth values on the stack become numbers 0 and 1. */
function truthToNumber(code: FunctionCode): void {
  code.get(code.constant(1));
  code.vector(VECTOR.and);
}

/** The numbers on the stack become truth values: not 0. */
function numberToTruth(code: FunctionCode): void {
  code.get(code.constant(0));
  code.vector(code.lanes.notEqual);
}
