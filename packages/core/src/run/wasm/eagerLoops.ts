/**
 * Eager elementwise ops: arrays go through linear memory in pieces that stay in the processor's cache.
 * Where there is no kernel ahead of time, a loop is emitted for each op, dtypes and size of piece, and
 * used from then on. JavaScript takes 5 to 20 ns for an element, a loop with its copies about one.
 */

import { SUFFIX } from "../../families/exports.ts";
import { arrayOf } from "../../families/javascript.ts";
import {
  allocate,
  type DType,
  type FloatDType,
  isFloat,
  type TypedArray,
} from "../../tensor/dtype.ts";
import { oneValueOf } from "../../tensor/pattern.ts";
import { at, type Shape, sameShape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { loopDTypeOf, loopOpOf } from "../program/fusible.ts";
import type { LoopOp } from "../program/loopOps.ts";
import type { EagerOp } from "./eager.ts";
import { emitArrayOp } from "./emit/arrays.ts";
import type { RunLoop } from "./emit/module.ts";
import { functionOf } from "./functions.ts";
import { LANE_OPS, type LaneOp } from "./lanes.ts";
import { type Host, PIECE, PLACES, type Workspace, workspace } from "./workspace.ts";

/** Smaller batches cost less in JavaScript than the copies. */
const SMALLEST_BATCH = 512;

/** The same for elementary functions, which cost more there. */
const SMALLEST_ELEMENTARY = 48;

/** JavaScript computes so many elements of elementary functions in the time in which the module is loaded. */
const WORTH_LOADING = 2 ** 17;

/** How many elements of elementary functions small batches have asked for. */
let asked = 0;

/** Emitting a loop costs as much as so many elements in JavaScript, so they are computed there first. */
const WORTH_EMITTING = 32768;

/** Elements that loops compute: more than are asked for do no harm. */
const SIZES = [1024, 4096, PIECE] as const;

/** Computes so many elements of the pieces in their places, or more. */
type RunPiece = (count: number) => void;

/** A loop, or how many elements have asked for one. */
export interface EmittedLoop {
  run: RunLoop | undefined;
  asked: number;
}

/** Computes an elementwise op; undefined where there is no way that pays. */
export function runLoop({ op, inputs, outputs }: EagerOp): TypedArray | undefined {
  const { shape, dtype } = at(outputs, 0);
  const fused = loopOpOf(op, dtype);
  const dtypes = inputs.map((input) => input.dtype);
  const loop = loopDTypeOf(op, [dtype, ...dtypes]);
  if (fused === undefined || loop === undefined || inputs.length >= PLACES) return undefined;
  const count = sizeOf(shape);
  if (count < SMALLEST_BATCH && !isWorthCalling(fused, count)) return undefined;
  const layouts = inputs.map((input) =>
    oneValueOf(input) === undefined ? layoutOf(input.shape, shape) : "one",
  );
  const piece = pieceOf(inputs, layouts);
  const space = piece === undefined ? undefined : workspace();
  if (piece === undefined || space === undefined) return undefined;
  const [x, y, out] = [space.address(0), space.address(1), space.address(PLACES - 1)];
  const run =
    (isFloat(dtype) &&
      elementwiseKernel(space.host, fused, dtype, [x, y].slice(0, inputs.length), out)) ||
    loopFor(space, { fused, loop, dtype, dtypes }, Math.min(count, piece), count);
  if (run === undefined) return undefined;

  const sources = inputs.map((input) => arrayOf(op, input));
  const views = sources.map((_, place) => space.view(place, at(dtypes, place)));
  const results = space.view(PLACES - 1, dtype);
  const result = allocate(dtype, count);
  for (let start = 0; start < count; start += piece) {
    const end = Math.min(count, start + piece);
    for (let i = 0; i < sources.length; i++) {
      const layout = at(layouts, i);
      // An input that repeats in every piece stays.
      if (start > 0 && (layout === "one" || layout === "row")) continue;
      copyIn(at(sources, i), at(views, i), layout ?? "same", start, end, count);
    }
    run(end - start);
    result.set(results.subarray(0, end - start), start);
  }
  return result;
}

/**
 * Whether so few elements of an elementary function are worth the copies and the call: JavaScript takes 15 to 30 ns
 * for one. The module is loaded when there have been enough of them, which takes as long.
 */
function isWorthCalling(op: LoopOp, count: number): boolean {
  const { elementary }: LaneOp = LANE_OPS[op];
  if (!elementary || count < SMALLEST_ELEMENTARY) return false;
  asked += count;
  return asked > WORTH_LOADING;
}

/** A call of the kernel of an elementwise op for so many elements; undefined if there is none. */
function elementwiseKernel(
  host: Host,
  op: LoopOp,
  dtype: FloatDType,
  inputs: readonly number[],
  output: number,
): RunPiece | undefined {
  const { kernel }: LaneOp = LANE_OPS[op];
  if (kernel === undefined) return undefined;
  const run: (...pointersAndCount: number[]) => void = functionOf(
    host,
    `${kernel}_${SUFFIX[dtype]}`,
  );
  return (count) => run(...inputs, output, count);
}

/** How an input repeats over the result. */
type Layout = "same" | "one" | "row" | "column";

/** Undefined for other repetitions. */
function layoutOf(own: Shape, shape: Shape): Layout | undefined {
  if (sameShape(own, shape)) return "same";
  const size = sizeOf(own);
  if (size === 1) return "one";
  if (sizeOf(shape.slice(shape.length - own.length)) === size) return "row";
  // As the last axes: ahead of them only axes of length 1.
  const first = own.findIndex((length) => length !== 1);
  const last = own.slice(first);
  if (sameShape(last, shape.slice(shape.length - last.length))) return "row";
  // As the first axes: behind them only axes of length 1.
  if (own.length !== shape.length) return undefined;
  const end = own.findLastIndex((length) => length !== 1) + 1;
  return sameShape(own.slice(0, end), shape.slice(0, end)) ? "column" : undefined;
}

/** The elements of a piece: whole rows, where rows repeat; undefined where a row is longer. */
function pieceOf(
  inputs: readonly Tensor[],
  layouts: readonly (Layout | undefined)[],
): number | undefined {
  let columns = 1;
  for (const [i, layout] of layouts.entries()) {
    if (layout === undefined) return undefined;
    if (layout !== "row") continue;
    const { size } = at(inputs, i);
    // Of two rows the longer one has to be a multiple of the other.
    if (size % columns !== 0 && columns % size !== 0) return undefined;
    columns = Math.max(columns, size);
  }
  return columns > PIECE ? undefined : PIECE - (PIECE % columns);
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
      for (let place = start; place < end; ) {
        const next = Math.min(end, (Math.floor(place / repeats) + 1) * repeats);
        view.fill(at(source, Math.floor(place / repeats)), place - start, next - start);
        place = next;
      }
      return;
    }
    default:
      layout satisfies never;
  }
}

interface Signature {
  readonly fused: LoopOp;
  readonly loop: FloatDType;
  readonly dtype: DType;
  readonly dtypes: readonly DType[];
}

/** The loop over a piece; undefined as long as `count` elements more are not worth emitting one. */
function loopFor(
  space: Workspace,
  signature: Signature,
  elements: number,
  count: number,
): RunPiece | undefined {
  const { fused, loop, dtype, dtypes } = signature;
  const size = SIZES.find((length) => length >= elements) ?? PIECE;
  const key = `${fused} ${loop} ${dtype} ${dtypes} ${size}`;
  let known = space.loops.get(key);
  if (known === undefined) {
    known = { run: undefined, asked: 0 };
    space.loops.set(key, known);
  }
  if (known.run !== undefined) return known.run;
  known.asked += count;
  if (known.asked < WORTH_EMITTING || !space.canCompile) return undefined;
  known.run = emitArrayOp(space.host, {
    ...{ op: fused, loop, count: size },
    dtypes: [...dtypes, dtype],
    addresses: [...dtypes.map((_, place) => space.address(place)), space.address(PLACES - 1)],
  });
  return known.run;
}
