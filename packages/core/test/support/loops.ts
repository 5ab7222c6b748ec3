/**
 * Loops in plain JavaScript, which apply the ops' scalar functions to one element after the other.
 */

import { reduce } from "../../src/families/reduction.ts";
import type { ScalarFunction } from "../../src/graph/kernel.ts";
import {
  checkLoop,
  kindOf,
  type Loop,
  type LoopOutput,
  type Operand,
  outputDType,
} from "../../src/run/program/loop/loop.ts";
import type { Kind, LoopOp } from "../../src/run/program/loop/loopOps.ts";
import { allocate, convert, type DType, type TypedArray } from "../../src/tensor/dtype.ts";
import { at, sizeOf } from "../../src/tensor/shape.ts";
import { registeredOps } from "./table.ts";

function computeOf(op: LoopOp, dtype: DType): ScalarFunction {
  if (op === "toNumber" || op === "copy") return (x) => x;
  if (op === "toFloat32") return Math.fround;
  if (op === "toInt32") return (x) => convert(x, "int32");
  if (op === "toBoolean") return (x) => (x !== 0 ? 1 : 0);
  const found = registeredOps().find(({ name }) => name === op);
  if (found?.kernel?.kind !== "elementwise") throw new Error(`${op} has no scalar function`);
  return found.kernel.scalar(dtype);
}

/** Returns the outputs, computed by the ops' scalar functions; each step is rounded to the loop's dtype. */
export function evaluate(loop: Loop, inputs: readonly TypedArray[]): TypedArray[] {
  const { shape } = loop;
  const kinds = checkLoop(loop);
  const count = sizeOf(shape);
  const outputs = loop.outputs.map((output): TypedArray => {
    const { reduction } = output;
    const dtype = outputDType(output, loop, kinds);
    if (reduction !== undefined) {
      return allocate(dtype, sizeOf(shape.slice(0, shape.length - reduction.axes)));
    }
    const ends = shape.map((length, axis) => ((output.strides?.[axis] ?? 0) < 0 ? 0 : length - 1));
    const last = placeOf(ends, output);
    // An output with strides is written among other elements, which have to stay.
    const length = output.strides === undefined || count === 0 ? count : last + 3;
    return allocate(dtype, length).fill(output.strides ? 7 : 0);
  });
  evaluateInto(loop, inputs, outputs);
  return outputs;
}

/** Evaluates a loop into given arrays, which may be those of inputs. */
export function evaluateInto(
  loop: Loop,
  inputs: readonly TypedArray[],
  targets: readonly TypedArray[],
): void {
  const { shape, dtype, steps } = loop;
  const kinds = checkLoop(loop);
  const count = sizeOf(shape);
  // The elements of an output that ends in a reduction are kept until then.
  const outputs = targets.map((target, o) => {
    const output = at(loop.outputs, o);
    const own = outputDType(output, loop, kinds);
    return output.reduction === undefined ? target : allocate(own, count);
  });
  const computes = steps.map(({ op }, i) => {
    const { operands } = at(kinds, i);
    return computeOf(op, operands[operands.length - 1] === "integer" ? "int32" : dtype);
  });
  const round = dtype === "float32" ? Math.fround : (x: number) => x;
  const index = shape.map(() => 0);
  const values = new Array<number>(steps.length);
  for (let i = 0; i < count; i++) {
    const read = (operand: Operand | undefined, wanted?: Kind): number => {
      if (operand === undefined) return 0;
      const own = kindOf(operand, loop, kinds);
      const value = element(operand);
      return wanted === "number" || own === "number" ? round(value) : value;
    };
    const element = (operand: Operand): number => {
      if (operand.kind === "constant") return operand.value;
      if (operand.kind === "step") return at(values, operand.index);
      return at(at(inputs, operand.index), placeOf(index, at(loop.inputs, operand.index)));
    };
    steps.forEach(({ inputs: [x, y, z] }, s) => {
      const { operands, result } = at(kinds, s);
      const [a, b, c] = [x, y, z].map((operand, o) => read(operand, operands[o]));
      const value = at(computes, s)(a ?? 0, b ?? 0, c ?? 0);
      values[s] = result === "integer" ? value | 0 : round(value);
    });
    loop.outputs.forEach((output, o) => {
      const place = output.strides === undefined ? i : placeOf(index, output);
      at(outputs, o)[place] = at(values, output.step);
    });
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = at(index, axis) + 1;
      if (at(index, axis) < at(shape, axis)) break;
      index[axis] = 0;
    }
  }
  outputs.forEach((elements, o) => {
    const output = at(loop.outputs, o);
    if (output.reduction !== undefined) at(targets, o).set(reduced(elements, shape, output));
  });
}

/** Returns the position of an element in a strided array. */
export function placeOf(
  index: readonly number[],
  { strides = [], offset = 0 }: { strides?: readonly number[]; offset?: number },
): number {
  return index.reduce((sum, place, axis) => sum + place * (strides[axis] ?? 0), offset);
}

/** Returns the reduction of an output, by the JavaScript runner. */
function reduced(elements: TypedArray, shape: readonly number[], output: LoopOutput): TypedArray {
  const { reduction } = output;
  if (reduction === undefined) return elements;
  const kept = shape.length - reduction.axes;
  const result = elements.slice(0, sizeOf(shape.slice(0, kept)));
  const axes = shape.map((_, axis) => axis).slice(kept);
  const found = registeredOps().find(({ name }) => name === reduction.name)?.kernel;
  if (found?.kind !== "reduction") throw new Error(`${reduction.name} is no reduction`);
  reduce(found.reduction, elements, shape, axes, result);
  return result;
}
