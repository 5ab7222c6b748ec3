/**
 * Eager elementwise ops: arrays go through linear memory in tiles that stay in the processor's cache.
 * For an op without a precompiled kernel, a loop for any length is emitted once for each combination of dtypes.
 * JavaScript takes 5 to 20 ns for an element, a loop with its copies about one.
 */

import { SUFFIX } from "../../families/exports.ts";
import { arrayOf } from "../../families/javascript.ts";
import type { Op } from "../../graph/op.ts";
import { type DType, isFloat, type TypedArray } from "../../tensor/dtype.ts";
import { allocateResult, copyResult } from "../../tensor/results.ts";
import { at, entryAt, type Shape, sameShape, sizeOf } from "../../tensor/shape.ts";
import { oneValueOf } from "../../tensor/symbolicConstant.ts";
import { readArray, type Tensor } from "../../tensor/tensor.ts";
import type { EagerOp } from "../device/backend.ts";
import { loopDTypeOf, loopOpOf } from "../program/fuse/fusible.ts";
import type { LoopOp } from "../program/loop/loopOps.ts";
import { type ArrayLoop, emitArrayOp, type RunArrays } from "../wasm/emit/arrays.ts";
import { functionOf, groupOfLoopOp } from "../wasm/kernel/functions.ts";
import { LANE_OPS, type LaneOp } from "../wasm/kernel/lanes.ts";
import {
  TILE,
  TILES,
  type Workspace,
  workspaceInUse,
  workspaceWorth,
} from "../wasm/memory/workspace.ts";

/** The number of elements below which JavaScript is faster than the copies and the call. */
export const SMALLEST_BATCH = 32;

/**
 * The elements that JavaScript computes in the time in which a loop is emitted: as many are computed in JavaScript
 * first.
 */
const WORTH_EMITTING = 32768;

/** Computes an elementwise op; undefined where there is no way that pays. */
export function runLoop({ op, inputs, outputs }: EagerOp): TypedArray | undefined {
  const { shape, dtype } = at(outputs, 0);
  const count = sizeOf(shape);
  if (count < SMALLEST_BATCH || inputs.length >= TILES) return undefined;
  if (workspaceInUse() === undefined && loopOpOf(op, dtype) === undefined) return undefined;
  const space = workspaceWorth(count);
  if (space === undefined) return undefined;
  const loop = loopOf(space, op, inputs, dtype);
  if (loop.make === undefined) return undefined;
  const layouts: Layout[] = [];
  for (let i = 0; i < inputs.length; i++) {
    const input = entryAt(inputs, i);
    const layout = oneValueOf(input) === undefined ? layoutOf(input.shape, shape) : "one";
    if (layout === undefined) return undefined;
    layouts.push(layout);
  }
  const partition = partitionOf(inputs, layouts);
  const run = partition === undefined ? undefined : runOf(space, loop, count);
  if (partition === undefined || run === undefined) return undefined;
  const results = space.view(TILES - 1, dtype);
  if (count <= partition) {
    for (let i = 0; i < inputs.length; i++) {
      const input = entryAt(inputs, i);
      const view = space.view(i, input.dtype);
      const layout = at(layouts, i);
      if (layout === "same") view.set(readArray(input, op.name));
      else if (layout === "one")
        view.fill(oneValueOf(input) ?? at(readArray(input, op.name), 0), 0, count);
      else copyIn(readArray(input, op.name), view, layout, 0, count, count);
    }
    run(count);
    return copyResult(dtype, results.subarray(0, count));
  }
  const sources = inputs.map((input) => arrayOf(op, input));
  const views = inputs.map((input, i) => space.view(i, input.dtype));
  const result = allocateResult(dtype, count, op.name);
  for (let start = 0; start < count; start += partition) {
    const end = Math.min(count, start + partition);
    for (let i = 0; i < sources.length; i++) {
      const layout = at(layouts, i);
      // An input that repeats in every tile is copied once.
      if (start > 0 && (layout === "one" || layout === "row")) continue;
      copyIn(at(sources, i), at(views, i), layout, start, end, count);
    }
    run(end - start);
    result.set(results.subarray(0, end - start), start);
  }
  return result;
}

/** Returns the loop of an op; undefined if it has none. */
function loopOf(space: Workspace, op: Op, inputs: readonly Tensor[], dtype: DType): ArrayLoop {
  let loops = space.loops.get(op);
  if (loops === undefined) {
    loops = [];
    space.loops.set(op, loops);
  }
  const constant = constantOf(op, inputs, dtype);
  for (const loop of loops) {
    const isSame = loop.dtype === dtype && loop.constant === constant;
    if (isSame && areOf(inputs, loop.dtypes)) return loop;
  }
  const dtypes = inputs.map((input) => input.dtype);
  const loop = {
    dtype,
    dtypes,
    constant,
    requested: 0,
    ...waysOf(space, op, dtypes, dtype, constant),
  };
  loops.push(loop);
  return loop;
}

/** Returns the value of all elements of the second input, if the op has a shorter form for that constant. */
function constantOf({ name }: Op, [_x, y]: readonly Tensor[], dtype: DType): number | undefined {
  if (y === undefined || !isFloat(dtype) || !Object.hasOwn(LANE_OPS, name)) return undefined;
  const { byConstant }: LaneOp = LANE_OPS[name as LoopOp];
  const value = byConstant && oneValueOf(y);
  return value !== undefined && byConstant?.has(value) ? value : undefined;
}

function areOf(inputs: readonly Tensor[], dtypes: readonly DType[]): boolean {
  for (let i = 0; i < dtypes.length; i++) if (inputs[i]?.dtype !== dtypes[i]) return false;
  return true;
}

/** Returns the kernel of an op, or a function that makes its loop. */
function waysOf(
  space: Workspace,
  op: Op,
  dtypes: readonly DType[],
  dtype: DType,
  constant: number | undefined,
): Pick<ArrayLoop, "run" | "make"> {
  const fused = loopOpOf(op, dtype);
  const loop = loopDTypeOf(op, [dtype, ...dtypes]);
  if (fused === undefined || loop === undefined) return { run: undefined, make: undefined };
  const addresses = [...dtypes.map((_, i) => space.address(i)), space.address(TILES - 1)];
  const { kernel }: LaneOp = LANE_OPS[fused];
  if (isFloat(dtype) && kernel !== undefined && constant === undefined) {
    const name = `${kernel}_${SUFFIX[dtype]}` as const;
    const make = () => callOf(functionOf(space.host, name, groupOfLoopOp(fused)), addresses);
    return { run: make(), make };
  }
  const make = () =>
    emitArrayOp(space.host, { op: fused, loop, dtypes: [...dtypes, dtype], addresses, constant });
  return { run: undefined, make };
}

/** Returns a call of a kernel of one input or two at these addresses. */
function callOf(
  kernel: (...pointersAndCount: number[]) => void,
  [x = 0, y = 0, z]: readonly number[],
): RunArrays {
  return z === undefined ? (count) => kernel(x, y, count) : (count) => kernel(x, y, z, count);
}

/** Returns the loop; undefined until enough elements were requested, `count` more now, to pay for emitting it. */
function runOf(space: Workspace, loop: ArrayLoop, count: number): RunArrays | undefined {
  if (loop.run !== undefined) return loop.run;
  loop.requested += count;
  if (loop.requested < WORTH_EMITTING || !space.canCompile) return undefined;
  loop.run = loop.make?.();
  return loop.run;
}

/** The layout of an input that repeats over the result. */
type Layout = "same" | "one" | "row" | "column";

/**
 * Returns how an input repeats over the elements of the result; undefined for repetitions other than rows and columns.
 */
function layoutOf(inputShape: Shape, shape: Shape): Layout | undefined {
  if (sameShape(inputShape, shape)) return "same";
  const size = sizeOf(inputShape);
  if (size === 1) return "one";
  if (sizeOf(shape.slice(shape.length - inputShape.length)) === size) return "row";
  // The input has the last axes: all axes before them have length 1.
  const first = inputShape.findIndex((length) => length !== 1);
  const last = inputShape.slice(first);
  if (sameShape(last, shape.slice(shape.length - last.length))) return "row";
  // The input has the first axes: all axes after them have length 1.
  if (inputShape.length !== shape.length) return undefined;
  const end = inputShape.findLastIndex((length) => length !== 1) + 1;
  return sameShape(inputShape.slice(0, end), shape.slice(0, end)) ? "column" : undefined;
}

/** Returns the elements of a tile: whole rows, where rows repeat; undefined where a row is longer. */
function partitionOf(inputs: readonly Tensor[], layouts: readonly Layout[]): number | undefined {
  let columns = 1;
  for (const [i, layout] of layouts.entries()) {
    if (layout !== "row") continue;
    const { size } = entryAt(inputs, i);
    // The longer of two rows must be a multiple of the other.
    if (size % columns !== 0 && columns % size !== 0) return undefined;
    columns = Math.max(columns, size);
  }
  return columns > TILE ? undefined : TILE - (TILE % columns);
}

function copyIn(
  source: TypedArray,
  view: TypedArray,
  layout: Layout,
  start: number,
  end: number,
  count: number,
): void {
  switch (layout) {
    case "same":
      view.set(source.subarray(start, end));
      return;
    case "one":
      view.fill(at(source, 0), 0, end - start);
      return;
    case "row":
      view.set(source);
      for (let filled = source.length; filled < end - start; filled *= 2) {
        view.copyWithin(filled, 0, Math.min(filled, end - start - filled));
      }
      return;
    case "column": {
      const repeats = count / source.length;
      for (let element = start; element < end; ) {
        const next = Math.min(end, (Math.floor(element / repeats) + 1) * repeats);
        view.fill(at(source, Math.floor(element / repeats)), element - start, next - start);
        element = next;
      }
      return;
    }
    default:
      layout satisfies never;
  }
}
