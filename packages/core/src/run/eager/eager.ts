/**
 * Eager ops in WebAssembly: a program of one op.
 *
 * In: an op and stored tensors. Out: new arrays, with the bits of the JavaScript runner.
 *
 * Invariant: inputs are copied into linear memory and outputs out of it, so it stays small and no tensor depends on it.
 * Where the call can be divided, arrays are processed in blocks that stay in the processor's cache.
 *
 * Elementwise ops have no calls, but loops: see `loops.ts`. Reductions that are longer than a block are divided
 * differently: see `reductions.ts`.
 */

import { readStrided } from "../../families/transposed.ts";
import {
  type Address,
  type Argument,
  type Call,
  type Split,
  splitsOf,
  workOf,
} from "../../graph/call.ts";
import { callsOf, type Functions, type KernelOf } from "../../graph/kernel.ts";
import type { TensorType } from "../../graph/types.ts";
import { allocate, BYTES, type TypedArray } from "../../tensor/dtype.ts";
import { copyResult } from "../../tensor/results.ts";
import { at, bytesOf, entryAt, numberAt, sizeOf } from "../../tensor/shape.ts";
import { readArray } from "../../tensor/tensor.ts";
import type { EagerOp } from "../device/backend.ts";
import { memoryLimit } from "../device/memoryLimit.ts";
import { align } from "../program/locations/freeList.ts";
import { makeCall, type RegionStarts } from "../wasm/kernel/makeCall.ts";
import {
  arrayAt,
  KernelMemoryError,
  KernelUnavailableError,
  TILE,
  type Workspace,
  workspace,
} from "../wasm/memory/workspace.ts";
import { runLoop } from "./loops.ts";
import { partitionInPlace, runReduction } from "./reductions.ts";

/** The number of operations below which JavaScript is faster than the copies and the call. */
const LEAST_FLOPS = 512;

/** The number of bytes that are copied in the time of one operation in JavaScript. */
const BYTES_PER_FLOP = 32;

/** The bytes of a tile of an array that stays in the cache. */
const TILE_BYTES = TILE * BYTES.float64;

/** Operations per byte above which a call is not cut into tiles, since it reads its inputs many times. */
const STREAMED_FLOPS = 8;

/**
 * Linear memory never shrinks: an op that takes more runs in tiles whose largest array takes a third. With growth by
 * half, 256 MB are not exceeded.
 */
const MOST_WHOLE = 3 * 48 * 2 ** 20;

/** The kernel functions of an op, which make its calls. */
type Callable = Functions & Pick<KernelOf<"calls">, "flops" | "strided">;

/** Computes an op; undefined where that does not pay, or is not possible. */
export function runEagerly(eager: EagerOp): readonly TypedArray[] | undefined {
  const { kernel, compositeKernel } = eager.op;
  try {
    if (compositeKernel !== undefined) return runCalls(eager, compositeKernel);
    switch (kernel?.kind) {
      case "elementwise":
        return listOf(runLoop(eager));
      case "reduction":
        return listOf(runReduction(eager, kernel.reduction)) ?? runCalls(eager, kernel);
      case "calls":
        return runCalls(eager, kernel);
      default:
        return undefined;
    }
  } catch (error) {
    // In a host that forbids compiling a group of kernels, JavaScript computes its ops.
    if (error instanceof KernelMemoryError || error instanceof KernelUnavailableError)
      return undefined;
    throw error;
  }
}

function listOf<T>(value: T | undefined): T[] | undefined {
  return value === undefined ? undefined : [value];
}

/** Returns the bytes of all arrays of an op. */
function totalBytes({ inputs, outputs }: EagerOp): number {
  let total = 0;
  for (let i = 0; i < inputs.length; i++) total += bytesOf(entryAt(inputs, i));
  for (let i = 0; i < outputs.length; i++) total += bytesOf(entryAt(outputs, i));
  return total;
}

/** Returns the results by calls; undefined where the arithmetic is not worth the copies, or memory does not suffice. */
function runCalls(eager: EagerOp, kernel: Callable): TypedArray[] | undefined {
  const { inputs, outputs } = eager;
  const flops = kernel.flops?.(inputs, entryAt(outputs, 0), eager.attributes) ?? 0;
  const bytes = totalBytes(eager);
  if (flops < LEAST_FLOPS || flops * BYTES_PER_FLOP < bytes) return undefined;
  const space = workspace();
  const job = space && jobOf(space, eager, kernel, flops);
  if (job === undefined || job.scratch > memoryLimit()) return undefined;
  if (bytes <= TILE_BYTES) return runWhole(job);
  const streams = flops <= STREAMED_FLOPS * bytes;
  if (bytes > MOST_WHOLE || streams) {
    const partitions = partitionsOf(job, streams ? TILE_BYTES : MOST_WHOLE / 3);
    if (partitions !== undefined) return runInPartitions(job, partitions);
  }
  return bytes + job.scratch > memoryLimit() ? undefined : runWhole(job);
}

/** Returns the job of a call: each array has a separate region, in order, and scratch memory the last one. */
function jobOf(space: Workspace, eager: EagerOp, kernel: Callable, flops: number): Job | undefined {
  const { op, attributes, inputs, outputs } = eager;
  const isStrided = kernel.strided?.(entryAt(outputs, 0).dtype) === true;
  const arrays: TypedArray[] = [];
  const scratch = kernel.scratchBytes?.(eager) ?? 0;
  const calls = callsOf(kernel, {
    op,
    attributes,
    inputs: inputs.map((input, region) => {
      const { shape, dtype, weak } = input;
      const address: Address = {
        region,
        offset: 0,
        bytes: bytesOf(input),
        access: "read",
        value: region,
      };
      if (!isStrided) {
        arrays.push(readArray(input, op.name));
        return { shape, dtype, weak, address };
      }
      const { array, strides } = readStrided(input, op.name);
      arrays.push(array);
      return { shape, dtype, weak, address, strides };
    }),
    outputs: outputs.map((output, i) => {
      const { shape, dtype, weak } = output;
      const region = inputs.length + i;
      const bytes = bytesOf(output);
      const address: Address = { region, offset: 0, bytes, access: "write", value: region };
      return { shape, dtype, weak, address };
    }),
    scratch: {
      region: inputs.length + outputs.length,
      offset: 0,
      bytes: scratch,
      access: "scratch",
      value: undefined,
    },
  });
  return calls && { space, eager, calls, scratch, arrays, flops };
}

/** The calls of an eager op, and the arrays of its inputs. */
interface Job {
  readonly space: Workspace;
  readonly eager: EagerOp;
  readonly calls: readonly Call[];
  readonly scratch: number;
  readonly arrays: readonly TypedArray[];
  readonly flops: number;
}

/** Returns the addresses of regions of `bytes` bytes each, one after the other, in memory that nobody uses now. */
function startsOf({ heap }: Workspace, bytes: readonly number[]): RegionStarts {
  const starts: number[] = [];
  let end = 0;
  for (let i = 0; i < bytes.length; i++) {
    starts.push(end);
    end += align(numberAt(bytes, i));
  }
  const first = heap.scratch(end);
  for (let i = 0; i < starts.length; i++) starts[i] = first + numberAt(starts, i);
  return starts;
}

/** Returns the whole call as one tile. */
function runWhole({ space, eager, calls, scratch, arrays, flops }: Job): TypedArray[] {
  const { inputs, outputs } = eager;
  const divided = space.threads?.divideOnce(calls, flops, scratch);
  const starts = startsOf(space, [
    ...[...inputs, ...outputs].map(bytesOf),
    divided?.workBytes ?? scratch,
  ]);
  for (let i = 0; i < arrays.length; i++) {
    const array = entryAt(arrays, i);
    arrayAt(space.host, entryAt(inputs, i).dtype, numberAt(starts, i), array.length).set(array);
  }
  if (divided !== undefined) divided.run(starts);
  else for (let i = 0; i < calls.length; i++) makeCall(space.host, entryAt(calls, i), starts);
  return outputs.map(({ dtype, shape }, i) =>
    copyResult(
      dtype,
      arrayAt(space.host, dtype, numberAt(starts, inputs.length + i), sizeOf(shape)),
    ),
  );
}

/** The division of a call into tiles of its arrays. */
interface Partitioning {
  readonly call: Call;
  readonly split: Split;
  /** The units of work of the whole call, and the most of a tile. */
  readonly count: number;
  readonly most: number;
  /** By region: the bytes of a tile, by which the next tile is further; 0 for an array that every tile reads. */
  readonly steps: readonly number[];
}

/**
 * Returns the tiles of an op, in which no array takes more than `limit` bytes; undefined where its last call, the one
 * that writes the results, cannot be divided so.
 */
function partitionsOf({ calls, eager }: Job, limit: number): Partitioning | undefined {
  const call = calls.at(-1);
  const bytes = [...eager.inputs, ...eager.outputs].map(bytesOf);
  const split = call && splitsOf(call).find(({ tree }) => tree === undefined);
  if (call === undefined || split === undefined) return undefined;
  const count = workOf(call, split);
  const steps = bytes.map(() => 0);
  const follows = call.arguments.every((argument, i) => {
    if (typeof argument === "number" || argument.access === "scratch") return true;
    const step = numberAt(split.steps, i);
    steps[argument.region] = step;
    // The tiles of an array follow each other, and together they are the whole array.
    return step === 0
      ? argument.access === "read"
      : argument.offset === 0 && step * count === bytes[argument.region];
  });
  const writes = (args: readonly Argument[]) =>
    args.some((argument) => typeof argument === "object" && argument.access === "write");
  if (!follows || calls.slice(0, -1).some((each) => writes(each.arguments))) return undefined;
  const most = Math.max(1, Math.min(count, Math.floor(limit / Math.max(...steps))));
  return { call, split, count, most, steps };
}

/** Runs a call tile by tile: arrays that all tiles read are copied once. */
function runInPartitions(
  job: Job,
  { call, split, count, most, steps }: Partitioning,
): TypedArray[] {
  const { space, eager, calls, scratch, arrays } = job;
  const { inputs, outputs } = eager;
  const types: readonly TensorType[] = [...inputs, ...outputs];
  const lengths = types.map((type, i) => numberAt(steps, i) * most || bytesOf(type));
  const starts = startsOf(space, [...lengths, scratch]);
  const views = types.map(({ dtype }, i) =>
    arrayAt(space.host, dtype, numberAt(starts, i), numberAt(lengths, i) / BYTES[dtype]),
  );
  const results = outputs.map(({ dtype, shape }) => allocate(dtype, sizeOf(shape), eager.op.name));
  /** The number of elements of an array before a tile. */
  const elements = (region: number, work: number) =>
    (numberAt(steps, region) * work) / BYTES[at(types, region).dtype];
  arrays.forEach((array, i) => {
    if (steps[i] === 0) at(views, i).set(array);
  });
  for (const each of calls.slice(0, -1)) makeCall(space.host, each, starts);
  for (let start = 0; start < count; start += most) {
    const work = Math.min(most, count - start);
    arrays.forEach((array, i) => {
      if (steps[i] === 0) return;
      at(views, i).set(array.subarray(elements(i, start), elements(i, start + work)));
    });
    makeCall(space.host, partitionInPlace(call, split, start, work), starts);
    results.forEach((result, i) => {
      const region = inputs.length + i;
      result.set(at(views, region).subarray(0, elements(region, work)), elements(region, start));
    });
  }
  return results;
}
