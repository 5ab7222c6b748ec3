/**
 * Random changes of images: each function changes them as documented, draws separately for each image, and has the same
 * bits on every runner.
 */

import {
  arange,
  checkGradients,
  compile,
  Draws,
  flip,
  grad,
  oneHot,
  ones,
  randomInt,
  setRunner,
  stack,
  type Tensor,
  type TensorLike,
  tensor,
  uniform,
  vectorize,
} from "@graddiff/core";
import { afterEach, describe, expect, test } from "vitest";
import { messageOf } from "../../../core/test/misuse/support.ts";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import { sampled, sampleTests } from "../../../core/test/support/sampling.ts";
import {
  addNoise,
  cropImages,
  cutout,
  flipImages,
  jitterColors,
  mixup,
  rotateImages,
  scaleImages,
  shiftImages,
} from "../../src/index.ts";

sampleTests(3);

afterEach(() => setRunner("wasm"));

const labels = oneHot(tensor([0, 1, 2, 1], { dtype: "int32" }), 3, { dtype: "float64" });

/** All functions, with a common signature of images and a seed. */
const ALL: Readonly<Record<string, (images: Tensor, seed: TensorLike) => Tensor>> = {
  flipImages: (x, seed) => flipImages(x, { seed, direction: "both" }),
  shiftImages: (x, seed) => shiftImages(x, { seed, most: [2, 1] }),
  "shiftImages with reflection": (x, seed) =>
    shiftImages(x, { seed, most: 9, padding: "reflection" }),
  cropImages: (x, seed) => cropImages(x, { seed, size: [4, 5], padding: 1 }),
  rotateImages: (x, seed) => rotateImages(x, { seed, degrees: 30 }),
  "rotateImages, cubic": (x, seed) =>
    rotateImages(x, { seed, degrees: 180, mode: "cubic", padding: "border" }),
  scaleImages: (x, seed) => scaleImages(x, { seed }),
  // The colours stay between 0 and 1, since clipping would have a kink.
  jitterColors: (x, seed) =>
    jitterColors(x.mul(0.2).add(0.4), {
      seed,
      brightness: 0.2,
      contrast: 0.2,
      saturation: 0.2,
      hue: 0.1,
    }),
  addNoise: (x, seed) => addNoise(x, { seed }),
  mixup: (x, seed) => mixup(x, labels, { seed, alpha: 1 }).images,
  cutout: (x, seed) => cutout(x, { seed, size: 3, value: 0.5 }),
};

const images = (seed: number, dtype: "float32" | "float64" = "float64", shape = [4, 3, 5, 6]) =>
  uniform(shape, { seed, dtype });

describe.each(Object.entries(ALL))("%s", (_name, change) => {
  test("has one set of bits, its gradient included, and others with another seed", () => {
    for (const dtype of ["float32", "float64"] as const) {
      const x = images(1, dtype);
      const both = (y: Tensor, seed: Tensor) => [
        change(y, seed),
        grad((z: Tensor) => change(z, seed).sin().sum())(y),
      ];
      const seed = tensor(5, { dtype: "int32" });
      setRunner("js");
      const expected = both(x, seed);
      setRunner("wasm");
      const compiled = compile(both);
      for (const results of [both(x, seed), compiled(x, seed)]) {
        results.forEach((result, i) => {
          expect(result.dtype).toBe(dtype);
          expectSameBits(result, expected[i] as Tensor);
        });
      }
      expectSameBits(change(x, 5), expected[0] as Tensor);
      const [other] = compiled(x, tensor(6, { dtype: "int32" }));
      expect(
        other
          ?.equal(expected[0] as Tensor)
          .all()
          .item(),
      ).toBe(0);
    }
  });

  test("has derivatives of its images in both modes", () => {
    expect(checkGradients((x: Tensor) => change(x, 3), [images(2)]).comparisons).toBe(8);
  });

  test("draws anew in each call of a compiled function with Draws", () => {
    const draws = new Draws(1);
    const run = compile((x: Tensor) => change(x, draws.next()));
    const [first, second] = [run(images(1)), run(images(1))];
    expect(first.equal(second).all().item()).toBe(0);
  });

  test("of a batch by vectorize is that of its parts", () => {
    const parts = [1, 2].map((seed) => images(seed));
    const expected = stack(parts.map((x) => change(x, 7)));
    expectSameBits(vectorize((x: Tensor) => change(x, 7))(stack(parts)), expected);
  });

  test("takes a batch of none", () => {
    if (_name === "mixup") return;
    expect(change(images(1, "float32", [0, 3, 5, 6]), 1).shape[0]).toBe(0);
  });

  test("refuses images without a batch by name", () => {
    const [op = ""] = /^\w+/.exec(_name) ?? [];
    const message = messageOf(() => change(images(1).at(0), 1));
    expect(message).toMatch(
      new RegExp(`^${op}: images: expected \\[batch, channels, height, width\\]`),
    );
  });
});

/** Returns the same image `count` times. */
const copies = (image: Tensor, count: number) => image.broadcastTo([count, ...image.shape]);
const rowsOf = (x: Tensor) => Array.from({ length: x.shape[0] ?? 0 }, (_, i) => x.at(i));
const isSame = (x: Tensor, y: Tensor) => x.equal(y).all().item() === 1;

/** Returns how often each candidate is a result; every result must be a candidate. */
function countOf(results: Tensor, candidates: readonly Tensor[]): number[] {
  const counts = candidates.map(() => 0);
  for (const result of rowsOf(results)) {
    const place = candidates.findIndex((each) => isSame(each, result));
    expect(place).toBeGreaterThanOrEqual(0);
    counts[place] = (counts[place] ?? 0) + 1;
  }
  return counts;
}

/** Expects counts that agree with probabilities: chi-squared is below the value that one in a million exceeds. */
function expectShares(counts: readonly number[], shares: readonly number[]): void {
  const total = counts.reduce((sum, count) => sum + count);
  const distance = counts.reduce((sum, count, i) => {
    const expected = total * (shares[i] ?? 0);
    return sum + (expected === 0 ? count * 1e9 : (count - expected) ** 2 / expected);
  }, 0);
  const freedom = Math.max(1, counts.length - 1);
  // The bound is Wilson and Hilferty's approximation at 4.75 standard deviations.
  const bound = freedom * (1 - 2 / (9 * freedom) + 4.75 * Math.sqrt(2 / (9 * freedom))) ** 3;
  expect(distance, `${counts}`).toBeLessThan(bound);
}

const alike = (count: number) => new Array<number>(count).fill(1 / count);
const image = arange(12).reshape([1, 3, 4]);

test("flips have their probabilities, in each direction", () => {
  const candidates = [image, flip(image, -1), flip(image, -2), flip(image, [-1, -2])];
  const x = copies(image, 1000);
  for (const [direction, shares] of [
    ["horizontal", [0.7, 0.3, 0, 0]],
    ["vertical", [0.7, 0, 0.3, 0]],
    ["both", [0.49, 0.21, 0.21, 0.09]],
  ] as const) {
    const results = flipImages(x, { seed: 4, direction, probability: 0.3 });
    expectShares(countOf(results, candidates), shares);
  }
  expectShares(countOf(flipImages(x, { seed: 2 }), candidates), [0.5, 0.5, 0, 0]);
});

test("shifts are by whole pixels, each as often as the others", () => {
  const at = (row: number, column: number, padding: "zeros" | "border" | "reflection") => {
    const index = (i: number, length: number) => {
      if (padding === "border") return Math.min(Math.max(i, 0), length - 1);
      const period = ((i % (2 * length)) + 2 * length) % (2 * length);
      return period < length ? period : 2 * length - 1 - period;
    };
    const isOutside = row < 0 || row >= 3 || column < 0 || column >= 4;
    return isOutside && padding === "zeros" ? 0 : 4 * index(row, 3) + index(column, 4);
  };
  for (const padding of sampled(["zeros", "border", "reflection"] as const, 3)) {
    const candidates = [-1, 0, 1].flatMap((down) =>
      [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5].map((right) =>
        tensor(
          Array.from({ length: 12 }, (_, i) =>
            at(Math.floor(i / 4) - down, (i % 4) - right, padding),
          ),
          { shape: [1, 3, 4] },
        ),
      ),
    );
    const results = shiftImages(copies(image, 3000), { seed: 2, most: [1, 5], padding });
    const counts = countOf(results, candidates);
    // Some shifts by four or more have the same result: no column of the image, or one.
    const same = candidates.map((each) => candidates.findIndex((other) => isSame(other, each)));
    const shares = candidates.map((_, i) => same.filter((place) => place === i).length / 33);
    const used = shares.flatMap((share, i) => (share > 0 ? [i] : []));
    expectShares(
      used.map((i) => counts[i] ?? 0),
      used.map((i) => shares[i] ?? 0),
    );
  }
});

test("crops are parts of the padded image, each as often as the others", () => {
  const candidates = [0, 1, 2, 3].flatMap((top) =>
    [0, 1, 2].map((left) =>
      image
        .pad([
          [0, 0],
          [1, 1],
          [0, 0],
        ])
        .slice([0, top, left], [1, top + 2, left + 2]),
    ),
  );
  const results = cropImages(copies(image, 2000), { seed: 3, size: 2, padding: [1, 0] });
  expectShares(countOf(results, candidates), alike(12));
  expect(isSame(cropImages(image.expandDims(0), { seed: 1, size: [3, 4] }).at(0), image)).toBe(
    true,
  );
  expect(messageOf(() => cropImages(copies(image, 1), { seed: 1, size: 4 }))).toMatch(
    /cropImages: size: expected at most 3 pixels along axis 2/,
  );
  expect(messageOf(() => cropImages(copies(image, 1), { seed: 1, size: 0 }))).toMatch(
    /cropImages: size: .*got 0/,
  );
});

test("holes have their size and position, each middle as often as the others", () => {
  const middles = [0, 1, 2].flatMap((row) => [0, 1, 2, 3].map((column) => [row, column] as const));
  const candidates = middles.map(([row, column]) =>
    tensor(
      Array.from({ length: 12 }, (_, i) => {
        const [down, right] = [Math.floor(i / 4) - row, (i % 4) - column];
        return Math.abs(down) <= 1 && right >= -1 && right < 1 ? -1 : i;
      }),
      { shape: [1, 3, 4] },
    ),
  );
  const results = cutout(copies(image, 2000), { seed: 3, size: [3, 2], value: -1 });
  expectShares(countOf(results, candidates), alike(12));
});

/**
 * Returns the linear map of each changed picture, from its pixels to those of the original: x = a·x′ + b·y′, y = c·x′ +
 * d·y′ as [[a, b], [c, d]].
 */
function mapsOf(change: (x: Tensor) => Tensor): number[][] {
  const [height, width, count] = [8, 12, 500];
  const axis = (length: number, shape: number[]) =>
    arange(length, { dtype: "float64" })
      .sub((length - 1) / 2)
      .reshape(shape)
      .broadcastTo([height, width]);
  const x = stack([axis(width, [1, width]), axis(height, [height, 1])]);
  const seen = change(copies(x, count));
  // The pixels are next to the middle, where nothing outside of the image is visible.
  const pixel = (row: number, column: number) =>
    seen.slice([0, 0, row, column], [count, 2, row + 1, column + 1]);
  const along = [pixel(4, 6).sub(pixel(4, 5)), pixel(4, 6).sub(pixel(3, 6))];
  return rowsOf(stack(along, 2).reshape([count, 4])).map((row) => Array.from(row.data()));
}

/** Expects uniformly distributed numbers between two bounds, by Kolmogorov and Smirnov's distance. */
function expectUniform(values: readonly number[], low: number, high: number): void {
  const sorted = values.map((value) => (value - low) / (high - low)).toSorted((a, b) => a - b);
  const distance = Math.max(
    ...sorted.map((value, i) => Math.abs(value - (i + 0.5) / sorted.length)),
  );
  expect(Math.min(...sorted)).toBeGreaterThanOrEqual(-1e-9);
  expect(Math.max(...sorted)).toBeLessThanOrEqual(1 + 1e-9);
  expect(distance).toBeLessThan(2.7 / Math.sqrt(sorted.length));
}

test("rotations are rotations of pixels by uniform angles, whatever the shape of the image", () => {
  const maps = mapsOf((x) => rotateImages(x, { seed: 1, degrees: 40 }));
  const angles = maps.map(([a = 0, b = 0, c = 0, d = 0]) => {
    expect(Math.abs(a - d) + Math.abs(b + c)).toBeLessThan(1e-12);
    expect(a * d - b * c).toBeCloseTo(1, 12);
    return (Math.atan2(c, a) / Math.PI) * 180;
  });
  expectUniform(angles, -40, 40);
});

test("scales are factors of both axes, uniform between their bounds", () => {
  const maps = mapsOf((x) => scaleImages(x, { seed: 1, low: 0.5, high: 3 }));
  const factors = maps.map(([a = 0, b = 0, c = 0, d = 0]) => {
    expect(Math.abs(b) + Math.abs(c) + Math.abs(a - d)).toBeLessThan(1e-12);
    return 1 / a;
  });
  expectUniform(factors, 0.5, 3);
});

test("colours are those of ColorJitter's formulas, with uniform factors", () => {
  const x = copies(uniform([3, 4, 5], { seed: 1, low: 0.4, high: 0.6, dtype: "float64" }), 500);
  const grey = x.mul(tensor([[[0.299]], [[0.587]], [[0.114]]], { dtype: "float64" })).sum(1, {
    keepDims: true,
  });
  const mean = grey.mean([1, 2, 3], { keepDims: true });
  const toward = {
    brightness: mean.mul(0),
    contrast: mean,
    saturation: grey,
  } as const;
  for (const [option, base] of Object.entries(toward)) {
    const changed = jitterColors(x, { seed: 1, [option]: 0.5 });
    const from = changed.sub(base);
    // The factor is the best fit for all elements of an image.
    const own = x.sub(base);
    const sums = (y: Tensor) => y.sum([1, 2, 3], { keepDims: true });
    const factor = sums(from.mul(own)).div(sums(own.square()));
    expect(from.sub(own.mul(factor)).abs().max().item()).toBeLessThan(1e-12);
    expectUniform(Array.from(factor.data()), 0.5, 1.5);
  }
});

test("hue turns red to cyan by half a turn, keeps grey, and is uniform", () => {
  const grey = copies(uniform([1, 4, 5], { seed: 1, dtype: "float64" }), 20).broadcastTo([
    20, 3, 4, 5,
  ]);
  const turned = jitterColors(grey, { seed: 1, hue: 0.5 });
  expect(turned.sub(grey).abs().max().item()).toBeLessThan(1e-12);
  // The angle follows from two channels of a colour that is nearly grey, so that nothing is clipped.
  const base = tensor([0.51, 0.5, 0.5], { dtype: "float64", shape: [3, 1, 1] });
  const moved = jitterColors(copies(base, 500), { seed: 2, hue: 0.25 }).sub(0.5).div(0.01);
  const angles = rowsOf(moved).map((pixel) => {
    const [red = 0, green = 0] = Array.from(pixel.data());
    // The channels are red = .213 + .787 cos − .213 sin and green = .213 − .213 cos + .143 sin.
    const [p, q] = [red - 0.213, green - 0.213];
    const determinant = 0.787 * 0.143 - 0.213 * 0.213;
    return Math.atan2((0.213 * p + 0.787 * q) / determinant, (0.143 * p + 0.213 * q) / determinant);
  });
  expectUniform(angles, -Math.PI / 2, Math.PI / 2);
});

test("colours are cut to what a picture has", () => {
  const result = jitterColors(images(1, "float64", [50, 3, 4, 4]), {
    seed: 1,
    brightness: 2,
    contrast: 3,
  });
  expect([result.min().item(), result.max().item()]).toEqual([0, 1]);
  expect(messageOf(() => jitterColors(ones([1, 1, 2, 2]), { seed: 1, hue: 0.1 }))).toMatch(
    /jitterColors: images: expected \[batch, 3, height, width\]/,
  );
  expect(messageOf(() => jitterColors(ones([1, 2, 2, 2]), { seed: 1 }))).toMatch(/1 or 3/);
});

test("mixup mixes images and labels by one share each, of a beta distribution", () => {
  const count = 4000;
  const classes = arange(count, { dtype: "float64" });
  const x = classes.reshape([count, 1, 1, 1]);
  for (const alpha of [0.3, 1, 4]) {
    const { images, labels } = mixup(x, classes, { seed: 1, alpha });
    expectSameBits(images.reshape([count]), labels);
    const hot = oneHot(arange(3, { dtype: "int32" }), 3);
    const mixed = mixup(ones([3, 1, 1, 1]), hot, { seed: 1, alpha });
    expect(mixed.labels.sum(1).sub(1).abs().max().item()).toBeLessThan(1e-6);
    // For uniform labels and their mixture λx + (1 − λ)y, the mean of the squared deviation from ½ is (2 E λ² − 2 E λ +
    // 1) / 12.
    const centred = labels.div(count).sub(0.5);
    const square = 0.25 + 1 / (4 * (2 * alpha + 1));
    expect(centred.square().mean().item() * 12).toBeCloseTo(2 * square, 1);
  }
  const integers = randomInt([count], { seed: 1, high: 3 });
  expect(messageOf(() => mixup(x, integers, { seed: 1 }))).toMatch(/mixup: labels: .*oneHot/);
  expect(messageOf(() => mixup(x, ones([2]), { seed: 1 }))).toMatch(
    /mixup: labels: expected \[4000/,
  );
  const tiny = mixup(x, classes, { seed: 1, alpha: 1e-5 });
  expect(tiny.labels.isFinite().all().item()).toBe(1);
});

test("noise is normal", () => {
  const noise = addNoise(ones([10, 1, 50, 50], { dtype: "float64" }), {
    seed: 1,
    deviation: 3,
  }).sub(1);
  expect(noise.mean().item()).toBeCloseTo(0, 1);
  expect(noise.square().mean().sqrt().item()).toBeCloseTo(3, 1);
});
