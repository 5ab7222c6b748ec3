/**
 * Bodies on a GPU: branches that are not taken do nothing, and loops end when their condition is false. Small bodies
 * are one shader, others many dispatches; the bits are WebAssembly's in either case.
 */

import { describe, expect, test } from "vitest";
import {
  compile,
  cond,
  grad,
  scan,
  type Tensor,
  take,
  tensor,
  uniform,
  Variable,
  whileLoop,
} from "../../src/index.ts";
import { sampleTests, WHOLE } from "../support/sampling.ts";
import { errorOf, openCounted } from "./open.ts";

sampleTests(2);

const { gpu, dispatches } = await openCounted({ exact: true });

async function expectSame(fn: (...x: Tensor[]) => Tensor, ...inputs: readonly Tensor[]) {
  const want = compile(fn)(...inputs);
  const got = await compile(fn, { backend: gpu })(...inputs).read();
  expect(got.toArray()).toEqual(want.toArray());
}

describe.each([
  { bodies: "that are small", rows: 6, columns: 4, length: 4 },
  { bodies: "that are not", rows: 23, columns: 40, length: 600 },
])("bodies $bodies", ({ rows: height, columns, length }) => {
  const x = uniform([height, columns], { seed: 1, low: -1 });
  const matrix = uniform([columns, columns], { seed: 2, low: -1 }).div(columns / 4);
  const table = uniform([4, length], { seed: 3, low: -1 });

  describe("scan", () => {
    const states = (rows: Tensor, own: Tensor, reverse = false) =>
      scan(
        (state: Tensor, row: Tensor): [Tensor, Tensor] => {
          const next = state.matmul(own).add(row).tanh();
          return [next, next.mul(2)];
        },
        take(rows, 0).mul(0),
        rows,
        { reverse },
      );
    test("has the bits of WebAssembly, either way", async () => {
      for (const reverse of [false, true]) {
        await expectSame(
          (rows, own) => states(rows as Tensor, own as Tensor, reverse)[1],
          x,
          matrix,
        );
        await expectSame(
          (rows, own) => states(rows as Tensor, own as Tensor, reverse)[0],
          x,
          matrix,
        );
      }
    });
    test("and so do its gradients", async () => {
      const loss = (own: Tensor, rows: Tensor) => states(rows, own)[1].mul(rows).sum();
      await expectSame((own, rows) => grad(loss)(own as Tensor, rows as Tensor), matrix, x);
      const second = (own: Tensor, rows: Tensor) => grad(loss)(own, rows).mul(own).sum();
      await expectSame((own, rows) => grad(second)(own as Tensor, rows as Tensor), matrix, x);
    });
    test("an index out of range in a step is an error", async () => {
      const sum = (rows: Tensor, table: Tensor) =>
        scan(
          (total: Tensor, row: Tensor): [Tensor, Tensor] => [total.add(take(table, row)), row],
          take(table, 0).mul(0),
          rows,
        )[0];
      const integers = (...list: number[]) => tensor(list, { dtype: "int32" });
      await expectSame(sum as (...given: Tensor[]) => Tensor, integers(1, 3, 2, 2), table);
      const fn = compile(sum, { backend: gpu });
      expect((await errorOf(fn(integers(1, 4, 9), table).read())).message).toMatch(
        /4 at position 0/,
      );
      await fn(integers(0), table).read();
    });
  });

  describe("cond", () => {
    const branch = (value: Tensor, table: Tensor) =>
      cond(
        value.sum().greater(0),
        () => value.matmul(table).add(1),
        () =>
          cond(
            value.sum().greater(-1),
            () => value.mul(3),
            () => value.neg(),
          ),
      );
    test("takes one branch, on either level", async () => {
      for (const shift of [5, -0.01, -5]) {
        await expectSame(
          (value, table) => branch(value as Tensor, table as Tensor),
          x.sub(x.mean()).add(shift),
          matrix,
        );
      }
    });
    test("a branch that is not taken refuses nothing and assigns nothing", async () => {
      const count = new Variable(tensor([0, 0]));
      const fn = compile(
        (index: Tensor, good: Tensor) =>
          cond(
            good.greater(0),
            () => {
              count.assign(count.value.add(1));
              return take(table, index);
            },
            () => take(table, 0),
          ),
        { backend: gpu },
      );
      const at = (i: number) => tensor(i, { dtype: "int32" });
      expect((await fn(at(9), tensor(-1)).read()).toArray()).toEqual(take(table, 0).toArray());
      expect((await count.value.read()).toArray()).toEqual([0, 0]);
      expect((await fn(at(2), tensor(1)).read()).toArray()).toEqual(take(table, 2).toArray());
      expect((await count.value.read()).toArray()).toEqual([1, 1]);
      expect((await errorOf(fn(at(9), tensor(1)).read())).message).toMatch(/9 at position 0/);
    });
    test("its gradients", async () => {
      const loss = (value: Tensor, table: Tensor) => branch(value, table).mul(value).sum();
      for (const shift of [5, -5]) {
        await expectSame(
          (value, table) => grad(loss)(value as Tensor, table as Tensor),
          x.add(shift),
          matrix,
        );
      }
    });
  });

  describe("whileLoop", () => {
    const grown = (start: Tensor, maxSteps: number) =>
      whileLoop(
        (value: Tensor) => value.abs().mean().less(4),
        (value: Tensor) => value.mul(1.7).add(value.abs().sqrt()),
        start,
        { maxSteps },
      );
    test("ends when its condition does, at any step", async () => {
      for (const scale of [1, 7, 1000])
        await expectSame((start) => grown(start as Tensor, 20), x.mul(scale));
    });
    test("says when its condition still holds", async () => {
      const fn = compile((start: Tensor) => grown(start, 2), { backend: gpu });
      const want = await errorOf(
        Promise.resolve().then(() => compile((s: Tensor) => grown(s, 2))(x)),
      );
      expect((await errorOf(fn(x).read())).message).toBe(want.message);
      expect((await fn(x.mul(1000)).read()).shape).toEqual(x.shape);
    });
    test("its gradients", async () => {
      const loss = (start: Tensor) => grown(start, 12).mul(start).sum();
      for (const scale of [1, 7, 1000]) {
        await expectSame((start) => grad(loss)(start as Tensor), x.add(2).mul(scale));
      }
    });
    test("within a scan, and a branch within it", async () => {
      const fn = (rows: Tensor) =>
        scan(
          (state: Tensor, row: Tensor): [Tensor, Tensor] => {
            const next = grown(state.add(row).add(1), 9);
            const own = cond(
              row.sum().greater(0),
              () => next.mul(0.01),
              () => next.mul(-0.02),
            );
            return [own, own];
          },
          take(rows, 0),
          rows,
        )[1];
      await expectSame((rows) => fn(rows as Tensor), x);
      await expectSame((rows) => grad((own: Tensor) => fn(own).sum())(rows as Tensor), x);
    });
  });
});

describe("small bodies", () => {
  /** Expects the bits of WebAssembly. @returns the number of dispatches of the run. */
  async function counted(fn: (...x: Tensor[]) => Tensor, ...inputs: Tensor[]): Promise<number> {
    const before = dispatches();
    const got = compile(fn, { backend: gpu })(...inputs);
    const count = dispatches() - before;
    expect((await got.read()).toArray()).toEqual(compile(fn)(...inputs).toArray());
    return count;
  }
  const slope = (y: Tensor) => y.sin().neg().add(y.mul(0.1));
  const solved = (steps: Tensor, start: Tensor) =>
    scan(
      (y: Tensor, h: Tensor): [Tensor, Tensor] => {
        const first = slope(y);
        const second = slope(y.add(first.mul(h.mul(0.5))));
        const third = slope(y.add(second.mul(h.mul(0.5))));
        const last = slope(y.add(third.mul(h)));
        const next = y.add(first.add(second.mul(2)).add(third.mul(2)).add(last).mul(h.div(6)));
        return [next, next.sum()];
      },
      start,
      steps,
    )[1];
  const start = uniform([8], { seed: 2 });

  test("300 steps of Runge and Kutta are at most 2 dispatches, where each was 2", async () => {
    const steps = uniform([300], { seed: 1, low: 0.01, high: 0.02 });
    expect(await counted(solved as never, steps, start)).toBeLessThanOrEqual(2);
    const gradient = grad((y: Tensor, h: Tensor) => solved(h, y).sum());
    expect(await counted(gradient as never, start, steps)).toBeLessThanOrEqual(12);
  });

  test.runIf(WHOLE)(
    "20,000 steps are several dispatches, since drivers stop one that is long",
    async () => {
      const steps = uniform([20_000], { seed: 1, low: 0.001, high: 0.002 });
      const count = await counted(solved as never, steps, start);
      expect(count).toBeGreaterThan(1);
      expect(count).toBeLessThanOrEqual(5);
    },
  );

  test("a loop of any number of steps ends when its condition does", async () => {
    const root = (value: Tensor) =>
      whileLoop(
        (now: Tensor) => now.mul(now).div(value).sub(1).abs().max().greater(1e-5),
        (now: Tensor) => now.add(value.div(now)).mul(0.5),
        value,
      );
    for (const scale of [1, 100, 1e6]) await counted(root as never, start.mul(scale).add(1));
  });

  test("loops within loops, branches within these, products, sums and draws", async () => {
    const fn = (rows: Tensor, own: Tensor) =>
      scan(
        (state: Tensor, row: Tensor): [Tensor, Tensor] => {
          const [inner, sums] = scan(
            (now: Tensor, k: Tensor): [Tensor, Tensor] => {
              const next = cond(
                now.sum().greater(k),
                () => now.matmul(own).tanh(),
                () => now.add(row).mul(k),
              );
              return [next, next.sum(1)];
            },
            state,
            tensor([0.5, -0.25, 0.125]),
          );
          return [inner, sums];
        },
        rows.broadcastTo([5, 4]).matmul(own),
        rows,
      )[1];
    const rows = uniform([7, 1, 4], { seed: 4, low: -1 });
    const square = uniform([4, 4], { seed: 5, low: -1 });
    const one = (given: Tensor, own: Tensor) => fn(take(given, 0), own);
    const all = (given: Tensor, own: Tensor) =>
      scan(
        (total: Tensor, row: Tensor): [Tensor, Tensor] => {
          const own1 = one(row.reshape([1, 1, 4]), own);
          return [total.add(own1.sum()), own1];
        },
        tensor(0),
        given,
      )[1];
    await counted(all as never, rows, square);
  });

  test("memory of a workgroup that has two types is that of two shaders", async () => {
    const fn = (rows: Tensor, own: Tensor) =>
      scan(
        ([a, b]: [Tensor, Tensor], row: Tensor): [[Tensor, Tensor], Tensor] => {
          const next = a.matmul(own).add(row).tanh();
          const count = b.matmul(b).minimum(7);
          return [[next, count], next.add(count)];
        },
        [rows.mul(1), tensor([1, 2, 3, 4], { dtype: "int32" }).reshape([2, 2])] as [Tensor, Tensor],
        rows.reshape([2, 1, 2]),
      )[1];
    const rows = uniform([2, 2], { seed: 4, low: -1 });
    await counted(fn as never, rows, uniform([2, 2], { seed: 5, low: -1 }));
  });

  test("an error in a loop within a loop ends both", async () => {
    const table = uniform([4], { seed: 3 });
    const total = new Variable(tensor([1, 2]));
    const fn = (rows: Tensor) => {
      const sum = scan(
        (now: Tensor, row: Tensor): [Tensor, Tensor] => {
          const next = scan(
            (inner: Tensor, index: Tensor): [Tensor, Tensor] => [
              inner.add(take(table, index)),
              index,
            ],
            now,
            row,
          )[0];
          return [next, next];
        },
        tensor(0),
        rows,
      )[1];
      total.assign(total.value.add(sum.sum()));
      return sum;
    };
    const run = compile(fn, { backend: gpu });
    const rows = (...list: number[][]) => tensor(list, { dtype: "int32" });
    const want = compile((own: Tensor) => fn(own))(rows([0, 1], [2, 3], [1, 1])).toArray();
    total.assign(tensor([1, 2]));
    expect((await run(rows([0, 1], [2, 3], [1, 1])).read()).toArray()).toEqual(want);
    const before = (await total.value.read()).toArray();
    const error = await errorOf(run(rows([0, 1], [2, 7], [9, 1])).read());
    expect(error.message).toMatch(/7/);
    expect((await total.value.read()).toArray()).toEqual(before);
    expect((await run(rows([0, 1], [2, 3], [1, 1])).read()).toArray()).toEqual(want);
  });
});
