/**
 * Trees: nested arrays and objects whose leaves are tensors, numbers or Variables. Arguments and
 * results of differentiated functions may be trees.
 */

import { checkFunction, refuseSurplus } from "../arguments.ts";
import { otherCopyOf } from "../copies.ts";
import { ArgumentError, describe, isClone } from "../errors.ts";
import { at } from "../tensor/shape.ts";
import { isTensor, SEND, scalar, Tensor, type TensorLike } from "../tensor/tensor.ts";
import type { HasMethod, NumberIsTensor, WhereKnown } from "./recordable.ts";
import { isVariable, Variable } from "./variable.ts";

/** A leaf of a tree. */
export type Leaf = Tensor | number | Variable;

/** Tensors in nested arrays and objects, whatever their names: a state, gradients of Variables, a message. */
export type TensorTree = Tensor | readonly TensorTree[] | { readonly [name: string]: TensorTree };

/** A tree with every leaf replaced: numbers, tensors and Variables become `To`. */
export type Mapped<Tree, To> = Tree extends Leaf
  ? To
  : Tree extends string | boolean | null | undefined | ((...input: never[]) => unknown)
    ? Tree
    : Tree extends readonly unknown[]
      ? MappedList<Tree, To>
      : { [Key in keyof Tree]: Mapped<Tree[Key], To> };

/** A tree of the form of another, with numbers in place of its tensors. */
export type TreeLike<Tree> = WhereKnown<Tree, Mapped<Tree, TensorLike>, NoInfer<Tree>>;

/**
 * A list of any length is written as one, and not as a list of the same keys, so that the compiler leaves types that
 * contain themselves for later.
 */
type MappedList<List extends readonly unknown[], To> = readonly List[number][] extends List
  ? readonly Mapped<List[number], To>[]
  : List[number][] extends List
    ? Mapped<List[number], To>[]
    : { [Key in keyof List]: Mapped<List[Key], To> };

/** The keys without a gradient in an instance of a class: its methods and settings. */
type Settings =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | ((...input: never) => unknown)
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | Date
  | RegExp
  | ArrayBufferLike
  | ArrayBufferView
  | PromiseLike<unknown>;

/** A Variable that counts the seeds of draws. */
type Seed = Variable & { next(): Tensor };

/** The names of lists of parts that a layer or an optimizer also has in its properties. */
type Listed<Instance> = Instance extends {
  readonly variables: readonly Variable[];
  zeroGradient(): void;
}
  ? "variables"
  : Instance extends { readonly variables: readonly Variable[]; learningRate: number }
    ? keyof Instance
    : never;

/** A property that may hold what has a gradient. Objects are not looked into, since their types may contain themselves. */
type Holding<Instance, Key extends keyof Instance, Without> = [
  Exclude<Instance[Key], Without | null | undefined>,
] extends [never]
  ? never
  : [NonNullable<Instance[Key]>] extends [readonly Without[]]
    ? never
    : [NonNullable<Instance[Key]>, HasMethod<Instance>] extends [Seed, true]
      ? never
      : Exclude<Key, Listed<Instance>>;

/**
 * The derivatives of an argument: one for each leaf; other entries are as in the argument. For an instance of a class
 * with methods they are a plain object of the properties that have leaves.
 */
export type Gradient<Tree, To = Tensor> = Tree extends Leaf
  ? To
  : Tree extends string | boolean | null | undefined | ((...input: never[]) => unknown)
    ? Tree
    : Tree extends readonly unknown[]
      ? GradientList<Tree, To>
      : HasMethod<Tree> extends true
        ? { [Key in keyof Tree as Holding<Tree, Key, Settings>]: Gradient<Tree[Key], To> }
        : { [Key in keyof Tree]: Gradient<Tree[Key], To> };

type GradientList<List extends readonly unknown[], To> = readonly List[number][] extends List
  ? readonly Gradient<List[number], To>[]
  : List[number][] extends List
    ? Gradient<List[number], To>[]
    : { [Key in keyof List]: Gradient<List[Key], To> };

/**
 * The gradient with respect to a model: a plain tree of its Variables, by the names that `state` has for them. Seeds of draws
 * have none, and Variables of int32 and bool, which no type tells, have none at run time.
 */
export type ModelGradient<Model> = 0 extends 1 & Model
  ? Model
  : Model extends Variable
    ? Tensor
    : Model extends null | undefined
      ? Model
      : Model extends Settings | Tensor
        ? undefined
        : Model extends readonly unknown[]
          ? ModelGradientList<Model>
          : {
              [Key in keyof Model as Holding<Model, Key, Settings | Tensor>]: ModelGradient<
                Model[Key]
              >;
            };

type ModelGradientList<List extends readonly unknown[]> = readonly List[number][] extends List
  ? readonly ModelGradient<List[number]>[]
  : List[number][] extends List
    ? ModelGradient<List[number]>[]
    : { [Key in keyof List]: ModelGradient<List[Key]> };

/** A tree of gradients as an optimizer takes it: undefined where the model lacks a part. */
export type GradientTree =
  | Tensor
  | null
  | undefined
  | readonly GradientTree[]
  | { readonly [name: string]: GradientTree };

/** For the type checker alone: it tells a Tensor from a model. */
interface NoTensor {
  readonly isNaN?: never;
}

/** A tree with Variables to train, of a class or of none; a Tensor is none. */
export type Trainable = (object & NoTensor) | (NoTensor & { readonly [name: string]: unknown });

/**
 * The type of an argument for a parameter: a number wherever the function takes a Tensor. An object with methods may be
 * an instance of a class, which is passed as it is.
 */
export type Input<Parameter> = Parameter extends Tensor
  ? Parameter | number
  : Parameter extends number
    ? NumberIsTensor
    : Parameter extends Variable | string | boolean | null | undefined
      ? Parameter
      : Parameter extends (...input: never[]) => unknown
        ? Parameter
        : Parameter extends readonly unknown[]
          ? InputList<Parameter>
          : HasMethod<Parameter> extends true
            ? Parameter | { [Key in keyof Parameter]: Input<Parameter[Key]> }
            : { [Key in keyof Parameter]: Input<Parameter[Key]> };

type InputList<List extends readonly unknown[]> = readonly List[number][] extends List
  ? readonly Input<List[number]>[]
  : List[number][] extends List
    ? Input<List[number]>[]
    : { [Key in keyof List]: Input<List[Key]> };

/**
 * Visits a leaf for {@link walkTree}; `path` is like `[0].weight`, and `isInside` says that an instance with methods
 * holds it.
 */
export type Visitor = (leaf: Leaf, path: string, isInside: boolean) => unknown;

interface Walk {
  readonly op: string;
  readonly visit: Visitor;
  /** Rebuild objects as plain ones, not as instances of their class. */
  readonly plain: boolean;
  /**
   * Leave out the properties of instances with methods that have no gradient: settings, methods, seeds and whole
   * numbers.
   */
  readonly bare?: boolean;
  /** Returns the replacement of a number that is a setting. */
  readonly setting: (value: number) => unknown;
}

/** A number in a form that is no leaf. */
class Setting {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** True if the instances of a prototype have methods, by prototype. */
const methodical = new WeakMap<object, boolean>();

/**
 * True if an object is an instance of a class with methods: numbers in it are settings, such as the size of a layer,
 * which its methods read as numbers. Those of other objects are leaves.
 * @internal
 */
export function hasSettings(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== "object" || prototype === null || prototype === Object.prototype)
    return false;
  if (Array.isArray(value)) return false;
  let has = methodical.get(prototype);
  if (has === undefined) {
    has = hasMethods(prototype);
    methodical.set(prototype, has);
  }
  return has;
}

function hasMethods(prototype: object): boolean {
  const next: unknown = Object.getPrototypeOf(prototype);
  // The last prototype is Object.prototype, of this page or another.
  if (typeof next !== "object" || next === null) return false;
  const descriptors = Object.entries(Object.getOwnPropertyDescriptors(prototype));
  const isMethod = descriptors.some(
    ([key, { value }]) => key !== "constructor" && typeof value === "function",
  );
  return isMethod || hasMethods(next);
}

/**
 * Returns a copy of a tree with every leaf visited. Parts in which nothing changed are kept as they are, so that
 * instances of classes with private state survive. Numbers in an instance of a class with methods are no leaves.
 *
 * @throws ArgumentError for what is neither leaf nor branch (a Map, a typed array, a Promise, …),
 *   and for a tree that contains itself.
 */
export function walkTree(
  op: string,
  tree: unknown,
  visit: Visitor,
  { plain = false, path = "" }: { readonly plain?: boolean; readonly path?: string } = {},
): unknown {
  return walk({ op, visit, plain, setting: (value) => value }, tree, path, [], false);
}

/**
 * Returns the form of a tree: the same with a number in the place of each leaf, which `number` gives, which {@link
 * fillerOf} reads.
 */
export function formWith(
  op: string,
  tree: unknown,
  number: (leaf: Leaf, path: string) => number,
  path = "",
): unknown {
  const setting = (value: number) => new Setting(value);
  return walk({ op, visit: number, plain: false, setting }, tree, path, [], false);
}

/** Trees that are nested deeper would use up the stack. */
export const DEEPEST = 1000;

// Recursion is bounded by the nesting of the user's data, not by the length of a computation.
function walk(
  context: Walk,
  tree: unknown,
  path: string,
  ancestors: object[],
  resolved: boolean,
): unknown {
  if (resolved && typeof tree === "number") return context.setting(tree);
  if (isLeaf(tree)) return context.visit(tree, path, resolved);
  if (passes(tree)) return tree;
  if (tree instanceof Setting) return tree.value;
  if (typeof tree !== "object" || tree === null || isOpaque(tree)) {
    throw unsupported(context.op, path, describe(tree), isClone(tree) ? SEND : undefined);
  }
  if (ancestors.includes(tree)) throw unsupported(context.op, path, "a tree that contains itself");
  if (ancestors.length >= DEEPEST) {
    throw unsupported(context.op, "", `a tree nested more than ${DEEPEST} deep`);
  }
  ancestors.push(tree);
  const copy = walkInside(context, tree, path, ancestors, resolved || hasSettings(tree));
  ancestors.pop();
  return copy;
}

function walkInside(
  context: Walk,
  tree: object,
  path: string,
  ancestors: object[],
  resolved: boolean,
): unknown {
  if (Array.isArray(tree)) {
    const items = tree.map((item, i) => walk(context, item, `${path}[${i}]`, ancestors, resolved));
    return items.every((item, i) => item === tree[i]) ? tree : items;
  }
  const original = tree as Readonly<Record<string, unknown>>;
  const entries: [key: string, value: unknown][] = [];
  let isWhole = true;
  for (const key of Object.keys(tree)) {
    const value = original[key];
    const isNeeded = !(context.bare && resolved) || hasGradient(value);
    const result = isNeeded
      ? walk(context, value, path === "" ? key : `${path}.${key}`, ancestors, resolved)
      : undefined;
    if (isNeeded) entries.push([key, result]);
    isWhole &&= isNeeded && result === value;
  }
  if (isWhole) return tree;
  const target: object = context.plain ? {} : Object.create(Object.getPrototypeOf(tree));
  return Object.assign(target, Object.fromEntries(entries));
}

/** True if an entry of an instance with methods may have a gradient in it. */
function hasGradient(value: unknown): boolean {
  if (value === null || value === undefined || isTensor(value)) return true;
  if (isVariable(value)) return value.isDifferentiable;
  if (Array.isArray(value)) return value.length === 0 || value.some(hasGradient);
  return typeof value === "object";
}

/**
 * Returns the form of a tree: the same nesting with the number of its leaf in the place of each leaf. Leaves are known
 * by these numbers, since two paths may print alike: `{ "a.b": x, a: { b: y } }`. Of instances with methods it has the
 * properties that may have a gradient.
 * @internal
 */
export function formOfTree(op: string, tree: unknown): unknown {
  let count = 0;
  return bareTree(op, tree, () => count++);
}

/**
 * Returns a plain tree of the entries that may have a gradient, with every leaf visited.
 * @internal
 */
export function bareTree(op: string, tree: unknown, visit: Visitor, path = ""): unknown {
  // In a list a number stays a number, and is no default.
  const setting = () => undefined;
  return walk({ op, visit, plain: true, bare: true, setting }, tree, path, [], false);
}

/**
 * Returns the leaves of a tree that must have a form: the same keys and lengths, of whatever class.
 *
 * @param refuse makes the error for the first path at which it differs.
 * @internal
 */
export function leavesOfForm(
  op: string,
  form: unknown,
  tree: unknown,
  refuse: (path: string, got: string) => Error,
  path = "",
): { leaf: Leaf; path: string }[] {
  const leaves: { leaf: Leaf; path: string }[] = [];
  const visit = (leaf: unknown, other: unknown, at: string): void => {
    if (typeof leaf === "number") {
      if (!isLeaf(other)) throw refuse(at, other === undefined ? "nothing" : describe(other));
      leaves.push({ leaf: other, path: at });
      return;
    }
    if (leaf instanceof Setting) return;
    if (isLeaf(other)) throw refuse(at, "a leaf where there is none");
    const [keys, others] = [keysOf(leaf), keysOf(other)];
    const same = keys.length === others.length && keys.every((key, i) => key === others[i]);
    for (const key of same ? keys : new Set([...keys, ...others]))
      visit(property(leaf, key), property(other, key), joinPath(at, other, key));
  };
  // Refuses a value that is neither leaf nor branch, or that contains itself.
  walkTree(op, tree, (leaf) => leaf, { path });
  visit(form, tree, path);
  return leaves;
}

/** Returns a tree with the given leaves. */
export type Filler = (leaves: readonly Tensor[]) => unknown;

/**
 * Returns a function that makes a tree of a form from its leaves. Walking the form once makes every later call cheap.
 */
export function fillerOf(form: unknown): Filler {
  if (typeof form === "number") return (leaves) => at(leaves, form);
  if (typeof form !== "object" || form === null) return () => form;
  if (form instanceof Setting) return () => form.value;
  if (Array.isArray(form)) {
    const items = form.map(fillerOf);
    return (leaves) => items.map((fill) => fill(leaves));
  }
  const entries = Object.entries(form).map(([key, value]) => [key, fillerOf(value)] as const);
  const prototype: unknown = Object.getPrototypeOf(form);
  return (leaves) => {
    const result: Record<string, unknown> =
      prototype === Object.prototype ? {} : Object.create(prototype as object | null);
    for (const [key, fill] of entries) result[key] = fill(leaves);
    return result;
  };
}

/** Returns a function that replaces the leaves of a tree; `number` returns the number of a leaf. */
export function fillerWith(
  op: string,
  tree: unknown,
  number: (leaf: Leaf, path: string) => number,
): Filler {
  return fillerOf(formWith(op, tree, number));
}

function keysOf(tree: unknown): string[] {
  return typeof tree === "object" && tree !== null ? Object.keys(tree) : [];
}

function property(tree: unknown, key: string): unknown {
  if (typeof tree !== "object" || tree === null || !Object.hasOwn(tree, key)) return undefined;
  return (tree as Readonly<Record<string, unknown>>)[key];
}

function joinPath(path: string, tree: unknown, key: string): string {
  if (Array.isArray(tree)) return `${path}[${key}]`;
  return path === "" ? key : `${path}.${key}`;
}

/** @internal */
export function isLeaf(value: unknown): value is Leaf {
  return typeof value === "number" || isTensor(value) || isVariable(value);
}

function passes(value: unknown): boolean {
  return value === null || ["string", "boolean", "undefined", "function"].includes(typeof value);
}

/** Classes of objects that have no leaves in their properties. */
const OPAQUE = [
  Map,
  Set,
  WeakMap,
  WeakSet,
  Date,
  Promise,
  RegExp,
  ArrayBuffer,
  Number,
  String,
  Boolean,
];

/** True if an object is neither leaf nor branch. */
export function isOpaque(value: object): boolean {
  // The usual branches are tested first, since every call tests its list of arguments.
  if (Array.isArray(value)) return false;
  if (isImitation(value)) return true;
  const kind: object | null = Object.getPrototypeOf(value);
  if (kind === Object.prototype) return isClone(value);
  return (kind !== null && isOpaqueKind(kind, value)) || otherCopyOf(value) !== undefined;
}

/** By prototype: whether its objects are neither leaves nor branches. */
const opaqueKinds = new WeakMap<object, boolean>();

function isOpaqueKind(kind: object, value: object): boolean {
  let isOpaque = opaqueKinds.get(kind);
  if (isOpaque === undefined) {
    isOpaque = ArrayBuffer.isView(value) || OPAQUE.some((known) => value instanceof known);
    opaqueKinds.set(kind, isOpaque);
  }
  return isOpaque;
}

/** True if a value has the prototype of a Tensor or a Variable, or is that prototype, without having their fields. */
function isImitation(value: unknown): boolean {
  const related =
    value instanceof Tensor ||
    value instanceof Variable ||
    value === Tensor.prototype ||
    value === Variable.prototype;
  return related && !isLeaf(value);
}

function unsupported(
  op: string,
  path: string,
  got: string,
  hint = "Make a Tensor of a typed array with tensor(…)",
): ArgumentError {
  const expected = "tensors, numbers and Variables in nested arrays and objects";
  return new ArgumentError(op, path === "" ? "tree" : path, expected, got, hint);
}

/**
 * Returns a tree of the same form, with every leaf replaced. Strings, booleans and functions pass through.
 *
 * @param transform gets each leaf as a Tensor, and its path, such as `layers[0].weight`.
 * @example
 * ```ts
 * import { tensor, treeMap } from "@graddiff/core";
 *
 * const doubled = treeMap((x) => x.mul(2), { weight: tensor([1, 2]), name: "first" });
 * console.log(String(doubled.weight), doubled.name); // [2. 4.] first
 * ```
 */
export function treeMap<Tree, To>(
  transform: (leaf: Tensor, path: string) => To,
  tree: Tree,
): Mapped<Tree, To> {
  refuseSurplus("treeMap", 2, arguments);
  checkFunction("treeMap", transform, "transform");
  const mapped = walkTree("treeMap", tree, (leaf, path) => {
    const made = transform(leafTensor(leaf), path);
    if (isImitation(made)) throw unsupported("treeMap", path, describe(made));
    return made;
  });
  // walkTree replaces exactly the leaves that the type Mapped replaces.
  return mapped as Mapped<Tree, To>;
}

/**
 * Returns the leaves of a tree in order, as Tensors.
 *
 * @example
 * ```ts
 * import { tensor, treeLeaves } from "@graddiff/core";
 *
 * const leaves = treeLeaves({ weight: tensor([1, 2]), bias: [tensor(3)] });
 * console.log(leaves.length, String(leaves[0])); // 2 [1. 2.]
 * ```
 */
export function treeLeaves(tree: unknown): Tensor[] {
  refuseSurplus("treeLeaves", 1, arguments);
  const leaves: Tensor[] = [];
  walkTree("treeLeaves", tree, (leaf) => {
    leaves.push(leafTensor(leaf));
    return leaf;
  });
  return leaves;
}

/** Returns a leaf as a Tensor: a number becomes a scalar, a Variable its present value. */
export function leafTensor(leaf: Leaf): Tensor {
  if (leaf instanceof Variable) return leaf.value;
  return typeof leaf === "number" ? scalar(leaf) : leaf;
}
