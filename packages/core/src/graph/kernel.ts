/**
 * The kernel of a primitive op: how it is computed, in JavaScript and on linear memory, and what stages
 * need to know of it. Families make kernels (`families/`); the stages read these fields and never ask
 * which family an op is of.
 */

import type { DType, TypedArray } from "../tensor/dtype.ts";
import { at, type Shape } from "../tensor/shape.ts";
import type { Call, PlacedOp } from "./call.ts";
import type { Attributes, Op, TensorType } from "./op.ts";
import type { Operation } from "./trace.ts";

/** How a primitive op is computed. */
export interface Kernel<A extends Attributes = Attributes> {
  /** Fills the arrays of the results in JavaScript: every op can be computed so. */
  readonly compute: (call: Computation<A>) => void;
  /**
   * Of a result that stands where the first input stands: a view, through which others read; a barrier, which waits for
   * the other inputs; or a check of them, by the calls of the kernel.
   */
  readonly handsOn?: "view" | "barrier" | "check";
  /** Of a view with a loop of its own: where its elements lie in the input. */
  readonly view?: (shape: Shape, attributes: A) => Placement;
  /** Of ops that put inputs together: where each of them lies in the result. */
  readonly placements?: (shapes: readonly Shape[], attributes: A) => readonly Placement[];
  /** Of elementwise ops: the scalar function for inputs of a dtype. */
  readonly scalar?: (dtype: DType) => ScalarFunction;
  /** Of elementwise ops that give the values of their input in another dtype. Default: no. */
  readonly converts?: boolean;
  /** Of reductions. */
  readonly reduction?: Reduction<A>;
  /**
   * Of ops with functions on linear memory: their calls, as data. Undefined as a result for dtypes without
   * one: they run in JavaScript on the same memory.
   */
  readonly calls?: (placed: PlacedOp<A>) => readonly Call[] | undefined;
  /** Of ops without loops and calls: why JavaScript computes them, in programs, too. */
  readonly javascript?: string;
  /** Bytes of scratch memory that its calls need. Default: none. */
  readonly scratchBytes?: (types: TypedOp<A>) => number;
  /**
   * The group that has its functions on linear memory. Default: the module that every program has. There is none in
   * the build for JavaScript alone.
   */
  readonly group?: FunctionGroup | undefined;
  /** Whether its calls read matrices with any strides. Default: no. */
  readonly strided?: (dtype: DType) => boolean;
  /** Whether a result may stand in the place of the first input, if that has its size and dtype. Default: no. */
  readonly overwrites?: boolean;
  /** Floating-point operations of one run. Default: none, as for what only moves elements. */
  readonly flops?: (inputs: readonly TensorType[], output: TensorType, attributes: A) => number;
  /** Whether it refuses some elements of its inputs, such as indices out of range. Default: no. */
  readonly throws?: boolean | ((attributes: A) => boolean);
}

/** Functions on linear memory that are loaded together: what else there is to it, only the target that has them knows. */
export interface FunctionGroup {
  readonly name: string;
}

const groups = new Map<string, FunctionGroup>();

/** The name of the group of a kernel, by which calls have it; undefined for the module that every program has. */
export function groupOf({ group }: Pick<Kernel, "group">): string | undefined {
  if (group !== undefined) groups.set(group.name, group);
  return group?.name;
}

/** The group of a name that a call has. */
export function groupNamed(name: string): FunctionGroup {
  const group = groups.get(name);
  if (group === undefined) throw new Error(`no group of kernels is named ${name}`);
  return group;
}

/** The calls of a kernel at its place, with the group that has their functions; undefined where it has none. */
export function callsOf(
  kernel: Pick<Kernel, "calls" | "group">,
  placed: PlacedOp,
): readonly Call[] | undefined {
  const calls = kernel.calls?.(placed);
  const group = groupOf(kernel);
  if (group === undefined || calls === undefined) return calls;
  for (let i = 0; i < calls.length; i++) {
    // Whoever makes calls makes them anew each time. Copies would take a microsecond of each eager op.
    const call: { group?: string | undefined } = at(calls, i);
    call.group = group;
  }
  return calls;
}

/** Whether an application of an op may refuse elements of its inputs. */
export function mayRefuse({ op, attributes }: Pick<Operation, "op" | "attributes">): boolean {
  const { throws = false } = op.kernel ?? {};
  return typeof throws === "boolean" ? throws : throws(attributes);
}

/**
 * Functions on linear memory that compute a composite whole, with the bits of its body: where fusing that gains
 * little, as of windows that slide over an image. Targets without them open the body.
 */
export interface KeptKernel<A extends Attributes = Attributes>
  extends Pick<Kernel<A>, "scratchBytes" | "flops" | "group"> {
  /** Whether the functions compute an application of the op. */
  readonly fits: (types: Pick<TypedOp<A>, "inputs" | "attributes">) => boolean;
  /** The calls of an application that fits. */
  readonly calls: (placed: PlacedOp<A>) => readonly Call[];
}

/** The types of an op's inputs and results. */
export interface TypedOp<A extends Attributes = Attributes> {
  readonly attributes: A;
  readonly inputs: readonly TensorType[];
  /** More than one for ops with several results. */
  readonly outputs: readonly TensorType[];
}

/** An op in JavaScript. */
export interface Computation<A extends Attributes = Attributes> {
  /** The name of the op, for errors. */
  readonly name: string;
  readonly arrays: readonly TypedArray[];
  /** The types of the inputs in `arrays`. */
  readonly types: readonly TensorType[];
  readonly attributes: A;
  /** The type of the result, or of the first one, and an array of zeros of its size. */
  readonly type: TensorType;
  readonly result: TypedArray;
  /** The arrays of all results. */
  readonly results: readonly TypedArray[];
}

/** A scalar function of an elementwise op; its result is rounded to the output's dtype. */
export type ScalarFunction = (x: number, y: number, z: number) => number;

/** Where elements lie in row-major memory: element (i, j, …) at offset + i·strides[0] + j·strides[1] + … */
export interface Placement {
  readonly offset: number;
  readonly strides: readonly number[];
}

/** How elements along axes become one, in the fixed order of `families/reduction.ts`. */
export interface Reduction<A extends Attributes = Attributes> {
  /** The op of two elements: its scalar function in JavaScript, its instructions in loops. */
  readonly op: Op;
  /** The value before the first element. */
  readonly identity: number;
  readonly axes: (attributes: A) => readonly number[];
  /** The functions of the module are exported as `sumAxis_f32`, `sumRuns_f32`, … Default: none. */
  readonly kernel?: string;
}

/** Numbers in [low, high), of the elements first, first + step, … of a random sequence. */
export interface Sequence {
  readonly low: number;
  readonly high: number;
  readonly first: number;
  readonly step: number;
}
