/**
 * The types of transformed functions: their arguments, where numbers and Variables may replace tensors, and their
 * results.
 *
 * Functions of plain tensors have separate overloads: their type is inferred as a whole (`F extends
 * TensorFunction`), which keeps the names and the number of parameters, also of those without annotations, and
 * through any nesting. Functions of trees have their parameters inferred.
 */

import type { Tensor, TensorLike } from "../tensor/tensor.ts";
import type { WhereKnown } from "./recordable.ts";
import type { Gradient, Input, Mapped, ModelGradient } from "./tree.ts";

/** A function of plain tensors. */
export type TensorFunction<Result> = (...inputs: Tensor[]) => Result;

/** The arguments that may be passed for some parameters. */
export type Inputs<Parameters extends readonly unknown[]> = {
  [Key in keyof Parameters]: WhereKnown<Parameters[Key], Input<Parameters[Key]>, Parameters[Key]>;
};

/** A list of the same names and length, every entry of which is of one type. */
type Alike<List extends readonly unknown[], Entry> = { [Key in keyof List]: Entry };

/** The same for a function of plain tensors, named and counted like its arguments. */
export type TensorInputs<F extends TensorFunction<unknown>> = Alike<Parameters<F>, TensorLike>;

/** The parameters of a function of plain tensors, all of which are tensors. */
export type TensorParameters<F extends TensorFunction<unknown>> = Alike<Parameters<F>, Tensor>;

/** The index of an argument, or a list of indices. */
export type ArgumentIndices = number | readonly number[];

/** The indices that arguments have: of optional ones, too; any number where there is a rest parameter. */
type IndexOf<List extends readonly unknown[]> = number extends List["length"]
  ? number
  : Exclude<Partial<List>["length"], Required<List>["length"]>;

/**
 * Indices as an option takes them: one that is known must be that of an argument, and any number may be. (The
 * compiler infers them through the branch in which they are right, and explains by the other.)
 */
type Checked<Argnums, List extends readonly unknown[]> = [IndexIn<Argnums>] extends [
  IndexOf<List> | undefined,
]
  ? Argnums
  : number extends IndexIn<Argnums>
    ? Argnums
    : Argnums extends readonly unknown[]
      ? readonly IndexOf<List>[]
      : IndexOf<List>;

type IndexIn<Argnums> = Argnums extends readonly unknown[] ? Argnums[number] : Argnums;

/** The indices of the arguments whose gradients are wanted. */
export interface ArgnumOptions<List extends readonly unknown[], Argnums> {
  /** The index of the argument, or indices of several, which give a list. */
  readonly argnums?: Checked<Argnums, List>;
}

/**
 * The arguments and Variables with respect to which a gradient is taken, and whether the function returns `[result,
 * aux]`.
 */
export interface GradOptions<List extends readonly unknown[], Argnums, Variables>
  extends ArgnumOptions<List, Argnums> {
  /** A Variable that the function reads, a model, or a tree of them; the gradient is a tree of the same names. */
  readonly variables?: Variables;
  /** True if the function returns `[result, aux]`, where aux is returned as it is. Default false. */
  readonly hasAux?: false;
}

/** The same for a function that returns `[result, aux]`. */
export interface AuxOptions<List extends readonly unknown[], Argnums, Variables>
  extends Omit<GradOptions<List, Argnums, Variables>, "hasAux"> {
  /** True: the function returns [result, aux]. */
  readonly hasAux: true;
}

/** The gradient with respect to arguments. */
type OfArguments<List extends readonly unknown[], Argnums> = Argnums extends number
  ? Gradient<List[Argnums]>
  : { -readonly [Key in keyof Argnums]: Gradient<List[Argnums[Key] & number]> };

/** The gradients with respect to all arguments, or to those of the indices. */
export type GradientsOf<List extends readonly unknown[], Argnums> = [Argnums] extends [undefined]
  ? { -readonly [Key in keyof List]: Gradient<List[Key]> }
  : OfArguments<List, Argnums>;

/** The same with respect to Variables, alone or beside arguments, where they are given. */
type OfChosen<List extends readonly unknown[], Argnums, Variables> = [Variables] extends [undefined]
  ? OfArguments<List, Argnums extends undefined ? 0 : Argnums>
  : [Argnums] extends [undefined]
    ? ModelGradient<Variables>
    : { arguments: OfArguments<List, Argnums>; variables: ModelGradient<Variables> };

/**
 * The gradient that options ask for. Without `NoInfer` the compiler would invent options from the type that is
 * expected of it.
 */
export type GradientOf<List extends readonly unknown[], Argnums, Variables> = [Variables] extends [
  undefined,
]
  ? OfArguments<List, Argnums extends undefined ? 0 : Argnums>
  : [Argnums] extends [undefined]
    ? NoInfer<ModelGradient<Variables>>
    : { arguments: OfArguments<List, Argnums>; variables: NoInfer<ModelGradient<Variables>> };

/** The second derivatives that options ask for: the gradient, with a gradient for each of its leaves. */
export type Hessian<List extends readonly unknown[], Argnums, Variables> = NoInfer<
  Mapped<OfChosen<List, Argnums, Variables>, OfChosen<List, Argnums, Variables>>
>;

/** The tangents of all arguments, or of those of the indices. */
export type TangentsOf<List extends readonly unknown[], Argnums> = Argnums extends readonly number[]
  ? { -readonly [Key in keyof Argnums]: Gradient<List[Argnums[Key] & number], TensorLike> }
  : { [Key in keyof List]: Gradient<List[Key], TensorLike> };

/** The arguments of a function of plain tensors, with a direction of the first one after it. */
export type WithDirection<List extends readonly unknown[]> = List extends readonly [
  unknown?,
  ...infer Others,
]
  ? [x: TensorLike, v: TensorLike, ...others: Others]
  : never;
