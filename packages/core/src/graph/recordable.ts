/**
 * The types of functions that may be recorded. Inside of one, a number among the arguments is a Tensor, so a parameter
 * must not be declared as a number (`n === 0` is never true of a Tensor).
 *
 * The compiler shows the name of a missing property, so the name is the sentence of the error.
 */

import type { Tensor } from "../tensor/tensor.ts";
import type { Variable } from "./variable.ts";

/** The sentence by which the compiler refuses numbers. */
export interface NumberIsTensor {
  readonly "Inside, a number is a Tensor: declare it as Tensor, or read the number from outside of the function": never;
}

/** The sentence by which the compiler refuses numbers in `compile`, whose option `static` keeps them numbers. */
export interface NumberIsTensorUnlessStatic {
  readonly "Inside, a number is a Tensor: declare it as Tensor, or name the index of the argument in static": never;
}

/** The sentence by which the compiler refuses an async function. */
export interface ResultComesLater {
  readonly "A recorded function returns its result at once: await outside of it": never;
}

/** The sentence by which the compiler refuses a result with numbers in a function to differentiate. */
export interface NumberHasNoDerivative {
  readonly "A number has no derivative: return the Tensor itself, without item() or toArray()": never;
}

/** A type that is looked at without looking inside. */
type Plain =
  | Tensor
  | Variable
  | string
  | boolean
  | null
  | undefined
  | ((...input: never) => unknown);

/** The levels to which trees are looked at, since their types may contain themselves. */
type Deepest = 8;

/**
 * "number" where a tree has a leaf that is declared as a number; never where it has none, and for any. A union with
 * Tensor tells the truth.
 */
type NumberIn<Tree, Depth extends readonly unknown[] = []> = 0 extends 1 & Tree
  ? never
  : [Extract<Tree, number>] extends [never]
    ? Depth["length"] extends Deepest
      ? never
      : NumberInside<Tree, [...Depth, unknown]>
    : [Extract<Tree, Tensor>] extends [never]
      ? "number"
      : never;

type NumberInside<Tree, Depth extends readonly unknown[]> = Tree extends Plain
  ? never
  : Tree extends readonly unknown[]
    ? { [Key in keyof Tree]: NumberIn<Tree[Key], Depth> }[number]
    : Tree extends object
      ? Resolved<{ [Key in keyof Tree]-?: NumberOrMethod<Tree[Key], Depth> }[keyof Tree]>
      : never;

type NumberOrMethod<Value, Depth extends readonly unknown[]> = [
  Extract<Value, (...input: never) => unknown>,
] extends [never]
  ? NumberIn<Value, Depth>
  : "method";

/** The numbers of an object with methods are its settings. */
type Resolved<Parts> = "method" extends Parts ? never : Parts;

/** True for an object with a method, which is taken for an instance of a class. */
export type HasMethod<Tree> = true extends {
  [Key in keyof Tree]-?: Tree[Key] extends (...input: never) => unknown ? true : never;
}[keyof Tree]
  ? true
  : false;

/** True if a parameter has a number that every call has to pass. */
type NumbersIn<List extends readonly unknown[]> = "number" extends {
  [Key in keyof List]: undefined extends List[Key] ? never : NumberIn<List[Key]>;
}[number]
  ? "SOME"
  : "NONE";

/**
 * Demands a sentence of the result of a function that takes numbers, and nothing of any other. It is at the result
 * since an intersection with the function itself would end the inference of its parameters.
 *
 * Of a generic function the compiler cannot decide the condition. It then asks for both branches, except for one that
 * no type argument could lead to; in that test `Uppercase` of an unknown text is not "SOME", so the sentence is not
 * requested. (Without `Uppercase` the test takes unknown types for any type, and generic functions are refused.)
 */
type Demand<Numbers extends string, Sentence> =
  Uppercase<Numbers> extends "SOME" ? Sentence : unknown;

/**
 * The first type where a type is known; the second where it is a parameter of a generic function, of which the compiler
 * cannot decide anything: by the reason of {@link Demand} it asks for the second then. So an author of a library may pass on
 * what has a type of its users.
 */
export type WhereKnown<Type, Known, Unknown> =
  Uppercase<0 extends 1 & Type ? "none" : "some"> extends "SOME" ? Known : Unknown;

/** The type that the result of a recorded function has to have besides its declared one. */
export type Recordable<List extends readonly unknown[]> = Demand<NumbersIn<List>, NumberIsTensor>;

/** The same where arguments at some indices stay as they are. Indices that are not known may be any. */
export type RecordableBut<
  List extends readonly unknown[],
  Statics extends readonly number[],
> = number extends Statics[number]
  ? unknown
  : Demand<NumbersIn<WithoutStatics<List, Statics>>, NumberIsTensorUnlessStatic>;

/** Demands that a result is there when the function returns. */
export type AtOnce<Result> = Demand<
  Result extends PromiseLike<unknown> ? "SOME" : "NONE",
  ResultComesLater
>;

/** Demands that a result has no numbers. */
export type OfTensors<Result> = Demand<
  "number" extends NumberIn<Result> ? "SOME" : "NONE",
  NumberHasNoDerivative
>;

type WithoutStatics<List extends readonly unknown[], Statics extends readonly number[]> = {
  [Key in keyof List]: IsOneOf<Key, Statics> extends true ? unknown : List[Key];
};

/** True if a key of a list is one of some indices; that of a list of any length is where there are any. */
export type IsOneOf<Key, Indices extends readonly number[]> = Key extends `${Indices[number]}`
  ? true
  : number extends Key
    ? Indices extends readonly []
      ? false
      : true
    : false;

/**
 * The type of an argument for a parameter that is not static: nothing for an optional one that is declared with
 * numbers.
 */
export type PassedUnlessStatic<Parameter, Passed> = WhereKnown<
  Parameter,
  undefined extends Parameter
    ? "number" extends NumberIn<Parameter>
      ? NumberIsTensorUnlessStatic | undefined
      : Passed
    : Passed,
  Parameter
>;
