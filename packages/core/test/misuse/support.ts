/** The parts that tests of misuse share: awkward values, and the errors of calls with them. */

import { expect } from "vitest";
import * as gd from "../../src/index.ts";

// Casts a value to any type, since callers in JavaScript have no types.
export const wrong = (value: unknown) => value as never;
export const x = gd.tensor([1, 2, 3], { dtype: "float64" });
export const weight = () => new gd.Variable(gd.tensor([1, 2]));
export const loss = (a: gd.Tensor) => a.square().sum();

export const imitation: unknown = Object.create(gd.Tensor.prototype);
export const imitatedVariable: unknown = Object.create(gd.Variable.prototype);
export const mine = new Error("mine");
export const throwing = (..._inputs: unknown[]): never => {
  throw mine;
};

/** Returns the error that a call throws, or undefined. */
export function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

export function messageOf(run: () => unknown): string {
  const error = errorOf(run);
  expect(error).toBeInstanceOf(gd.GraddiffError);
  // Messages inside compile and vectorize end with the line in the user's code, which is removed.
  return String((error as Error).message).replace(/ \[[^\]]*:\d+:\d+\]$/, "");
}
