/**
 * Symbolic constants: zeros, ones, ranges and identities, which become arrays only when they are read.
 */

import { afterEach, describe, expect, test, vi } from "vitest";
import {
  arange,
  compile,
  concat,
  type DType,
  eye,
  full,
  grad,
  linspace,
  normal,
  ones,
  onesLike,
  setRunner,
  type Tensor,
  tensor,
  uniform,
  Variable,
  where,
  zeros,
  zerosLike,
} from "../../src/index.ts";
import { DTYPES } from "../../src/tensor/dtype.ts";
import { SymbolicConstant } from "../../src/tensor/symbolicConstant.ts";
import { applied, expectSameBits, samples } from "../support/opChecks.ts";
import { sampled, sampleTests } from "../support/sampling.ts";
import { registeredOps } from "../support/table.ts";

sampleTests(4);

const BACKENDS = ["wasm", "js"] as const;
/** One size is small enough to be folded, the other large enough to stay in memory. */
const SIZES = [6, 5000] as const;

/** Each kind of symbolic constant, with a function for its elements. */
const kinds: Record<
  string,
  [make: (size: number, dtype: DType) => Tensor, element: (i: number, size: number) => number]
> = {
  zeros: [(size, dtype) => zeros([size], { dtype }), () => 0],
  ones: [(size, dtype) => ones([size], { dtype }), () => 1],
  "-0": [(size, dtype) => full([size], -0, { dtype }), () => -0],
  NaN: [(size, dtype) => full([size], Number.NaN, { dtype }), () => Number.NaN],
  "2.7": [(size, dtype) => full([size], 2.7, { dtype }), () => 2.7],
  "3e9": [(size, dtype) => full([size], 3e9, { dtype }), () => 3e9],
  Infinity: [(size, dtype) => full([size], Number.NEGATIVE_INFINITY, { dtype }), () => -Infinity],
  integers: [(size, dtype) => arange(-7, 3 * size - 7, { step: 3, dtype }), (i) => 3 * i - 7],
  arange: [
    (size, dtype) => arange(-1.3, -1.3 + 0.1 * (size - 0.5), { step: 0.1, dtype }),
    (i) => -1.3 + i * 0.1,
  ],
  linspace: [
    (size, dtype) => linspace(-0.3, 0.7, size, { dtype }),
    (i, size) => (i === size - 1 ? 0.7 : -0.3 + i * (1 / (size - 1))),
  ],
  eye: [
    (size, dtype) => eye(2, size / 2, { dtype }),
    (i, size) => Number(i % (size / 2 + 1) === 0),
  ],
};

/** The kinds with numbers that int32 cannot represent, which is an error. */
const FRACTIONS = ["NaN", "2.7", "3e9", "Infinity", "arange", "linspace"];

const all = Object.entries(kinds).flatMap(([name, [make, element]]) =>
  DTYPES.filter((dtype) => dtype !== "int32" || !FRACTIONS.includes(name)).flatMap((dtype) =>
    SIZES.map((size) => {
      const made = () => make(size, dtype);
      const values = Array.from({ length: size }, (_, i) => element(i, size));
      const shape = made().shape;
      return {
        name: `${name} of ${size} ${dtype}`,
        make: made,
        stored: tensor(values, { dtype, shape: [size] }).reshape(shape),
      };
    }),
  ),
);

afterEach(() => {
  vi.restoreAllMocks();
});

/** Counts how often symbolic constants become arrays, and how often they are written to linear memory. */
function spy() {
  const copies = vi.spyOn(SymbolicConstant.prototype, "copy");
  const writes = vi.spyOn(SymbolicConstant.prototype, "copyTo");
  return { arrays: () => copies.mock.calls.length, writes: () => writes.mock.calls.length };
}

describe.each(sampled(all, 3))("$name", ({ make, stored }) => {
  test("has the elements that its rule says, converted to the dtype", () => {
    expect(make().storage).toBeInstanceOf(SymbolicConstant);
    expectSameBits(make(), stored);
    const pattern = make();
    const copy = pattern.data();
    copy.fill(1);
    expect(pattern.data()).toEqual(stored.data());
    expect(pattern.toArray()).toEqual(stored.toArray());
    copy.set(stored.data());
    expect(pattern.data()).toEqual(copy);
  });

  test.each(BACKENDS)(
    "is what an array of its elements would be in a program, on %s",
    (backend) => {
      const other = normal(stored.shape, { seed: 1 }).cast(stored.dtype);
      const uses: ((x: Tensor, y: Tensor) => Tensor)[] = [
        (x, y) => x.cast("float32").mul(y.cast("float32")),
        (x, y) => where(y.greater(0), x, y),
        (x) => x.cast("float32").sum(),
        (x, y) => concat([x, y, x]),
        (x) => x.cast("float64").sin(),
        (x, y) => x.reshape([2, -1]).matmul(y.reshape([2, -1]).transpose()),
        (x) => x.reshape([-1]).slice([1], [4]),
        (x) => x.reshape([-1, 2]).transpose(),
      ];
      for (const use of uses) {
        const expected = use(stored, other);
        const captured = make();
        const programs = [
          compile((y: Tensor) => use(make(), y), { backend }),
          compile((y: Tensor) => use(captured, y), { backend }),
        ];
        for (const program of programs) {
          expectSameBits(program(other), expected);
          expectSameBits(program(other), expected);
        }
        const given = compile((x: Tensor, y: Tensor) => use(x, y), { backend });
        expectSameBits(given(make(), other), expected);
        expectSameBits(given(captured, other), expected);
      }
    },
  );

  test.each(BACKENDS)("may be returned and assigned to a Variable, on %s", (backend) => {
    const v = new Variable(zerosLike(stored));
    const captured = make();
    const step = compile(
      () => {
        const before = v.value;
        v.assign(make());
        return [before, make(), captured, make()] as const;
      },
      { backend },
    );
    const first = step();
    expectSameBits(first[0], zerosLike(stored));
    for (const result of [...first.slice(1), v.value]) expectSameBits(result, stored);
    expect(first[2]).toBe(captured);
    // No other tensor shares the elements of this result.
    first[1].dispose();
    expect(() => first[1].data()).toThrow("after dispose()");
    for (const result of [first[2], first[3], v.value]) expectSameBits(result, stored);
    const increment = compile(() => v.assign(v.value.add(1).cast(stored.dtype)), { backend });
    increment();
    expectSameBits(v.value, stored.add(1).cast(stored.dtype));
  });
});

describe("a pattern", () => {
  test("is cheap at any size that a shape may have, until it is read", () => {
    const size = 2 ** 31 - 1;
    for (const x of [zeros([size]), arange(size), onesLike(zeros([size])), eye(46340)]) {
      expect(x.storage).toBeInstanceOf(SymbolicConstant);
    }
    expect(() => zeros([size + 1])).toThrow("at most 2^31 - 1 elements");
    const step = compile((x: Tensor) => x.add(zeros([size]).slice([5], [8]).size));
    expect(step(1).item()).toBe(4);
  });

  test("is read once, and a scalar is a number at once", () => {
    const { arrays } = spy();
    const x = zeros([600]);
    x.add(1);
    x.mul(2);
    x.toArray();
    expect(arrays()).toBe(1);
    for (const scalar of [zeros([]), ones([], { dtype: "bool" }), onesLike(tensor(3))]) {
      expect(scalar.storage).toBeTypeOf("number");
    }
  });

  test("is gone after dispose(), as any tensor's elements", () => {
    for (const backend of BACKENDS) {
      const x = arange(3);
      x.dispose();
      expect(() => x.toArray()).toThrow("after dispose()");
      expect(() => compile((y: Tensor) => y.mul(2), { backend })(x)).toThrow("after dispose()");
      expect(() => compile(() => x.mul(2), { backend })()).toThrow("after dispose()");
    }
    const [kept, given] = [zeros([3]), compile((y: Tensor) => y)];
    given(kept).dispose();
    expect(() => kept.data()).toThrow("after dispose()");
  });

  test("can be read while a program is recorded", () => {
    for (const backend of BACKENDS) {
      const fn = compile((x: Tensor) => x.mul((arange(4).toArray() as number[])[3] ?? 0), {
        backend,
      });
      expect(fn(tensor([1, 2])).toArray()).toEqual([3, 6]);
    }
  });

  test("that a compiled function makes may be kept and used outside", () => {
    for (const backend of BACKENDS) {
      for (const n of [3, 100]) {
        let cache: Tensor | undefined;
        const fn = compile(
          (x: Tensor) => {
            cache ??= eye(n);
            return x.matmul(cache);
          },
          { backend },
        );
        const x = uniform([2, n], { seed: 1 });
        expectSameBits(fn(x), x);
        expectSameBits(fn(x), x);
        expectSameBits(x.matmul(cache as Tensor), x);
        expect(cache?.sum().item()).toBe(n);
      }
    }
  });

  test("is the first value of a Variable that a compiled step makes", () => {
    for (const backend of BACKENDS) {
      for (const shape of [[], [1], [5000]]) {
        let v: Variable | undefined;
        const step = compile(
          () => {
            v ??= new Variable(zeros(shape));
            v.assign(v.value.add(1));
            return v.value.max();
          },
          { backend },
        );
        expect([step(), step(), step(), step()].map((count) => count.item())).toEqual([1, 2, 3, 4]);
      }
    }
  });
});

describe("programs", () => {
  test("know equal patterns as one constant, and others as others", () => {
    const constants = (...patterns: Tensor[]) => {
      const text = compile((x: Tensor) => patterns.map((p) => p.cast("float64").mul(x)))
        .program(1)
        .stages();
      const simplified = text.slice(
        text.indexOf("simplified:"),
        text.indexOf("return", text.indexOf("simplified:")),
      );
      return simplified.match(/= constant: /g)?.length ?? 0;
    };
    const n = 2000;
    expect(constants(zeros([n]), zeros([n]), zerosLike(ones([n])), full([n], 0))).toBe(1);
    expect(constants(full([n], Number.NaN), full([n], Number.NaN))).toBe(1);
    expect(constants(arange(n), arange(0, n), arange(n, undefined, { step: 1 }))).toBe(1);
    expect(constants(eye(n, 2), eye(n, 2))).toBe(1);
    expect(constants(zeros([n]), full([n], -0))).toBe(2);
    expect(constants(zeros([n]), zeros([n, 1]), zeros([n], { dtype: "float64" }))).toBe(3);
    expect(constants(arange(n), arange(1, n + 1), arange(0, 2 * n, { step: 2 }))).toBe(3);
    expect(constants(linspace(0, n, n), linspace(0, n + 1, n))).toBe(2);
  });

  test("keep no arrays for the zeros of gradients", () => {
    const loss = (x: Tensor, c: Tensor) => {
      let y = x;
      for (let i = 0; i < 8; i++) y = where(c.greater(i / 8), y.mul(1.5), y.mul(0.5));
      return y.sum();
    };
    const [x, c] = [uniform([2000, 2000], { seed: 1 }), uniform([2000, 2000], { seed: 2 })];
    const { arrays, writes } = spy();
    const gradient = compile(grad(loss));
    const result = gradient(x, c);
    expect([arrays(), writes()]).toEqual([0, 0]);
    // Only the argument and the result are in memory: no constant has an address.
    expect(gradient.program(x, c).stages()).toContain("in 0 bytes, 32,000,000 persistent");
    const small = (t: Tensor) => t.slice([0, 0], [40, 40]);
    expectSameBits(small(result), grad(loss)(small(x), small(c)));
  });

  test("write a pattern that a kernel reads into their memory, once and without an array", () => {
    const { arrays, writes } = spy();
    const multiply = compile((x: Tensor) => x.matmul(ones([100, 100])));
    const x = uniform([100, 100], { seed: 1 });
    const results = [multiply(x), multiply(x), multiply(x)];
    expect([arrays(), writes()]).toEqual([0, 1]);
    for (const result of results) expectSameBits(result, x.matmul(ones([100, 100])));
  });

  test("fold patterns without keeping their elements", () => {
    const captured = arange(5000);
    const fn = compile((x: Tensor) => x.mul(captured.sum()));
    expect(fn(2).item()).toBe(2 * arange(5000).sum().item());
    expect(fn.program(2).stages()).toContain("constant 12497500.0");
    const { arrays } = spy();
    captured.add(1);
    expect(arrays()).toBe(1);
  });
});

test("every op gives for inputs of one value the bits that it gives for their arrays", () => {
  let kept = 0;
  for (const op of registeredOps()) {
    if (op.kernel?.kind !== "elementwise" && op.kernel?.kind !== "view") continue;
    for (const example of op.examples.cases) {
      for (const dtype of DTYPES) {
        const { inputs, attributes } = samples(op, example, dtype);
        if (inputs.some((input) => input.size === 0)) continue;
        const values = inputs.map((input) => input.data()[0] ?? 0);
        const patterns = inputs.map((input, i) =>
          full(input.shape, values[i] ?? 0, { dtype: input.dtype }),
        );
        const arrays = patterns.map((pattern) => {
          return tensor(pattern.data().slice(), { shape: pattern.shape, dtype: pattern.dtype });
        });
        const unread = inputs.map((input, i) =>
          full(input.shape, values[i] ?? 0, { dtype: input.dtype }),
        );
        for (const backend of BACKENDS) {
          setRunner(backend);
          const got = applied(op, unread, attributes);
          const mixed = applied(op, [...unread.slice(0, 1), ...arrays.slice(1)], attributes);
          const other = applied(op, [...arrays.slice(0, 1), ...unread.slice(1)], attributes);
          if (got[0]?.storage instanceof SymbolicConstant) kept++;
          applied(op, arrays, attributes).forEach((expected, i) => {
            for (const results of [got, mixed, other]) {
              expectSameBits(results[i] as Tensor, expected);
            }
          });
        }
      }
    }
  }
  setRunner("wasm");
  expect(kept).toBeGreaterThan(1000);
});
