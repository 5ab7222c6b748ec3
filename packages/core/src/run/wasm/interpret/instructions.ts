/**
 * The steps of a loop for JavaScript: each is the scalar function of its op, on values of known types. Ops that change
 * nothing alias their operands, and a value that is needed as a number is converted first.
 */

import { combineOf } from "../../../families/reduction.ts";
import type { ScalarFunction } from "../../../graph/kernel.ts";
import { opNamed } from "../../../ops/registry.ts";
import { BYTES, convert, type DType } from "../../../tensor/dtype.ts";
import { at } from "../../../tensor/shape.ts";
import { checkLoop, kindOf, type Loop, type Operand } from "../../program/loop/loop.ts";
import type { Kind, LoopOp } from "../../program/loop/loopOps.ts";

/** A step. Its operands and its result are indices into the list of all values; missing operands repeat the first. */
export interface Instruction {
  readonly op: LoopOp;
  readonly compute: ScalarFunction;
  readonly count: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly result: number;
}

/** The instructions of a loop for one element. */
export interface Instructions {
  /** By value: the dtype of its storage; storing rounds. Those of the loop's inputs come first. */
  readonly types: readonly DType[];
  readonly constants: readonly { readonly index: number; readonly value: number }[];
  readonly list: readonly Instruction[];
  /** By step: its value. */
  readonly results: readonly number[];
}

/** An array of a loop. */
export interface ArrayOffset {
  readonly dtype: DType;
  /** The offset of the first element from its address, in bytes. */
  readonly offset: number;
}

/** Returns the arrays of a loop: inputs first, then outputs. */
export function arraysOf(
  { dtype: loopType, inputs, outputs }: Loop,
  { types, results }: Instructions,
): ArrayOffset[] {
  return [
    ...inputs.map(({ dtype = loopType, offset = 0 }) => ({ dtype, offset })),
    ...outputs.map(({ step, dtype = at(types, at(results, step)), offset = 0 }) => {
      return { dtype, offset };
    }),
  ];
}

/** Returns the index of an array's first element among all elements of its dtype. */
export function indexOf({ dtype, offset }: ArrayOffset, address: number): number {
  return address / BYTES[dtype] + offset;
}

/** @throws ArgumentError if the loop is not what `Loop` says. */
export function instructionsOf(loop: Loop): Instructions {
  const kinds = checkLoop(loop);
  const typeOf = (kind: Kind | undefined): DType =>
    kind === "integer" ? "int32" : kind === "boolean" ? "bool" : loop.dtype;
  const typeIn = (operand: Operand) => typeOf(kindOf(operand, loop, kinds));
  const types = loop.inputs.map((_, index) => typeIn({ kind: "input", index }));
  const constants: { index: number; value: number }[] = [];
  const list: Instruction[] = [];
  const results: number[] = [];
  /** Returns the value of an operand, converted to a number if the op requires one. */
  const indexOfOperand = (operand: Operand, wanted: Kind | undefined): number => {
    const operandType = typeIn(operand);
    const type = wanted === "number" ? loop.dtype : operandType;
    if (operand.kind === "constant") {
      constants.push({ index: types.length, value: operand.value });
    } else {
      const index = operand.kind === "input" ? operand.index : at(results, operand.index);
      if (type === operandType) return index;
      list.push(instruction("toNumber", itself, [index], types.length));
    }
    return types.push(type) - 1;
  };
  loop.steps.forEach(({ op, inputs }, s) => {
    const { operands: wanted, result } = at(kinds, s);
    const operands = inputs.map((operand, i) => indexOfOperand(operand, wanted[i]));
    const [first = 0] = operands;
    const type = typeOf(result);
    const compute = scalarOf(op, wanted.at(-1) === "integer" ? "int32" : loop.dtype);
    const stays = compute === itself && types[first] === type;
    results.push(stays ? first : types.push(type) - 1);
    if (!stays) list.push(instruction(op, compute, operands, types.length - 1));
  });
  return { types, constants, list, results };
}

function instruction(
  op: LoopOp,
  compute: ScalarFunction,
  operands: readonly number[],
  result: number,
): Instruction {
  const [x = 0, y = x, z = x] = operands;
  return { op, compute, count: operands.length, x, y, z, result };
}

const itself: ScalarFunction = (x) => x;

/** The dtype of the results of conversions. */
const CONVERSIONS: { readonly [Name in LoopOp]?: DType } = {
  toFloat32: "float32",
  toInt32: "int32",
  toBoolean: "bool",
};

/** Returns the scalar function of an op of loops, for operands of a dtype. */
function scalarOf(op: LoopOp, dtype: DType): ScalarFunction {
  const target = CONVERSIONS[op];
  if (op === "copy" || op === "toNumber" || target === dtype) return itself;
  return target ? (x) => convert(x, target) : combineOf(opNamed(op), dtype);
}
