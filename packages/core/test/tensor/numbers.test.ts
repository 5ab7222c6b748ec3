/**
 * Plain numbers with tensors of int32 and bool: the dtype of a result depends neither on a value nor on compiling, and
 * no gradient is lost.
 */

import { describe, expect, test } from "vitest";
import {
  ArgumentError,
  add,
  compile,
  concat,
  DTypeError,
  div,
  explain,
  grad,
  jvp,
  maximum,
  minimum,
  mul,
  stack,
  type Tensor,
  take,
  tensor,
  uniform,
  Variable,
  valueAndGrad,
  vectorize,
  vjp,
  where,
} from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { sampled, sampleTests } from "../support/sampling.ts";

sampleTests(4);

type Join = (x: Tensor, number: Tensor | number) => Tensor;

/** Functions that combine a tensor and a number. */
const JOINS: Record<string, Join> = {
  add: (x, n) => x.add(n),
  "add, turned": (x, n) => add(n, x),
  sub: (x, n) => x.sub(n),
  mul: (x, n) => x.mul(n),
  maximum: (x, n) => maximum(x, n),
  "minimum, turned": (x, n) => minimum(n, x),
  where: (x, n) => where(x.equal(1), x, n),
  "where, turned": (x, n) => where(x.equal(1), n, x),
  stack: (x, n) => stack([x.reshape([-1]).take(0), n]),
  concat: (x, n) => concat([x.reshape([-1]), stack([n, n, 3])]),
  "computed inside": (x, n) => x.mul(mul(n, 2).sub(n)),
  "an array of numbers": (x, n) => x.reshape([-1, 1]).add(stack([n, 1, 2])),
};

const FLOATS: Record<string, Join> = {
  div: (x, n) => x.div(n),
  "div, turned": (x, n) => div(n, x),
  pow: (x, n) => x.pow(n),
};

const COMPARISONS: Record<string, Join> = {
  equal: (x, n) => x.equal(n),
  notEqual: (x, n) => x.notEqual(n),
  less: (x, n) => x.less(n),
  lessEqual: (x, n) => x.lessEqual(n),
  greater: (x, n) => x.greater(n),
  greaterEqual: (x, n) => x.greaterEqual(n),
  logicalAnd: (x, n) => x.logicalAnd(n),
  logicalOr: (x, n) => x.logicalOr(n),
};

const INTEGERS = [0, -0, 1, -1, 3, 2147483647, -2147483648];
const OTHERS = [0.5, -1e-300, 2.5, 2147483648, -2147483649, 1e300, Infinity, Number.NaN];
/** Numbers that float32 cannot represent exactly. */
const BEYOND = [16777216, 16777217, 2147483646.5];

const inputs = [
  tensor([1, -7, 2147483647, -2147483648], { dtype: "int32" }),
  tensor(16777217, { dtype: "int32" }),
  uniform([1500], { seed: 1, low: -9, high: 9 }).cast("int32"),
  tensor([true, false, true]),
  tensor(true),
];

/** Returns the result, or the message of a DTypeError. */
function outcome(run: () => Tensor): Tensor | string {
  try {
    return run();
  } catch (error) {
    expect(error).toBeInstanceOf(DTypeError);
    // The message is compared without the line of the user's code.
    return (error as Error).message.replace(/ \[.*\]$/, "");
  }
}

/**
 * Returns the eager result, after comparing it with compiled ones on both backends. The number is an argument or a
 * constant of the program.
 */
function everyWay(join: Join, x: Tensor, number: number): Tensor | string {
  const eager = outcome(() => join(x, number));
  for (const backend of ["wasm", "js"] as const) {
    const argument = compile((y: Tensor, n: Tensor) => join(y, n), { backend });
    const constant = compile((y: Tensor) => join(y, number), { backend });
    const fixed = compile((n: Tensor) => join(x, n), { backend });
    for (const run of [() => argument(x, number), () => constant(x), () => fixed(number)]) {
      // The second call uses the program of the first.
      for (let call = 0; call < 2; call++) {
        const compiled = outcome(run);
        if (typeof eager === "string") expect(compiled).toBe(eager);
        else expectSameBits(compiled as Tensor, eager);
      }
    }
  }
  return eager;
}

describe.each(Object.entries(JOINS))("%s", (_, join) => {
  test("of an int32 or a bool and a whole number is an int32, in every way to run it", () => {
    for (const [i, x] of inputs.entries()) {
      for (const number of sampled(INTEGERS, 6, i))
        expect((everyWay(join, x, number) as Tensor).dtype).toBe("int32");
    }
  });

  test("of an int32 or a bool and another number is an error, in every way to run it", () => {
    for (const [i, x] of inputs.slice(-3).entries()) {
      for (const number of sampled(OTHERS, 6, i)) {
        expect(everyWay(join, x, number)).toMatch(
          /^\w+: expected whole numbers of int32 beside int32 and bool tensors, got \S+\. Cast the tensor/,
        );
      }
    }
  });
});

test.each(Object.entries(FLOATS))("%s of an int32 and a number is a float32", (_, join) => {
  for (const [i, x] of inputs.entries()) {
    for (const number of sampled([...INTEGERS, ...OTHERS], 6, i)) {
      expect((everyWay(join, x, number) as Tensor).dtype).toBe("float32");
    }
  }
});

test.each(Object.entries(COMPARISONS))("%s with a number is made in float64", (_, compare) => {
  for (const [i, x] of inputs.entries()) {
    for (const number of sampled([...INTEGERS, ...OTHERS, ...BEYOND], 6, i)) {
      const wide = tensor(number, { dtype: "float64" });
      expectSameBits(everyWay(compare, x, number) as Tensor, compare(x.cast("float64"), wide));
    }
  }
});

test("an index is a whole number, also as an argument of a compiled function", () => {
  const x = tensor([5, 6, 7]);
  const pick: Join = (y, n) => take(y, n);
  expect((everyWay(pick, x, -1) as Tensor).item()).toBe(7);
  expect(everyWay(pick, x, 0.5)).toBe(
    'take: indices: expected whole numbers of int32, got 0.5. Cut off fractions with cast("int32"), which has no gradient.',
  );
  expect(() => grad((n) => x.take(n).sum())(1)).toThrow("take: indices: expected constant numbers");
});

describe("a number that is differentiated", () => {
  const x = tensor([1, 2], { dtype: "int32" });
  const message =
    'mul: expected constant numbers beside int32 and bool tensors, got one that is differentiated. Cast the tensor to floats first, as in x.cast("float32").';
  const product = (n: Tensor) => x.mul(n).cast("float32").sum();
  const ways: Record<string, () => unknown> = {
    grad: () => grad(product)(2),
    "the second derivative": () => grad(grad((n: Tensor) => product(n).mul(n)))(2),
    vjp: () => vjp(product)(2),
    jvp: () => jvp(product)([2], [1]),
    explain: () => explain(product)(2),
    "grad inside compile": () => compile(grad(product))(2),
    "grad of a compiled function": () => grad(compile(product))(2),
    "jvp of a compiled function": () => jvp(compile(product))([2], [1]),
    "grad of vectorize": () =>
      grad((n) =>
        vectorize((y: Tensor) => y.mul(n))(x)
          .cast("float32")
          .sum(),
      )(2),
    "vectorize of grad": () => vectorize(grad(product))(stack([1, 2])),
    "what is computed of it": () => grad((n) => product(n.add(1).neg()))(2),
  };

  test.each(Object.entries(ways))("is an error in %s, never a lost gradient", (_, run) => {
    expect(run).toThrow(DTypeError);
    expect(run).toThrow(message);
  });

  test("may be compared, and has its gradient beside floats", () => {
    const masked = (n: Tensor) => where(x.greater(n), n.mul(3), n).sum();
    expect(grad(masked)(1).item()).toBe(4);
    expect(grad((n) => x.cast("float32").mul(n).sum())(2).item()).toBe(3);
  });

  test("is not one of the others, which are constants", () => {
    const scaled = (w: Tensor, n: Tensor) => w.mul(x.mul(n).cast("float32")).sum();
    expect(grad(scaled)(tensor([1, 1]), 3).toArray()).toEqual([3, 6]);
    const w = new Variable(tensor([1, 1]));
    const step = compile((n: Tensor) =>
      valueAndGrad(() => scaled(w.value, n), { variables: [w] })(),
    );
    expect(step(3).gradient[0].toArray()).toEqual([3, 6]);
    expect(() => step(0.5)).toThrow("mul: expected whole numbers of int32");
  });
});

test("numbers are batched as everything is", () => {
  const x = tensor([1, 2], { dtype: "int32" });
  const batch = stack([3, 4, 5]);
  const product = vectorize((n: Tensor) => x.mul(n));
  const expected = tensor([3, 6, 4, 8, 5, 10], { shape: [3, 2], dtype: "int32" });
  expectSameBits(product(batch), expected);
  expectSameBits(compile(product)(batch), expected);
  expect(() => product(stack([3, 0.5]))).toThrow("mul: expected whole numbers of int32");
  expect(() => compile(product)(stack([3, 0.5]))).toThrow("mul: expected whole numbers of int32");
});

describe("a number that a compiled function refuses when it runs", () => {
  for (const length of [3, 5000]) {
    test(`leaves Variables of ${length} elements as they were`, () => {
      const [v, w] = ["float32", "int32"].map((dtype) => {
        return new Variable(
          uniform([length], { seed: 1, low: -9, high: 9 }).cast(dtype as "int32"),
        );
      }) as [Variable, Variable];
      const step = compile((n: Tensor) => {
        v.assign(v.value.mul(2));
        w.assign(w.value.mul(n).add(1));
        v.assign(v.value.add(w.value.cast("float32")));
      });
      let [a, b] = [v.value, w.value];
      for (const number of [2, 0.5, 3, Number.NaN, -1]) {
        const run = () => step(number);
        if (!Number.isInteger(number)) expect(run).toThrow(DTypeError);
        else {
          run();
          b = b.mul(number).add(1);
          a = a.mul(2).add(b.cast("float32"));
        }
        expectSameBits(compile(() => v.value.add(0))(), a.add(0));
        expectSameBits(compile(() => w.value.add(0))(), b.add(0));
      }
    });
  }

  test("does so before the others are written over the old value of a Variable", () => {
    const v = new Variable(tensor([7, 8, 9], { dtype: "int32" }));
    const one = tensor(1, { dtype: "int32" });
    const step = compile((n: Tensor) => v.assign(stack([1, 2, n]).mul(one)));
    for (let call = 3; call < 5; call++) {
      step(call);
      expect(() => step(0.5)).toThrow(DTypeError);
      expect(v.value.toArray()).toEqual([1, 2, call]);
      // The value of this step has not been read, so the next step would overwrite its memory.
      step(call);
      expect(() => step(0.5)).toThrow(DTypeError);
      expect(v.value.toArray()).toEqual([1, 2, call]);
    }
  });

  test("does so as a seed, and no element has been drawn", () => {
    const v = new Variable(uniform([2, 3], { seed: 1 }));
    const draw = vectorize((seed: Tensor) => uniform([3], { seed }));
    const step = compile((seeds: Tensor) => v.assign(draw(seeds)));
    const seeds = tensor([5, 6], { dtype: "int32" });
    step(seeds);
    expect(() => step(tensor([7, -1], { dtype: "int32" }))).toThrow(ArgumentError);
    expectSameBits(v.value, draw(seeds));
  });
});
