/**
 * Compiled functions as transforms see them. `grad` and the other transforms do not know the compiler: `compile`
 * registers here what a transform of one of its functions returns.
 */

/** A function of any arguments. */
export type AnyFunction = (...inputs: never) => unknown;

/** A transform of a function, such as its gradient. */
export interface Transform {
  readonly name: string;
  /** The options of the transform: other options give another program. */
  readonly options: unknown;
  /** The transformed function: it calls the compiled one. */
  readonly fn: (...inputs: readonly unknown[]) => unknown;
  /**
   * Returns the index of the differentiated function's argument among those of the transform; −1 for none. Default: the
   * same index.
   */
  readonly shift?: (argument: number) => number;
}

/** The transforms of a compiled function, and how to record it. */
interface Compiled {
  /** Indices of arguments that are constants of its programs. */
  readonly statics: readonly number[];
  /** Returns the compiled form of a transform of it, compiled once. */
  readonly transform: (transform: Transform) => AnyFunction;
}

const compiled = new WeakMap<object, Compiled>();

export function registerCompiled(fn: object, entry: Compiled): void {
  compiled.set(fn, entry);
}

/** Returns the transform of a function; the transform of a compiled function is compiled. */
export function transformed(fn: object, transform: Transform): AnyFunction {
  return compiled.get(fn)?.transform(transform) ?? transform.fn;
}

/** Indices of arguments that are constants of the programs of a function; none of one that is not compiled. */
export function staticsOf(fn: object): readonly number[] {
  return compiled.get(fn)?.statics ?? [];
}

/** The wrapper in which a constant passes through a transform, which would otherwise treat a number as a tensor. */
const constants = new WeakMap<object, unknown>();

/** Returns arguments of which those at some indices pass through a transform as they are. */
export function passedThrough(
  inputs: readonly unknown[],
  indices: readonly number[],
): readonly unknown[] {
  if (indices.length === 0) return inputs;
  return inputs.map((input, i) => {
    if (!indices.includes(i)) return input;
    // The wrapper is a function, since functions are no leaves of trees.
    const holder = () => input;
    constants.set(holder, input);
    return holder;
  });
}

/** Returns the input of a value that was passed through, as it is. */
export function released(input: unknown): unknown {
  return typeof input === "function" && constants.has(input) ? constants.get(input) : input;
}
