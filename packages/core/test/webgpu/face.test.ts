/** Errors, reads and lifetimes on a GPU, as users see them. */

import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import {
  checkpoint,
  compile,
  grad,
  scan,
  state,
  type Tensor,
  take,
  tensor,
  toMessage,
  uniform,
  Variable,
  where,
  whileLoop,
} from "../../src/index.ts";
import { cholesky } from "../../src/linalg.ts";
import type { GpuDevice } from "../../src/run/webgpu/api.ts";
import { openWebGpu } from "../../src/webgpu.ts";
import { WHOLE } from "../support/sampling.ts";
import { errorOf, host, hostWith, openDriver } from "./open.ts";

const gpu = await openDriver();
const integers = (...list: number[]) => tensor(list, { dtype: "int32" });

/** Returns a step that adds rows of a table to a Variable, and increments a float64 scalar. */
function adding() {
  const total = new Variable(tensor([0, 0]));
  const count = new Variable(tensor(0, { dtype: "float64" }));
  const table = uniform([4, 2], { seed: 1 });
  const add = (index: Tensor) => {
    count.assign(count.value.add(1));
    total.assign(total.value.add(take(table, index, 0).sum(0)));
    return total.value.sum();
  };
  return { total, count, add };
}

describe("opening", () => {
  test("software is no GPU, unless it will do", async () => {
    const error = await errorOf(openWebGpu({ gpu: host }));
    expect(error.message).toMatch(/openWebGpu: gpu: expected a GPU, got software.*fallback: true/);
  });

  test("a host without WebGPU, and one without a driver, are distinguished", async () => {
    expect((await errorOf(openWebGpu())).message).toMatch(/a host with WebGPU/);
    const none = { requestAdapter: async () => null };
    expect((await errorOf(openWebGpu({ gpu: none }))).message).toMatch(/a GPU with a driver/);
    expect((await errorOf(openWebGpu({ gpu: 3 as never }))).message).toMatch(/WebGPU, such as/);
    expect((await errorOf(openWebGpu({ fast: true } as never))).message).toMatch(/fast/);
  });
});

describe("an index out of range", () => {
  test("rejects the next read with the library's own text, and nothing is assigned", async () => {
    const [own, other] = [adding(), adding()];
    const [step, expected] = [compile(own.add, { backend: gpu }), compile(other.add)];
    await step(integers(1, 2)).read();
    expected(integers(1, 2));
    const bad = integers(0, 3, 9, 7);
    const result = step(bad);
    // Later runs fail, too, since the host does not know of the error yet.
    const later = step(integers(1));
    expect(() => expected(bad)).toThrow();
    const want = await errorOf(Promise.resolve().then(() => expected(bad)));
    expect(want.message).toMatch(/9 at position 2/);
    expect((await errorOf(result.read())).message).toBe(want.message);
    expect((await errorOf(later.read())).message).toBe(want.message);
    expect((await errorOf(result.read())).message).toBe(want.message);
    await gpu.read([own.total, own.count]);
    expect(own.count.value.item()).toBe(1);
    expect(own.total.value.toArray()).toEqual(other.total.value.toArray());
    // The GPU works again after the error.
    await step(integers(3)).read();
    expected(integers(3));
    expect((await own.total.value.read()).toArray()).toEqual(other.total.value.toArray());
    expect(own.count.value.item()).toBe(2);
  });

  test("of a run whose results nobody reads is told to the next read of a Variable, once", async () => {
    const own = adding();
    const step = compile(own.add, { backend: gpu });
    step(integers(1));
    step(integers(8));
    const seen = own.total.value;
    expect((await errorOf(seen.read())).message).toMatch(/8 at position 0/);
    expect((await own.total.value.read()).sum().item()).toBeGreaterThan(0);
    expect(own.count.value.item()).toBe(1);
  });

  test("or to the next run, if something else was read", async () => {
    const own = adding();
    const step = compile(own.add, { backend: gpu });
    const other = compile((x: Tensor) => x.mul(2), { backend: gpu });
    const before = other(integers(4));
    step(integers(8));
    expect((await before.read()).toArray()).toEqual([8]);
    expect(() => step(integers(1))).toThrow(/8 at position 0/);
    expect((await step(integers(1)).read()).rank).toBe(0);
    expect(own.count.value.item()).toBe(1);
  });

  test("what a refused run has left is refused as an argument", async () => {
    const rows = compile((index: Tensor) => take(uniform([4, 2], { seed: 1 }), index, 0), {
      backend: gpu,
    });
    const left = rows(integers(5));
    await errorOf(left.read());
    const double = compile((x: Tensor) => x.mul(2), { backend: gpu });
    expect(() => double(left)).toThrow(/5 at position 0/);
  });

  test("a value that was assigned meanwhile stays", async () => {
    const own = adding();
    const step = compile(own.add, { backend: gpu });
    const result = step(integers(8));
    own.total.assign(tensor([5, 6]));
    await errorOf(result.read());
    expect(own.total.value.toArray()).toEqual([5, 6]);
    expect(own.count.value.item()).toBe(0);
  });
});

describe("values", () => {
  test("say that they have to be awaited", async () => {
    const x = compile((a: Tensor) => a.mul(2), { backend: gpu })(tensor([1, 2]));
    for (const look of [
      () => x.toArray(),
      () => String(x),
      () => x.add(1),
      () => compile((a: Tensor) => a.add(1))(x),
    ])
      expect(look).toThrow(/await x\.read\(\)/);
    expect((await x.read()).toArray()).toEqual([2, 4]);
    expect(x.add(1).toArray()).toEqual([3, 5]);
  });

  test("print their shape and dtype before they are read, in console.log", async () => {
    const own = await openDriver();
    const total = new Variable(tensor([1, 2, 3]));
    const step = compile(
      (a: Tensor) => {
        total.assign(total.value.mul(a));
        return total.value.greater(3);
      },
      { backend: own },
    );
    const left = step(tensor(2));
    expect(inspect(left)).toBe("tensor(<not read>, shape=[3], dtype=bool)");
    expect(inspect({ total })).toBe(
      "{ total: Variable(tensor(<not read>, shape=[3], dtype=float32)) }",
    );
    expect(inspect(await left.read())).toBe("tensor([False,  True,  True], dtype=bool)");
    await own.read(total);
    expect(inspect(total)).toBe("Variable(tensor([2., 4., 6.], dtype=float32))");
    step(tensor(3));
    own.close();
    expect(inspect(total)).toBe("Variable(tensor(<lost>, shape=[3], dtype=float32))");
  });

  test("stay on the GPU from call to call, and keep what they were", async () => {
    const double = compile((a: Tensor) => a.mul(2), { backend: gpu });
    const [one, two] = [double(tensor([1, 2])), double(tensor([3, 4]))];
    const four = double(two);
    const tree = await gpu.read({ one, list: [two, four] });
    expect(tree.one.toArray()).toEqual([2, 4]);
    expect(two.toArray()).toEqual([6, 8]);
    expect(four.toArray()).toEqual([12, 16]);
  });

  test("may go to another GPU when they have been read", async () => {
    const other = await openDriver();
    const [here, there] = [gpu, other].map((backend) =>
      compile((a: Tensor) => a.add(1), { backend }),
    );
    const x = here?.(tensor([1])) as Tensor;
    expect(() => there?.(x)).toThrow(/await x\.read\(\)/);
    await x.read();
    expect((await there?.(x)?.read())?.toArray()).toEqual([3]);
    other.close();
  });

  test("NaN and infinity are seen by their bits", async () => {
    const x = tensor([
      0,
      1,
      -1,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      3e38,
    ]);
    const look = (a: Tensor) => [a.isNaN(), a.isFinite(), a.notEqual(a), a.sub(a).equal(0)];
    const got = await gpu.read(compile(look, { backend: gpu })(x));
    look(x).forEach((want, i) => {
      expect(got[i]?.toArray()).toEqual(want.toArray());
    });
  });

  test("random numbers are those of everywhere, whatever the seed", async () => {
    for (const seed of [0, 1, 2 ** 31, 2 ** 53 - 1]) {
      const draw = (a: Tensor) => [
        uniform([5, 7], { seed: a, low: -2, high: 3 }),
        uniform([600], { seed: a.add(0) }),
      ];
      const start = tensor(seed, { dtype: "float64" });
      const got = await gpu.read(compile(draw, { backend: gpu })(start));
      compile(draw)(start).forEach((want, i) => {
        expect(got[i]?.toArray()).toEqual(want.toArray());
      });
    }
    const draw = compile((a: Tensor) => uniform([3], { seed: a }), { backend: gpu });
    expect(() => draw(tensor(-1, { dtype: "float64" }))).toThrow(/seed.*2\^53/);
    expect((await errorOf(draw(integers(-3).reshape([])).read())).message).toMatch(/seed.*-3/);
  });

  test.runIf(WHOLE)(
    "sums of every length have the order of everywhere, in exact mode",
    async () => {
      const exact = await openDriver({ exact: true });
      for (const shape of [
        [1, 64],
        [3, 65],
        [2, 513],
        [1, 40_000],
        [700, 9],
        [5, 1, 130],
        [0, 4],
        [4, 0],
      ]) {
        const x = uniform(shape, { seed: 2, low: -1 });
        const fn = (a: Tensor) => [a.mul(3).sum(), a.sum(-1), a.sum(0)];
        const most = (a: Tensor) => a.mul(a).max([0], { keepDims: true });
        const own = shape.includes(0) ? fn : (a: Tensor) => [...fn(a), most(a)];
        const got = await exact.read(compile(own, { backend: exact })(x));
        compile(own)(x).forEach((want, i) => {
          expect(got[i]?.toArray()).toEqual(want.toArray());
        });
      }
      for (const [rows, inner, columns] of [
        [1, 1, 1],
        [33, 17, 65],
        [5, 9000, 3],
        [64, 128, 10],
      ] as const) {
        const [x, y] = [
          uniform([rows, inner], { seed: 2, low: -1 }),
          uniform([inner, columns], { seed: 3, low: -1 }),
        ];
        const fn = (a: Tensor, b: Tensor) => [a.matmul(b), b.transpose().matmul(a.transpose())];
        const got = await exact.read(compile(fn, { backend: exact })(x, y));
        compile(fn)(x, y).forEach((want, i) => {
          expect(got[i]?.toArray()).toEqual(want.toArray());
        });
      }
      exact.close();
    },
  );
});

describe("what it does not have", () => {
  const refusal = (fn: (x: Tensor) => Tensor, x: Tensor) => {
    try {
      compile(fn, { backend: gpu })(x);
    } catch (error) {
      return (error as Error).message;
    }
    return "";
  };

  test("is refused when it is compiled, by the op and its line", () => {
    expect(refusal((x) => cholesky(x), tensor([[1]]))).toMatch(
      /cholesky: .*WebAssembly alone.*face\.test\.ts:\d+/,
    );
    expect(refusal((x) => x.matmul(x.cast("float64").cast("float32")), tensor([1]))).toMatch(
      /float64.*face\.test\.ts:\d+/,
    );
    expect(refusal((x) => x.mul(2), tensor([1], { dtype: "float64" }))).toMatch(
      /mul: .*float64 \[1\]/,
    );
    const endless = (x: Tensor) =>
      whileLoop(
        (now: Tensor) => now.sum().less(9),
        (now: Tensor) => now.add(1),
        x,
      );
    expect(refusal(endless, uniform([600, 100], { seed: 1 }))).toMatch(
      /any number of steps.*maxSteps/,
    );
    expect(refusal((x) => checkpoint((a: Tensor) => a.exp())(x), tensor([1]))).toBe("");
  });

  test("are float64 numbers that are computed, not those that are chosen for float32", async () => {
    const sign = (x: Tensor) => where(x.greater(0), 0.1, where(x.less(0), -0.1, 0));
    const chosen: ((x: Tensor) => Tensor)[] = [
      (x) => sign(x).mul(x),
      (x) => x.reshape([4, 1]).add(sign(x).reshape([2, 2]).transpose().reshape([4])),
      (x) => grad((y: Tensor) => sign(y).mul(y).sum())(x),
      (x) =>
        scan(
          (h: Tensor, row: Tensor) => [h.add(sign(row).mul(row)), []],
          tensor(0),
          x,
        )[0] as Tensor,
    ];
    const x = tensor([0.3, -2, 0, 5]);
    for (const fn of chosen) {
      const got = compile(fn, { backend: gpu })(x);
      expect((await got.read()).toArray()).toEqual(compile(fn)(x).toArray());
    }
    // A product of plain numbers is computed in float64, which this GPU does not have.
    expect(refusal((y) => sign(y).mul(0.3).mul(y).matmul(y), x)).toMatch(/float64 \[4\]/);
  });

  test("leaves the GPU usable, as does a value that is too large", async () => {
    const huge = (x: Tensor) => x.broadcastTo([40_000, 40_000]).add(1);
    expect(refusal((x) => huge(x), tensor([1]))).toMatch(/at most \d+ bytes/);
    expect(
      (await compile((x: Tensor) => x.add(1), { backend: gpu })(tensor([1])).read()).toArray(),
    ).toEqual([2]);
  });
});

describe("the end", () => {
  test("a GPU that was closed says so", async () => {
    const own = await openDriver();
    const double = compile((a: Tensor) => a.mul(2), { backend: own });
    const x = double(tensor([1]));
    const read = double(tensor([2]));
    await read.read();
    own.close();
    expect(await own.lost).toMatch(/closed/);
    expect(() => double(tensor([1]))).toThrow(/a GPU that is there, got it was closed/);
    expect((await errorOf(x.read())).message).toMatch(/it was closed/);
    expect(read.toArray()).toEqual([4]);
  });

  test.each(["closed", "lost"])(
    "Variables of a GPU that was %s say so, and not that they have to be awaited",
    async (how) => {
      let device: GpuDevice | undefined;
      const host = hostWith((own) => {
        device = own;
      });
      const own = await openDriver({ gpu: host });
      const total = new Variable(tensor([1, 2]));
      const step = compile((x: Tensor) => total.assign(total.value.add(x)), { backend: own });
      step(tensor([1, 1]));
      expect(() => total.value.toArray()).toThrow(/await x\.read\(\)/);
      if (how === "closed") own.close();
      else device?.destroy();
      await own.lost;
      const end = /a GPU that is there, got it (was closed|is lost: .+)\. Open it again, and load/;
      for (const look of [
        () => total.value.toArray(),
        () => String(total.value),
        () => total.value.add(1),
        () => compile((x: Tensor) => total.value.mul(x))(tensor([1, 1])).toArray(),
        () => toMessage(state({ total })),
      ])
        expect(look).toThrow(end);
      expect((await errorOf(total.value.read())).message).toMatch(end);
      // A newly assigned value replaces the lost one.
      total.assign(tensor([5, 6]));
      expect(total.value.add(1).toArray()).toEqual([6, 7]);
    },
  );

  test("a run that is asked for a read when the GPU goes is told of it", async () => {
    const own = await openDriver();
    const x = compile((a: Tensor) => a.mul(2), { backend: own })(tensor([1]));
    const reading = errorOf(x.read());
    await Promise.resolve();
    own.close();
    expect((await reading).message).toMatch(/it was closed/);
  });
});

test("a thousand steps of which nobody reads anything leave what they must", async () => {
  const total = new Variable(tensor([0, 0]));
  const step = compile(
    (x: Tensor) => {
      total.assign(total.value.add(x));
      return total.value.sum();
    },
    { backend: gpu },
  );
  for (let i = 0; i < 1000; i++) step(tensor([i, 1]));
  expect((await total.value.read()).toArray()).toEqual([499_500, 1000]);
});
