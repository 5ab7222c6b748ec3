/**
 * Loops in blocks: a step computes its values for some hundreds of elements, then the next step does. Elementary
 * functions, sums and products of a block are calls of the module, and so are reductions.
 */

import { combineAsTree } from "../../../families/combineAsTree.ts";
import { SUFFIX } from "../../../families/exports.ts";
import { combineOf, reduce } from "../../../families/reduction.ts";
import { BLOCK } from "../../../families/reductionForm.ts";
import type { ScalarFunction } from "../../../graph/kernel.ts";
import { opNamed } from "../../../ops/registry.ts";
import { BYTES, type DType, isFloat, type TypedArray } from "../../../tensor/dtype.ts";
import { at, sizeOf } from "../../../tensor/shape.ts";
import { outputStrides } from "../../program/axes.ts";
import { align } from "../../program/freeList.ts";
import { type Loop, type LoopReduction, reducedAxesOf } from "../../program/loop.ts";
import { functionOf, groupOfLoopOp } from "../functions.ts";
import { LANE_OPS, type LaneOp } from "../lanes.ts";
import type { CallHost } from "../makeCall.ts";
import { arraysOf, type Instruction, type Instructions, placeOf } from "./instructions.ts";
import { type DrivenLoop, type Stage, Views, Walk } from "./views.ts";

/** The most elements of a block: few values of so many stay in the processor's first cache. */
const LONGEST = 1024;

/** The values of a step in a block: elements that follow each other. */
class Row {
  readonly type: DType;
  readonly views: Views;
  /** The first one among all elements of its type. */
  place: number;

  constructor(type: DType, views: Views, place: number) {
    this.type = type;
    this.views = views;
    this.place = place;
  }

  get array(): TypedArray {
    return this.views[this.type];
  }

  get address(): number {
    return this.place * BYTES[this.type];
  }
}

/** A loop of many elements. @param views of the memory that its arrays are in. */
export function blockLoop(
  loop: Loop,
  instructions: Instructions,
  { host, room }: Stage,
  views: Views,
): DrivenLoop {
  const { shape, dtype, inputs, outputs } = loop;
  const { constants, list, results } = instructions;
  // Behind the values, what reductions give.
  const types = [...instructions.types, dtype];
  const kept = shape.slice(0, shape.length - reducedAxesOf(loop));
  const count = sizeOf(shape);
  /** How many elements become one by reductions. */
  const span = count / sizeOf(kept);
  const arrays = arraysOf(loop, instructions);
  const stored = outputs.map(({ step }) => at(results, step));
  const walks = inputs.map(({ strides }) => new Walk(shape, strides));
  const isDirect = types.map((type, i) => {
    const isArray = walks[i]?.contiguous === true && arrays[i]?.dtype === type;
    // Another output may be stored over what is stored as it is.
    return isArray && (outputs.length === 1 || !stored.includes(i));
  });

  /** The elements of a block, at most so many: whole rows, or whole blocks of the order of reductions. */
  const lengthOf = (limit: number): number => {
    const most = Math.floor(Math.min(limit, LONGEST, count));
    const periods = walks.map(({ period }) => (period <= most ? period : 1));
    const unit = kept.length < shape.length ? span : Math.max(1, ...periods);
    if (unit <= most) return most - (most % unit);
    return most < BLOCK ? 0 : BLOCK * 2 ** (31 - Math.clz32(Math.floor(most / BLOCK)));
  };
  const bytes = types.map((type, i) => (isDirect[i] ? 0 : BYTES[type]));
  const scratch = room ? align(functionOf(host, "reductionScratchByteLength")()) : 0;
  const free = (room?.bytes ?? 0) - scratch - bytes.length * align(1);
  const fitting = lengthOf(free / bytes.reduce((sum, own) => sum + own, 0));
  // Of a very wide loop, the blocks that a reduction needs do not fit.
  const inside = fitting > 0 ? room : undefined;
  const length = inside ? fitting : lengthOf(LONGEST);
  let end = (inside?.address ?? 0) + scratch;
  const starts = bytes.map((own) => {
    const start = end;
    end += align(own * length);
    return start;
  });
  const beside = inside ? views : new Views({ buffer: new ArrayBuffer(end) });
  const rows = types.map((type, i) => {
    return new Row(type, isDirect[i] ? views : beside, at(starts, i) / BYTES[type]);
  });
  const module = inside && { host, scratch: inside.address };

  const steps = list.map((each) => stepOf(each, rows, module));
  const found = at(rows, types.length - 1);
  const targets = outputs.map((output, i) => {
    const { reduction } = output;
    const row = at(rows, at(stored, i));
    return {
      walk: new Walk(reduction ? kept : shape, outputStrides(shape, output)),
      row: reduction ? found : row,
      reduced: reduction && reducerOf(reduction, span, row, found, module),
    };
  });

  return (addresses) => {
    for (const { place, value } of constants) {
      const row = at(rows, place);
      row.array.fill(value, row.place, row.place + length);
    }
    const places = arrays.map((array, i) => placeOf(array, at(addresses, i)));
    for (let start = 0; start < count; ) {
      // A part of a long row ends with the row at the latest.
      const n = Math.min(length, span > length ? span - (start % span) : count - start);
      for (let i = 0; i < walks.length; i++) {
        const [walk, row] = [at(walks, i), at(rows, i)];
        if (isDirect[i]) row.place = at(places, i) + start;
        // What begins anew with every block stays.
        else if (start === 0 || length % walk.period !== 0) {
          const array = views[at(arrays, i).dtype];
          walk.copy(array, at(places, i), start, row.array, row.place, n, false);
        }
      }
      for (let i = 0; i < steps.length; i++) at(steps, i)(n);
      for (let i = 0; i < targets.length; i++) {
        const { walk, row, reduced } = at(targets, i);
        const array = views[at(arrays, inputs.length + i).dtype];
        const [size, first] = reduced ? [reduced(start, n), Math.floor(start / span)] : [n, start];
        walk.copy(array, at(places, inputs.length + i), first, row.array, row.place, size, true);
      }
      start += n;
    }
  };
}

/** The module, and the address of memory that its reductions use. */
interface Module {
  readonly host: CallHost;
  readonly scratch: number;
}

/** Computes so many values of a step. */
function stepOf(
  { op, compute, count, ...operands }: Instruction,
  rows: readonly Row[],
  module: Module | undefined,
): (n: number) => void {
  const [x, y] = [at(rows, operands.x), at(rows, operands.y)];
  const [z, result] = [at(rows, operands.z), at(rows, operands.result)];
  const { kernel }: LaneOp = LANE_OPS[op];
  if (module && kernel && isFloat(result.type)) {
    const run: (...given: number[]) => unknown = functionOf(
      module.host,
      `${kernel}_${SUFFIX[result.type]}` as const,
      groupOfLoopOp(op),
    );
    return count === 1
      ? (n) => run(x.address, result.address, n)
      : (n) => run(x.address, y.address, result.address, n);
  }
  return count < 3
    ? (n) => ofTwo(compute, n, result, x, y)
    : (n) => ofThree(compute, n, result, x, y, z);
}

// A function for choices alone: their conditions are arrays of another kind, for which the engine makes other code.

function ofTwo(compute: ScalarFunction, n: number, result: Row, a: Row, b: Row): void {
  const [out, x, y] = [result.array, a.array, b.array];
  const [to, atX, atY] = [result.place, a.place, b.place];
  for (let i = 0; i < n; i++) out[to + i] = compute(x[atX + i] as number, y[atY + i] as number, 0);
}

function ofThree(compute: ScalarFunction, n: number, result: Row, a: Row, b: Row, c: Row): void {
  const [out, x, y, z] = [result.array, a.array, b.array, c.array];
  const [to, atX, atY, atZ] = [result.place, a.place, b.place, c.place];
  for (let i = 0; i < n; i++) {
    out[to + i] = compute(x[atX + i] as number, y[atY + i] as number, z[atZ + i] as number);
  }
}

/** Reduces a row of a block, from an element of the loop on; the number of results that are complete. */
function reducerOf(
  { name, combine, identity }: LoopReduction,
  span: number,
  row: Row,
  found: Row,
  module: Module | undefined,
): (start: number, n: number) => number {
  const type = row.type === "float64" ? row.type : "float32";
  const kernel = opNamed(name).kernel?.reduction?.kernel;
  const run = module && kernel && functionOf(module.host, `${kernel}Axis_${SUFFIX[type]}` as const);
  const op = opNamed(combine);
  const scalar = combineOf(op, type);
  const round = type === "float32" ? Math.fround : Number;
  /** The results of the blocks of a long row so far. */
  const parts: number[] = [];
  return (start, n) => {
    const columns = Math.min(span, n);
    const size = n / columns;
    const [{ array, place }, { array: into, place: to }] = [row, found];
    if (run) {
      run(row.address, found.address, module.scratch, size, columns, 1, 1);
    } else {
      const block = array.subarray(place, place + n);
      reduce({ op, identity }, block, [size, columns], [1], into.subarray(to, to + size));
    }
    if (columns === span) return size;
    parts.push(at(into, to));
    if ((start + n) % span !== 0) return 0;
    into[to] = combineAsTree(parts, (x, y) => round(scalar(x, y, 0))) ?? 0;
    parts.length = 0;
    return 1;
  };
}
