/** Bodies on a GPU: branches that are not taken do nothing, loops end when their condition does. */

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
import { errorOf, openForTests } from "./open.ts";

const gpu = await openForTests({ exact: true });

async function expectSame(fn: (...x: Tensor[]) => Tensor, ...inputs: readonly Tensor[]) {
  const want = compile(fn)(...inputs);
  const got = await compile(fn, { backend: gpu })(...inputs).read();
  expect(got.toArray()).toEqual(want.toArray());
}

const x = uniform([6, 4], { seed: 1, low: -1 });
const matrix = uniform([4, 4], { seed: 2, low: -1 });

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
      await expectSame((rows, own) => states(rows as Tensor, own as Tensor, reverse)[1], x, matrix);
      await expectSame((rows, own) => states(rows as Tensor, own as Tensor, reverse)[0], x, matrix);
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
    const rows = (...list: number[]) => tensor(list, { dtype: "int32" });
    await expectSame(sum as (...given: Tensor[]) => Tensor, rows(1, 3, 2, 2), matrix);
    const fn = compile(sum, { backend: gpu });
    expect((await errorOf(fn(rows(1, 4, 9), matrix).read())).message).toMatch(/4 at position 0/);
    await fn(rows(0), matrix).read();
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
            return take(matrix, index);
          },
          () => take(matrix, 0),
        ),
      { backend: gpu },
    );
    const at = (i: number) => tensor(i, { dtype: "int32" });
    expect((await fn(at(9), tensor(-1)).read()).toArray()).toEqual(take(matrix, 0).toArray());
    expect((await count.value.read()).toArray()).toEqual([0, 0]);
    expect((await fn(at(2), tensor(1)).read()).toArray()).toEqual(take(matrix, 2).toArray());
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
      (value: Tensor) => value.abs().sum().less(100),
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
    expect((await fn(x.mul(1000)).read()).shape).toEqual([6, 4]);
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
