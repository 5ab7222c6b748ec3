/**
 * Trees whose keys are returned in another order. Functions with bodies match trees by their keys, whatever the order
 * in which a body returns them.
 */

import { describe, expect, test } from "vitest";
import {
  checkpoint,
  compile,
  cond,
  forLoop,
  scan,
  type Tensor,
  tensor,
  treeMap,
  whileLoop,
} from "../../src/index.ts";
import fc from "../support/properties.ts";
import { sampleTests, WHOLE } from "../support/sampling.ts";

sampleTests(4);

/** A tree of tensors in lists and objects, and `n`, an int32 scalar that counts steps. */
interface Counted {
  readonly n: Tensor;
  readonly [key: string]: unknown;
}

/** Leaves of random trees: most differ in shape or dtype. */
const leaf = fc
  .tuple(
    fc.constantFrom<number[]>([], [1], [2], [3], [2, 2], [0]),
    fc.constantFrom("float32", "float64", "int32"),
    fc.integer({ min: -3, max: 3 }),
  )
  .map(([shape, dtype, value]) =>
    tensor(
      Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => value + i),
      { dtype },
    ).reshape(shape),
  );
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.dictionary(fc.constantFrom("a", "b", "c", "d", "e"), tie("tree"), { minKeys: 1 }),
    fc.array(tie("tree"), { minLength: 1, maxLength: 3 }),
  ),
}));
const counted: fc.Arbitrary<Counted> = fc
  .dictionary(fc.constantFrom("u", "v", "w", "x"), tree, { minKeys: 1 })
  .map((rest) => ({ n: tensor(0, { dtype: "int32" }), ...rest }));

/** Returns the same tree with the keys of each of its objects in another order, which depends on a number. */
function permuted(value: unknown, order: number): unknown {
  if (Array.isArray(value)) return value.map((item) => permuted(item, order));
  if (typeof value !== "object" || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const keys = Object.keys(value).sort();
  const rotated = keys.map((_, i) => keys[(i + order) % keys.length] as string);
  const ordered = order % 2 === 0 ? rotated : rotated.reverse();
  const entries = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(ordered.map((key) => [key, permuted(entries[key], order + 1)]));
}

const STEPS = 3;

/** Returns a body that adds 1 to each leaf, and returns the keys in another order. */
const step =
  (order: number) =>
  (state: Counted): Counted =>
    permuted(
      treeMap((x) => x.add(1), state),
      order,
    ) as Counted;

/** Each function that takes a tree through bodies, for three steps. */
const FUNCTIONS: Readonly<Record<string, (init: Counted, order: number) => unknown>> = {
  whileLoop: (init, order) =>
    whileLoop(({ n }: Counted) => n.less(STEPS), step(order) as never, init as never),
  "whileLoop with maxSteps": (init, order) =>
    whileLoop(({ n }: Counted) => n.less(STEPS), step(order) as never, init as never, {
      maxSteps: 10,
    }),
  forLoop: (init, order) =>
    forLoop(0, STEPS, (_i, state: Counted) => step(order)(state) as never, init as never),
  "forLoop to a tensor": (init, order) =>
    forLoop(
      0,
      init.n.add(STEPS),
      (_i, state: Counted) => step(order)(state) as never,
      init as never,
    ),
  scan: (init, order) =>
    scan((state: Counted) => [step(order)(state) as never, state.n], init as never, undefined, {
      length: STEPS,
    })[0],
  cond: (init, order) => {
    const next = (state: Counted) =>
      cond(
        state.n.less(STEPS),
        () => step(order)(state),
        () => permuted(state, order + 1) as never,
      ) as unknown as Counted;
    return next(next(next(next(init))));
  },
  checkpoint: (init, order) => {
    const next = checkpoint(step(order) as never) as unknown as (state: Counted) => Counted;
    return next(next(next(init)));
  },
};

const plainOf = (value: unknown) =>
  JSON.stringify(
    permuted(
      treeMap((x) => [x.dtype, x.shape, x.toArray()] as never, value as Counted),
      0,
    ),
  );

describe.each(Object.entries(FUNCTIONS))("%s", (_name, run) => {
  test("hands a tree on by its keys", () => {
    fc.assert(
      fc.property(counted, fc.nat(5), (init, order) => {
        const wanted = plainOf(treeMap((x) => x.add(STEPS), init));
        expect(plainOf(run(init, order))).toBe(wanted);
        const whole = (state: Counted) => run(state, order);
        const compiled = compile(whole as never) as unknown as typeof whole;
        expect(plainOf(compiled(init))).toBe(wanted);
      }),
      { numRuns: WHOLE ? 100 : 5 },
    );
  });
});

test("a body that returns its keys in another order ends, and names a leaf by its key", () => {
  const loop = (v: unknown) =>
    whileLoop(
      ({ n }: { n: Tensor }) => n.less(3),
      (({ n }: { n: Tensor }) => ({ n: n.add(1), v })) as never,
      { v: tensor([0, 0]), n: 0 } as never,
    ) as unknown as { n: Tensor };
  expect(loop(tensor([1, 2])).n.item()).toBe(3);
  expect(() => loop(tensor([1, 2, 3]))).toThrow(
    "whileLoop: state.v: expected the shape of init, [2], got [3].",
  );
  expect(() => loop(tensor([1, 2], { dtype: "float64" }))).toThrow(
    "whileLoop: state.v: expected the dtype of init, float32, got float64.",
  );
});
