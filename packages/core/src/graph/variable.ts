/**
 * The Variable: a mutable cell for weights and other state, and its accumulated gradient.
 */

import { flag, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import { type Copy, THIS_COPY } from "../copies.ts";
import { ArgumentError, DTypeError, describe, formatShape, ShapeError } from "../errors.ts";
import { zerosLike } from "../tensor/create.ts";
import { type DType, isFloat } from "../tensor/dtype.ts";
import { type Shape, sameShape } from "../tensor/shape.ts";
import { isTensor, type Tensor } from "../tensor/tensor.ts";
import type { Cell } from "./cell.ts";
import { Switch } from "./guards.ts";
import { lastAssigned, readCell, writeCell } from "./recording.ts";

/**
 * Gradients that are initial zeros, or that an optimizer step has used. A flag of the cell would miss gradients that a
 * compiled function writes.
 */
const used = new WeakSet<Tensor>();

/** The settings of a {@link Variable}. */
export interface VariableOptions {
  /**
   * False for state that is no parameter, such as statistics and counts, and never is trained. Default: floats are
   * parameters, int32 and bool, which have no gradients, are not.
   */
  readonly trainable?: boolean;
}

const readOptions = optionsReader({ trainable: optional<boolean | undefined>(flag, undefined) });

/** Notes that the present gradient of a Variable was used. */
function useGradient(variable: Variable): void {
  used.add(lastAssigned(variable.gradientCell));
}

/** Returns the gradient of a Variable for a step. @returns `isNew`: whether it was written since it was cleared or taken. */
export function takeGradient(variable: Variable): { gradient: Tensor; isNew: boolean } {
  const isNew = !used.has(lastAssigned(variable.gradientCell));
  // Reading keeps the elements, so the next write makes another tensor.
  const { gradient } = variable;
  useGradient(variable);
  return { gradient, isNew };
}

/** Called with each Variable whose value is read. */
let watcher: ((variable: Variable) => void) | undefined;

/** Runs `body`, and calls `tell` with each Variable whose value it reads. */
export function watchReads<Result>(tell: (variable: Variable) => void, body: () => Result): Result {
  const outer = watcher;
  watcher = (variable) => {
    outer?.(variable);
    tell(variable);
  };
  try {
    return body();
  } finally {
    watcher = outer;
  }
}

/**
 * A value that training changes: it keeps its shape and dtype for life.
 *
 * Code inside `grad`, `vectorize` and their kin sees its assignments at once; other code sees them when that code has
 * returned, and never if it throws.
 *
 * @example
 * ```ts
 * import { tensor, valueAndGrad, Variable } from "@graddiff/core";
 *
 * const weight = new Variable(tensor([1, 2]));
 * const loss = () => weight.value.square().sum();
 * const { value, gradient } = valueAndGrad(loss, { variables: [weight] })();
 * weight.assign(weight.value.sub(gradient[0].mul(0.5)));
 * console.log(value.item(), String(gradient[0]), String(weight.value)); // 5 [2. 4.] [0. 0.]
 * ```
 */
export class Variable {
  /** @internal */
  readonly cell: Cell;
  /** @internal */
  readonly gradientCell: Cell;

  /** True if it was made to be trained: a parameter of its model, frozen or not. Statistics, seeds and counts are none. */
  readonly isParameter: boolean;

  readonly #trainable: Switch<boolean>;

  /**
   * @param initial the first value.
   * @param options `trainable`: whether it is a parameter (default: floats are, others are not).
   * @throws ArgumentError if the value is no Tensor; DTypeError for an int32 or bool one that is to be trained.
   */
  constructor(initial: Tensor, options?: VariableOptions) {
    refuseSurplus("Variable", 2, arguments);
    const { trainable } = readOptions("Variable", options);
    if (!isTensor(initial)) {
      const hint = "Wrap numbers with tensor(…)";
      throw new ArgumentError("Variable", "initial", "a Tensor", describe(initial), hint);
    }
    const { dtype } = initial;
    // Integers have no gradients.
    if (trainable && !isFloat(dtype)) throw untrainable(DTypeError, "Variable", dtype);
    this.isParameter = trainable ?? isFloat(dtype);
    this.#trainable = new Switch(this.isParameter);
    this.cell = { value: initial };
    this.gradientCell = { value: zerosLike(initial) };
    useGradient(this);
    hide(this, "isParameter");
    hide(this, "cell");
    hide(this, "gradientCell");
  }

  /** @internal The copy of the package that it is from. */
  copyOfGraddiff(): Copy {
    return THIS_COPY;
  }

  /** The length of each axis. */
  get shape(): Shape {
    return this.cell.value.shape;
  }

  /** The type of the elements. */
  get dtype(): DType {
    return this.cell.value.dtype;
  }

  /** The present value, as the running code sees it. */
  get value(): Tensor {
    watcher?.(this);
    return readCell(this.cell);
  }

  /**
   * Replaces the value.
   * @throws ShapeError or DTypeError if the new value is of another type.
   */
  assign(value: Tensor): void {
    refuseSurplus("Variable.assign", 1, arguments);
    writeCell(this.cell, this.#fitting("Variable.assign", value));
  }

  /**
   * True if it is trained now: optimizers change these alone. A parameter may be frozen and thawed at any time, as
   * {@link freeze} and {@link unfreeze} do, and compiled functions that have read it notice. A frozen Variable is still
   * state, so it is saved.
   * @throws ArgumentError where it is set to true and {@link isParameter} is false.
   */
  get trainable(): boolean {
    return this.#trainable.read();
  }

  set trainable(value: boolean) {
    const op = "Variable.trainable";
    if (flag(op, "value", value) && !this.isParameter) {
      throw untrainable(
        ArgumentError,
        op,
        "what was made with { trainable: false }, or is no floats",
      );
    }
    this.#trainable.set(value, op);
  }

  /** The gradient that the `backward` of layers has added up since {@link zeroGradient}; zeros at first. */
  get gradient(): Tensor {
    return readCell(this.gradientCell);
  }

  /** Sets the accumulated gradient to zeros. */
  zeroGradient(): void {
    refuseSurplus("Variable.zeroGradient", 0, arguments);
    writeCell(this.gradientCell, zerosLike(this.cell.value));
    useGradient(this);
  }

  /** True if a model that has it in a property has a gradient with respect to it. @internal */
  get isDifferentiable(): boolean {
    return this.trainable;
  }

  /** Adds to the accumulated gradient. @internal */
  accumulateGradient(gradient: Tensor): void {
    const fitting = this.#fitting("Variable.accumulateGradient", gradient);
    writeCell(this.gradientCell, this.gradient.add(fitting));
  }

  /** Returns the text that `console.log` prints in Node. */
  [Symbol.for("nodejs.util.inspect.custom")](
    _depth: number,
    options: unknown,
    inspect: (value: unknown, options: unknown) => string,
  ): string {
    return `Variable(${inspect(this.value, options)})`;
  }

  #fitting(op: string, value: Tensor): Tensor {
    if (!isTensor(value)) {
      throw new ArgumentError(op, "value", "a Tensor", describe(value));
    }
    if (!sameShape(value.shape, this.shape)) {
      const expected = `the Variable's shape ${formatShape(this.shape)}`;
      throw new ShapeError(op, "value", expected, formatShape(value.shape));
    }
    if (value.dtype !== this.dtype) {
      const expected = `the Variable's dtype ${this.dtype}`;
      const hint = `Convert with cast("${this.dtype}")`;
      throw new DTypeError(op, "value", expected, value.dtype, hint);
    }
    return value;
  }
}

function untrainable(Kind: typeof ArgumentError, op: string, what: string): ArgumentError {
  return new Kind({ op, argument: "trainable", expected: `false for ${what}`, got: "true" });
}

/**
 * True if a value is a Variable, and not only made from the prototype of one: that has no cell.
 *
 * @example
 * ```ts
 * import { tensor, Variable } from "@graddiff/core";
 * import { isVariable } from "@graddiff/core/extend";
 *
 * console.log(isVariable(new Variable(tensor(1))), isVariable(tensor(1))); // true false
 * ```
 */
export function isVariable(value: unknown): value is Variable {
  return value instanceof Variable && value.cell !== undefined;
}

/** Keeps a property out of listings, so that a Variable prints as its value. */
function hide(object: object, property: string): void {
  Object.defineProperty(object, property, { enumerable: false });
}
