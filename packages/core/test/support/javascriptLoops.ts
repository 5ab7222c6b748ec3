/**
 * The loops of the machine in `javascriptTarget.ts`: each step computes all elements before the next step.
 */

import { combineOf, reduce } from "../../src/families/reduction.ts";
import type { ScalarFunction } from "../../src/graph/kernel.ts";
import { opNamed } from "../../src/ops/registry.ts";
import {
  checkLoop,
  kindOf,
  type Loop,
  type Operand,
  outputDType,
} from "../../src/run/program/loop/loop.ts";
import type { Kind, LoopOp } from "../../src/run/program/loop/loopOps.ts";
import { allocate, convert, type DType, type TypedArray } from "../../src/tensor/dtype.ts";
import { at, numberAt, sizeOf, stridesOf } from "../../src/tensor/shape.ts";
import type { Place } from "./javascriptTarget.ts";

/** The dtypes of the results of conversions. */
const CONVERSIONS: { readonly [Name in LoopOp]?: DType } = {
  toFloat32: "float32",
  toInt32: "int32",
  toBoolean: "bool",
};

function scalarOf(op: LoopOp, dtype: DType): ScalarFunction {
  const target = CONVERSIONS[op];
  if (op === "copy" || op === "toNumber" || target === dtype) return (x) => x;
  return target ? (x) => convert(x, target) : combineOf(opNamed(op), dtype);
}

/** Returns the offsets of the elements of a strided array, in order. */
function offsetsOf(shape: readonly number[], strides: readonly number[], first: number): number[] {
  let offsets = [first];
  shape.forEach((length, axis) => {
    const stride = numberAt(strides, axis);
    offsets = offsets.flatMap((from) => Array.from({ length }, (_, i) => from + i * stride));
  });
  return offsets;
}

/** Returns the bytes of an element in a memory. */
const bytesOf = (dtype: DType) => (dtype === "float64" ? 8 : 4);

/**
 * Runs a loop. Its locations are those of its inputs, of its outputs, and of the scratch memory that it asked for. All
 * scratch memory is overwritten, so that programs fail if they keep values there.
 */
export function runLoop(loop: Loop, placeAt: (i: number) => Place, places: number): void {
  const { dtype, shape, inputs, steps, outputs } = loop;
  const kinds = checkLoop(loop);
  const count = sizeOf(shape);
  const typeOf = (kind: Kind | undefined): DType =>
    kind === "integer" ? "int32" : kind === "boolean" ? "bool" : dtype;
  const typeIn = (operand: Operand) => typeOf(kindOf(operand, loop, kinds));

  const read = inputs.map((input, index): TypedArray => {
    const { memory, offset } = placeAt(index);
    const own = input.dtype ?? dtype;
    const words = memory.words(own);
    const array = allocate(typeIn({ kind: "input", index }), count);
    offsetsOf(shape, input.strides, (input.offset ?? 0) + offset / bytesOf(own)).forEach(
      (from, i) => {
        array[i] = words[from] ?? Number.NaN;
      },
    );
    return array;
  });

  const computed: TypedArray[] = [];
  const valuesOf = (operand: Operand, wanted: Kind | undefined): TypedArray => {
    const own = typeIn(operand);
    const type = wanted === "number" ? dtype : own;
    if (operand.kind === "constant") return allocate(type, count).fill(operand.value);
    const values = at(operand.kind === "input" ? read : computed, operand.index);
    if (type === own) return values;
    const converted = allocate(type, count);
    converted.set(values);
    return converted;
  };
  steps.forEach(({ op, inputs: operands }, s) => {
    const { operands: wanted, result } = at(kinds, s);
    const [x, y, z] = operands.map((operand, i) => valuesOf(operand, wanted[i]));
    const compute = scalarOf(op, wanted.at(-1) === "integer" ? "int32" : dtype);
    const values = allocate(typeOf(result), count);
    const first = x ?? values;
    for (let i = 0; i < count; i++) {
      values[i] = compute(at(first, i), at(y ?? first, i), at(z ?? first, i));
    }
    computed.push(values);
  });

  const reduces = outputs.some(({ reduction }) => reduction !== undefined);
  if (places !== inputs.length + outputs.length + (reduces ? 1 : 0)) {
    throw new Error(`${places} places for a loop`);
  }
  if (reduces) {
    const { memory, offset } = placeAt(places - 1);
    memory.bytes.fill(0xff, offset, offset + 8);
  }
  outputs.forEach((output, i) => {
    const { memory, offset } = placeAt(inputs.length + i);
    const own = outputDType(output, loop, kinds);
    const words = memory.words(own);
    const start = (output.offset ?? 0) + offset / bytesOf(own);
    let values = at(computed, output.step);
    if (output.reduction !== undefined) {
      const { axes, combine, identity } = output.reduction;
      const kept = sizeOf(shape.slice(0, shape.length - axes));
      const sums = allocate(dtype, kept);
      reduce({ op: opNamed(combine), identity }, values, [kept, count / kept], [1], sums);
      values = sums;
      words.set(values, start);
      return;
    }
    offsetsOf(shape, output.strides ?? stridesOf(shape), start).forEach((to, k) => {
      words[to] = at(values, k);
    });
  });
}
