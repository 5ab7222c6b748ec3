/** WebGPU as the target of programs: words of 32 bits, loops and a few kernels, all as shaders. */

import type { Demand } from "../../families/checking.ts";
import { contractionForm } from "../../families/contractionForm.ts";
import type { IndexLayout } from "../../families/indexing.ts";
import type { Order, Search } from "../../families/order.ts";
import { type AlongScan, formOf } from "../../families/scan.ts";
import type { GroupedWindows } from "../../families/windows.ts";
import {
  type Argument,
  type Call,
  type Check,
  moved,
  registerMemoryFunction,
} from "../../graph/call.ts";
import {
  type KernelOf,
  mayRefuse,
  type PlacedOp,
  type Sequence,
  type TypedOp,
} from "../../graph/kernel.ts";
import type { Op } from "../../graph/op.ts";
import type { Attributes, TensorType } from "../../graph/types.ts";
import type { DType } from "../../tensor/dtype.ts";
import { at, numberAt, sizeOf, stridesOf } from "../../tensor/shape.ts";
import type { Loop } from "../program/loop/loop.ts";
import type { LoopOp } from "../program/loop/loopOps.ts";
import { fewArrays } from "../program/schedule/fewArrays.ts";
import type { Epilogue, Target } from "../program/schedule/target.ts";
import { inOrderOf, withEpilogues } from "./epilogues.ts";
import {
  type Combine,
  checkShader,
  chosenAddShader,
  combineOf,
  convolutionShader,
  type End,
  fillShader,
  gatherShader,
  indexAt,
  type Lines,
  overlapAddShader,
  productShader,
  runningSumShaders,
  type Slid,
  scatterShader,
  sumWords,
  uniformShader,
  type WindowSum,
  walkShader,
} from "./kernels.ts";
import { elementOf, loopShaders, store } from "./loops.ts";
import {
  orderBytes,
  orderedShader,
  orderSteps,
  type Rows,
  searchShader,
  wordAt,
} from "./orders.ts";
import { stagedBytes, stagedShaders } from "./staged.ts";
import { argument, literal, MOST_GROUPS, type Shader, WORD } from "./wgsl.ts";

/** The shaders of a call; of a check, whose number is the last argument, also its meaning. */
export interface Shaders {
  readonly shaders: readonly Shader[];
  readonly check?: Check;
}

const SHADERS = registerMemoryFunction<Shaders>("shaders", () => {
  throw new Error("shaders run on a GPU");
});

/** Returns a call of shaders. */
function callOf(name: string, shaders: Shaders, addresses: readonly Argument[]): Call {
  return { function: { name, javascript: SHADERS, data: shaders }, arguments: addresses };
}

/** The way in which an op is computed: in loops, by a kernel, by the ops of its body, or only by WebAssembly. */
export type Support = "loop" | "kernel" | "body" | "refused";

const IN_LOOPS: readonly string[] = ["view", "joining", "passing", "reduction", "elementwise"];

/** Returns the table's row of an op. */
export function supportOf(op: Op): Support {
  const { kernel } = op;
  if (kernelOf(op) !== undefined) return "kernel";
  if (kernel === undefined) return "body";
  return IN_LOOPS.includes(kernel.kind) ? "loop" : "refused";
}

/** The kernel of an op. */
interface GpuKernel {
  readonly calls: (placed: PlacedOp, epilogue?: Epilogue) => readonly Call[];
  /** True if an epilogue may take its elements. Default: no. */
  readonly takesEpilogue?: boolean;
  /** The views that it reads without a copy. Default: none. */
  readonly readsStrided?: "matrices" | "all";
  /** Bytes of scratch memory. Default: none. */
  readonly scratchBytes?: (types: TypedOp & { readonly op: Op }) => number;
  /** True if its first input may be a seed of float64. Default: no. */
  readonly takesSeeds?: boolean;
}

const take: GpuKernel = {
  calls: (placed) => {
    const { layout, checks } = rowsOf(placed);
    const shaders = [gatherShader(layout)];
    return [...checks, callOf("take", { shaders }, addressesOf(placed))];
  },
};

/** Returns the kernel that combines rows at indices. @param first the index of the rows among the inputs. */
function scatter(combine: LoopOp, first: 0 | 2) {
  return {
    scratchBytes: (types) => orderBytes(indicesOf(layoutOf(types))),
    calls: (placed, epilogue) => {
      const { layout, checks } = rowsOf(placed);
      const [indices, output] = [at(placed.inputs, 1), at(placed.outputs, 0)];
      const kind = kindOf(output.dtype);
      const word = indexAt(`${argument(0)} + row * ${layout.count}u + i`, layout);
      const { dtype, address } = at(placed.inputs, first);
      const begin = first === 0 ? [] : [at(placed.inputs, 0).address];
      const args = [address, placed.scratch, ...begin, output.address];
      const { end, addresses } = endOf(placed, epilogue);
      // Booleans are counted.
      const from = dtype === "bool" ? "boolean" : kind;
      const shader = scatterShader(layout, from, kind, combine, first > 0, end);
      return [
        ...checks,
        ...ordering(indicesOf(layout), word, indices.address, placed.scratch),
        callOf(placed.op.name, { shaders: [shader] }, [...args, ...addresses]),
      ];
    },
  } satisfies GpuKernel;
}

/** Returns the kernel of sums over the windows that have an element. */
function windowSum(shader: WindowSum) {
  return {
    takesEpilogue: true,
    calls: (placed, epilogue) => {
      const { shape, dtype } = at(placed.outputs, 0);
      const windows = placed.attributes as Attributes & Slid;
      const planes = sizeOf(shape) / Math.max(1, sizeOf(windows.lengths));
      const { end, addresses } = endOf(placed, epilogue);
      const shaders = [shader(planes, windows, kindOf(dtype), end)];
      return [callOf(placed.op.name, { shaders }, [...addressesOf(placed), ...addresses])];
    },
  } satisfies GpuKernel;
}

/** Each element tests which of the windows that contain it have chosen it, so nothing is sorted. */
const ofWindows = windowSum(chosenAddShader);
const ofRows = scatter("add", 0);
const takeBackward: GpuKernel = {
  takesEpilogue: true,
  scratchBytes: (types) => (isOfWindows(types) ? 0 : ofRows.scratchBytes(types)),
  calls: (placed, epilogue) => (isOfWindows(placed) ? ofWindows : ofRows).calls(placed, epilogue),
};

function isOfWindows({ attributes: { lengths } }: TypedOp): boolean {
  return lengths !== undefined;
}

function indicesOf({ groups, count }: IndexLayout): Rows {
  return { rows: groups, length: count };
}

/** Returns the calls that sort rows in scratch memory. */
function ordering(rows: Rows, word: string, from: Argument, scratch: Argument): Call[] {
  return orderSteps(rows, word).map(({ shader, numbers }) =>
    callOf("order", { shaders: [shader] }, [from, scratch, ...numbers]),
  );
}

/** Returns the kernel of an order of rows, by the op's attributes. */
const order: GpuKernel = {
  scratchBytes: ({ inputs }) => orderBytes(rowsAlong(at(inputs, 0))),
  calls: ({ op, attributes, inputs, outputs, scratch }) => {
    const x = at(inputs, 0);
    const rows = rowsAlong(x);
    const { k, descending } = attributes as Order;
    if (rows.rows * k === 0) return [];
    const word = wordAt(`${argument(0)} + row * ${rows.length}u + i`, x.dtype === "float32");
    const shaders = [orderedShader(rows, k, outputs.length > 1)];
    return [
      ...ordering(rows, descending ? `~${word}` : word, x.address, scratch),
      callOf(op.name, { shaders }, [x.address, scratch, ...outputs.map(({ address }) => address)]),
    ];
  },
};

function rowsAlong({ shape }: TensorType): Rows {
  return { rows: sizeOf(shape.slice(0, -1)), length: at(shape, shape.length - 1) };
}

const searchSorted: GpuKernel = {
  calls: (placed) => {
    const { inputs, attributes } = placed;
    const [sorted, values] = [at(inputs, 0), at(inputs, 1)];
    const { right } = attributes as Search;
    const count = sizeOf(values.shape);
    const shader = searchShader(sizeOf(sorted.shape), count, sorted.dtype === "float32", right);
    return [callOf("searchSorted", { shaders: [shader] }, addressesOf(placed))];
  },
};

/** Returns the kernel of a recurrence along an axis. @param step writes one from `h` and the inputs. */
function walk(step: (combine: (op: LoopOp) => Combine, load: (i: number) => string) => string) {
  return {
    calls: (placed) => {
      const kind = kindOf(at(placed.outputs, 0).dtype);
      const lines = linesOf(placed);
      const write = (load: (input: number) => string) => step((op) => combineOf(op, kind), load);
      const shaders = [walkShader(lines, placed.inputs.length, kind, write)];
      return [callOf(placed.op.name, { shaders }, addressesOf(placed))];
    },
  } satisfies GpuKernel;
}

const cumulative = (op: LoopOp) => walk((combine, load) => combine(op)("h", load(0)));

const cumulativeSum: GpuKernel = {
  scratchBytes: (types) => sumWords(linesOf(types)) * WORD,
  calls: (placed) => {
    const lines = linesOf(placed);
    const shaders = runningSumShaders(lines, kindOf(at(placed.outputs, 0).dtype));
    const scratch = shaders.length > 1 ? [placed.scratch] : [];
    return [callOf("cumulativeSum", { shaders }, [...addressesOf(placed), ...scratch])];
  },
};

function linesOf({ attributes, outputs }: TypedOp): Lines {
  const scan = attributes as AlongScan;
  return { ...formOf(at(outputs, 0).shape, scan), reverse: scan.reverse };
}

const convolution: GpuKernel = {
  takesEpilogue: true,
  readsStrided: "all",
  calls: (placed, epilogue) => {
    const [x, weight] = [at(placed.inputs, 0), at(placed.inputs, 1)];
    const windows = placed.attributes as Attributes & GroupedWindows;
    const kind = kindOf(x.dtype);
    const { end, addresses } = endOf(placed, epilogue);
    const shader = convolutionShader(x, weight, windows, kind, end);
    return [callOf("convolution", { shaders: [shader] }, [...addressesOf(placed), ...addresses])];
  },
};

/**
 * Returns the writer of a kernel's end: it stores the elements of a result, whose address follows the inputs, or
 * computes an epilogue, whose addresses are further arguments.
 *
 * @param first the index of the first of these arguments.
 * @param before writes the number of elements before an index. Default: none.
 */
function endOf(
  { inputs, outputs }: TypedOp,
  epilogue: Epilogue | undefined,
  first = inputs.length + 1,
  before = "",
): { readonly end: End; readonly addresses: readonly Argument[] } {
  const kind = kindOf(at(outputs, 0).dtype);
  const stored: End = (index, value) => store(`${argument(inputs.length)} + ${index}`, value, kind);
  if (epilogue === undefined) return { end: stored, addresses: [] };
  const { input, isStored, addresses } = epilogue;
  const loop = inOrderOf(epilogue.loop, input) as Loop;
  const end: End = (index, value) => `{
let value = ${value};
${isStored ? stored(index, "value") : ""}
let i = ${before}${index};
${elementOf(loop, first, { input, value: "value" })}
}`;
  // The epilogue does not read the result from memory.
  return { end, addresses: addresses.map((address, i) => (i === input ? 0 : address)) };
}

function kindOf(dtype: DType): "number" | "integer" {
  return dtype === "int32" ? "integer" : "number";
}

const uniform: GpuKernel = {
  takesSeeds: true,
  calls: (placed) => {
    const [seeds, output] = [at(placed.inputs, 0), at(placed.outputs, 0)];
    const call = wasmCall(placed);
    // The numbers after the addresses of seeds and results, see `families/random.ts`.
    const [count = 0, , , first = 0, step = 0, low = 0, high = 0] = call.arguments
      .slice(1)
      .map(Number);
    const sequence: Sequence = { first, step, low, high };
    const length = sizeOf(output.shape) / Math.max(1, count);
    const isWhole = seeds.dtype === "int32";
    const shaders = [uniformShader(count, length, sequence, isWhole ? 1 : 2)];
    const addresses = [seeds.address, output.address];
    // The host knows seeds that are single numbers.
    const checks = isWhole
      ? [checkCall(call.check as Check, seeds.address, count, "integer", "x < 0")]
      : [];
    return [...checks, callOf("uniform", { shaders }, addresses)];
  },
};

const check: GpuKernel = {
  calls: (placed) => {
    const { dtype, address, shape } = at(placed.inputs, 1);
    if (dtype === "bool") return [];
    const { low, high, only = false, takesNaN = false } = placed.attributes as Demand;
    const kind = kindOf(dtype);
    const [least, most] = [literal(low, kind), literal(high, kind)];
    const isTaken = only ? `(x == ${least} || x == ${most})` : `(x >= ${least} && x <= ${most})`;
    const ofNaN = kind === "number" ? "isNaN_(x)" : "false";
    const isRefused = `select(!${isTaken}, ${!takesNaN}, ${ofNaN})`;
    return [checkCall(wasmCall(placed).check as Check, address, sizeOf(shape), kind, isRefused)];
  },
};

/** Returns the kernel of an op that describes its stages. */
function staged(stages: NonNullable<KernelOf<"calls">["stages"]>): GpuKernel {
  return {
    scratchBytes: (types) => stagedBytes(stages(types)),
    calls: (placed) => {
      const addresses = addressesOf(placed);
      const shaders = stagedShaders(stages(placed), addresses.length);
      return [callOf(placed.op.name, { shaders }, [...addresses, placed.scratch])];
    },
  };
}

/** The kernels by the names of their ops. */
const KERNELS: Readonly<Record<string, GpuKernel>> = {
  matmul: { calls: products, takesEpilogue: true, readsStrided: "matrices" },
  take,
  takeBackward,
  putMax: scatter("maximum", 2),
  putMin: scatter("minimum", 2),
  sort: order,
  topK: order,
  searchSorted,
  cumulativeSum,
  cumulativeProd: cumulative("mul"),
  cumulativeMax: cumulative("maximum"),
  cumulativeMin: cumulative("minimum"),
  linearRecurrence: walk((combine, load) => combine("add")(combine("mul")("h", load(0)), load(1))),
  overlapAdd: windowSum(overlapAddShader),
  convolution,
  uniform,
  check,
};

/** Returns the kernel of an op: from this table, or made from its stages. */
function kernelOf({ name, kernel }: Op): GpuKernel | undefined {
  if (kernel?.kind === "calls" && kernel.stages !== undefined) return staged(kernel.stages);
  return Object.hasOwn(KERNELS, name) ? KERNELS[name] : undefined;
}

/** True if an input of an op may be a seed, a single number of float64. */
export function takesSeeds({ name }: Op): boolean {
  return KERNELS[name]?.takesSeeds === true;
}

function addressesOf({ inputs, outputs }: PlacedOp): Argument[] {
  return [...inputs, ...outputs].map(({ address }) => address);
}

/** Returns the call of the WebAssembly target: its numbers and its check are the same for every target. */
function wasmCall(placed: PlacedOp): Call {
  const kernel = placed.op.kernel as KernelOf<"calls">;
  // Booleans have words like those of integers.
  const inputs = placed.inputs.map((x) => (x.dtype === "bool" ? { ...x, dtype: "int32" } : x));
  return at(kernel.calls({ ...placed, inputs } as PlacedOp) ?? [], 0);
}

function checkCall(
  check: Check,
  address: Argument,
  count: number,
  kind: "number" | "integer",
  isRefused: string,
): Call {
  const shaders = count === 0 ? [] : [checkShader(count, kind, isRefused)];
  return callOf("check", { shaders, check }, [address]);
}

/** Returns the layout of an application, which its check reads. */
function layoutOf(types: TypedOp & { readonly op: Op }): IndexLayout {
  return (wasmCall(types as PlacedOp) as IndicesCall).check.arguments.layout;
}

/** The call that checks indices. */
interface IndicesCall {
  readonly check: Check<{ readonly layout: IndexLayout }>;
}

/** Returns the layout of rows at indices, and the check of these, unless they are known to be in range. */
function rowsOf(placed: PlacedOp): { layout: IndexLayout; checks: Call[] } {
  const { check } = wasmCall(placed) as IndicesCall;
  const { layout } = check.arguments;
  const { groups, length, count, fromEnd } = layout;
  if (!mayRefuse(placed)) return { layout, checks: [] };
  const isOutside = `x < ${fromEnd ? -length : 0} || x >= ${length}`;
  const { address } = at(placed.inputs, 1);
  return { layout, checks: [checkCall(check, address, groups * count, "integer", isOutside)] };
}

/** A stack of matrices at equal distances is one dispatch. */
function products(placed: PlacedOp, epilogue?: Epilogue): Call[] {
  const { inputs, outputs } = placed;
  const [x, y, output] = [at(inputs, 0), at(inputs, 1), at(outputs, 0)];
  const { rows, columns, inner, x: a, y: b } = contractionForm(x, y, output.shape);
  const kind = kindOf(output.dtype);
  const calls: Call[] = [];
  const count = a.offsets.length;
  if (rows * columns === 0) return [];
  for (let first = 0; first < count; ) {
    const last = count - first;
    /** Returns the distances of the matrices after `after` others, in elements; 0 after the last ones. */
    const distances = (after: number) =>
      [a.offsets, b.offsets].map(
        (each) => (each[after < last ? first + after : first] ?? 0) - numberAt(each, first),
      );
    /** Counts the matrices at the expected distance. */
    const follow = (expected: (i: number, k: number) => number) => {
      let i = 1;
      while (i < last && distances(i).every((distance, k) => distance === expected(i, k))) i++;
      return Math.min(i, MOST_GROUPS);
    };
    const one = distances(1);
    const run = follow((i, k) => i * numberAt(one, k));
    // Distances at two levels, as of the heads of examples.
    const outer = distances(run);
    const length = follow(
      (i, k) => (i % run) * numberAt(one, k) + Math.floor(i / run) * numberAt(outer, k),
    );
    const size = rows * columns;
    const fused = endOf(placed, epilogue, 13, `${argument(12)} + `);
    const shader = productShader(kind, rows, columns, inner, length, fused.end);
    calls.push(
      callOf("matmul", { shaders: [shader] }, [
        moved(x.address, numberAt(a.offsets, first) * WORD),
        moved(y.address, numberAt(b.offsets, first) * WORD),
        moved(output.address, first * size * WORD),
        ...[a.rowStride, a.columnStride, b.rowStride, b.columnStride],
        ...[...one, run, ...outer],
        ...(epilogue ? [first * size, ...fused.addresses] : []),
      ]),
    );
    first += length;
  }
  return calls;
}

/** Returns the loop that only reduces an array along any axes; undefined for one without elements. */
function loopOfReduction({ op, attributes, inputs, outputs }: TypedOp & { readonly op: Op }) {
  const { reduction } = op.kernel as KernelOf<"reduction">;
  const [x, out] = [at(inputs, 0), at(outputs, 0)];
  const axes = reduction.axes(attributes);
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const order = [...kept, ...axes];
  const strides = stridesOf(x.shape);
  const combine = reduction.op.name as LoopOp;
  const { identity } = reduction;
  const loop: Loop = {
    dtype: "float32",
    shape: order.map((axis) => at(x.shape, axis)),
    inputs: [{ strides: order.map((axis) => at(strides, axis)), dtype: x.dtype }],
    steps: [
      {
        op: out.dtype === "int32" ? "toInt32" : "toNumber",
        inputs: [{ kind: "input", index: 0 }],
      },
    ],
    outputs: [
      {
        step: 0,
        dtype: out.dtype,
        ...(axes.length > 0 && {
          reduction: { name: op.name, combine, identity, axes: axes.length },
        }),
      },
    ],
  };
  return { loop, identity, isEmpty: sizeOf(x.shape) === 0 };
}

/** Returns the target. */
export function webGpuTarget(): Target {
  const bytesOf = (loop: Loop) => loopShaders(loop).words * WORD;
  return {
    dtypes: ["float32", "int32", "bool"],
    // The only float64 values are seeds, of two words.
    bytes: { float32: WORD, int32: WORD, bool: WORD, float64: 2 * WORD },
    mostSteps: 64,
    arrays: fewArrays(24),
    endsInReductions: () => true,
    loopPays: () => true,
    readsStrided: ({ name }) => KERNELS[name]?.readsStrided ?? "none",
    // Row-wise kernels are for processors whose caches keep a block of rows.
    cache: { block: 1, row: 0, whole: Number.POSITIVE_INFINITY },
    sizes: {
      storedArgument: 0,
      leftResult: 0,
      smallArray: 1,
      largeLoop: 1,
      rowsOfVectors: 1,
      muchScratch: 2 ** 28,
    },
    hasKernel: ({ name, compositeKernel }) =>
      compositeKernel !== undefined && Object.hasOwn(KERNELS, name),
    // After an error, every later shader returns immediately.
    stopsAtErrors: true,
    scalarBuffers: true,
    scratchBytes: (op, types) => {
      const kernel = kernelOf(op);
      if (kernel !== undefined) return kernel.scratchBytes?.({ op, ...types }) ?? 0;
      if (op.kernel?.kind !== "reduction") return 0;
      const { loop, isEmpty } = loopOfReduction({ op, ...types });
      return isEmpty ? 0 : bytesOf(loop);
    },
    loopScratchBytes: bytesOf,
    arranged: (trace, items) =>
      withEpilogues(trace, items, ({ name }) => KERNELS[name]?.takesEpilogue === true),
    calls: (placed, epilogue) => {
      const { op, outputs, inputs, scratch } = placed;
      const kernel = kernelOf(op);
      if (kernel !== undefined) return kernel.calls(placed, epilogue);
      if (op.kernel?.kind === "passing") return [];
      const { loop, identity, isEmpty } = loopOfReduction(placed);
      const out = at(outputs, 0);
      const kind = kindOf(out.dtype);
      if (isEmpty) {
        const word = `bitcast<u32>(${literal(identity, kind)})`;
        return [callOf(op.name, { shaders: [fillShader(sizeOf(out.shape), word)] }, [out.address])];
      }
      const { shaders, words } = loopShaders(loop);
      const temporary = words > 0 ? [{ ...scratch, bytes: words * WORD }] : [];
      return [callOf(op.name, { shaders }, [at(inputs, 0).address, out.address, ...temporary])];
    },
  };
}
