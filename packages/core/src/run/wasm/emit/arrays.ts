/**
 * The loop of a single op over contiguous arrays, for eager ops: it needs no nest of loops and no plan.
 */

import type { KernelHost as Host } from "@graddiff/wasm-kernel";
import { BYTES, type DType, type FloatDType } from "../../../tensor/dtype.ts";
import { at, numberAt } from "../../../tensor/shape.ts";
import { kindOfDType, kindsOfOp } from "../../program/kinds.ts";
import type { LoopOp } from "../../program/loopOps.ts";
import { FunctionCode, ModuleCode } from "./code.ts";
import { EMPTY_BLOCK, I32, PLAIN, V128 } from "./instructions.ts";
import { instantiate, type RunLoop } from "./module.ts";
import { emitConversion, emitOperation } from "./operations.ts";
import { type Elements, load, store } from "./transfer.ts";

/** An op over arrays. */
export interface ArrayOp {
  readonly op: LoopOp;
  /** The dtype of the loop. */
  readonly loop: FloatDType;
  /** The dtypes of the inputs, and of the result behind them. */
  readonly dtypes: readonly DType[];
  /** Of these arrays, in bytes. */
  readonly addresses: readonly number[];
  /** How many elements: a multiple of 16. */
  readonly count: number;
}

/** Vectors that are computed between two looks at the end. */
const VECTORS = 4;

/** Compiles the loop of an op over arrays that do not overlap. */
export function emitArrayOp(host: Host, arrayOp: ArrayOp): RunLoop {
  const module = new ModuleCode();
  writeArrayOp(arrayOp, module);
  return at(instantiate(host, module), 0);
}

function writeArrayOp({ op, loop, dtypes, addresses, count }: ArrayOp, module: ModuleCode): void {
  const code = new FunctionCode(loop, true, 0, module);
  const inputs = dtypes.slice(0, -1);
  const given = inputs.map((dtype) => kindOfDType(dtype, loop));
  const kinds = kindsOfOp(op, given, loop);
  // Arrays of elements of one size move on together.
  const positions = new Map(dtypes.map((dtype) => [BYTES[dtype], 0]));
  for (const size of positions.keys()) positions.set(size, code.locals(I32));
  const values = dtypes.map(() => code.locals(V128));
  const result = numberAt(values, inputs.length);
  const scratch = code.locals(V128);
  const elements = (array: number, vector: number): Elements => {
    const size = BYTES[at(dtypes, array)];
    const first = numberAt(addresses, array) + vector * code.count * size;
    const offsets = Array.from({ length: code.count }, (_, lane) => first + lane * size);
    return { address: positions.get(size), offsets };
  };
  const push = (place: number) => {
    code.get(numberAt(values, place));
    emitConversion(code, at(given, place), at(kinds.operands, place));
  };
  code.plainWith(PLAIN.loop, EMPTY_BLOCK);
  for (let vector = 0; vector < VECTORS; vector++) {
    inputs.forEach((dtype, i) => {
      load(code, dtype, elements(i, vector));
      code.set(numberAt(values, i));
    });
    emitOperation(code, op, kinds, { push, constantOf: () => undefined });
    code.set(result);
    store(code, at(dtypes, inputs.length), result, () => scratch, elements(inputs.length, vector));
  }
  for (const [size, local] of positions) {
    code.get(local);
    code.int32(VECTORS * code.count * size);
    code.plain(PLAIN.i32Add);
    code.set(local);
  }
  const [[size = 0, local = 0] = []] = positions;
  code.get(local);
  code.int32(count * size);
  code.plain(PLAIN.i32Ne);
  code.plainWith(PLAIN.brIf, 0);
  code.plain(PLAIN.end);
  code.finish();
}
