import { afterEach, describe, expect, test, vi } from "vitest";
import {
  arange,
  compile,
  grad,
  setMemoryLimit,
  type Tensor,
  tensor,
  uniform,
  Variable,
  where,
  zeros,
} from "../../src/index.ts";
import { MemoryRun } from "../../src/run/wasm/memory/memory.ts";
import { KernelMemoryError } from "../../src/run/wasm/memory/workspace.ts";
import { expectSameBits } from "../support/opChecks.ts";

/** Runs a function eagerly, compiled to WebAssembly and compiled to JavaScript; the results must agree. */
function everyWay(fn: (...inputs: Tensor[]) => Tensor, ...inputs: Tensor[]): Tensor {
  const eager = fn(...inputs);
  for (const backend of ["wasm", "js"] as const) {
    const compiled = compile(fn, { backend });
    expectSameBits(compiled(...inputs), eager);
    // The second call uses the program of the first.
    expectSameBits(compiled(...inputs), eager);
  }
  return eager;
}

describe("compiled functions at the edges", () => {
  test("take tensors without elements", () => {
    everyWay((x) => x.mul(2).exp(), zeros([0]));
    everyWay((x) => x.sum(0).add(1), zeros([0, 3]));
    everyWay((x, y) => x.matmul(y), zeros([2, 0]), zeros([0, 3]));
    everyWay((x, y) => x.matmul(y), zeros([0, 2]), zeros([2, 3]));
  });

  test("return arguments, constants, one value twice, and nothing", () => {
    const x = tensor([1, 2]);
    const constant = tensor([7]);
    const fn = compile((y: Tensor) => ({ y, constant, twice: [y.mul(2), y.mul(2)] }));
    const result = fn(x);
    expect(result.y).toBe(x);
    expect(result.constant).toBe(constant);
    expect(result.twice.map((t) => t.toArray())).toEqual([
      [2, 4],
      [2, 4],
    ]);
    expect(compile((_y: Tensor) => undefined)(x)).toBeUndefined();
    expect(compile((_y: Tensor) => [])(x)).toEqual([]);
  });

  test("take one tensor for two arguments, and none", () => {
    const x = tensor([1, 2]);
    expect(compile((a: Tensor, b: Tensor) => a.mul(b))(x, x).toArray()).toEqual([1, 4]);
    expect(compile(() => tensor([3]).mul(2))().toArray()).toEqual([6]);
  });

  test("work with int32 and bool arguments and results", () => {
    const whole = tensor([3, -4, 5], { dtype: "int32" });
    const truth = tensor([true, false, true]);
    everyWay((a) => a.mul(a).sub(1), whole);
    everyWay((a, b) => where(b, a, a.neg()), whole, truth);
    everyWay((a, b) => where(b, a.cast("float32").sqrt(), 0.5), whole, truth);
    everyWay((a) => a.cast("float32").greater(0), whole);
    everyWay((b) => b.logicalNot().cast("float32").sum(), truth);
    everyWay((a) => a.sum().cast("float32").div(7), whole);
    everyWay((a, b) => a.matmul(b.transpose()), whole.reshape([1, 3]), whole.reshape([1, 3]));
  });

  test("mix dtypes in one program", () => {
    const single = uniform([40], { seed: 1 });
    const double = uniform([40], { seed: 2, dtype: "float64" });
    everyWay((a, b) => a.mul(2).add(b.sin()).cast("float32").mul(a).sum(), single, double);
  });

  test("read slices, reversed orders and joined parts of any rank", () => {
    const x = arange(120).reshape([2, 3, 4, 5]);
    everyWay((a) => a.transpose([3, 1, 0, 2]).mul(2).sum([0, 2]), x);
    everyWay((a) => a.slice([0, 1], [2, 3], [1, 1]).mul(a.slice([0, 0, 0, 2], [2, 2, 4, 3])), x);
    everyWay(
      (a) => a.max(3).min(0).expandDims(1).broadcastTo([3, 2, 4]).exp().mean(1),
      x.mul(0.01),
    );
    everyWay(
      (a) =>
        a
          .matmul(a.transpose([0, 1, 3, 2]))
          .mul(0.001)
          .sum([1]),
      x,
    );
    everyWay(
      (a) =>
        a
          .reshape([6, 20])
          .transpose()
          .matmul(a.reshape([6, 20])),
      x,
    );
  });

  test("repeat rows and columns on either side, at awkward lengths", () => {
    for (const [rows, columns] of [
      [1, 1],
      [3, 17],
      [5, 1],
      [1, 33],
      [129, 7],
    ] as const) {
      const matrix = uniform([rows, columns], { seed: 1, low: -1 });
      const row = uniform([columns], { seed: 2 });
      const column = uniform([rows, 1], { seed: 3 });
      everyWay((m, r, c) => r.sub(m).mul(c).tanh().add(r.mul(c)), matrix, row, column);
      const loss = (m: Tensor, r: Tensor, c: Tensor) => m.mul(r).add(c).sigmoid().sum();
      for (const argnums of [0, 1, 2]) everyWay(grad(loss, { argnums }), matrix, row, column);
    }
  });

  test("run groups that are too long for one loop", () => {
    const long = (x: Tensor) => {
      let [y, z] = [x, x];
      for (let i = 0; i < 700; i++) [y, z] = [y.mul(0.5).add(z), z.sin()];
      return y.add(z);
    };
    everyWay(long, tensor(0.3));
    everyWay(long, uniform([9], { seed: 1 }));
    everyWay(
      grad((x: Tensor) => long(x).sum()),
      uniform([9], { seed: 1 }),
    );
  });

  test("leave Variables alone when the function throws, and compile again afterwards", () => {
    const w = new Variable(tensor([1]));
    let fail = true;
    const step = compile((x: Tensor) => {
      w.assign(w.value.mul(x));
      if (fail) throw new Error("not yet");
      return w.value;
    });
    expect(() => step(3)).toThrow("not yet");
    expect(w.value.toArray()).toEqual([1]);
    fail = false;
    expect(step(3).toArray()).toEqual([3]);
  });

  test("may be called from inside other functions while those are recorded", () => {
    const w = new Variable(tensor([2]));
    const inner = compile((x: Tensor) => x.mul(w.value));
    const outer = compile((x: Tensor) => inner(x).add(inner(x.mul(2))));
    expect(outer(tensor([3])).toArray()).toEqual([18]);
    w.assign(tensor([10]));
    expect(outer(tensor([3])).toArray()).toEqual([90]);
  });
});

describe("the limit of memory", () => {
  afterEach(() => setMemoryLimit(2 ** 31));
  const many = (x: Tensor) => {
    const parts = [1, 2, 3, 4].map((i) => x.mul(i).flip(0));
    return parts.reduce((sum, part) => sum.add(part)).add(parts[0]?.sum() ?? 0);
  };

  test("sends what needs more op by op, with the same bits, and says what is large and what helps", () => {
    const x = uniform([100_000], { seed: 1 });
    const told = vi.spyOn(console, "warn").mockImplementation(() => {});
    try {
      const expected = compile(many)(x);
      expect(told).not.toHaveBeenCalled();
      setMemoryLimit(2 ** 20);
      const limited = compile(many);
      expectSameBits(limited(x), expected);
      expectSameBits(limited(x), expected);
      expect(limited.program(x).describe()).toMatch(/one by one$/);
      expect(told.mock.calls.length).toBe(1);
      expect(String(told.mock.calls[0]?.[0])).toMatch(
        /^graddiff: a compiled program needs \d MiB of linear memory at once, and the limit is 1 MiB, so it runs op by op, which takes 5 to 20 times as long\. Its largest values are \w+ \[100000\] of 1 MiB, .*setMemoryLimit\(2 \*\* 32\) allows 4 GiB, and what memory\(\) of .*\.$/,
      );
      // The new limit holds for functions that are compiled later.
      setMemoryLimit(2 ** 32);
      expect(compile(many).program(x).describe()).not.toContain("one by one");
    } finally {
      told.mockRestore();
    }
  });

  test.each([0, 2 ** 15, 2 ** 33, 1e6 + 0.5, Number.NaN, "4 GB"])("is no %s", (bytes) => {
    expect(() => Reflect.apply(setMemoryLimit, undefined, [bytes])).toThrow(
      "setMemoryLimit: bytes: expected an integer from 2^16 to 2^32, got ",
    );
  });
});

test("a program for which memory cannot grow runs op by op, with the same results, and says so", () => {
  const told = vi.spyOn(console, "warn").mockImplementation(() => {});
  const w = new Variable(tensor([1, 2]));
  const step = compile((x: Tensor) => {
    w.assign(w.value.mul(x));
    return w.value.exp();
  });
  const run = vi.spyOn(MemoryRun.prototype, "run").mockImplementation(() => {
    throw new KernelMemoryError("full");
  });
  try {
    expectSameBits(step(tensor([2, 3])), tensor([2, 6]).exp());
    expectSameBits(step(tensor([2, 3])), tensor([4, 18]).exp());
    expect([w.value.toArray(), run.mock.calls.length]).toEqual([[4, 18], 1]);
    expect(told.mock.calls.length).toBe(1);
    expect(String(told.mock.calls[0]?.[0])).toContain(
      "and this host has no more, so it runs op by op",
    );
  } finally {
    told.mockRestore();
    run.mockRestore();
  }
});

describe("arguments that are the same tensor as before", () => {
  const size = 10_000;
  const total = compile((x: Tensor, y: Tensor) => ({ sum: x.mul(y).sum(), negative: x.neg() }));
  const check = (x: Tensor, y: Tensor) => {
    const { sum, negative } = total(x, y);
    expectSameBits(sum, x.mul(y).sum());
    expectSameBits(negative, x.neg());
  };

  test("are found where they are, and others are not taken for them", () => {
    const [a, b, c] = [1, 2, 3].map((seed) => uniform([size], { seed })) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    check(a, b);
    check(a, b);
    check(a, c);
    check(b, a);
    check(a, a);
    check(c, b);
  });

  test("are copied again after anything else has used the memory", () => {
    const [a, b] = [4, 5].map((seed) => uniform([size], { seed })) as [Tensor, Tensor];
    check(a, b);
    compile((x: Tensor) => x.mul(3).exp())(uniform([5 * size], { seed: 6 }));
    check(a, b);
    uniform([200, 200], { seed: 7 }).matmul(uniform([200, 200], { seed: 8 }));
    check(a, b);
    // A large program makes the memory grow.
    compile((x: Tensor) => x.add(x.transpose()).mul(2))(uniform([2000, 2000], { seed: 9 }));
    check(a, b);
  });
});

test("a hole in an argument is one of undefined, also in later calls", () => {
  const list: Tensor[] = [tensor(1)];
  list[2] = tensor(2);
  const step = compile((given: readonly (Tensor | undefined)[]) =>
    given[1] === undefined ? (given[2] ?? tensor(0)).mul(10) : given[1],
  );
  expect([step(list).item(), step(list).item()]).toEqual([20, 20]);
  expect(step([tensor(1), tensor(5), tensor(2)]).item()).toBe(5);
});
