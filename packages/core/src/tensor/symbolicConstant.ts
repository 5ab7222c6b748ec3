/**
 * Symbolic constants: elements that follow from a rule, such as zeros or a range. One becomes an array when it is read,
 * and few are read in compiled functions: loops have the value of a splat in their code, and other calls get the
 * elements written to linear memory.
 */

import { allocate, convert, type DType, type TypedArray } from "./dtype.ts";
import { type Shape, sizeOf } from "./shape.ts";
import { DeviceStorage, readArray, type Storage, Tensor } from "./tensor.ts";

/** The rule by which elements follow from their indices. */
export type Rule =
  /** All elements are `value`, which is an element of the dtype. */
  | { readonly kind: "value"; readonly value: number }
  /**
   * Element i is start + i · step, computed in float64 and converted to the dtype; the last element is `last`, if that
   * is set.
   */
  | {
      readonly kind: "range";
      readonly start: number;
      readonly step: number;
      readonly last: number | undefined;
    }
  /** 1 on the main diagonal of a matrix, 0 elsewhere. */
  | { readonly kind: "identity"; readonly rows: number; readonly columns: number };

/** The elements of a pattern. Tensors may share them. */
export class SymbolicConstant extends DeviceStorage {
  readonly #dtype: DType;
  readonly #size: number;
  readonly rule: Rule;
  /** The elements, once they were read. */
  #array: TypedArray | undefined;

  constructor(dtype: DType, size: number, rule: Rule) {
    super();
    this.#dtype = dtype;
    this.#size = size;
    this.rule = rule;
  }

  /** The one value of all elements; undefined where they differ, and where there are none. */
  get value(): number | undefined {
    const rule = this.rule;
    return rule.kind === "value" && this.#size > 0 ? rule.value : undefined;
  }

  get hasArray(): boolean {
    return this.#array !== undefined;
  }

  /** Returns a copy whose elements were not read. */
  unread(): SymbolicConstant {
    return new SymbolicConstant(this.#dtype, this.#size, this.rule);
  }

  override read(): TypedArray {
    this.#array ??= this.copy();
    return this.#array;
  }

  override copy(): TypedArray {
    if (this.#array !== undefined) return this.#array.slice();
    const array = allocate(this.#dtype, this.#size);
    // A new array is of zeros, and large ones cost nothing until they are written.
    if (!Object.is(this.value, 0)) this.#write(array);
    return array;
  }

  override copyTo(target: TypedArray): void {
    if (this.#array !== undefined) target.set(this.#array);
    else this.#write(target);
  }

  /** Arrays need no release: they are garbage collected. */
  override release(): void {}

  #write(target: TypedArray): void {
    const rule = this.rule;
    const dtype = this.#dtype;
    switch (rule.kind) {
      case "value":
        target.fill(rule.value);
        return;
      case "range": {
        const { start, step, last } = rule;
        for (let i = 0; i < target.length; i++) target[i] = convert(start + i * step, dtype);
        if (last !== undefined) target[target.length - 1] = convert(last, dtype);
        return;
      }
      case "identity": {
        const { rows, columns } = rule;
        target.fill(0);
        for (let i = 0; i < Math.min(rows, columns); i++) target[i * columns + i] = 1;
        return;
      }
      default:
        rule satisfies never;
    }
  }
}

/** Returns a tensor whose elements follow from a rule. A scalar is a number at once. */
export function patterned(shape: Shape, dtype: DType, rule: Rule, weak = false): Tensor {
  if (shape.length === 0 && rule.kind === "value") {
    return new Tensor(shape, dtype, weak, rule.value);
  }
  return new Tensor(shape, dtype, weak, new SymbolicConstant(dtype, sizeOf(shape), rule));
}

/** Returns a tensor of the same elements: reading it leaves no array in this one. */
export function withoutArray(tensor: Tensor): Tensor {
  const { shape, dtype, weak, storage } = tensor;
  return storage instanceof SymbolicConstant
    ? new Tensor(shape, dtype, weak, storage.unread())
    : tensor;
}

/** Returns a key that is equal for patterns of the same rule and numbers, which of one type have the same bits. */
export function symbolicKey({ rule }: SymbolicConstant): string {
  return Object.values(rule).map(digitsOf).join(" ");
}

/** Returns the rule that the elements of a tensor follow, if it was made as a pattern. */
export function ruleOf(tensor: Tensor): Rule | undefined {
  const { storage } = tensor;
  return storage instanceof SymbolicConstant ? storage.rule : undefined;
}

/** Returns the rule of elements that are not an array yet. */
export function unreadRule(storage: Storage | DeviceStorage): Rule | undefined {
  return storage instanceof SymbolicConstant && !storage.hasArray ? storage.rule : undefined;
}

/** Returns the one value of all elements of a tensor, for which no pattern is read; undefined if they differ. */
export function onlyElement(tensor: Tensor, op: string): number | undefined {
  const known = oneValueOf(tensor);
  if (known !== undefined || tensor.storage instanceof SymbolicConstant) return known;
  const elements = readArray(tensor, op);
  const [first] = elements;
  return elements.every((element) => Object.is(element, first)) ? first : undefined;
}

/** Returns the one value of a tensor that is a number or a pattern; undefined for all others, which are not read. */
export function oneValueOf(tensor: Tensor): number | undefined {
  // A field, since a parameter appears in declarations, where the type is internal.
  const { storage } = tensor;
  if (typeof storage === "number") return storage;
  return storage instanceof SymbolicConstant ? storage.value : undefined;
}

/** Digits that distinguish all numbers, also the two zeros; words are left as they are. */
export function digitsOf(value: unknown): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
