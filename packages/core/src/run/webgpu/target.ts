/** WebGPU as the target of programs: words of 32 bits, loops and a few kernels, all as shaders. */

import type { Demand } from "../../families/checking.ts";
import { contractionForm } from "../../families/contractionForm.ts";
import type { IndexLayout } from "../../families/indexing.ts";
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
import { isComposite, type Op } from "../../graph/op.ts";
import type { DType } from "../../tensor/dtype.ts";
import { at, numberAt, sizeOf, stridesOf } from "../../tensor/shape.ts";
import type { Loop } from "../program/loop/loop.ts";
import type { LoopOp } from "../program/loop/loopOps.ts";
import { fewArrays } from "../program/units/fewArrays.ts";
import type { Target } from "../program/units/target.ts";
import {
  checkShader,
  fillShader,
  gatherShader,
  productShader,
  scatterAddShader,
  uniformShader,
} from "./kernels.ts";
import { loopShaders } from "./loops.ts";
import { literal, MOST_GROUPS, type Shader, WORD } from "./wgsl.ts";

/** The shaders of a call; of a check, whose number is the last argument, also what it stands for. */
export interface Shaders {
  readonly shaders: readonly Shader[];
  readonly check?: Check;
}

const SHADERS = registerMemoryFunction<Shaders>("shaders", () => {
  throw new Error("shaders run on a GPU");
});

/** Returns a call of shaders. */
function callOf(name: string, given: Shaders, addresses: readonly Argument[]): Call {
  return { function: { name, javascript: SHADERS, given }, arguments: addresses };
}

/** The way in which an op is computed: in loops, by a kernel, in the ops of its body, or not at all, and why. */
export type Support = "loop" | "kernel" | "body" | { readonly refused: string };

/** Returns the table's row of an op. */
export function supportOf(op: Op): Support {
  const { name, kernel } = op;
  if (Object.hasOwn(KERNELS, name)) return "kernel";
  if (kernel === undefined) {
    if (isComposite(op)) return "body";
    return { refused: "bodies have no kernels there yet" };
  }
  switch (kernel.kind) {
    case "view":
    case "joining":
    case "passing":
    case "reduction":
    case "elementwise":
      return "loop";
    default:
      return { refused: "it has no kernel there yet" };
  }
}

/** Returns why an application of an op is refused, though the table has it; undefined where it is not. */
export function refusalOf(op: Op, inputs: readonly DType[], output: DType): string | undefined {
  const own = supportOf(op);
  if (typeof own === "object") return own.refused;
  const adds = KERNELS[op.name]?.adds === true;
  const isNumber = output === "float32" || output === "int32";
  if ((adds || op.kernel?.kind === "reduction") && !isNumber) return `it gives ${output} there`;
  if (adds && inputs[0] !== output) return `it counts ${inputs[0]} there`;
  return undefined;
}

/** The kernel of an op. */
interface GpuKernel {
  readonly calls: (placed: PlacedOp, exact: boolean) => readonly Call[];
  /** True if it adds numbers of the dtype of its results. Default: no. */
  readonly adds?: boolean;
  /** True if its first input may be a seed of float64. Default: no. */
  readonly takesSeeds?: boolean;
}

const take: GpuKernel = {
  calls: (placed, exact) => {
    const { layout, checks } = rowsOf(placed);
    const shaders = [gatherShader(layout, exact)];
    return [...checks, callOf("take", { shaders }, addressesOf(placed))];
  },
};

const takeBackward: GpuKernel = {
  adds: true,
  calls: (placed, exact) => {
    const { layout, checks } = rowsOf(placed);
    const kind = at(placed.outputs, 0).dtype === "int32" ? "integer" : "number";
    const shaders = [scatterAddShader(layout, kind, exact)];
    return [...checks, callOf("takeBackward", { shaders }, addressesOf(placed))];
  },
};

const uniform: GpuKernel = {
  takesSeeds: true,
  calls: (placed, exact) => {
    const [seeds, output] = [at(placed.inputs, 0), at(placed.outputs, 0)];
    const call = wasmCall(placed);
    // The numbers behind the addresses of seeds and results, see `families/random.ts`.
    const [count = 0, , , first = 0, step = 0, low = 0, high = 0] = call.arguments
      .slice(1)
      .map(Number);
    const sequence: Sequence = { first, step, low, high };
    const length = sizeOf(output.shape) / Math.max(1, count);
    const isWhole = seeds.dtype === "int32";
    const shaders = [uniformShader(count, length, sequence, isWhole ? 1 : 2, exact)];
    const addresses = [seeds.address, output.address];
    // Seeds that are single numbers are seen by the host.
    const checks = isWhole ? [checkCall(call.check, seeds.address, count, "integer", "x < 0")] : [];
    return [...checks, callOf("uniform", { shaders }, addresses)];
  },
};

const check: GpuKernel = {
  calls: (placed) => {
    const { dtype, address, shape } = at(placed.inputs, 1);
    if (dtype === "bool") return [];
    const { low, high, only = false, takesNaN = false } = placed.attributes as Demand;
    const kind = dtype === "int32" ? "integer" : "number";
    const [least, most] = [literal(low, kind), literal(high, kind)];
    const isTaken = only ? `(x == ${least} || x == ${most})` : `(x >= ${least} && x <= ${most})`;
    const ofNaN = kind === "number" ? "isNaN_(x)" : "false";
    const isRefused = `select(!${isTaken}, ${!takesNaN}, ${ofNaN})`;
    return [checkCall(wasmCall(placed).check, address, sizeOf(shape), kind, isRefused)];
  },
};

/** The kernels by the names of their ops. */
const KERNELS: Readonly<Record<string, GpuKernel>> = {
  matmul: { calls: products, adds: true },
  take,
  takeBackward,
  uniform,
  check,
};

/** True if an input of an op may be a seed, a single number of float64. */
export function takesSeeds({ name }: Op): boolean {
  return KERNELS[name]?.takesSeeds === true;
}

function addressesOf({ inputs, outputs }: PlacedOp): Argument[] {
  return [...inputs, ...outputs].map(({ address }) => address);
}

/** Returns the call that WebAssembly would make: its numbers and its check are those of any target. */
function wasmCall(placed: PlacedOp): Call {
  const kernel = placed.op.kernel as KernelOf<"calls">;
  return at(kernel.calls(placed) ?? [], 0);
}

function checkCall(
  check: Check | undefined,
  address: Argument,
  count: number,
  kind: "number" | "integer",
  isRefused: string,
): Call {
  if (check === undefined) throw new Error("a check without an error");
  const shaders = count === 0 ? [] : [checkShader(count, kind, isRefused)];
  return callOf("check", { shaders, check }, [address]);
}

/** Returns the layout of rows at indices, and the check of these, unless they are known to be inside. */
function rowsOf(placed: PlacedOp): { layout: IndexLayout; checks: Call[] } {
  const { check } = wasmCall(placed) as { check: Check<{ readonly layout: IndexLayout }> };
  const { layout } = check.arguments;
  const { groups, length, count, fromEnd } = layout;
  if (!mayRefuse(placed)) return { layout, checks: [] };
  const isOutside = `x < ${fromEnd ? -length : 0} || x >= ${length}`;
  const { address } = at(placed.inputs, 1);
  return { layout, checks: [checkCall(check, address, groups * count, "integer", isOutside)] };
}

/** Stacks whose matrices are equally far apart are one dispatch. */
function products({ inputs, outputs }: PlacedOp, exact: boolean): Call[] {
  const [x, y, output] = [at(inputs, 0), at(inputs, 1), at(outputs, 0)];
  const { rows, columns, inner, x: a, y: b } = contractionForm(x, y, output.shape);
  const kind = output.dtype === "int32" ? "integer" : "number";
  const calls: Call[] = [];
  const count = a.places.length;
  if (rows * columns === 0) return [];
  for (let first = 0; first < count; ) {
    /** Returns the distance of the matrix after so many others, in elements. */
    const distances = (after: number) =>
      [a.places, b.places].map((own) => (own[first + after] ?? 0) - numberAt(own, first));
    const isAt = (i: number, places: readonly number[]) =>
      first + i < count && distances(i).every((place, k) => place === places[k]);
    const [one, beyond] = [first + 1 < count ? distances(1) : [0, 0], [0, 0]];
    let run = 1;
    while (
      isAt(
        run,
        one.map((step) => step * run),
      )
    )
      run++;
    // Runs of runs, as of the heads of examples.
    const outer = first + run < count ? distances(run) : beyond;
    let length = run;
    for (;;) {
      const [far, near] = [Math.floor(length / run), length % run];
      if (
        !isAt(
          length,
          one.map((step, k) => near * step + far * numberAt(outer, k)),
        )
      )
        break;
      length++;
    }
    length = Math.min(length, MOST_GROUPS);
    run = Math.min(run, length);
    const size = rows * columns * WORD;
    calls.push(
      callOf("matmul", { shaders: [productShader(kind, rows, columns, inner, length, exact)] }, [
        moved(x.address, numberAt(a.places, first) * WORD),
        moved(y.address, numberAt(b.places, first) * WORD),
        moved(output.address, first * size),
        ...[a.rowStride, a.columnStride, b.rowStride, b.columnStride],
        ...[...one, run, ...outer],
      ]),
    );
    first += length;
  }
  return calls;
}

/** Returns the loop that reduces an array along any axes and does nothing else; undefined for one without elements. */
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

/** Returns the target. @param exact whether sums and products keep each rounding. */
export function webGpuTarget(exact: boolean): Target {
  const bytesOf = (loop: Loop) => loopShaders(loop, exact).words * WORD;
  return {
    dtypes: ["float32", "int32", "bool"],
    // float64 are seeds, of two words.
    bytes: { float32: WORD, int32: WORD, bool: WORD, float64: 2 * WORD },
    mostSteps: 16,
    arrays: fewArrays(24),
    endsInReductions: () => true,
    loopPays: () => true,
    readsStrided: ({ name, kernel }, dtype) =>
      Object.hasOwn(KERNELS, name) && kernel?.kind === "calls" && kernel.strided?.(dtype) === true,
    // Rows that stay in a cache are for processors that have one.
    cache: { chunk: 1, row: 0, whole: Number.POSITIVE_INFINITY },
    sizes: {
      keptArgument: 0,
      leftResult: 0,
      smallArray: 1,
      largeLoop: 1,
      rowsOfVectors: 1,
      muchScratch: 2 ** 28,
    },
    keeps: () => false,
    // Behind an error no shader does anything.
    stopsAtErrors: true,
    scalarHomes: true,
    scratchBytes: (op, types) => {
      if (op.kernel?.kind !== "reduction") return 0;
      const { loop, isEmpty } = loopOfReduction({ op, ...types });
      return isEmpty ? 0 : bytesOf(loop);
    },
    loopScratchBytes: bytesOf,
    calls: (placed) => {
      const { op, outputs, inputs, scratch } = placed;
      const kernel = KERNELS[op.name];
      if (kernel !== undefined) return kernel.calls(placed, exact);
      if (op.kernel?.kind === "passing") return [];
      if (op.kernel?.kind !== "reduction") throw new Error(`${op.name} has no shader`);
      const { loop, identity, isEmpty } = loopOfReduction(placed);
      const out = at(outputs, 0);
      const kind = out.dtype === "int32" ? "integer" : "number";
      if (isEmpty) {
        const word = `bitcast<u32>(${literal(identity, kind)})`;
        return [callOf(op.name, { shaders: [fillShader(sizeOf(out.shape), word)] }, [out.address])];
      }
      const { shaders, words } = loopShaders(loop, exact);
      const own = words > 0 ? [{ ...scratch, bytes: words * WORD }] : [];
      return [callOf(op.name, { shaders }, [at(inputs, 0).address, out.address, ...own])];
    },
  };
}
