/**
 * Loops in blocks: a step computes its values for some hundreds of elements, then the next step does. Elementary
 * functions, sums and products of a block are calls of the module, and so are reductions.
 */

import { SUFFIX } from "../../../families/exports.ts";
import { combineAsTree, nodeLength } from "../../../families/orderOfSums.ts";
import { combineOf, reduce as reduceArray } from "../../../families/reduction.ts";
import { REDUCTION_BYTES } from "../../../families/scratch.ts";
import type { ScalarFunction } from "../../../graph/kernel.ts";
import { opNamed } from "../../../ops/registry.ts";
import { BYTES, type DType, isFloat, type TypedArray } from "../../../tensor/dtype.ts";
import { at, sizeOf } from "../../../tensor/shape.ts";
import { align } from "../../program/locations/freeList.ts";
import { outputStrides } from "../../program/loop/axes.ts";
import { type Loop, type LoopReduction, reducedAxesOf } from "../../program/loop/loop.ts";
import { functionOf, groupOfLoopOp } from "../kernel/functions.ts";
import type { CallHost } from "../kernel/host.ts";
import { LANE_OPS, type LaneOp } from "../kernel/lanes.ts";
import {
  type ArrayOffset,
  arraysOf,
  type Instruction,
  type Instructions,
  indexOf,
} from "./instructions.ts";
import { type InterpretedLoop, type Stage, Views, Walk } from "./views.ts";

/** The most elements of a block: a few values of this length stay in the processor's first cache. */
const LONGEST = 1024;

/** The values of a step in a block: elements that follow each other. */
class Row {
  readonly type: DType;
  readonly views: Views;
  /** The first one among all elements of its type. */
  start: number;

  constructor(type: DType, views: Views, start: number) {
    this.type = type;
    this.views = views;
    this.start = start;
  }

  get array(): TypedArray {
    return this.views[this.type];
  }

  get address(): number {
    return this.start * BYTES[this.type];
  }
}

/** Returns a loop of many elements. @param views of the memory that its arrays are in. */
export function blockLoop(
  loop: Loop,
  instructions: Instructions,
  { host, room }: Stage,
  views: Views,
): InterpretedLoop {
  const walks = loop.inputs.map(({ strides }) => new Walk(loop.shape, strides));
  const arrays = arraysOf(loop, instructions);
  const values = valuesOf(loop, instructions, arrays, walks);
  const blocks = blocksOf(loop, values, walks, room);
  const beside = blocks.inside ? views : new Views({ buffer: new ArrayBuffer(blocks.end) });
  const rows = values.map(({ type, isDirect }, i) => {
    return new Row(type, isDirect ? views : beside, at(blocks.starts, i) / BYTES[type]);
  });
  const module = blocks.inside && { host, scratch: blocks.inside.address };
  const steps = instructions.list.map((each) => stepOf(each, rows, module));
  const constants = instructions.constants.map(({ index, value }) => {
    return { row: at(rows, index), value };
  });
  const inputs = walks.map((walk, i): Stream => {
    const { isDirect } = at(values, i);
    return { array: at(arrays, i), walk, row: at(rows, i), isDirect, reduce: undefined };
  });
  const outputs = outputsOf(loop, instructions, arrays, rows, blocks.span, module);
  const program = { blocks, constants, inputs, steps, outputs, views };
  return (addresses) => runBlocks(program, addresses);
}

/** The way in which a value is stored while a loop computes a block of elements. */
interface BlockValue {
  readonly type: DType;
  /** True if it is a view of its array, not a copy. */
  readonly isDirect: boolean;
}

/** Returns the values of a loop: inputs first, then steps, then the results of reductions. */
function valuesOf(
  { dtype, outputs }: Loop,
  { types, results }: Instructions,
  arrays: readonly ArrayOffset[],
  walks: readonly Walk[],
): BlockValue[] {
  const stored = outputs.map(({ step }) => at(results, step));
  return [...types, dtype].map((type, i): BlockValue => {
    const isArray = walks[i]?.contiguous === true && arrays[i]?.dtype === type;
    // Another output might overwrite a value that is stored without a copy.
    return { type, isDirect: isArray && (outputs.length === 1 || !stored.includes(i)) };
  });
}

/** The blocks of a loop, and the addresses of their values. */
interface Blocks {
  /** The number of elements of the loop, of a reduced row, and of a block at most. */
  readonly count: number;
  readonly span: number;
  readonly length: number;
  /** The space for values in linear memory; undefined if they are separate arrays. */
  readonly inside: Stage["room"];
  /** By value: the address. */
  readonly starts: readonly number[];
  /** Bytes, from address 0 on. */
  readonly end: number;
}

function blocksOf(
  loop: Loop,
  values: readonly BlockValue[],
  walks: readonly Walk[],
  room: Stage["room"],
): Blocks {
  const { shape } = loop;
  const count = sizeOf(shape);
  const reduced = reducedAxesOf(loop);
  const span = count / sizeOf(shape.slice(0, shape.length - reduced));
  /** Returns the elements of a block, at most `limit`: whole rows, or whole blocks of the order of reductions. */
  const lengthOf = (limit: number): number => {
    const most = Math.floor(Math.min(limit, LONGEST, count));
    const periods = walks.map(({ period }) => (period <= most ? period : 1));
    const unit = reduced > 0 ? span : Math.max(1, ...periods);
    if (unit <= most) return most - (most % unit);
    return nodeLength(most);
  };
  const bytes = values.map(({ type, isDirect }) => (isDirect ? 0 : BYTES[type]));
  const scratch = room ? align(REDUCTION_BYTES) : 0;
  const free = (room?.bytes ?? 0) - scratch - bytes.length * align(1);
  const fitting = lengthOf(free / bytes.reduce((sum, size) => sum + size, 0));
  // The blocks of a reduction in a loop of very many values do not fit.
  const inside = fitting > 0 ? room : undefined;
  const length = inside ? fitting : lengthOf(LONGEST);
  let end = (inside?.address ?? 0) + scratch;
  const starts = bytes.map((size) => {
    const start = end;
    end += align(size * length);
    return start;
  });
  return { count, span, length, inside, starts, end };
}

/** An array of a loop, and the row of a block that it is copied to, or from. */
interface Stream {
  readonly array: ArrayOffset;
  readonly walk: Walk;
  readonly row: Row;
  /** True if the row of an input is a view of its array. */
  readonly isDirect: boolean;
  /** The reducer of a reduction, whose results are in the row. */
  readonly reduce: Reducer | undefined;
}

function outputsOf(
  loop: Loop,
  { results }: Instructions,
  arrays: readonly ArrayOffset[],
  rows: readonly Row[],
  span: number,
  module: Module | undefined,
): Stream[] {
  const { shape, inputs, outputs } = loop;
  const kept = shape.slice(0, shape.length - reducedAxesOf(loop));
  const found = at(rows, rows.length - 1);
  return outputs.map((output, i): Stream => {
    const { reduction, step } = output;
    const row = at(rows, at(results, step));
    return {
      array: at(arrays, inputs.length + i),
      walk: new Walk(reduction ? kept : shape, outputStrides(shape, output)),
      row: reduction ? found : row,
      isDirect: false,
      reduce: reduction && reducerOf(reduction, span, row, found, module),
    };
  });
}

/** A loop as it runs, block by block. */
interface BlockProgram {
  readonly blocks: Blocks;
  readonly constants: readonly { readonly row: Row; readonly value: number }[];
  readonly inputs: readonly Stream[];
  readonly steps: readonly ((n: number) => void)[];
  readonly outputs: readonly Stream[];
  readonly views: Views;
}

function runBlocks(program: BlockProgram, addresses: readonly number[]): void {
  const { blocks, constants, steps } = program;
  const { count, span, length } = blocks;
  for (const { row, value } of constants) row.array.fill(value, row.start, row.start + length);
  for (let start = 0; start < count; ) {
    // A block does not extend beyond the end of a long row.
    const n = Math.min(length, span > length ? span - (start % span) : count - start);
    readBlock(program, addresses, start, n);
    for (let i = 0; i < steps.length; i++) at(steps, i)(n);
    writeBlock(program, addresses, start, n);
    start += n;
  }
}

function readBlock(
  { blocks, inputs, views }: BlockProgram,
  addresses: readonly number[],
  start: number,
  n: number,
): void {
  for (let i = 0; i < inputs.length; i++) {
    const { array, walk, row, isDirect } = at(inputs, i);
    const index = indexOf(array, at(addresses, i));
    if (isDirect) row.start = index + start;
    // A value that is the same for every block is not copied again.
    else if (start === 0 || blocks.length % walk.period !== 0) {
      walk.copy(views[array.dtype], index, start, row.array, row.start, n, false);
    }
  }
}

function writeBlock(
  { blocks, inputs, outputs, views }: BlockProgram,
  addresses: readonly number[],
  start: number,
  n: number,
): void {
  for (let i = 0; i < outputs.length; i++) {
    const { array, walk, row, reduce } = at(outputs, i);
    const index = indexOf(array, at(addresses, inputs.length + i));
    const first = reduce ? Math.floor(start / blocks.span) : start;
    const size = reduce ? reduce(start, n) : n;
    walk.copy(views[array.dtype], index, first, row.array, row.start, size, true);
  }
}

/** The module, and the address of scratch memory of its reductions. */
interface Module {
  readonly host: CallHost;
  readonly scratch: number;
}

/** Returns the function that computes the values of a step. */
function stepOf(
  { op, compute, count, ...operands }: Instruction,
  rows: readonly Row[],
  module: Module | undefined,
): (n: number) => void {
  const [x, y] = [at(rows, operands.x), at(rows, operands.y)];
  const [z, result] = [at(rows, operands.z), at(rows, operands.result)];
  const { kernel }: LaneOp = LANE_OPS[op];
  if (module && kernel && isFloat(result.type)) {
    const run: (...args: number[]) => unknown = functionOf(
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

// A separate function for `where`: its conditions are arrays of another type, for which the engine compiles other code.

function ofTwo(compute: ScalarFunction, n: number, result: Row, a: Row, b: Row): void {
  const [out, x, y] = [result.array, a.array, b.array];
  const [to, atX, atY] = [result.start, a.start, b.start];
  for (let i = 0; i < n; i++) out[to + i] = compute(x[atX + i] as number, y[atY + i] as number, 0);
}

function ofThree(compute: ScalarFunction, n: number, result: Row, a: Row, b: Row, c: Row): void {
  const [out, x, y, z] = [result.array, a.array, b.array, c.array];
  const [to, atX, atY, atZ] = [result.start, a.start, b.start, c.start];
  for (let i = 0; i < n; i++) {
    out[to + i] = compute(x[atX + i] as number, y[atY + i] as number, z[atZ + i] as number);
  }
}

/** Reduces a row of a block, from an element of the loop on; the number of results that are complete. */
type Reducer = (start: number, n: number) => number;

function reducerOf(
  { name, combine, identity }: LoopReduction,
  span: number,
  row: Row,
  found: Row,
  module: Module | undefined,
): Reducer {
  const type = row.type === "float64" ? row.type : "float32";
  const definition = opNamed(name).kernel;
  const kernel = definition?.kind === "reduction" ? definition.reduction.kernel : undefined;
  const run = module && kernel && functionOf(module.host, `${kernel}Axis_${SUFFIX[type]}`);
  const op = opNamed(combine);
  const scalar = combineOf(op, type);
  const round = type === "float32" ? Math.fround : Number;
  /** The results of the blocks of a long row so far. */
  const parts: number[] = [];
  return (start, n) => {
    const columns = Math.min(span, n);
    const size = n / columns;
    const [{ array, start: origin }, { array: into, start: to }] = [row, found];
    if (run) {
      run(row.address, found.address, module.scratch, size, columns, 1, 1);
    } else {
      const block = array.subarray(origin, origin + n);
      reduceArray({ op, identity }, block, [size, columns], [1], into.subarray(to, to + size));
    }
    if (columns === span) return size;
    parts.push(at(into, to));
    if ((start + n) % span !== 0) return 0;
    into[to] = combineAsTree(parts, (x, y) => round(scalar(x, y, 0))) ?? 0;
    parts.length = 0;
    return 1;
  };
}
