/**
 * The types of a layer's `forward` and `backward`, which follow from those of its `compute`.
 */

import type { Input, Mapped } from "../graph/tree.ts";
import type { Tensor, TensorLike } from "../tensor/tensor.ts";

declare const indices: unique symbol;

/**
 * The type of an input that is integers, such as classes or rows of a table: a layer whose `compute` takes it gives no
 * gradient back for it.
 */
export type Indices = Tensor & {
  /** A property for the type checker only: it distinguishes this type from other tensors. */
  readonly [indices]?: never;
};

/** The computation of a layer. */
export type Computation = (...inputs: never[]) => unknown;

/** A list, for the compiler, which cannot see that it is one. */
type List<Value> = Extract<Value, readonly unknown[]>;

/** The arguments of `forward`: a number wherever `compute` takes a Tensor. */
export type ForwardInputs<Compute extends Computation> = Compute extends (
  ...inputs: infer Parameters
) => unknown
  ? List<{ [Key in keyof Parameters]: Input<Parameters[Key]> }>
  : never;

/** The kind of an argument: "tensor", "number", or both where it may be either. */
type Kind<Argument> = Argument extends number ? "number" : "tensor";

type HasTensor<Inputs extends readonly unknown[]> = true extends {
  [Key in keyof Inputs]: [Kind<Inputs[Key]>] extends ["tensor"] ? true : false;
}[number]
  ? true
  : false;

/** The type of the leaves of results: numbers if all arguments are numbers, Tensors if one is a Tensor. */
type LeafOf<Inputs extends readonly unknown[]> = Inputs extends readonly number[]
  ? number
  : HasTensor<Inputs> extends true
    ? Tensor
    : TensorLike;

/** The result of `forward` for arguments. */
export type ForwardResult<Compute extends Computation, Inputs extends readonly unknown[]> = Mapped<
  ReturnType<Compute>,
  LeafOf<Inputs>
>;

/** The source of the type of a layer's `forward`: its `compute`, or a declaration. */
export type ForwardSource = "compute" | "declared";

/** True where nothing is known about the arguments of a computation. */
type IsOpen<Inputs> = [Inputs] extends [readonly never[]] ? true : false;

/**
 * The arguments of `forward` as given, of a layer whose `compute` says them. The list of an unknown layer is open, so that a
 * class may declare another.
 */
export type ForwardArguments<
  Source extends ForwardSource,
  Compute extends Computation,
  Inputs extends readonly unknown[],
> = Source extends "compute"
  ? IsOpen<Parameters<Compute>> extends true
    ? never[]
    : Inputs
  : never[];

/** The arguments of `forward` where all are Tensors, or trees of them, with the names that `compute` has for them. */
export type TensorArguments<
  Source extends ForwardSource,
  Compute extends Computation,
> = ForwardArguments<Source, Compute, TensorsFor<Parameters<Compute>>>;

/** Tensors, or trees of them, for some parameters. */
type TensorsFor<Inputs extends readonly unknown[]> = List<{
  [Key in keyof Inputs]: Exclude<Input<Inputs[Key]>, number>;
}>;

/** The result of `forward` of a layer, from that of its `compute`; unknown where the class declares it. */
export type SourceResult<Source extends ForwardSource, Computed> = Source extends "compute"
  ? Computed
  : unknown;

/** The result of `forward` for Tensors. */
export type TensorResult<Compute extends Computation> = Mapped<ReturnType<Compute>, Tensor>;

/** The argument of `backward`: a tree like the result of `compute`. */
export type Cotangent<Compute extends Computation> = Mapped<ReturnType<Compute>, TensorLike>;

/** The gradient of an input: none of integers, whether these are an input or in a tree. */
type GradientOf<Parameter, Leaf> = Parameter extends Tensor
  ? typeof indices extends keyof Parameter
    ? undefined
    : Leaf
  : Parameter extends readonly unknown[] | number | string | boolean | null | undefined
    ? Mapped<Parameter, Leaf>
    : Parameter extends object
      ? { [Key in keyof Parameter]: GradientOf<Parameter[Key], Leaf> }
      : Mapped<Parameter, Leaf>;

/** The result of `backward`: the gradient of the only input, or those of all; unknown of a layer of any inputs. */
export type BackwardResult<Compute extends Computation, Gradient> = Compute extends (
  ...inputs: infer Parameters
) => unknown
  ? [Parameters] extends [readonly never[]]
    ? unknown
    : Gradients<Parameters, GradientLeaf<Gradient>>
  : never;

/** Gradients of numbers may be numbers. */
type GradientLeaf<Gradient> = Gradient extends Tensor
  ? Tensor
  : Gradient extends number
    ? TensorLike
    : Tensor;

type Gradients<Parameters extends readonly unknown[], Leaf> = Parameters extends readonly [
  infer Only,
]
  ? GradientOf<Only, Leaf>
  : { -readonly [Key in keyof Parameters]: GradientOf<Parameters[Key], Leaf> };
