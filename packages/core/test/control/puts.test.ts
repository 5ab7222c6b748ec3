/**
 * `put` in loops: it may write into the memory of the carry. The result is that of a computation step by step, whatever
 * reads the carry before or after it, and whatever else refers to the first value.
 */

import { describe, expect, test } from "vitest";
import {
  compile,
  customGradient,
  GraddiffError,
  grad,
  jvp,
  put,
  putAlongAxis,
  scan,
  stack,
  type Tensor,
  tensor,
  uniform,
  vjp,
  whileLoop,
} from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";
import fc from "../support/properties.ts";
import { sampleTests, WHOLE } from "../support/sampling.ts";
import { expectClose, inEveryMode, RUNNERS } from "./support.ts";

sampleTests(8);

/** Takes a square matrix, the number of the step and a row; returns the next matrix, and values that were read. */
type Action = (
  m: Tensor,
  i: Tensor,
  row: Tensor,
) => readonly [next: Tensor, read: readonly Tensor[]];

const N = 4;
const PLACES = tensor([1, 2, 0, 3], { dtype: "int32" });

const ACTIONS: Readonly<Record<string, Action>> = {
  "a row": (m, i, row) => [put(m, i, row), []],
  "a row computed of another one": (m, i, row) => [
    put(m, i, m.take(i.add(1).remainder(N)).mul(0.5).add(row)),
    [],
  ],
  "a row that is read after it": (m, i, row) => {
    const next = put(m, i, row);
    return [next, [m.take(i), next.take(i)]];
  },
  "a row, beside all that was there": (m, i, row) => [put(m, i, row), [m]],
  "a row, beside a view of what was there": (m, i, row) => [put(m, i, row), [m.at(1), m.at([], 2)]],
  "rows at equal indices": (m, i, row) => [
    put(m, stack([i, i, i.mul(0).sub(1)]), stack([row, row.mul(2), m.at(0)])),
    [],
  ],
  "a column": (m, i, row) => [put(m, i, row.mul(0.3), 1), []],
  "two rows exchanged": (m, i) => {
    const j = i.add(1).remainder(N);
    return [put(put(m, i, m.take(j)), j, m.take(i)), []];
  },
  "a column of itself as a row": (m, i) => [put(m, i, m.at([], 1)), []],
  "rows of itself": (m, i) => [put(m, stack([i, i.mul(0)]), m.at([0, 2])), []],
  "all of its rows in another order": (m, i) => [put(m, PLACES.add(i).remainder(N), m), []],
  "an element of each row": (m, i, row) => {
    const places = i.add(PLACES).remainder(N);
    return [putAlongAxis(m, places.reshape([N, 1]), row.reshape([N, 1])), []];
  },
  "a row, and a multiple of all": (m, i, row) => [put(m, i, row).mul(0.9), []],
};

type Loop = (m: Tensor, rows: Tensor, actions: readonly Action[]) => readonly Tensor[];

const run = (m: Tensor, i: Tensor, row: Tensor, actions: readonly Action[]) => {
  let next = m;
  const read: Tensor[] = [];
  for (const action of actions) {
    const [own, others] = action(next, i, row);
    next = own;
    read.push(...others);
  }
  return [next, read] as const;
};

const int32 = { dtype: "int32" } as const;

/** Each function runs a loop twice from the same matrix, and returns this matrix as well. */
const LOOPS: Readonly<Record<string, Loop>> = {
  scan: (m, rows, actions) => {
    const once = () =>
      scan(
        ([i, own]: [Tensor, Tensor], row: Tensor): [[Tensor, Tensor], Tensor[]] => {
          const [next, read] = run(own, i.remainder(N), row, actions);
          return [[i.add(1), next], [...read]];
        },
        [tensor(0, int32), m],
        rows,
      );
    const [[, first], read] = once();
    const [[, second]] = once();
    return [first, second, m, ...read];
  },
  whileLoop: (m, rows, actions) => {
    const once = () =>
      whileLoop(
        ([i]: readonly [Tensor, Tensor]) => i.less(rows.shape[0] as number),
        ([i, own]: readonly [Tensor, Tensor]) => {
          const [next, read] = run(own, i.remainder(N), rows.take(i), actions);
          // Values that were read change the state, too.
          const sum = read.reduce((total, each) => total.add(each.mean().mul(0.1)), next.at(0, 0));
          return [i.add(1), put(next, 0, sum.mul(0.5).add(next.at(0)))] as const;
        },
        [tensor(0, int32), m] as const,
        { maxSteps: 20 },
      )[1];
    return [once(), once(), m];
  },
};

const PLAIN: Readonly<Record<keyof typeof LOOPS, Loop>> = {
  scan: (m, rows, actions) => {
    let own = m;
    const reads: (readonly Tensor[])[] = [];
    for (let i = 0; i < (rows.shape[0] as number); i++) {
      const [next, read] = run(own, tensor(i % N, int32), rows.at(i), actions);
      own = next;
      reads.push(read);
    }
    const [first = []] = reads;
    return [own, own, m, ...first.map((_, k) => stack(reads.map((read) => read[k] as Tensor)))];
  },
  whileLoop: (m, rows, actions) => {
    let own = m;
    for (let i = 0; i < (rows.shape[0] as number); i++) {
      const [next, read] = run(own, tensor(i % N, int32), rows.at(i), actions);
      const sum = read.reduce((total, each) => total.add(each.mean().mul(0.1)), next.at(0, 0));
      own = put(next, 0, sum.mul(0.5).add(next.at(0)));
    }
    return [own, own, m];
  },
};

const names = Object.keys(ACTIONS);

describe.each(Object.keys(LOOPS))("put in a %s", (kind) => {
  const [loop, plain] = [LOOPS[kind] as Loop, PLAIN[kind] as Loop];
  test("gives what steps one by one give, and their gradients", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }),
        fc.constantFrom("float32" as const, "float64" as const),
        fc.constantFrom(...Object.keys(RUNNERS)),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(100),
        (chosen, dtype, runner, steps, seed) => {
          const actions = chosen.map((name) => ACTIONS[name] as Action);
          const m = uniform([N, N], { seed, low: -1, high: 1, dtype });
          const rows = uniform([steps, N], { seed: seed + 1, low: -1, high: 1, dtype });
          const before = m.toArray();
          const on = RUNNERS[runner] as (typeof RUNNERS)[string];
          const found = on((x, xs) => [...loop(x as Tensor, xs as Tensor, actions)])(m, rows);
          const wanted = plain(m, rows, actions);
          expect(found.length).toBe(wanted.length);
          found.forEach((tensor, i) => {
            expectSameBits(tensor, wanted[i] as Tensor);
          });
          const slope = (own: Loop) => (x: Tensor, xs: Tensor) =>
            grad(
              (y: Tensor, ys: Tensor) =>
                own(y, ys, actions).reduce(
                  (sum, each) => sum.add(each.sin().sum()),
                  tensor(0, { dtype }),
                ),
              { argnums: [0, 1] },
            )(x, xs);
          expectClose(
            on((x, xs) => [...slope(loop)(x as Tensor, xs as Tensor)])(m, rows),
            slope(plain)(m, rows),
            dtype === "float32" ? 1e-4 : 1e-11,
          );
          // The caller's matrix is unchanged.
          expect(m.toArray()).toEqual(before);
        },
      ),
      { numRuns: WHOLE ? 300 : 6 },
    );
  });
});

for (const name of names) {
  inEveryMode(`put of ${name}`, {
    fn: (m, rows) =>
      (LOOPS["scan"] as Loop)(m as Tensor, rows as Tensor, [ACTIONS[name] as Action]),
    plain: (m, rows) =>
      (PLAIN["scan"] as Loop)(m as Tensor, rows as Tensor, [ACTIONS[name] as Action]),
    shapes: [
      [N, N],
      [3, N],
    ],
  });
}

test("a rule of customGradient that puts is linear in its cotangents", () => {
  const fn = (x: Tensor, row: Tensor) => put(x, tensor([1, 0, 1], int32), stack([row, row, row]));
  const own = customGradient(fn, (cotangent, inputs) => vjp(fn)(...inputs).pullback(cotangent));
  const inputs = [uniform([N, N], { seed: 1 }), uniform([N], { seed: 2 })] as [Tensor, Tensor];
  const wanted = jvp(fn)(inputs, inputs);
  const found = jvp(own)(inputs, inputs);
  expectClose([found.value, found.tangent], [wanted.value, wanted.tangent], 1e-6);
});

test("an index out of range is an error in a loop, and leaves what was given", () => {
  const m = uniform([N, N], { seed: 1 });
  const before = m.toArray();
  const loop = (x: Tensor) =>
    scan(
      ([i, own]: [Tensor, Tensor]): [[Tensor, Tensor], []] => [[i.add(1), put(own, i, 0)], []],
      [tensor(0, int32), x],
      undefined,
      { length: N + 1 },
    )[0][1];
  for (const run of [loop, compile(loop, { backend: "js" }), compile(loop)]) {
    expect(() => run(m)).toThrow(GraddiffError);
    expect(() => run(m)).toThrow("put: indices: expected integers from -4 to 3");
    expect(m.toArray()).toEqual(before);
  }
});
