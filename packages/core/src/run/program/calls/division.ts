/**
 * Division of calls: a partition of a call is a call, too, of the same function on parts of the arrays. All partitions
 * together give the bits of the whole, in any order; partitions of a tree write partial results, which further calls
 * combine.
 *
 * A runner of partitions in parallel gives each separate scratch memory: `takerOf` in `run/threads/work.ts` moves all
 * `scratchArguments` of a call by the number of its thread.
 */

import { BLOCK } from "../../../families/orderOfSums.ts";
import {
  type Address,
  type Argument,
  moved,
  partitionOfCall,
  type Tree,
  workOf,
} from "../../../graph/call.ts";
import { BYTES, type DType } from "../../../tensor/dtype.ts";
import { at, numberAt, sizeOf } from "../../../tensor/shape.ts";
import { keepReducedAxis, mergedAxes, reducesAlongOneAxis } from "../loop/axes.ts";
import {
  checkLoop,
  type ElementBytes,
  isSingle,
  type Loop,
  outputDType,
  reducedAxesOf,
} from "../loop/loop.ts";
import type { LoopOp } from "../loop/loopOps.ts";
import {
  type ControlFunction,
  isControl,
  isLoop,
  isOfJavaScript,
  type LoopFunction,
  type ProgramCall,
} from "./call.ts";

/** A way to divide a call. */
export interface Division {
  /** The unit that is divided, for descriptions. */
  readonly along: string;
  /** Units of work. */
  readonly count: number;
  /** Returns the call for some of the units. */
  readonly partition: (start: number, count: number) => ProgramCall;
  /** The results of a reduction to few elements, for which partitions compute partial results. */
  readonly tree?: DivisionTree;
}

/** The tree of a reduction. Its partitions begin at multiples of their length, a power of two of blocks. */
interface DivisionTree {
  /** Units of work of a block. */
  readonly block: number;
  /** The arrays of results. */
  readonly results: readonly Combined[];
}

/** An array of results, for which partitions compute partial results. */
interface Combined {
  /** The index of the argument that it is written to. */
  readonly output: number;
  /** The number of its elements. */
  readonly count: number;
  /** The op that combines two parts. */
  readonly combine: LoopOp;
  readonly dtype: DType;
  /** Bytes of an element. */
  readonly bytes: number;
}

/** A call in partitions, and the calls that combine the partial results: they run after all partitions, in order. */
export interface Divided {
  readonly partitions: readonly ProgramCall[];
  readonly combine: readonly ProgramCall[];
}

/** The number of units along the outermost axis below which the longest axis is divided. */
const FEW = 16;

/**
 * Returns the ways to divide a call, the best one first; or why there is none, as the end of a sentence about it.
 *
 * @param bytes of an element on the target. Default: as arrays have them.
 */
export function divisionsOf(
  call: ProgramCall,
  bytes: ElementBytes = BYTES,
): readonly Division[] | string {
  const { function: callee, splits } = call;
  if (isLoop(callee)) return divisionsOfLoop(call, callee.loop, bytes);
  if (isControl(callee)) return divisionsOfRuns(call, callee);
  if (typeof splits === "object") {
    return splits.map((split): Division => {
      const { along, tree } = split;
      return {
        along,
        count: workOf(call, split),
        partition: (start, count) => partitionOfCall(call, split, start, count),
        ...(tree && { tree: treeOf(tree, bytes) }),
      };
    });
  }
  return (
    splits ?? (isOfJavaScript(callee) ? "JavaScript computes it" : "no way to divide it is known")
  );
}

function treeOf(
  { block, output, results, combine, dtype }: Tree,
  { [dtype]: bytes }: ElementBytes,
): DivisionTree {
  return { block, results: [{ output, count: results, combine: combine as LoopOp, dtype, bytes }] };
}

/**
 * Cuts a call.
 *
 * @param cuts where partitions begin, and after them the end of the work, in order. Of a tree, each partition but the
 *   last one has the length of the first.
 * @param parts memory for the results of the partitions of a tree: {@link partBytes} of it.
 */
export function divide(division: Division, cuts: readonly number[], parts: Address): Divided {
  const partitions = cuts
    .slice(1)
    .map((end, i) => division.partition(at(cuts, i), end - at(cuts, i)));
  if (division.tree === undefined || partitions.length < 2) return { partitions, combine: [] };
  const { results } = division.tree;
  const combine: ProgramCall[] = [];
  const outputs = partitions.map((partition) => [...partition.arguments]);
  let free = 0;
  for (const result of results) {
    const { output, count } = result;
    const bytes = count * result.bytes;
    const copies = moved(parts, free, { bytes: bytes * partitions.length });
    outputs.forEach((args, i) => {
      args[output] = { ...moved(copies, i * bytes, { bytes }), access: "write" };
    });
    free += copies.bytes;
    const whole = at(at(partitions, 0).arguments, output) as Address;
    combine.push(...combineParts(copies, whole, result, partitions.length));
  }
  return {
    partitions: partitions.map((partition, i) => ({ ...partition, arguments: at(outputs, i) })),
    combine,
  };
}

/** Returns the bytes of the results of `pieces` partitions of a tree. */
export function partBytes({ tree }: Division, partitions: number): number {
  return (tree?.results ?? []).reduce((sum, each) => sum + partitions * each.count * each.bytes, 0);
}

/**
 * Loops that combine parts in place, as blocks are combined: neighbours first, then pairs of them, and so on. The last
 * one writes the results.
 */
function combineParts(
  parts: Address,
  whole: Address,
  { count, combine, dtype }: Combined,
  partitions: number,
): ProgramCall[] {
  const calls: ProgramCall[] = [];
  for (let distance = 1; distance < partitions; distance *= 2) {
    const pairs = Math.floor((partitions - distance - 1) / (2 * distance)) + 1;
    const isLast = 2 * distance >= partitions;
    const strides = [2 * distance * count, 1];
    const loop: Loop = {
      dtype: dtype === "float64" ? "float64" : "float32",
      shape: [pairs, count],
      inputs: [
        { strides, dtype },
        { strides, offset: distance * count, dtype },
      ],
      steps: [
        {
          op: combine,
          inputs: [
            { kind: "input", index: 0 },
            { kind: "input", index: 1 },
          ],
        },
      ],
      outputs: [{ step: 0, dtype, ...(!isLast && { strides }) }],
    };
    const read: Address = { ...parts, access: "read" };
    const write: Address = { ...parts, access: "write" };
    calls.push({
      function: { name: "loop", loop },
      arguments: [read, read, isLast ? whole : write],
    });
  }
  return calls;
}

/** Returns the division of a body's runs, if they do not depend on each other. */
function divisionsOfRuns(call: ProgramCall, callee: ControlFunction): readonly Division[] | string {
  const { order } = callee;
  if (order.kind === "branches") return "it is a choice between two bodies";
  if (order.independent !== true) return "each of its runs follows from the one before";
  if (order.length < 2) return "it is one run";
  const partition = (start: number, length: number): ProgramCall => ({
    ...call,
    function: { ...callee, order: { ...order, length } },
    arguments: call.arguments.map((argument, i) =>
      typeof argument === "number" ? argument : moved(argument, start * numberAt(order.steps, i)),
    ),
    part: { whole: call, first: start, count: length },
  });
  return [{ along: "rows", count: order.length, partition }];
}

/** Returns an address `bytes` further, for a call that touches the same memory. */
function shifted(argument: Argument, bytes: number): Argument {
  if (typeof argument === "number" || bytes === 0) return argument;
  const { bytes: size, before = 0 } = argument;
  return moved(argument, bytes, { bytes: size - bytes, before: before + bytes });
}

/**
 * Returns a loop over the merged axes of a loop: all strides are explicit, and reductions are over at most the last
 * axis.
 */
interface MergedLoop {
  readonly loop: Loop;
  /** By array, inputs first: the bytes of an element. */
  readonly sizes: readonly number[];
  /** By array: its strides, in elements. */
  readonly strides: readonly (readonly number[])[];
}

function mergedLoop(loop: Loop, bytes: ElementBytes): MergedLoop {
  const merged = mergedAxes(loop);
  const { lengths, strides } = merged;
  const kinds = checkLoop(loop);
  const reduced = reducedAxesOf(loop);
  if (reduced > 0) keepReducedAxis(merged, sizeOf(loop.shape.slice(loop.shape.length - reduced)));
  const { length } = loop.inputs;
  return {
    loop: {
      ...loop,
      shape: lengths,
      inputs: loop.inputs.map((input, i) => ({ ...input, strides: at(strides, i) })),
      outputs: loop.outputs.map(({ strides: _, reduction, ...output }, i) => ({
        ...output,
        ...(reduction
          ? { reduction: { ...reduction, axes: 1 } }
          : { strides: at(strides, length + i) }),
      })),
    },
    sizes: [
      ...loop.inputs.map(({ dtype = loop.dtype }) => bytes[dtype]),
      ...loop.outputs.map((output) => bytes[outputDType(output, loop, kinds)]),
    ],
    strides,
  };
}

function divisionsOfLoop(
  call: ProgramCall,
  loop: Loop,
  bytes: ElementBytes,
): readonly Division[] | string {
  if (isSingle(loop)) return "it is of one element";
  if (sizeOf(loop.shape) === 0) return "it is of no elements";
  if (!reducesAlongOneAxis(loop)) return "no axis of its reductions is walked as one by all arrays";
  const merged = mergedLoop(loop, bytes);
  const { shape } = merged.loop;
  const reduces = reducedAxesOf(loop) > 0;
  const kept = reduces ? shape.length - 1 : shape.length;
  const [outermost = 1] = shape;
  const longest = shape
    .slice(0, kept)
    .reduce((best, length, i) => (length > at(shape, best) ? i : best), 0);
  // The results of reductions are contiguous, so a part of an inner axis would not be one array.
  const axes = outermost >= FEW || reduces ? [0] : [longest, 0];
  const ways = [...new Set(axes)]
    .filter((axis) => axis < kept && at(shape, axis) > 1)
    .map((axis) => divisionAlong(call, merged, axis));
  if (!reduces || at(shape, kept) <= BLOCK || sizeOf(shape.slice(0, kept)) >= FEW) {
    return ways.length > 0 ? ways : "its axes are too short";
  }
  const results = merged.loop.outputs.flatMap(({ reduction }, i): Combined[] => {
    if (reduction === undefined) return [];
    const { combine } = reduction;
    const count = sizeOf(shape.slice(0, kept));
    const { dtype } = loop;
    return [{ output: loop.inputs.length + i, count, combine, dtype, bytes: bytes[dtype] }];
  });
  const tree = { block: BLOCK, results };
  return [{ ...divisionAlong(call, merged, kept), along: "blocks", tree }, ...ways];
}

function divisionAlong(
  call: ProgramCall,
  { loop, sizes, strides }: MergedLoop,
  axis: number,
): Division {
  const partition = (start: number, count: number): ProgramCall => {
    const callee: LoopFunction = {
      name: "loop",
      loop: { ...loop, shape: loop.shape.with(axis, count) },
    };
    return {
      ...call,
      function: callee,
      // Addresses of scratch memory, which follow those of the arrays, stay as they are.
      arguments: call.arguments.map((argument, i) =>
        i < sizes.length
          ? shifted(argument, start * at(at(strides, i), axis) * at(sizes, i))
          : argument,
      ),
      ...(axis === 0 &&
        loop.shape.length > reducedAxesOf(loop) && { part: { whole: call, first: start, count } }),
    };
  };
  return { along: `axis ${axis}`, count: at(loop.shape, axis), partition };
}
