/**
 * Compiled functions inside eager code that is differentiated or batched: their programs have the bits of the ops.
 */

import { expect, test } from "vitest";
import {
  compile,
  cumulativeSum,
  grad,
  hvp,
  jacobian,
  jvp,
  layerNorm,
  linearize,
  stack,
  type Tensor,
  tensor,
  Variable,
  valueAndGrad,
  vectorize,
  vjp,
} from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { watchOpsAlone } from "../support/opsAlone.ts";
import { inputsOf, randomFunction } from "../support/randomFunctions.ts";
import { sampled, sampleTests, seedsTo } from "../support/sampling.ts";

sampleTests(3);

const alone = watchOpsAlone();

type Two = (x: Tensor, y: Tensor) => Tensor;

/**
 * Returns eager code around calls of a function, which uses the arguments after the calls, too. If it sliced them
 * before, their gradients would be summed in another order.
 */
const around =
  (f: Two): Two =>
  (x, y) => {
    const [a, b] = [x.sin(), y.mul(0.5)];
    const first = f(a, b);
    const second = f(b.add(1), a.neg());
    return first.mul(second).add(a.mul(b).sum()).add(a.square().mean());
  };

const batchOf = (x: Tensor) => stack([x, x.mul(-0.5)]);

const SEEDS = sampled(seedsTo(60), 10);

/** Derivatives and batches of a function of two matrices. */
const DERIVATIVES: Readonly<Record<string, (f: Two, x: Tensor, y: Tensor) => readonly Tensor[]>> = {
  valueAndGrad: (f, x, y) => {
    const { value, gradient } = valueAndGrad(f, { argnums: [0, 1] })(x, y);
    return [value, ...gradient];
  },
  vjp: (f, x, y) => vjp(f)(x, y).pullback(0.5),
  jvp: (f, x, y) => {
    const { value, tangent } = jvp(f)([x, y], [y, x]);
    return [value, tangent];
  },
  linearize: (f, x, y) => {
    const { value, pushforward } = linearize(f)(x, y);
    return [value, pushforward(y, x), pushforward(x, x)];
  },
  hvp: (f, x, y) => [hvp(f)(x, y, y)],
  vectorize: (f, x, y) => [vectorize(f, { axes: [0, null] })(batchOf(x), y)],
  "gradients of a batch": (f, x, y) => [vectorize(grad(f), { axes: [null, 0] })(x, batchOf(y))],
  "a gradient of a gradient": (f, x, y) => [
    grad((z: Tensor) => grad(f, { argnums: 1 })(z, y).mul(x).sum())(x),
  ],
};

test.each(SEEDS)("the bits of derivatives and batches are those of the ops, program %i", (seed) => {
  const f = randomFunction(seed);
  const [x, y] = inputsOf(seed, seed % 2 === 0 ? "float32" : "float64");
  const compiled = compile(f);
  for (const [name, of] of Object.entries(DERIVATIVES)) {
    const expected = of(around(f), x, y);
    const found = of(around(compiled), x, y);
    expect(found.length, name).toBe(expected.length);
    found.forEach((each, i) => {
      expectSameBits(each, at(expected, i));
    });
  }
});

function at<Item>(list: readonly Item[], i: number): Item {
  const item = list[i];
  if (item === undefined) throw new Error(`there is no item ${i}`);
  return item;
}

test("a tensor that is given twice, one that is returned, and results that are one value", () => {
  const f = (x: Tensor, y: Tensor): Tensor[] => {
    const product = x.mul(y);
    return [x, product, product, product.sin()];
  };
  const compiled = compile(f);
  const of = (own: typeof f) => (x: Tensor) => {
    const [same, first, second, third] = own(x, x);
    return at([same, first, second, third], 0)
      ?.mul(first ?? 0)
      .add(second?.mul(third ?? 0) ?? 0)
      .sum() as Tensor;
  };
  const x = tensor([0.3, -1.5, 2.25]);
  expectSameBits(grad(of(compiled))(x), grad(of(f))(x));
  const made = (z: Tensor) => compiled(z, z)[0];
  grad((z: Tensor) => {
    expect(made(z)).toBe(z);
    return z.sum();
  })(x);
});

const SCALARS: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  "a value that its derivative reads": (x) => x.tanh().mul(0.6).sin().sum(),
  "a running sum": (x) => cumulativeSum(x.exp()).sin().sum(),
  "the other way round": (x) => x.flip().mul(x.sigmoid()).tanh().sum(),
  "a normalised vector": (x) => layerNorm(x).exp().sum(),
  probabilities: (x) => x.softmax().square().sum(),
  "a product with itself": (x) => x.expandDims(0).mul(x.expandDims(1)).sin().sum(),
  "the same sum twice": (x) =>
    x
      .add(x.exp())
      .add(x)
      .reshape([2, 3])
      .matmul(x.reshape([3, 2]))
      .sum(),
};

test.each(
  Object.entries(SCALARS).flatMap(([name, f]) =>
    (["float32", "float64"] as const).map((dtype) => ({ name, f, dtype })),
  ),
)("derivatives of a compiled gradient, to the fourth order: $name, $dtype", ({ f, dtype }) => {
  const x = tensor([0.3, 0.7, -0.4, 0.9, 1.1, -0.2], { dtype });
  const directions = [
    tensor([0.5, -0.3, 0.8, 0.1, 0.9, -0.7], { dtype }),
    tensor([0.2, 0.3, -0.8, 0.4, 0.9, 0.7], { dtype }),
    tensor([-0.6, 0.1, 0.2, 0.5, -0.9, 0.3], { dtype }),
  ];
  let found: (x: Tensor) => Tensor = compile(grad(f));
  let expected: (x: Tensor) => Tensor = grad(f);
  for (const direction of directions) {
    const [f, g] = [found, expected];
    found = grad((z: Tensor) => f(z).mul(direction).sum());
    expected = grad((z: Tensor) => g(z).mul(direction).sum());
    expectSameBits(found(x), expected(x));
  }
});

test("Variables are read and assigned, and have gradients", () => {
  const w = new Variable(tensor([1, -2, 3]));
  const seen = new Variable(tensor(0));
  const f = (x: Tensor) => {
    seen.assign(seen.value.add(x.sum()));
    return w.value.mul(x).tanh().sum().mul(seen.value);
  };
  const compiled = compile(f);
  const results = [f, compiled].map((own) => {
    seen.assign(tensor(0));
    const { value, gradient } = valueAndGrad((x: Tensor) => own(x.mul(2)).add(own(x)), {
      argnums: 0,
      variables: { w },
    })(tensor([0.25, 0.5, -1]));
    return [value, gradient.arguments, gradient.variables.w, seen.value];
  });
  results[0]?.forEach((expected, i) => {
    expectSameBits(at(results[1] ?? [], i), expected);
  });
});

test("each part is a program, and nothing is compiled twice", () => {
  const compiled = compile((x: Tensor, y: Tensor) => x.matmul(y).tanh().sum());
  const [x, y] = inputsOf(1, "float32");
  const step = grad((own: Tensor) => compiled(own, y.transpose()).mul(3));
  step(x);
  alone.length = 0;
  step(x);
  // The compiled function runs forwards and backwards. The product by 3 and its derivative run eagerly.
  expect(alone.filter((name) => name === "compiled").length).toBe(2);
  expect([...new Set(alone)].sort()).toEqual(["compiled", "mul", "transpose"]);
});

test("gradients of slices inside and outside are the same but for the order of their sums", () => {
  const f = (x: Tensor) =>
    x
      .slice([1])
      .mul(x.slice([0], [2]))
      .sum();
  const compiled = compile(f);
  const of = (own: typeof f) => (x: Tensor) => x.slice([1]).square().sum().add(own(x)).add(own(x));
  const x = tensor([0.1, 0.7, -0.3], { dtype: "float64" });
  const [expected, found] = [grad(of(f))(x), grad(of(compiled))(x)];
  expected.data().forEach((each, i) => {
    expect(found.data()[i]).toBeCloseTo(each, 14);
  });
});

test("jacobians of eager code around a compiled function", () => {
  const f = (x: Tensor) => x.sin().mul(x.sum());
  const compiled = compile(f);
  const x = tensor([0.1, 0.7, -0.3], { dtype: "float64" });
  for (const mode of ["forward", "reverse"] as const) {
    const of = (own: typeof f) => jacobian((z: Tensor) => own(z.mul(2)).exp(), { mode })(x);
    expectSameBits(of(compiled), of(f));
  }
});
