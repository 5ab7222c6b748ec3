/** The parts of a program that the host computes, since a GPU has no float64; they have the bits of WebAssembly. */

import { inspect } from "node:util";
import {
  arange,
  bernoulli,
  categorical,
  compile,
  Draws,
  dropout,
  exponential,
  gamma,
  grad,
  gumbel,
  laplace,
  normal,
  permutation,
  randomInt,
  splitSeed,
  type Tensor,
  type TensorTree,
  take,
  tensor,
  treeLeaves,
  truncatedNormal,
  uniform,
  Variable,
  vectorize,
} from "@graddiff/core";
import type { WebGpu } from "@graddiff/core/webgpu";
import { describe, expect, test } from "vitest";
import { roundedDown } from "../../../core/src/run/webgpu/roundedDraws.ts";
import { errorOf, hostWith, openForTests } from "../../../core/test/webgpu/open.ts";
import {
  Adam,
  accuracy,
  addNoise,
  areaUnderCurve,
  clipByGlobalNorm,
  cropImages,
  crossEntropy,
  cutout,
  Dense,
  f1,
  flipImages,
  jitterColors,
  mixup,
  perplexity,
  r2,
  rotateImages,
  Sequential,
  scaleImages,
  shiftImages,
  topKAccuracy,
  trainingStep,
} from "../../src/index.ts";

const gpu = await openForTests({ exact: true });

const images = uniform([3, 3, 6, 5], { seed: 5 });
const labels = uniform([3, 2], { seed: 6 });
const classes = tensor([0, 1, 2], { dtype: "int32" });
const scoresOf = (x: Tensor) => x.sum([2, 3]);
const jitter = { brightness: 0.3, contrast: 0.3, saturation: 0.3, hue: 0.2 };

type Drawn = (seed: Tensor, x: Tensor) => TensorTree;

const DRAWS: Readonly<Record<string, Drawn>> = {
  bernoulli: (seed) => bernoulli(0.3, { seed, shape: [7] }),
  "bernoulli of computed probabilities": (seed, x) => bernoulli(x.sub(0.5).sigmoid(), { seed }),
  categorical: (seed, x) => categorical(x, { seed }),
  dropout: (seed, x) => dropout(x, { seed }),
  "draws of several seeds": (seed) =>
    vectorize((own: Tensor) => uniform([3], { seed: own }))(splitSeed(seed, 4)),
  exponential: (seed) => exponential([7], { seed, scale: 3 }),
  gamma: (seed) => gamma(tensor([2, 0.3]), { seed, shape: [3, 2] }),
  gumbel: (seed) => gumbel([7], { seed }),
  laplace: (seed) => laplace([7], { seed }),
  normal: (seed) => normal([700], { seed }),
  permutation: (seed, x) => permutation(x, { seed }),
  randomInt: (seed) => randomInt([7], { seed, high: 9 }),
  truncatedNormal: (seed) => truncatedNormal([7], { seed, low: 5, high: 6 }),
  addNoise: (seed, x) => addNoise(x, { seed }),
  cropImages: (seed, x) => cropImages(x, { seed, size: 3 }),
  cutout: (seed, x) => cutout(x, { seed, size: 2 }),
  flipImages: (seed, x) => flipImages(x, { seed, direction: "both" }),
  jitterColors: (seed, x) => jitterColors(x, { seed, ...jitter }),
  mixup: (seed, x) => mixup(x, labels, { seed }),
  rotateImages: (seed, x) => rotateImages(x, { seed, degrees: 30 }),
  scaleImages: (seed, x) => scaleImages(x, { seed, padding: "reflection" }),
  shiftImages: (seed, x) => shiftImages(x, { seed, most: 2, padding: "border" }),
};

/** Returns the elements and types of the tensors in a tree. */
const contents = (tree: object) =>
  treeLeaves(tree as TensorTree).map((own) => [own.dtype, own.shape, own.toArray()]);

/** Expects the same elements on the GPU as on WebAssembly. */
async function expectSame(run: (backend: WebGpu | "wasm") => object): Promise<void> {
  expect(contents(await gpu.read(run(gpu)))).toEqual(contents(run("wasm")));
}

describe("draws", () => {
  test.each(Object.entries(DRAWS))("%s has the bits of WebAssembly", async (_, draw) => {
    await expectSame((backend) => {
      const draws = new Draws(3);
      const count = new Variable(tensor(4, { dtype: "int32" }), { trainable: false });
      const next = compile((x: Tensor) => draw(draws.next(), x), { backend });
      const given = compile((x: Tensor, seed: Tensor) => draw(seed, x), { backend });
      const counted = compile(
        (x: Tensor) => {
          const drawn = draw(count.value, x);
          count.assign(count.value.add(1));
          return drawn;
        },
        { backend },
      );
      const own = [next(images), next(images), given(images, tensor(5, { dtype: "int32" }))];
      return [own, counted(images), counted(images), draws.value, count.value];
    });
  });

  test("of constants alone are computed once, and sent once", async () => {
    const wide = arange(3000, { dtype: "float64" });
    let [writes, bytes] = [0, 0];
    const own = await openForTests({
      gpu: hostWith((device) => {
        const write = device.queue.writeBuffer.bind(device.queue);
        device.queue.writeBuffer = (buffer, offset, data) => {
          if (data.byteLength > 4000) writes++;
          bytes += data.byteLength;
          write(buffer, offset, data);
        };
      }),
    });
    const scaled = compile((x: Tensor) => x.mul(wide.div(7).sin().cast("float32")).add(1), {
      backend: own,
    });
    const results = [1, 2, 3].map((factor) => scaled(tensor(factor)));
    await own.read(results);
    expect(writes).toBe(1);
    expect(bytes).toBeLessThan(4 * 3000 + 4000);
    const third = wide.div(7).sin().cast("float32").mul(3).add(1);
    expect(results[2]?.sub(third).abs().max().item()).toBeLessThan(1e-6);
  });

  test("of an image are where its gradient goes", async () => {
    await expectSame((backend) => {
      const draws = new Draws(1);
      const rotated = (x: Tensor) => rotateImages(x, { seed: draws.next(), degrees: 30 });
      return compile(
        grad((x: Tensor) => rotated(x).square().sum()),
        { backend },
      )(images);
    });
  });

  test("of an int32 that the GPU assigns are refused in the middle of a program, in words", () => {
    const count = new Variable(tensor(4, { dtype: "int32" }), { trainable: false });
    const step = (x: Tensor) => {
      const drawn = exponential([5, 5], { seed: count.value });
      count.assign(x.greater(0.5).sum());
      return x.matmul(drawn);
    };
    expect(() => compile(step, { backend: gpu })(images)).toThrow(
      /float64.*nothing that the host computes.*Compile this part for WebAssembly/,
    );
  });

  test("are compared with the next float32 on the side on which the truth stays", () => {
    const numbers = [0, -0, 1, 0.1, -0.1, 1e-46, -1e-46, 1e39, -1e39, 0.3, 2 ** -149, NaN];
    for (const x of numbers) {
      const down = roundedDown(x);
      expect(Object.is(down, Math.fround(down))).toBe(true);
      if (Number.isNaN(x)) expect(down).toBeNaN();
      else {
        expect(down).toBeLessThanOrEqual(x);
        // The result is the next float32 below x, so no float32 is between them.
        if (Math.fround(x) <= x) expect(down === Math.fround(x)).toBe(true);
        else expect(Math.fround((down + Math.fround(x)) / 2)).not.toBe(Number.NaN);
      }
    }
    expect(roundedDown(0.1)).toBe(0.09999999403953552);
    expect(roundedDown(-1e-46)).toBe(-(2 ** -149));
    expect(roundedDown(1e39)).toBe(3.4028234663852886e38);
    expect(roundedDown(-1e39)).toBe(Number.NEGATIVE_INFINITY);
  });

  const sides: Readonly<Record<string, (u: Tensor, p: Tensor) => Tensor>> = {
    less: (u, p) => u.less(p),
    lessEqual: (u, p) => u.lessEqual(p),
    greater: (u, p) => u.greater(p),
    greaterEqual: (u, p) => u.greaterEqual(p),
  };
  test.each(Object.entries(sides))("%s is the same for float32 next to float64", async (_, of) => {
    // Each number has a neighbour that differs only in the digits of float64.
    const wide = [0.1, 0.3, 0.5, 1 / 3].flatMap((own) => [own, Math.fround(own), -own]);
    const near = wide.map((own) => Math.fround(own));
    const numbers = tensor(wide, { dtype: "float64" });
    await expectSame((backend) =>
      compile(
        (p: Tensor, seed: Tensor) => {
          // The host computes values that depend only on a seed. The drawn number is multiplied by 0.
          const u = uniform([], { seed, dtype: "float64" }).mul(0).add(numbers);
          const computed = p.mul(1).cast("float64");
          return [of(u, computed), of(computed, u)];
        },
        { backend },
      )(tensor(near), tensor(3, { dtype: "int32" })),
    );
  });
});

describe("results in float64", () => {
  const METRICS: Readonly<Record<string, (x: Tensor) => TensorTree>> = {
    accuracy: (x) => accuracy(scoresOf(x), classes),
    areaUnderCurve: (x) => areaUnderCurve(x.sum([1, 2, 3]), tensor([true, false, true])),
    f1: (x) => f1(scoresOf(x), classes, { average: "macro" }),
    perplexity: (x) => perplexity(scoresOf(x), classes),
    r2: (x) => r2(scoresOf(x), scoresOf(x.mul(1.1))),
    topKAccuracy: (x) => topKAccuracy(scoresOf(x), classes, { k: 2 }),
    "a cast, beside what the GPU computes": (x) => [x.mul(2).cast("float64").div(3), x.add(1)],
    "of arguments alone": (x) => x.cast("float64").div(3),
  };

  test.each(Object.entries(METRICS))("%s has the bits of WebAssembly", async (_, metric) => {
    await expectSame(
      (backend) => metric(images) && (compile(metric, { backend })(images) as object),
    );
  });

  test("of a Variable are those of the run, whatever it assigns", async () => {
    await expectSame((backend) => {
      const weight = new Variable(tensor([1, 2]));
      const step = compile(
        (x: Tensor) => {
          const before = weight.value.cast("float64").div(3);
          weight.assign(weight.value.mul(x));
          return before;
        },
        { backend },
      );
      return [step(tensor([3, 4])), step(tensor([5, 6]))];
    });
  });

  test("have to be awaited, and tell what the run has refused", async () => {
    const right = tensor([1, 0], { dtype: "int32" });
    const own = (index: Tensor) => accuracy(take(labels, index, 0), right);
    const share = compile(own, { backend: gpu });
    const index = tensor([0, 1], { dtype: "int32" });
    const result = share(index);
    expect(() => result.item()).toThrow(/await x\.read\(\)/);
    expect(inspect(result)).toBe("tensor(<not read>, shape=[], dtype=float64)");
    expect((await result.read()).item()).toBe(own(index).item());
    const outside = share(tensor([0, 9], { dtype: "int32" }));
    expect((await errorOf(outside.read())).message).toMatch(/9 at position 1/);
  });

  test("are refused where a Variable would wait for them, or a later product", () => {
    const sum = new Variable(tensor(0, { dtype: "float64" }), { trainable: false });
    const assigning = (x: Tensor) => sum.assign(sum.value.add(x.cast("float64").sum()));
    const product = (x: Tensor) => x.cast("float64").cast("float32").matmul(x);
    for (const fn of [assigning, product]) {
      expect(() =>
        compile(fn as (x: Tensor) => Tensor, { backend: gpu })(labels.slice([0], [2])),
      ).toThrow(
        /expected float32, int32 or bool, got float64 .*\. Compile this part for WebAssembly/,
      );
    }
  });

  test("of float64 that is given is asked to be cast", () => {
    const wide = tensor([1, 2], { dtype: "float64" });
    const weight = new Variable(wide);
    const given = [(x: Tensor) => x.mul(2).sum(), (x: Tensor) => weight.value.mul(x.cast("int32"))];
    for (const fn of given) {
      expect(() => compile(fn, { backend: gpu })(wide)).toThrow(
        /float64 \[2\].*\. Cast to float32, or compile this part for WebAssembly/,
      );
    }
  });
});

describe("clipByGlobalNorm", () => {
  const sizes = [1, 0, 1e-30, 1e20, 3e38, Number.POSITIVE_INFINITY, Number.NaN];

  test.each(sizes)("scales gradients of size %d as WebAssembly does, in float64", async (size) => {
    const gradients = [uniform([300], { seed: 1, low: -1 }), labels, tensor(0.5)];
    const clip = (limit: number) => (factor: Tensor) =>
      clipByGlobalNorm(
        gradients.map((each) => each.mul(factor)),
        limit,
      );
    for (const limit of [0.5, 1e-20, 1e30]) {
      const factor = tensor(size);
      const got = await gpu.read(compile(clip(limit), { backend: gpu })(factor));
      const want = compile(clip(limit))(factor);
      got.forEach((own, i) => {
        const expected = (want[i] as Tensor).reshape([-1]).toArray() as number[];
        (own.reshape([-1]).toArray() as number[]).forEach((element, k) => {
          const right = expected[k] as number;
          if (Number.isNaN(right)) expect(element).toBeNaN();
          // A GPU may replace subnormal numbers by zero, such as the scaling factor.
          else if (limit / size > 1e-36 || size === Number.POSITIVE_INFINITY)
            expect(Math.abs(element - right)).toBeLessThanOrEqual(2e-6 * Math.abs(right) + 2e-38);
        });
      });
    }
  });

  test("has a norm for each example of a batch", async () => {
    const clip = vectorize((row: Tensor) => clipByGlobalNorm(row, 0.1));
    const [got, want] = [compile(clip, { backend: gpu })(labels), compile(clip)(labels)];
    const off = (await got.read()).sub(want).abs().max().item();
    expect(off).toBeLessThan(1e-7);
    expect(want.square().sum(1).sqrt().max().item()).toBeLessThanOrEqual(0.1);
  });

  test("trains in an optimizer, as on WebAssembly", async () => {
    const run = async (backend: WebGpu | "wasm") => {
      const model = new Sequential(new Dense(5, 8), (x: Tensor) => x.tanh(), new Dense(8, 3), {
        seed: 3,
      });
      const optimizer = new Adam(model, {
        learningRate: 0.05,
        transformGradients: (gradients) => clipByGlobalNorm(gradients, 0.01),
      });
      const loss = (own: Sequential, x: Tensor) => crossEntropy(own.forward(x), classes);
      const step = trainingStep(model, loss, optimizer, { backend });
      const x = images.slice([0, 0, 0, 0], [3, 1, 1, 5]).reshape([3, 5]);
      for (let i = 0; i < 20; i++) step(x);
      await gpu.read(model.variables);
      return model.variables.map(({ value }) => value);
    };
    const [got, want] = [await run(gpu), await run("wasm")];
    got.forEach((own, i) => {
      const expected = want[i] as Tensor;
      const scale = expected.abs().max().item();
      expect(own.sub(expected).abs().max().item()).toBeLessThanOrEqual(1e-5 * scale);
    });
  });
});
