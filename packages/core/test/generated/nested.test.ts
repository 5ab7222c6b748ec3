/**
 * One law for every op: a batch of batches has the bits of two nested loops, whichever inputs are batched at either
 * level. All cases are tried for ops with indices, whose rules depend on what is batched already; for the others a few.
 */

import { expect, test } from "vitest";
import type { Op } from "../../src/graph/op.ts";
import { stack, type Tensor, vectorize } from "../../src/index.ts";
import { applied, expectSameBits, samples } from "../support/opChecks.ts";
import { sampled, sampleTests } from "../support/sampling.ts";
import { registeredOps } from "../support/table.ts";

sampleTests(2);

const isAtIndices = ({ family, examples }: Op) =>
  family === "indexing" || (examples.dtypes?.includes("int32") ?? false);

/** Returns all choices of at least one input to batch. */
function choicesOf(count: number): readonly (readonly boolean[])[] {
  return Array.from({ length: 2 ** count - 1 }, (_, k) =>
    Array.from({ length: count }, (_, i) => ((k + 1) >> i) % 2 === 1),
  );
}

const TWO = [0, 1];
const axesOf = (batched: readonly boolean[]) => batched.map((is) => (is ? 0 : null));

function check(op: Op, inner: readonly boolean[], outer: readonly boolean[]): void {
  for (const example of op.examples.cases) {
    const drawn = TWO.map((o) => TWO.map((n) => samples(op, example, "float64", 2 * o + n)));
    const inputOf = (i: number, o: number, n: number) =>
      drawn[outer[i] ? o : 0]?.[inner[i] ? n : 0]?.inputs[i] as Tensor;
    const { attributes = {} } = drawn[0]?.[0] ?? {};
    const run = (...inputs: Tensor[]) => [...applied(op, inputs, attributes)];
    const inputs = inner.map((isInner, i) => {
      const rows = TWO.map((o) =>
        isInner ? stack(TWO.map((n) => inputOf(i, o, n))) : inputOf(i, o, 0),
      );
      return outer[i] ? stack(rows) : (rows[0] as Tensor);
    });
    const once = vectorize(run, { axes: axesOf(inner) });
    const together = vectorize(once, { axes: axesOf(outer) })(...inputs);
    const oneByOne = TWO.map((o) => TWO.map((n) => run(...inner.map((_, i) => inputOf(i, o, n)))));
    together.forEach((result, k) => {
      const loops = stack(oneByOne.map((rows) => stack(rows.map((each) => each[k] as Tensor))));
      expectSameBits(result, loops);
    });
  }
}

const all = registeredOps().filter(
  ({ bodies, examples }) => bodies === undefined && examples.cases.length > 0,
);
const ops = [
  ...all.filter(isAtIndices),
  ...sampled(
    all.filter((op) => !isAtIndices(op)),
    12,
  ),
];

test.each(ops.map((op) => [op.name, op] as const))("%s in a batch of batches", (_, op) => {
  const choices = choicesOf(op.examples.cases[0]?.shapes.length ?? 0);
  for (const inner of choices) for (const outer of choices) check(op, inner, outer);
});

test("ops at indices are among them", () => {
  const names = all.filter(isAtIndices).map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining(["take", "takeBackward", "put", "putMax", "putMin"]),
  );
});
