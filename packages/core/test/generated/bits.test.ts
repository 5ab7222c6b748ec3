/**
 * One law for every op of the table. It has the same bits compiled for WebAssembly, compiled for JavaScript, and eager
 * on either runner, in every dtype, at lengths around the widths of vectors. `npm test` tries one dtype of each op.
 */

import { describe, expect, test } from "vitest";
import type { Example, Op } from "../../src/graph/op.ts";
import { compile, DTypeError, GraddiffError, setRunner, type Tensor } from "../../src/index.ts";
import { applied, expectSameBits, samples } from "../support/opChecks.ts";
import { sampled, sampleTests } from "../support/sampling.ts";
import { registeredOps } from "../support/table.ts";

sampleTests(3);

const DTYPES = ["float32", "float64", "int32", "bool"] as const;
const LENGTHS = [0, 1, 3, 4, 8, 9, 31, 33, 513];

/** Returns the examples of an op, and variants of the first long one, with its lengths replaced. */
function examplesOf(op: Op, turn: number): readonly Example[] {
  const { cases, longest: most = Number.POSITIVE_INFINITY } = op.examples;
  const longest = cases.find(({ shapes }) => shapes.some((shape) => shape.length > 0));
  if (longest === undefined) return cases;
  const lengths = new Set(longest.shapes.flat().filter((length) => length > 1));
  const stretched = [...lengths].flatMap((from, i) =>
    sampled(LENGTHS, 8, turn + i)
      .filter((to) => to <= most)
      .map((to) => ({
        ...longest,
        shapes: longest.shapes.map((shape) =>
          shape.map((length) => (length === from ? to : length)),
        ),
      })),
  );
  return [...cases, ...stretched];
}

/** Returns the results of a function, or the library's error that it throws. */
function outcomeOf(run: () => readonly Tensor[]): readonly Tensor[] | GraddiffError {
  try {
    return run();
  } catch (error) {
    if (error instanceof GraddiffError) return error;
    throw error;
  }
}

function expectSame(got: ReturnType<typeof outcomeOf>, expected: ReturnType<typeof outcomeOf>) {
  if (expected instanceof GraddiffError || got instanceof GraddiffError) {
    expect(String(got)).toContain(String((expected as GraddiffError).complaint?.expected));
    expect((got as Error).name).toBe((expected as Error).name);
    return;
  }
  expect(got.length).toBe(expected.length);
  got.forEach((result, i) => {
    expectSameBits(result, expected[i] as Tensor);
  });
}

describe.each(registeredOps().map((op, i) => [op.name, op, i] as const))(
  "the op %s",
  (_, op, i) => {
    test.each(sampled(DTYPES, 4, i))("has one set of bits, or one error, in %s", (dtype) => {
      let computed = 0;
      for (const example of examplesOf(op, i + DTYPES.indexOf(dtype))) {
        const { inputs, attributes } = samples(op, example, dtype);
        const run = (...given: Tensor[]) => [...applied(op, given, attributes)];
        setRunner("js");
        const expected = outcomeOf(() => run(...inputs));
        setRunner("wasm");
        // An op may refuse a dtype.
        if (Array.isArray(expected) || expected instanceof DTypeError) computed++;
        expectSame(
          outcomeOf(() => run(...inputs)),
          expected,
        );
        for (const backend of ["js", "wasm"] as const) {
          const compiled = compile(run, { backend });
          expectSame(
            outcomeOf(() => compiled(...inputs)),
            expected,
          );
        }
      }
      expect(computed).toBeGreaterThan(0);
    });
  },
);
