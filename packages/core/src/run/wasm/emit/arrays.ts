/**
 * The loop of a single op over contiguous arrays, for eager ops: it needs no nest of loops and no plan.
 */

import { BYTES, type DType, type FloatDType } from "../../../tensor/dtype.ts";
import { at, numberAt } from "../../../tensor/shape.ts";
import { kindOfDType, kindsOfOp } from "../../program/loop/kinds.ts";
import type { LoopOp } from "../../program/loop/loopOps.ts";
import type { Host } from "../kernel/host.ts";
import { FunctionCode, ModuleCode } from "./code.ts";
import { EMPTY_BLOCK, I32, PLAIN, V128 } from "./instructions.ts";
import { instantiate } from "./module.ts";
import { emitConversion, emitOperation } from "./operations.ts";
import { type Elements, load, store } from "./transfer.ts";

/** An op over arrays. */
export interface ArrayOp {
  readonly op: LoopOp;
  /** The dtype of the loop. */
  readonly loop: FloatDType;
  /** The dtypes of the inputs, then that of the result. */
  readonly dtypes: readonly DType[];
  /** The addresses of these arrays, in bytes. */
  readonly addresses: readonly number[];
  /** The value of all elements of the second input, if the op has a shorter form for it. */
  readonly constant: number | undefined;
}

/** Computes `count` elements, or up to 15 more. */
export type RunArrays = (count: number) => void;

/** The loop of an op for its dtypes, as eager ops cache it. */
export interface ArrayLoop {
  readonly dtype: DType;
  readonly dtypes: readonly DType[];
  /** The value of all elements of the second input, if the op has a shorter form for it. */
  readonly constant: number | undefined;
  /** The compiled loop; undefined if it cannot be compiled, or is not compiled yet. */
  run: RunArrays | undefined;
  /** Compiles the loop; undefined if it cannot be compiled. */
  readonly make: (() => RunArrays) | undefined;
  /** The number of elements for which a loop was requested. */
  requested: number;
}

/** The vectors that an iteration computes. */
const VECTORS = 4;

/** The elements that an iteration computes, in float32. The loop makes whole iterations. */
const STEP = 16;

/**
 * Compiles the loop of an op over arrays that do not overlap.
 *
 * @returns a function that computes `count` elements, or up to 15 more.
 */
export function emitArrayOp(host: Host, arrayOp: ArrayOp): RunArrays {
  const module = new ModuleCode();
  writeArrayOp(arrayOp, module);
  const run = at(instantiate(host, module).functions, 0);
  return (count) => run((count + STEP - 1) & -STEP);
}

function writeArrayOp(
  { op, loop, dtypes, addresses, constant }: ArrayOp,
  module: ModuleCode,
): void {
  const code = new FunctionCode(loop, true, 1, module);
  const count = 0;
  const inputs = dtypes.slice(0, -1);
  const operandKinds = inputs.map((dtype) => kindOfDType(dtype, loop));
  const kinds = kindsOfOp(op, operandKinds, loop);
  // Arrays with elements of one size share a pointer.
  const positions = new Map(dtypes.map((dtype) => [BYTES[dtype], 0]));
  for (const size of positions.keys()) positions.set(size, code.locals(I32));
  const values = dtypes.map(() => code.locals(V128));
  const result = numberAt(values, inputs.length);
  const scratch = code.locals(V128);
  const [[step = 0, position = 0] = []] = positions;
  const end = code.locals(I32);
  code.get(count);
  code.int32(step);
  code.plain(PLAIN.i32Mul);
  code.set(end);
  const elements = (array: number, vector: number): Elements => {
    const size = BYTES[at(dtypes, array)];
    const first = numberAt(addresses, array) + vector * code.count * size;
    const offsets = Array.from({ length: code.count }, (_, lane) => first + lane * size);
    return { address: positions.get(size), offsets };
  };
  const push = (index: number) => {
    code.get(numberAt(values, index));
    emitConversion(code, at(operandKinds, index), at(kinds.operands, index));
  };
  const constantOf = (index: number) => (index === 1 ? constant : undefined);
  code.plainWith(PLAIN.loop, EMPTY_BLOCK);
  for (let vector = 0; vector < VECTORS; vector++) {
    inputs.forEach((dtype, i) => {
      load(code, dtype, elements(i, vector));
      code.set(numberAt(values, i));
    });
    emitOperation(code, op, kinds, { push, constantOf });
    code.set(result);
    store(code, at(dtypes, inputs.length), result, () => scratch, elements(inputs.length, vector));
  }
  for (const [size, local] of positions) {
    code.get(local);
    code.int32(VECTORS * code.count * size);
    code.plain(PLAIN.i32Add);
    code.set(local);
  }
  code.get(position);
  code.get(end);
  code.plain(PLAIN.i32Ne);
  code.plainWith(PLAIN.brIf, 0);
  code.plain(PLAIN.end);
  code.finish();
}
