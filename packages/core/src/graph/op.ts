/**
 * The block of an op, which says everything about it. The stages of the pipeline read these fields and know no op by
 * name.
 */

import type { GraddiffError } from "../errors.ts";
import type { DType } from "../tensor/dtype.ts";
import type { Shape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { BatchBody, Bodies, CallBody, JointDerivative, StatusRules } from "./joint.ts";
import type { CompositeKernel, Kernel } from "./kernel.ts";
import { type Attributes, NO_ATTRIBUTES, type TensorType } from "./types.ts";

/** The parts of an application that a derivative rule may read besides the incoming gradient. */
export interface RuleContext<A extends Attributes = Attributes> {
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly attributes: A;
  /** The index of the input that the gradient is for. */
  readonly index: number;
}

/** Maps the gradient of the output to the gradient of one input. */
export type Pullback<A extends Attributes = Attributes> = (
  cotangent: Tensor,
  context: RuleContext<A>,
) => Tensor;

/** Maps the tangents of the inputs, undefined for zero ones, to the tangent of the output. */
export type Pushforward<A extends Attributes = Attributes> = (
  tangents: readonly (Tensor | undefined)[],
  context: Omit<RuleContext<A>, "index">,
) => Tensor | undefined;

/** A tensor that is part of a larger one: along each axis at `starts`, every `steps`-th element. */
export interface PlacedPart {
  readonly value: Tensor;
  /** The shape of the larger one. */
  readonly shape: Shape;
  readonly starts: readonly number[];
  readonly steps: readonly number[];
}

/**
 * The derivative of an op, in the simplest form that describes it:
 *
 * - `partials`: elementwise; ∂output/∂input as a function of (…inputs, output). A number where it
 *   is constant; undefined if the input has no derivative (a condition).
 * - `linear`: linear in all differentiable inputs together; the adjoint map.
 * - `multilinear`: linear in each input alone, as a product; the adjoint map of each.
 * - `rule`: anything else; the gradient of each input. Its forward mode is made from it, unless it has one.
 * - `joint`: of an op with several results or with bodies; one rule for all inputs together.
 * - `none`: no derivative, because …
 *
 * One pullback for each input, or a single one that serves them all; undefined for an input
 * that has no derivative (a condition, an index).
 */
export type Derivative<A extends Attributes = Attributes> =
  | {
      readonly kind: "partials";
      readonly partials: readonly (Partial | undefined)[];
      /** True if no input has one, so that nothing differentiated comes out of the op. */
      readonly stops: boolean;
    }
  | JointDerivative<A>
  | {
      readonly kind: "linear" | "multilinear";
      readonly pullbacks: readonly (Pullback<A> | undefined)[];
      readonly variadic: boolean;
      /**
       * The pullback of an op whose result is a part of its one input: the cotangent of the part, before it is padded
       * by zeros.
       */
      readonly part?: (cotangent: Tensor, context: RuleContext<A>) => PlacedPart;
    }
  | {
      readonly kind: "rule";
      readonly pullbacks: readonly (Pullback<A> | undefined)[];
      readonly variadic: boolean;
      /** The pushforward, if it takes less work than transposing the pullbacks. */
      readonly tangent?: Pushforward<A>;
    }
  | {
      readonly kind: "none";
      readonly why: string;
      /**
       * True if the error is thrown already when the op is applied to a differentiated input: for results in which
       * nobody would notice that the gradient is lost.
       */
      readonly refuses?: (attributes: A) => GraddiffError;
    };

/** ∂output/∂input of an elementwise op, from (…inputs, output). */
export type Partial = (...values: Tensor[]) => Tensor | number;

/** An application of an op to a batch of examples. */
export interface BatchCall<A extends Attributes = Attributes> {
  readonly op: Op<A>;
  readonly inputs: readonly Tensor[];
  /** By input: whether it carries the batch as its first axis. */
  readonly batched: readonly boolean[];
  readonly attributes: A;
  /** The number of examples. */
  readonly size: number;
  readonly batchBody: BatchBody;
}

/** A result of a batching rule: with the batch as its first axis, unless it is the same for all examples. */
export type Batched = Tensor | { readonly same: Tensor };

/** Applies an op to a batch: all its results. */
export type BatchRule<A extends Attributes = Attributes> = (
  call: BatchCall<A>,
) => readonly Batched[];

/** The types of the results of an op. Throws the op's errors for inputs that do not fit. */
export type TypeRule<A extends Attributes = Attributes> = (
  inputs: readonly TensorType[],
  attributes: A,
) => readonly TensorType[];

/**
 * The results of an op, written in other ops.
 *
 * @param call runs the bodies that an op holds. Default: `replayBody`, which applies their ops.
 */
export type Body<A extends Attributes = Attributes> = (
  inputs: readonly Tensor[],
  attributes: A,
  call?: CallBody,
) => readonly Tensor[];

/** Inputs that an op can be applied to. */
export interface Example<A extends Attributes = Attributes> {
  readonly shapes: readonly Shape[];
  /** A function of the inputs' types where they depend on them, as lengths and bodies do. */
  readonly attributes?: A | ((inputs: readonly TensorType[]) => A);
}

/** Returns the attributes of an example for inputs of these types. */
export function attributesOf<A extends Attributes>(
  { attributes }: Example<A>,
  inputs: readonly TensorType[],
): A {
  // An op without attributes has examples without attributes.
  if (attributes === undefined) return NO_ATTRIBUTES as A;
  return typeof attributes === "function" ? attributes(inputs) : attributes;
}

/** The examples with which the generated tests exercise an op, see `test/generated/`. */
export interface Examples<A extends Attributes = Attributes> {
  readonly cases: readonly Example<A>[];
  readonly domain: Domain;
  /** Inputs and the exact expected output: [x, f(x)] or [x, y, f(x, y)]. */
  readonly edges?: readonly (readonly number[])[];
  /** Vectors as inputs, and the exact results, for ops without a second implementation to compare with. */
  readonly exact?: readonly {
    readonly inputs: readonly (readonly number[])[];
    readonly attributes: A;
    readonly results: readonly (readonly number[])[];
  }[];
  /**
   * Returns inputs made from the sampled ones, if the op does not accept all numbers, as for a sorted vector. Default:
   * the samples.
   */
  readonly make?: (sampled: readonly Tensor[]) => readonly Tensor[];
  /**
   * The greatest length, which replaces greater ones of `cases`, where time grows faster than the elements. Default:
   * any.
   */
  readonly longest?: number;
  /** dtypes of the inputs that are not sampled floats, such as a condition. */
  readonly dtypes?: readonly (DType | undefined)[];
}

/** From, to. */
export type Interval = readonly [number, number];

/**
 * The intervals in which inputs are sampled: one, or several, one on each side of a kink; or such a list for each
 * input, of which all combinations are tried. An interval has no kink in it, nor next to it, since derivatives are
 * compared with differences.
 */
export type Domain = Interval | readonly Interval[] | readonly (readonly Interval[])[];

/** The value of a derivative where it is not unique, such as at a kink. */
export interface Convention<A extends Attributes = Attributes> {
  /** The words for the documentation. Default: the points, as in "0 at 0 and 6". */
  readonly text?: string;
  /**
   * Inputs and exact derivatives, [x, f′(x)] or [x, y, ∂f/∂x, ∂f/∂y], of inputs that are floats. Of an op of vectors r(x) they
   * are vectors, and the gradients are those of r₀ + 2 r₁ + 3 r₂ + … over the elements of the result. Tests see to it that the inputs of an elementwise op
   * are sampled on every side of its points.
   */
  readonly points: readonly (readonly (number | readonly number[])[])[];
  /** The index of the result that has these derivatives, of an op with several. Default 0. */
  readonly result?: number;
  /** The attributes. Default: none. */
  readonly attributes?: A;
}

/** The block of an op. */
export interface Op<A extends Attributes = Attributes> {
  readonly name: string;
  /** The symbol in a drawing: `×`; default the name. */
  readonly symbol: string;
  /** Ops of a family share their shape rule, their batching and their generated tests. For people. */
  readonly family: string;
  /** The rule by which mixed input dtypes become one before the op is applied, see `ops/promote.ts`. */
  readonly promotion: Promotion;
  /** The mathematics, for OPS.md. The published package has none, see `scripts/withoutExamples.mjs`. */
  readonly formula?: string;
  /**
   * The value of the derivative where it is not unique; a text where that is not at single points. Default: nothing to
   * say. The published package has none, see `scripts/withoutExamples.mjs`.
   */
  readonly convention?: Convention<A> | string;
  /** Returns the types of its results; most ops have one. `applyAll` returns all results, and `apply` the first. */
  readonly results: TypeRule<A>;
  /** The derivative. Default: that of the body; a primitive without one is an error where it is differentiated. */
  readonly derivative?: Derivative<A> | undefined;
  /** The kernel of a primitive op, which computes it. An op has this or a body. */
  readonly kernel?: Kernel<A>;
  /**
   * The body of a composite: the op, written in other ops. For an op with control flow: the function that runs its
   * bodies on stored tensors.
   */
  readonly body?: Body<A>;
  /** The kernel that computes a composite whole. Default: none. */
  readonly compositeKernel?: CompositeKernel<A>;
  /** The facts about the bodies that an op holds among its attributes. */
  readonly bodies?: Bodies<A>;
  /**
   * The rules of which results have derivatives. Default: every float input has a gradient if any result has a
   * cotangent, and likewise for tangents.
   */
  readonly statuses?: StatusRules<A>;
  /** The identities of the op: applications that return an input, to the last bit, and that the compiler removes. */
  readonly identities?: Identities;
  /**
   * The way in which the op repeats inputs: element by element, or whole matrices of stacks. Gradients of repeated
   * inputs add up. Undefined for ops that repeat none.
   */
  readonly broadcasts?: "elements" | "matrices";
  /** The inputs in each of which all results are linear, though the derivative does not say so: zeros there make zeros. */
  readonly linearIn?: readonly number[];
  /** The inputs in which the results are linear together, though the derivative does not say so. */
  readonly linearTogether?: readonly number[];
  /** The index of the input that is a mask: a bool scalar that says whether the others are used at all. */
  readonly mask?: number;
  /** Default: a composite's body is batched; any other op is run for each element, and the results are stacked. */
  readonly batch?: BatchRule<A> | undefined;
  /** The examples, without any case in the published package, see `scripts/withoutExamples.mjs`. */
  readonly examples: Examples<A>;
}

/**
 * Conditions under which an op returns an input unchanged, or equals another op, to the last bit, −0 and NaN included.
 */
export interface Identities {
  /** x op unit = x. */
  readonly rightUnit?: number;
  /** unit op x = x. */
  readonly leftUnit?: number;
  /** x op right = other(x, x), which is cheaper. */
  readonly twice?: { readonly right: number; readonly other: Op };
  /** op(op(x)) = x. */
  readonly selfInverse?: boolean;
  /** op(x) = x wherever the result has the shape and dtype of x. */
  readonly keepsElements?: boolean;
}

/**
 * The common dtype to which inputs are converted, derived from the greatest of their dtypes. Plain numbers beside int32
 * and bool count as int32.
 */
export type Promotion =
  /** The dtype is kept, but bools count as int32. */
  | "arithmetic"
  /** The dtype must be a float: int32 and bool become float32. */
  | "float"
  /** The dtype is kept whatever it is. */
  | "same"
  /** The dtype is kept, but for int32 and bool beside a plain number, which become float64; the result is bool. */
  | "comparison"
  /** No promotion: the inputs have different kinds, and the function of the op converts them. */
  | "none";

/** Returns the types of the results of an op with one. */
/* @__NO_SIDE_EFFECTS__ */
export function oneResult<A extends Attributes>(
  typeOf: (inputs: readonly TensorType[], attributes: A) => TensorType,
): TypeRule<A> {
  return (inputs, attributes) => [typeOf(inputs, attributes)];
}

/** The type of the first input, which is that of the only result. */
export const sameType: TypeRule = ([x]) => [
  { shape: x?.shape ?? [], dtype: x?.dtype ?? "float32", weak: x?.weak ?? false },
];

/** True if an op is written in other ops, so that it can be decomposed; false if it has a kernel, or control flow. */
export function isComposite<A extends Attributes>(
  op: Op<A>,
): op is Op<A> & { readonly body: Body<A> } {
  return op.body !== undefined && op.bodies?.control === undefined;
}

/** True if an op has one result whatever it is applied to, as the kind of its kernel tells. */
export function hasOneResult({ kernel }: Op): boolean {
  return kernel !== undefined && kernel.kind !== "calls" && kernel.kind !== "javascript";
}

/** Returns the pullback of one input, also of ops with any number of inputs. */
export function pullbackOf<A extends Attributes>(
  derivative: Extract<Derivative<A>, { pullbacks: unknown }>,
  index: number,
): Pullback<A> | undefined {
  return derivative.pullbacks[derivative.variadic ? 0 : index];
}

/** Returns the smooth partial derivatives of an elementwise op, in the order of its inputs. */
/* @__NO_SIDE_EFFECTS__ */
export function partials(
  ...list: readonly (Partial | undefined)[]
): Extract<Derivative, { kind: "partials" }> {
  return { kind: "partials", partials: list, stops: list.every((each) => each === undefined) };
}

/** Returns the adjoints of an op that is linear in its differentiable inputs together. */
/* @__NO_SIDE_EFFECTS__ */
export function linear<A extends Attributes>(
  ...pullbacks: readonly (Pullback<A> | undefined)[]
): Extract<Derivative<A>, { kind: "linear" | "multilinear" }> {
  return { kind: "linear", pullbacks, variadic: false };
}

/** Returns the adjoints of an op that is linear in each input alone. */
/* @__NO_SIDE_EFFECTS__ */
export function multilinear<A extends Attributes>(
  ...pullbacks: readonly (Pullback<A> | undefined)[]
): Derivative<A> {
  return { kind: "multilinear", pullbacks, variadic: false };
}

/** Returns the gradient of each input, for what is neither elementwise nor linear. */
/* @__NO_SIDE_EFFECTS__ */
export function rule<A extends Attributes>(
  ...pullbacks: readonly (Pullback<A> | undefined)[]
): Extract<Derivative<A>, { kind: "rule" }> {
  return { kind: "rule", pullbacks, variadic: false };
}

/** Returns the gradient of each input, and the pushforward, which takes less work than transposing the gradient. */
/* @__NO_SIDE_EFFECTS__ */
export function withTangent<A extends Attributes>(
  pullbacks: Extract<Derivative<A>, { kind: "rule" }>,
  tangent: Pushforward<A>,
): Extract<Derivative<A>, { kind: "rule" }> {
  return { ...pullbacks, tangent };
}

/** Returns the derivative of an op that has none, with the reason, which the error repeats. */
/* @__NO_SIDE_EFFECTS__ */
export function none(why: string): Extract<Derivative, { kind: "none" }> {
  return { kind: "none", why };
}
