/**
 * The kernel of a primitive op: how it is computed, in JavaScript and on linear memory, and the facts that stages need
 * about it. Families make kernels (`families/`); the stages read these fields and never ask which family an op is of.
 */

import type { DType, TypedArray } from "../tensor/dtype.ts";
import { at, type Shape } from "../tensor/shape.ts";
import type { Address, Call, PlacedArray } from "./call.ts";
import type { Op } from "./op.ts";
import type { Operation } from "./trace.ts";
import type { Attributes, TensorType } from "./types.ts";

/** An op of a program, with the addresses of its arrays. */
export interface PlacedOp<A extends Attributes = Attributes> {
  readonly op: Op;
  readonly attributes: A;
  readonly inputs: readonly PlacedArray[];
  readonly outputs: readonly PlacedArray[];
  /** The scratch memory, with as many bytes as its kernel asks for. */
  readonly scratch: Address;
}

/** The fields of kernels of every kind. */
interface Computed<A extends Attributes> {
  /** Fills the arrays of the results in JavaScript: every op can be computed so. */
  readonly compute: (call: Computation<A>) => void;
  /** Floating-point operations of one run. Default: none, as for a kernel that only moves elements. */
  readonly flops?: (inputs: readonly TensorType[], output: TensorType, attributes: A) => number;
  /** True if it refuses some elements of its inputs, such as indices out of range. Default: no. */
  readonly throws?: boolean | ((attributes: A) => boolean);
  /**
   * The name of the check on its second input, if it checks no other: two applications with the same name and the same
   * second input refuse the same. Default: unknown.
   */
  readonly refuses?: (types: Pick<TypedOp<A>, "inputs" | "attributes">) => string;
}

/** The functions of an op on linear memory. */
export interface Functions<A extends Attributes = Attributes> {
  /**
   * Returns the calls that compute the results, as data. Undefined as a result for dtypes without one: they run in
   * JavaScript on the same memory.
   */
  readonly calls: (placed: PlacedOp<A>) => readonly Call[] | undefined;
  /** Bytes of scratch memory that the calls need. Default: none. */
  readonly scratchBytes?: (types: TypedOp<A>) => number;
  /**
   * The group that has the functions. Default: the module that every program has. There is none in the build for
   * JavaScript alone.
   */
  readonly group?: FunctionGroup | undefined;
}

/** The kernel of a primitive op. All kinds but the last two have one result. */
export type Kernel<A extends Attributes = Attributes> = Computed<A> &
  (
    | (Pick<Functions<A>, "group"> & {
        readonly kind: "elementwise";
        /** Returns the function that computes an element, for inputs of a dtype: loops compute it. */
        readonly scalar: (dtype: DType) => ScalarFunction;
        /** True if it only converts its input to another dtype. Default: no. */
        readonly converts?: boolean;
      })
    | {
        /** A view: its elements are those of its only input, and readers read them there. */
        readonly kind: "view";
        /**
         * Returns the placement of the result in the input. Default: in the same order, so that the result has the
         * address of the input.
         */
        readonly layout?: (shape: Shape, attributes: A) => StridedLayout;
      }
    /**
     * The identity of the first input, after calls, if there are any, have checked the others. It is no view: nothing
     * reads through it.
     */
    | (Partial<Functions<A>> & { readonly kind: "passing" })
    | {
        /** A concatenation: inputs that are placed in an array of zeros. */
        readonly kind: "joining";
        /** Returns the placement of each input in the result. */
        readonly layoutsOfInputs: (
          shapes: readonly Shape[],
          attributes: A,
        ) => readonly StridedLayout[];
      }
    /** A reduction: elements along axes become one. */
    | (Functions<A> & { readonly kind: "reduction"; readonly reduction: Reduction<A> })
    | (Functions<A> & {
        readonly kind: "calls";
        /** True if the calls read matrices with any strides. Default: no. */
        readonly strided?: (dtype: DType) => boolean;
        /** The kernel for GPUs, on float32. Default: the one that `run/webgpu` has, if any. */
        readonly stages?: (types: TypedOp<A>) => StagedKernel;
      })
    | {
        /** A kernel in JavaScript, which programs call, too. */
        readonly kind: "javascript";
        readonly why: string;
        /** True if the result may overwrite the first input, if that has its size and dtype. Default: no. */
        readonly overwrites?: boolean;
      }
  );

/** A kernel of a kind. */
export type KernelOf<Kind extends Kernel["kind"], A extends Attributes = Attributes> = Extract<
  Kernel<A>,
  { readonly kind: Kind }
>;

/**
 * A kernel for GPUs: many equal problems, each solved by stages one after the other. A thread computes an element of a stage.
 * Where the buffers fit into the memory of a workgroup, one workgroup computes all stages of a problem.
 */
export interface StagedKernel {
  /** The problems: arrays are [rows, length, columns], and each problem is a column of a row. */
  readonly rows: number;
  readonly columns: number;
  /** The complex numbers of each of the two buffers of a problem, which stages write for the next one. */
  readonly size: number;
  /** Returns the stages. @param start writes the address of an argument: inputs, then results. */
  readonly stages: (start: (argument: number) => string) => readonly Stage[];
}

/** A stage: the number of its elements, and the lines of WGSL that compute the element `e` of them. */
export interface Stage {
  readonly count: number;
  readonly lines: (io: StageAccess) => string;
}

/** The texts by which a stage reads and writes. `m` is the memory of all arrays, as words. */
export interface StageAccess {
  /** Writes the address of an element of an argument. @param length the elements of it that a problem has. */
  readonly address: (argument: number, length: number, k: string) => string;
  /** Writes a complex number of a buffer, or the statement that stores one. */
  readonly load: (buffer: 0 | 1, k: string) => string;
  readonly store: (buffer: 0 | 1, k: string, value: string) => string;
}

/** A group of functions on linear memory that are loaded together. Only the target that has them knows its content. */
export interface FunctionGroup {
  readonly name: string;
}

const groups = new Map<string, FunctionGroup>();

/** Returns the name of a group, which calls contain; undefined for the module that every program has. */
export function nameOfGroup(group: FunctionGroup | undefined): string | undefined {
  if (group !== undefined) groups.set(group.name, group);
  return group?.name;
}

/** Returns the group with a name that a call contains. */
export function groupNamed(name: string): FunctionGroup {
  const group = groups.get(name);
  if (group === undefined) throw new Error(`no group of kernels is named ${name}`);
  return group;
}

/** Returns the functions that compute an op on linear memory; undefined for ops that loops or JavaScript compute. */
export function functionsOf({ compositeKernel, kernel }: Op): Partial<Functions> | undefined {
  if (compositeKernel !== undefined) return compositeKernel;
  switch (kernel?.kind) {
    case "reduction":
    case "calls":
    case "passing":
      return kernel;
    default:
      return undefined;
  }
}

/** Returns the calls of an op of a program, with the group that has their functions; undefined where it has none. */
export function callsOf(
  functions: Partial<Functions>,
  placed: PlacedOp,
): readonly Call[] | undefined {
  const calls = functions.calls?.(placed);
  const group = nameOfGroup(functions.group);
  if (group === undefined || calls === undefined) return calls;
  for (let i = 0; i < calls.length; i++) {
    // The calls are changed in place, since they are made for this caller alone: copies would take a microsecond of
    // each eager op.
    const call: { group?: string | undefined } = at(calls, i);
    call.group = group;
  }
  return calls;
}

/** True if the result of an op aliases its first input. */
export function aliasesInput({ kernel }: Pick<Op, "kernel">): boolean {
  return kernel?.kind === "passing" || (kernel?.kind === "view" && kernel.layout === undefined);
}

/** Returns the kernel of a primitive op, or the kernel that computes a composite whole. */
function computing({
  kernel,
  compositeKernel,
}: Pick<Op, "kernel" | "compositeKernel">): { readonly overwrites?: boolean } & Pick<
  Computed<Attributes>,
  "throws" | "refuses"
> {
  return kernel ?? compositeKernel ?? {};
}

/** True if an op may write its result over its first input, provided that this has the same size and dtype. */
export function overwrites(op: Pick<Op, "kernel" | "compositeKernel">): boolean {
  return computing(op).overwrites === true;
}

/** Returns the name of the check that an op makes on the elements of its inputs, if it has one. */
export function refusedIn(
  { op, attributes }: Operation,
  inputs: readonly TensorType[],
): string | undefined {
  return computing(op).refuses?.({ inputs, attributes });
}

/** True if an application of an op may refuse elements of its inputs. */
export function mayRefuse({ op, attributes }: Pick<Operation, "op" | "attributes">): boolean {
  const { throws = false } = computing(op);
  return typeof throws === "boolean" ? throws : throws(attributes);
}

/**
 * The kernel of a composite: functions on linear memory that compute it with the bits of its body, where fusing the
 * body gains little, as for windows that slide over an image. Targets without them decompose the composite.
 */
export interface CompositeKernel<A extends Attributes = Attributes>
  extends Functions<A>,
    Pick<Computed<A>, "flops" | "throws" | "refuses"> {
  /** True if the functions compute an application of the op. */
  readonly fits: (types: Pick<TypedOp<A>, "inputs" | "attributes">) => boolean;
  /** True if the result may overwrite the first input. Default: no. */
  readonly overwrites?: boolean;
}

/** The types of an op's inputs and results. */
export interface TypedOp<A extends Attributes = Attributes> {
  readonly attributes: A;
  readonly inputs: readonly TensorType[];
  /** More than one for multi-output ops. */
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

/**
 * The placement of elements in row-major memory: element (i, j, …) is at offset + i·strides[0] + j·strides[1] + …
 */
export interface StridedLayout {
  readonly offset: number;
  readonly strides: readonly number[];
}

/** A reduction of the elements along axes to one, in the fixed order of `families/orderOfSums.ts`. */
export interface Reduction<A extends Attributes = Attributes> {
  /** The op of two elements: its scalar function in JavaScript, its instructions in loops. */
  readonly op: Op;
  /** The value before the first element. */
  readonly identity: number;
  readonly axes: (attributes: A) => readonly number[];
  /** The functions of the module are exported as `sumAxis_f32`, `sumRuns_f32`, … Default: none. */
  readonly kernel?: string;
}

/** Numbers in [low, high): the elements first, first + step, … of a random sequence. */
export interface Sequence {
  readonly low: number;
  readonly high: number;
  readonly first: number;
  readonly step: number;
}
