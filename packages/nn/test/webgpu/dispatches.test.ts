/**
 * The dispatches of a run: independent loops share one, and so do products of equal shape, and successive steps of a
 * single workgroup.
 */

import {
  compile,
  conv2d,
  grad,
  maxPool2d,
  relu,
  scan,
  type Tensor,
  tensor,
  uniform,
  Variable,
} from "@graddiff/core";
import type { WebGpu } from "@graddiff/core/webgpu";
import { describe, expect, test } from "vitest";
import { sampleTests, WHOLE } from "../../../core/test/support/sampling.ts";
import { openCounted } from "../../../core/test/webgpu/open.ts";
import {
  Adam,
  crossEntropy,
  Dense,
  Embedding,
  Sequential,
  TransformerBlock,
  trainingStep,
} from "../../src/index.ts";

sampleTests(3);

const { gpu, dispatches } = await openCounted({ exact: true });

type Batch = { readonly x: Tensor; readonly y: Tensor };

const integers = (count: number, most: number, shape: readonly number[]) =>
  tensor(
    Array.from({ length: count }, (_, i) => (i * 7) % most),
    { dtype: "int32" },
  ).reshape(shape);

/** Expects the weights of WebAssembly after three steps. @returns the number of dispatches of a step. */
async function trained(
  make: () => Sequential,
  loss: (model: Sequential, batch: Batch) => Tensor,
  batch: Batch,
): Promise<number> {
  const made = (backend: WebGpu | "wasm") => {
    const model = make();
    const step = trainingStep(model, loss, new Adam(model, { learningRate: 0.01 }), { backend });
    return { model, step };
  };
  const [own, other] = [made(gpu), made("wasm")];
  let count = 0;
  for (let i = 0; i < 3; i++) {
    other.step(batch);
    const before = dispatches();
    own.step(batch);
    count = dispatches() - before;
  }
  await gpu.read(own.model);
  own.model.variables.forEach(({ value }, i) => {
    expect(value.toArray()).toEqual(other.model.variables[i]?.value.toArray());
  });
  return count;
}

describe("a step of Adam", () => {
  test.runIf(WHOLE)("of a network of three layers is at most 19 dispatches", async () => {
    const count = await trained(
      () =>
        new Sequential(new Dense(784, 128), relu, new Dense(128, 64), relu, new Dense(64, 10), {
          seed: 1,
        }),
      (model, { x, y }) => crossEntropy(model.forward(x), y),
      { x: uniform([32, 784], { seed: 3 }), y: integers(32, 10, [32]) },
    );
    // With a dispatch for each loop there would be 31.
    expect(count).toBeLessThanOrEqual(19);
  });

  test.runIf(WHOLE)("of a transformer of two blocks is at most 106", async () => {
    const tokens = integers(64, 50, [4, 16]);
    const block = () => new TransformerBlock(32, 4);
    const count = await trained(
      () => new Sequential(new Embedding(50, 32), block(), block(), new Dense(32, 50), { seed: 1 }),
      (model, { x, y }) => crossEntropy(model.forward(x).reshape([-1, 50]), y.reshape([-1])),
      { x: tokens, y: tokens },
    );
    // With a dispatch for each loop and each product there would be 286.
    expect(count).toBeLessThanOrEqual(106);
  });
});

/** Expects the bits of WebAssembly. @returns the number of dispatches of a run. */
async function same(fn: (...x: Tensor[]) => Tensor[], ...inputs: Tensor[]): Promise<number> {
  const want = compile(fn)(...inputs);
  const before = dispatches();
  const got = compile(fn, { backend: gpu })(...inputs);
  const count = dispatches() - before;
  await gpu.read(got);
  got.forEach((own, i) => {
    expect(
      own
        .equal(want[i] as Tensor)
        .all()
        .item(),
    ).toBe(1);
  });
  return count;
}

test("300 Variables are assigned in as many dispatches as 128 each make", async () => {
  const own = Array.from({ length: 300 }, (_, i) => new Variable(uniform([i % 7], { seed: i })));
  const step = (x: Tensor) => {
    for (const each of own) each.assign(each.value.add(x));
    return x.mul(2);
  };
  const want = own.map(({ value }) => value.add(tensor(3)).toArray());
  const before = dispatches();
  compile(step, { backend: gpu })(tensor(3));
  expect(dispatches() - before).toBeLessThanOrEqual(6);
  await gpu.read(own);
  expect(own.map(({ value }) => value.toArray())).toEqual(want);
});

test("loops of more workgroups than a grid is wide are joined, too", async () => {
  const [large, small] = [uniform([2 ** 22 + 77], { seed: 1 }), uniform([130], { seed: 2 })];
  const count = await same(
    (x, y) => [(x as Tensor).mul(3), (y as Tensor).exp(), (x as Tensor).flip(0).add(1)],
    large,
    small,
  );
  expect(count).toBeLessThanOrEqual(2);
});

test("products of one shape are one dispatch, those of stacks as well", async () => {
  for (const leading of [[], [3]]) {
    const x = [1, 2, 3, 4].map((seed) => uniform([...leading, 40, 50], { seed, low: -1 }));
    const y = uniform([...leading, 50, 36], { seed: 9, low: -1 });
    const count = await same(
      (...given) => given.slice(0, 4).map((own) => own.matmul(given[4] as Tensor)),
      ...x,
      y,
    );
    expect(count).toBe(1);
  }
});

test("steps of single workgroups are one dispatch", async () => {
  const count = await same(
    (x) => {
      const rows = (x as Tensor).cumulativeSum(1).softmax(1);
      return [rows.matmul((x as Tensor).transpose()), rows.sum(), rows.cumulativeSum(0)];
    },
    uniform([8, 20], { seed: 1, low: -1 }),
  );
  expect(count).toBeLessThanOrEqual(2);
});

test("what needs the results of another waits for them", async () => {
  const x = uniform([70], { seed: 1, low: -1 });
  const sums = (a: Tensor, b: Tensor) => {
    // Each sum is a separate loop, so no loop computes two of them.
    const first = a.mul(b).sum();
    const second = a.sub(first).square().sum();
    const third = b.mul(second).sum();
    return [first, second, third, a.add(third), b.sub(first), a.mul(second).cumulativeSum()];
  };
  await same(sums as (...x: Tensor[]) => Tensor[], x, x.flip(0));
});

test("the gradient of a max pool puts nothing in order", async () => {
  const slope = (x: Tensor) => [grad((own: Tensor) => maxPool2d(own, 2).square().sum())(x)];
  // Sorting the indices first took 6 dispatches.
  expect(
    await same(slope as (...x: Tensor[]) => Tensor[], uniform([3, 2, 64, 64], { seed: 1 })),
  ).toBeLessThanOrEqual(3);
});

test("a convolution and its gradients have no matrix of windows", async () => {
  const fn = (x: Tensor, weight: Tensor) => conv2d(x, weight, { padding: 1 });
  const slopes = (x: Tensor, weight: Tensor) =>
    grad((a: Tensor, b: Tensor) => fn(a, b).square().sum(), { argnums: [0, 1] })(x, weight);
  const [x, weight] = [uniform([2, 3, 9, 8], { seed: 1 }), uniform([4, 3, 3, 3], { seed: 2 })];
  for (const [own, most] of [
    [fn, 1],
    // The dispatches of the gradients compute the cotangent, a padded copy of it, and both gradients.
    [slopes, 8],
  ] as const) {
    const compiled = compile(own as typeof fn, { backend: gpu });
    expect(String(compiled.program(x, weight))).not.toContain("slidingWindows");
    const before = dispatches();
    const results = [compiled(x, weight)].flat();
    expect(dispatches() - before).toBeLessThanOrEqual(most);
    await gpu.read(results);
    const expected = [compile(own as typeof fn, { backend: "wasm" })(x, weight)].flat();
    results.forEach((result, i) => {
      const error = result
        .sub(expected[i] as Tensor)
        .abs()
        .max()
        .item();
      expect(error).toBeLessThan(1e-5 * (expected[i] as Tensor).abs().max().item());
    });
  }
});

describe("what reads the result of a product at its own index takes the elements where they are made", () => {
  const matrix = (rows: number, columns: number, seed: number) =>
    uniform([rows, columns], { seed, low: -1 });
  const [x, w] = [matrix(37, 50, 1), matrix(50, 70, 2)];

  const cases: [string, number, (...x: Tensor[]) => Tensor[], ...Tensor[]][] = [
    [
      "a bias and relu",
      1,
      (a, b, c) => [relu((a as Tensor).matmul(b as Tensor).add(c as Tensor))],
      x,
      w,
      uniform([70], { seed: 3 }),
    ],
    // One dispatch stores the product and a result that is computed from it.
    [
      "a result that is wanted, too",
      1,
      (a, b) => {
        const y = (a as Tensor).matmul(b as Tensor);
        return [y, y.exp()];
      },
      x,
      w,
    ],
    [
      "another order of axes",
      1,
      (a, b, c) => [
        (a as Tensor)
          .matmul(b as Tensor)
          .transpose()
          .mul(c as Tensor),
      ],
      x,
      w,
      matrix(70, 37, 4),
    ],
    [
      "an axis that is split",
      1,
      (a, b) => [
        (a as Tensor)
          .matmul(b as Tensor)
          .reshape([37, 7, 10])
          .transpose([1, 0, 2])
          .mul(2),
      ],
      x,
      w,
    ],
    // Two threads would need the same element of the product.
    [
      "a product and its transpose",
      2,
      (a) => {
        const y = (a as Tensor).matmul((a as Tensor).transpose());
        return [y.add(y.transpose())];
      },
      x,
    ],
    [
      "a part of it",
      2,
      (a, b) => [
        (a as Tensor)
          .matmul(b as Tensor)
          .slice([3, 0], [9, 70])
          .mul(2),
      ],
      x,
      w,
    ],
    [
      "a sum after it",
      2,
      (a, b) => [
        (a as Tensor)
          .matmul(b as Tensor)
          .mul(2)
          .sum(1),
      ],
      x,
      w,
    ],
    [
      // One factor is computed by a separate loop.
      "two products, of which one is stored",
      3,
      (a, b) => [(a as Tensor).matmul(b as Tensor).add((a as Tensor).mul(2).matmul(b as Tensor))],
      x,
      w,
    ],
    [
      "integers",
      1,
      (a) => [
        (a as Tensor)
          .matmul(a as Tensor)
          .mul(3)
          .sub(a as Tensor),
      ],
      integers(49, 11, [7, 7]),
    ],
    [
      "stacks, with one factor for several",
      1,
      (a, b) => [(a as Tensor).matmul(b as Tensor).mul(2)],
      uniform([3, 2, 5, 6], { seed: 5 }),
      uniform([2, 6, 7], { seed: 6 }),
    ],
  ];
  test.each(cases)("%s", async (_name, most, fn, ...given) => {
    expect(await same(fn, ...given)).toBeLessThanOrEqual(most);
  });

  test("a convolution, its bias and relu; its gradients by an optimizer", async () => {
    const options = [{}, { padding: 1, stride: 2 }, { dilation: 2, groups: 2 }];
    for (const own of options) {
      const image = uniform([2, 4, 9, 8], { seed: 1, low: -1 });
      const weight = uniform([6, 4 / (own.groups ?? 1), 3, 3], { seed: 2, low: -1 });
      const bias = uniform([6, 1, 1], { seed: 3 });
      const forward = (a: Tensor, b: Tensor, c: Tensor) => [relu(conv2d(a, b, own).add(c))];
      expect(await same(forward as (...x: Tensor[]) => Tensor[], image, weight, bias)).toBe(1);
      const slopes = grad(
        (a: Tensor, b: Tensor) =>
          relu(conv2d(a, b, own))
            .square()
            .sum(),
        {
          argnums: [0, 1],
        },
      );
      const step = (a: Tensor, b: Tensor) => {
        const [ofImage, ofWeight] = slopes(a, b) as readonly Tensor[];
        return [a.sub((ofImage as Tensor).mul(0.1)), b.sub((ofWeight as Tensor).mul(0.1))];
      };
      const want = compile(step)(image, weight);
      const got = compile(step, { backend: gpu })(image, weight);
      await gpu.read(got);
      got.forEach((each, i) => {
        const error = each
          .sub(want[i] as Tensor)
          .abs()
          .max()
          .item();
        expect(error).toBeLessThan(1e-5 * (want[i] as Tensor).abs().max().item());
      });
    }
  });

  test("a Variable is written over when all others have read it", async () => {
    const steps = [
      // The step reads the old value for the product, after it, and for the new value.
      (v: Variable, a: Tensor) => {
        const y = a.matmul(v.value);
        v.assign(v.value.sub(a.transpose().matmul(y)));
        return y;
      },
      (v: Variable, a: Tensor) => {
        const before = v.value;
        v.assign(before.mul(0.5).add(a.transpose().matmul(a)));
        return a.matmul(before);
      },
      (v: Variable, a: Tensor) => {
        v.assign(v.value.matmul(v.value).mul(0.1));
        return a.matmul(v.value).add(1);
      },
    ];
    for (const step of steps) {
      const results = ["wasm" as const, gpu].map((backend) => {
        const v = new Variable(matrix(20, 20, 7));
        const run = compile((a: Tensor) => step(v, a), { backend });
        const all = [1, 2, 3].map((seed) => run(matrix(30, 20, seed)));
        return { v, all };
      });
      await gpu.read(results[1]);
      const [want, got] = results.map(({ v, all }) =>
        [v.value, ...all].map((each) => each.toArray()),
      );
      expect(got).toEqual(want);
    }
  });

  test("the carry of a loop", async () => {
    const steps = (h: Tensor, rows: Tensor, weight: Tensor) =>
      scan((own: Tensor, row: Tensor) => [own.matmul(weight).add(row).tanh(), own.sum()], h, rows);
    const slopes = (h: Tensor, rows: Tensor, weight: Tensor) => {
      const loss = (a: Tensor, b: Tensor) => (steps(a, rows, b)[0] as Tensor).sum();
      return grad(loss, { argnums: [0, 1] })(h, weight) as readonly Tensor[];
    };
    const given = [
      matrix(40, 90, 1),
      uniform([5, 40, 90], { seed: 2, low: -1 }),
      matrix(90, 90, 3).div(9),
    ];
    await same(
      ((...own: Tensor[]) =>
        [
          ...steps(...(own as [Tensor, Tensor, Tensor])),
          ...slopes(...(own as [Tensor, Tensor, Tensor])),
        ].flat()) as (...x: Tensor[]) => Tensor[],
      ...given,
    );
  });

  test("no activation stays longer than the gradient of a weight would", async () => {
    // Keeping the cotangents of many rows would take more memory than the gradients of the small weights.
    const model = new Sequential(
      ...Array.from({ length: 6 }, () => [new Dense(8, 8), relu]).flat(),
      { seed: 1 },
    );
    const loss = (own: Sequential, batch: Batch) =>
      own.forward(batch.x).sub(batch.y).square().mean();
    const step = trainingStep(model, loss, new Adam(model, { learningRate: 0.01 }), {
      backend: gpu,
    });
    const batch = { x: uniform([4096, 8], { seed: 1 }), y: uniform([4096, 8], { seed: 2 }) };
    step(batch);
    // The limit allows the inputs of eight layers and a few cotangents.
    expect(step.program(batch).memory().scratchBytes).toBeLessThan(9.5 * 4096 * 8 * 4);
  });
});
