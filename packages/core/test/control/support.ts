/**
 * Tests of one function in every mode: eager and compiled, differentiated, batched, and both in either order, against
 * the same function written in plain JavaScript control flow.
 */

import { describe, expect, test } from "vitest";
import { withEachLoopCached } from "../../src/compile/loopCache.ts";
import {
  checkGradients,
  compile,
  GraddiffError,
  grad,
  jvp,
  stack,
  type Tensor,
  tensor,
  treeLeaves,
  uniform,
  vectorize,
} from "../../src/index.ts";
import { isFloat } from "../../src/tensor/dtype.ts";
import { sampled } from "../support/sampling.ts";
import { driven } from "../support/withoutCompiling.ts";

/** A function of tensors to a tree of tensors. */
export type Fn = (...inputs: Tensor[]) => unknown;
type Flat = (...inputs: Tensor[]) => Tensor[];

/** A function to be tested, and its equivalent in plain control flow, which may read values. */
export interface Case {
  readonly fn: Fn;
  readonly plain: Fn;
  /** The shapes of the inputs. */
  readonly shapes: readonly (readonly number[])[];
  readonly low?: number;
  readonly high?: number;
  readonly seed?: number;
  /** False where finite differences would cross a kink. Default true. */
  readonly differences?: boolean;
}

export const RUNNERS: Readonly<Record<string, (fn: Flat) => Flat>> = {
  eager: (fn) => fn,
  "eager, each loop a program":
    (fn) =>
    (...inputs) =>
      withEachLoopCached(() => fn(...inputs)),
  "compiled to JavaScript": (fn) => compile(fn, { backend: "js" }),
  "compiled to WebAssembly": (fn) => compile(fn, { backend: "wasm" }),
  "compiled where nothing else may be": driven,
};

/** Returns a nonlinear scalar that depends on each float result in a different way. */
function scalarOf(fn: Fn): (...inputs: Tensor[]) => Tensor {
  return (...inputs) =>
    treeLeaves(fn(...inputs))
      .filter(({ dtype }) => isFloat(dtype))
      .reduce(
        (sum, leaf, i) =>
          sum.add(
            leaf
              .mul(i + 1.5)
              .sin()
              .sum(),
          ),
        tensor(0, { dtype: "float64" }),
      );
}

const values =
  (fn: Fn): Flat =>
  (...inputs) =>
    treeLeaves(fn(...inputs));

const gradients =
  (fn: Fn): Flat =>
  (...inputs) =>
    grad(scalarOf(fn), { argnums: inputs.map((_, i) => i) })(...inputs);

const tangents =
  (fn: Fn): Flat =>
  (...inputs) =>
    treeLeaves(
      jvp(fn)(
        inputs,
        inputs.map((input) => input.cos()),
      ),
    ).filter(({ dtype }) => isFloat(dtype));

/** The transforms that are applied to a function of one example. */
const MODES = {
  values,
  gradients,
  "second derivatives": (fn: Fn) => gradients(gradients(fn)),
  tangents,
  "tangents of gradients": (fn: Fn) => tangents(gradients(fn)),
  "gradients of tangents": (fn: Fn) => gradients(tangents(fn)),
} satisfies Record<string, (fn: Fn) => Flat>;

const SIZE = 3;

/** Returns the results of a call, which is made once, at their first use. */
function once(call: () => Tensor[][]): () => Tensor[][] {
  let results: Tensor[][] | undefined;
  return () => {
    results ??= call();
    return results;
  };
}

/** Returns the results of several examples, stacked. */
function stacked(all: readonly Tensor[][]): Tensor[] {
  const [first = [], ...rest] = all;
  return first.map((result, i) => stack([result, ...rest.map((other) => at(other, i))]));
}

/** Tests a function in every mode; `npm test` tries a fifth of the modes for each function. */
export function inEveryMode(title: string, given: Case): void {
  const { fn, plain, shapes, low = -2, high = 2, seed = 1, differences = true } = given;
  const examples = Array.from({ length: SIZE }, (_, n) =>
    shapes.map((shape, i) =>
      uniform(shape, { seed: seed * 100 + n * 10 + i, low, high, dtype: "float64" }),
    ),
  );
  const [first = []] = examples;
  const batch = shapes.map((_, i) => stack(examples.map((example) => at(example, i))));
  const tests: [name: string, run: () => void][] = [];
  if (differences) {
    tests.push([
      "has the derivatives that central differences give",
      () => {
        for (const example of examples) checkGradients(fn, example);
      },
    ]);
  }
  /** Adds a test on every runner, of a function, its inputs, and the results of plain code. */
  const onAll = (
    name: string,
    own: Flat,
    inputs: readonly Tensor[][],
    expected: () => Tensor[][],
  ) => {
    const results = once(expected);
    for (const [runner, run] of Object.entries(RUNNERS)) {
      tests.push([
        `${name}, ${runner}`,
        () => {
          const ran = run(own);
          inputs.forEach((each, n) => {
            expectClose(ran(...each), at(results(), n));
          });
        },
      ]);
    }
  };
  for (const [mode, change] of Object.entries(MODES)) {
    const each = once(() => examples.map((example) => change(plain)(...example)));
    onAll(`gives the ${mode} of plain code`, change(fn), examples, each);
    const vectorized: Flat = (...inputs) => treeLeaves(vectorize(change(fn))(...inputs));
    const together = () => [stacked(each())];
    onAll(`gives under vectorize the ${mode} of each example`, vectorized, [batch], together);
    tests.push([
      `gives the ${mode} of a compiled function inside of eager code`,
      () => {
        const compiled = compile(fn as Flat);
        const inside = change((...inputs) => compiled(...inputs));
        examples.forEach((example, n) => {
          expectClose(inside(...example), at(each(), n));
        });
        const all = treeLeaves(vectorize(inside)(...batch));
        expectClose(all, at(together(), 0));
      },
    ]);
    if (mode === "gradients" || mode === "second derivatives" || mode === "tangents") {
      const whole = change(vectorize(fn));
      onAll(`gives the ${mode} of a vectorized function`, whole, [batch], together);
    }
  }
  onAll(
    "gives under two vectorizes what a loop gives",
    (...inputs) => treeLeaves(vectorize(vectorize(fn))(...inputs)),
    [batch.map((input) => stack([input, input]))],
    () => {
      const all = stacked(examples.map((example) => values(plain)(...example)));
      return [all.map((each) => stack([each, each]))];
    },
  );
  if (shapes.length >= 2) {
    const axes = shapes.map((_, i) => (i === 0 ? 0 : null));
    const shared = first.slice(1);
    onAll(
      "adds up the gradients of what all examples share",
      gradients(vectorize(fn, { axes })),
      [[at(batch, 0), ...shared]],
      () => {
        const all = stacked(examples.map(([x]) => gradients(plain)(x as Tensor, ...shared)));
        return [all.map((each, i) => (i === 0 ? each : each.sum(0)))];
      },
    );
  }
  describe(`${title} (seed ${seed})`, () => {
    for (const [name, run] of sampled(tests, 8, title)) test(name, run);
  });
}

/** Returns the item at an index. @throws Error where the list has none. */
export function at<T>(list: readonly T[], place: number): T {
  const item = list[place];
  if (item === undefined) throw new Error(`nothing at ${place}`);
  return item;
}

/** Expects equal shapes and dtypes, and values that differ by no more than rounding. */
export function expectClose(
  got: readonly Tensor[],
  expected: readonly Tensor[],
  tolerance = 1e-11,
): void {
  const types = (list: readonly Tensor[]) => list.map(({ shape, dtype }) => [dtype, ...shape]);
  expect(types(got)).toEqual(types(expected));
  got.forEach((tensor, i) => {
    const other = at(expected, i).data();
    tensor.data().forEach((value, k) => {
      const wanted = at(Array.from(other), k);
      if (Math.abs(value - wanted) <= tolerance * Math.max(1, Math.abs(wanted))) return;
      expect(value, `element ${k} of result ${i}`).toBe(wanted);
    });
  });
}

/** Returns a float64 tensor. */
export function double(values: Parameters<typeof tensor>[0]): Tensor {
  return tensor(values, { dtype: "float64" });
}

/**
 * Returns the message of a call that must fail: the class of the error, and its words without the line of the call.
 */
export function complaint(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof GraddiffError) {
      return `${error.name}: ${error.message.replace(/ \[[\w.]+:\d+:\d+\]$/, "")}`;
    }
    throw error;
  }
  throw new Error("the call did not fail");
}
