/**
 * The kernel of a primitive op: how it is computed, in JavaScript and on linear memory, and what stages
 * need to know of it. Families make kernels (`families/`); the stages read these fields and never ask
 * which family an op is of.
 */

import type { KernelExports, Kernel as KernelHost } from "@graddiff/wasm-kernel";
import type { DType, TypedArray } from "../tensor/dtype.ts";
import type { Shape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Attributes, Op, TensorType } from "./op.ts";

/** The WebAssembly module and its memory. */
export type Host = KernelHost;

/** How a primitive op is computed. */
export interface Kernel<A extends Attributes = Attributes> {
  /** Fills the array of the result in JavaScript: every op can be computed so. */
  readonly compute: (call: Computation<A>) => void;
  /** Of a result that stands where the first input stands: whether others read through it. */
  readonly handsOn?: "view" | "barrier";
  /** Of a view with a loop of its own: where its elements lie in the input. */
  readonly view?: (shape: Shape, attributes: A) => Placement;
  /** Of ops that put inputs together: where each of them lies in the result. */
  readonly parts?: (shapes: readonly Shape[], attributes: A) => readonly Placement[];
  /** Of elementwise ops: the scalar function for inputs of a dtype. */
  readonly scalar?: (dtype: DType) => Compute;
  /** Of reductions. */
  readonly reduction?: Reduction<A>;
  /**
   * Of ops with a kernel on linear memory: its calls, as data. Undefined as a result for dtypes without one:
   * they run in JavaScript on the same memory.
   */
  readonly calls?: (placed: PlacedOp<A>, host: Host) => readonly Call[] | undefined;
  /** Of ops whose calls read matrices with any strides. */
  readonly strided?: {
    /** Whether there are calls for results of a dtype. */
    readonly reads: (dtype: DType) => boolean;
    readonly scratchBytes: (
      inputs: readonly TensorType[],
      output: TensorType,
      host: Host,
    ) => number;
  };
  /** Of ops that the WebAssembly runner computes eagerly; undefined as a result where that does not pay. */
  readonly eager?: (call: EagerCall<A>, runner: EagerRunner) => TypedArray | undefined;
  /** Floating-point operations of one run. Default: none, as for what only moves elements. */
  readonly flops?: (inputs: readonly TensorType[], output: TensorType) => number;
  /** Whether it refuses some elements of its inputs, such as indices out of range. Default: no. */
  readonly throws?: boolean;
}

/** An op in JavaScript. */
export interface Computation<A extends Attributes = Attributes> {
  /** The name of the op, for errors. */
  readonly name: string;
  readonly arrays: readonly TypedArray[];
  /** The types of the inputs in `arrays`. */
  readonly types: readonly TensorType[];
  readonly attributes: A;
  /** The type of the result, and an array of zeros of its size. */
  readonly type: TensorType;
  readonly result: TypedArray;
}

/** A scalar function of an elementwise op; its result is rounded to the output's dtype. */
export type Compute = (x: number, y: number, z: number) => number;

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
  /** The kernels are exported as `sumAxis_f32`, `sumRuns_f32`, … Default: none. */
  readonly kernel?: ReductionName;
  /**
   * Whether a loop pays for a reduction of what no loop computes, else that is a call of the kernel. For
   * greatest and least elements kernels take two thirds less time: an exact `f32x4.max` is several
   * instructions, which they spare unless a result is 0.
   */
  readonly loopPays: boolean;
}

/** The name of a reduction that the WebAssembly module has. */
export type ReductionName = {
  [Name in keyof KernelExports]: Name extends `${infer Reduction}Axis_f32` ? Reduction : never;
}[keyof KernelExports];

/** An array in linear memory. */
export interface Place extends TensorType {
  readonly address: number;
  /** In elements, one for each axis; undefined where the array is contiguous. */
  readonly strides?: readonly number[];
}

/** An op at its place in a program. */
export interface PlacedOp<A extends Attributes = Attributes> {
  readonly op: Op;
  readonly attributes: A;
  readonly inputs: readonly Place[];
  readonly output: Place;
  /** The address of as many bytes as the kernel asks for. */
  readonly scratch: number;
}

/**
 * A call of a kernel on linear memory. It is data, so that one list of calls can be run, printed, timed and
 * handed on.
 */
export interface Call {
  /** What is called: an export of the module, or a function of JavaScript on the same memory. */
  readonly function: KernelName | MemoryFunction;
  /** Addresses and numbers, in the order of the function's parameters. */
  readonly arguments: readonly number[];
  /** The error that a negative or positive code stands for, which the call has returned; undefined for none. */
  readonly check?: (code: number, host: Host) => Error | undefined;
}

/** The name of a function of the module. */
export type KernelName = {
  [Name in keyof KernelExports]: KernelExports[Name] extends (...given: number[]) => unknown
    ? Name
    : never;
}[keyof KernelExports];

/** A function of JavaScript that works on linear memory. */
export interface MemoryFunction {
  readonly name: string;
  readonly run: (host: Host, ...given: number[]) => void;
}

/** Computes its op once: calls whose functions are found, and what runs in JavaScript. */
export type Step = () => void;

/** An eager op. */
export interface EagerCall<A extends Attributes = Attributes> {
  readonly op: Op;
  readonly inputs: readonly Tensor[];
  readonly attributes: A;
  readonly output: TensorType;
}

/** The ways in which the WebAssembly runner computes eager ops. */
export interface EagerRunner {
  elementwise(call: EagerCall): TypedArray | undefined;
  reduction(
    call: EagerCall,
    reduction: Omit<Reduction, "axes">,
    axes: readonly number[],
  ): TypedArray | undefined;
  product(call: EagerCall): TypedArray | undefined;
  random(call: EagerCall, sequence: Sequence): TypedArray | undefined;
}

/** Numbers in [low, high), of the elements first, first + step, … of a random sequence. */
export interface Sequence {
  readonly low: number;
  readonly high: number;
  readonly first: number;
  readonly step: number;
}
