/**
 * Single numbers, which JavaScript computes directly, have the bits of arrays and of compiled functions.
 */

import { expect, test } from "vitest";
import { apply } from "../../src/graph/apply.ts";
import { NO_ATTRIBUTES } from "../../src/graph/types.ts";
import { compile, type DType, type Tensor, tensor } from "../../src/index.ts";
import { promoteInputs } from "../../src/ops/promote.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { sampleTests } from "../support/sampling.ts";
import { registeredOps } from "../support/table.ts";

sampleTests(3);

const WHOLE = [0, 1, -1, 2, 3, -7, 46341, 65536, 2147483647, -2147483648];
const FLOATS = [0, -0, 1, -1, 0.5, 1e-40, 3e38, 2147483648, -3e9, Infinity, -Infinity, Number.NaN];

const valuesOf = (dtype: DType) =>
  dtype === "int32" ? WHOLE : dtype === "bool" ? [0, 1] : [...WHOLE, ...FLOATS];

/** Returns all combinations of values for `count` inputs. */
function choices(values: readonly number[], count: number): number[][] {
  if (count === 0) return [[]];
  return choices(values, count - 1).flatMap((head) => values.map((value) => [...head, value]));
}

/** Expects the same result for single numbers as for arrays of one element, eager and compiled. */
function check(fn: (...inputs: Tensor[]) => Tensor, values: readonly number[], dtype: DType): void {
  const scalars = values.map((value) => tensor(value, { dtype }));
  const arrays = values.map((value) => tensor([value], { dtype }));
  const single = fn(...scalars);
  expectSameBits(single.reshape([1]), fn(...arrays).reshape([1]));
  // The number is unchanged when it is stored in an array: an int32, for example, is an integer in range.
  expect(single.item()).toBe(single.data()[0]);
}

const elementwise = registeredOps().filter(({ kernel }) => kernel?.kind === "elementwise");

for (const dtype of ["float32", "float64", "int32", "bool"] as const) {
  test.each(elementwise)(`$name of single numbers of ${dtype} has the bits of arrays`, (op) => {
    const inputs = (given: readonly Tensor[]) =>
      op.promotion === "none"
        ? given.map((each, i) => each.cast(op.examples.dtypes?.[i] ?? each.dtype))
        : promoteInputs(op.name, given, op.promotion);
    const fn = (...given: Tensor[]) => apply(op, inputs(given), NO_ATTRIBUTES);
    const { length = 1 } = op.examples.cases[0]?.shapes ?? [];
    const all = choices(length > 2 ? valuesOf(dtype).slice(-6) : valuesOf(dtype), length);
    for (const values of all) check(fn, values, dtype);
    // One compiled function is called with each combination.
    const compiled = compile((...given: Tensor[]) => fn(...given).reshape([1]));
    for (const values of all.slice(-200)) {
      const scalars = values.map((value) => tensor(value, { dtype }));
      expectSameBits(compiled(...scalars), fn(...scalars).reshape([1]));
    }
  });
}

test.each(["sum", "max", "min"] as const)("%s of single int32 numbers wraps around", (name) => {
  for (const value of WHOLE) check((x) => x[name]().add(x[name]()), [value], "int32");
});

test("composites of single int32 numbers wrap around", () => {
  for (const value of WHOLE) {
    check((x) => x.square().add(x), [value], "int32");
    check((x) => x.relu().sub(x).mul(x), [value], "int32");
    check((x) => x.neg().sub(x).cast("float64"), [value], "int32");
  }
});
