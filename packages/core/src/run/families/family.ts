/**
 * The family: how runners compute the ops of one kind of kernel. Whatever a stage needs to know of a kind
 * stands here, so that no stage asks for the kind itself.
 */

import type {
  Attributes,
  Compute,
  Fold,
  Kernel,
  Op,
  Placement,
  TensorType,
} from "../../graph/op.ts";
import type { DType, TypedArray } from "../../tensor/dtype.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Kernel as Host } from "../wasm/workspace.ts";

export type Kind = Kernel["kind"];
export type KernelOf<K extends Kind> = Extract<Kernel, { kind: K }>;

/** An op in JavaScript. */
export interface Computation {
  /** The name of the op, for errors. */
  readonly name: string;
  readonly arrays: readonly TypedArray[];
  /** The types of the inputs in `arrays`. */
  readonly types: readonly TensorType[];
  readonly attributes: Attributes;
  /** The type of the result, and an array of zeros of its size. */
  readonly type: TensorType;
  readonly result: TypedArray;
}

/** An array in linear memory. */
export interface Place extends TensorType {
  readonly address: number;
  /** In elements, one for each axis; undefined where the array is contiguous. */
  readonly strides?: readonly number[];
}

/** An op at its place in a program. */
export interface PlacedOp {
  readonly op: Op;
  readonly attributes: Attributes;
  readonly inputs: readonly Place[];
  readonly output: Place;
  /** The address of as many bytes as the family asks for. */
  readonly scratch: number;
}

/** Computes its op once. */
export type Step = () => void;

/** What every runner needs. */
export interface Family<K extends Kind> {
  /** Fills the array of the result in JavaScript. */
  readonly compute: (kernel: KernelOf<K>, call: Computation) => void;
  /** Of ops whose result stands where their first input stands: whether others read through it. */
  readonly handsOn?: "view" | "barrier";
  /** Of a view with a loop of its own: where its elements lie in the input. */
  readonly view?: (kernel: KernelOf<K>, shape: Shape, attributes: Attributes) => Placement;
  /** Of elementwise ops: the scalar function for inputs of a dtype. */
  readonly scalar?: (kernel: KernelOf<K>, dtype: DType) => Compute;
}

/** What programs in linear memory need. Bundles without compiled functions leave it out. */
export interface LinearFamily<K extends Kind> {
  /**
   * Makes the call of a kernel; it may hold views, so it is made anew when memory has grown. Undefined
   * where loops compute the ops, or JavaScript on the same memory, also as a result for single dtypes.
   */
  readonly step:
    | ((kernel: KernelOf<K>, placed: PlacedOp, host: Host) => Step | undefined)
    | undefined;
  /** Floating-point operations of one run. What only moves elements has none. */
  readonly flops: (inputs: readonly TensorType[], output: TensorType) => number;
  /** Whether it refuses some elements of its inputs, such as indices out of range. */
  readonly throws: boolean;
  /** Of ops whose kernels read matrices with any strides. */
  readonly strided?: {
    /** Whether there is one for results of a dtype. */
    readonly reads: (dtype: DType) => boolean;
    readonly scratchBytes: (
      inputs: readonly TensorType[],
      output: TensorType,
      host: Host,
    ) => number;
  };
  /** Of ops that put inputs together: where each of them lies in the result. */
  readonly parts?: (
    kernel: KernelOf<K>,
    shapes: readonly Shape[],
    attributes: Attributes,
  ) => readonly Placement[];
  /** Of reductions: what loops know them by, and the axes that go. */
  readonly reduces?: (
    kernel: KernelOf<K>,
    attributes: Attributes,
  ) => { readonly fold: Fold | undefined; readonly axes: readonly number[] };
}

/** Of what moves elements, and of what loops compute. */
export const NO_STEP = { step: undefined, flops: () => 0, throws: false } as const;
