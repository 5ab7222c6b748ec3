// Tests of the references on inputs with known answers: closed forms, and the tables of GradBench. Their gradients are
// compared with graddiff's in evals.test.ts, and with differences here.

import { describe, expect, it } from "vitest";
import { compare } from "../../gradbench/eval.ts";
import { ba } from "../../gradbench/evals/ba.ts";
import { gmm } from "../../gradbench/evals/gmm.ts";
import { lstm } from "../../gradbench/evals/lstm.ts";
import { NumpyRandom, seed } from "../../gradbench/random.ts";
import { errorsOf, sparseJacobian } from "../../gradbench/reference/ba.ts";
import { cofactors, determinant } from "../../gradbench/reference/det.ts";
import { logPosterior, logPosteriorGradient } from "../../gradbench/reference/gmm.ts";
import { handOfSize, misfits } from "../../gradbench/reference/ht.ts";
import { newtonStep, totalDistance } from "../../gradbench/reference/kmeans.ts";
import { leastSquares, leastSquaresGradient } from "../../gradbench/reference/llsq.ts";
import { logSumExp, softmax } from "../../gradbench/reference/lse.ts";
import { loss, lossGradient } from "../../gradbench/reference/lstm.ts";
import { lastGradient, solution } from "../../gradbench/reference/ode.ts";

const close = (actual: ArrayLike<number>, wanted: ArrayLike<number>, limit = 1e-12) =>
  compare([actual], [wanted], limit);

/** Computes central differences of fourth order. */
function differences(f: (x: Float64Array) => number, x: Float64Array): Float64Array {
  const step = 1e-3;
  return x.map((value, i) => {
    const moved = (by: number) => f(x.with(i, value + by * step));
    return (8 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12 * step);
  });
}

const random = () => new NumpyRandom(seed);

describe("the references", () => {
  it("llsq: two points, and differences", () => {
    // t = −1, 1 and s = −1, 1: ½ ((−1 − x)² + (1 − x)²) = 1 + x².
    close([leastSquares(Float64Array.of(0.5), 2)], [1.25]);
    close(leastSquaresGradient(Float64Array.of(0.5), 2), [1]);
    const x = random().uniform(6);
    close(
      leastSquaresGradient(x, 9),
      differences((x) => leastSquares(x, 9), x),
      1e-9,
    );
  });

  it("lse: of equal numbers ln n more than one, and differences", () => {
    close([logSumExp(new Float64Array(8).fill(700))], [700 + Math.log(8)]);
    const x = random().uniform(5);
    close(softmax(x), differences(logSumExp, x), 1e-9);
  });

  it("gmm: one Gaussian in one dimension, and differences", () => {
    // −½ ln 2π + q − ½ (eᑫ (x − μ))² for each point, and the Wishart prior with two degrees of freedom:
    // 2 ln (1/√2) − ln Γ(1) − ½ e²ᑫ.
    const [q, mu] = [0.3, 0.2];
    const x = Float64Array.of(0.5, -1);
    const ofPoints = x.reduce((sum, point) => {
      return sum - Math.log(2 * Math.PI) / 2 + q - (Math.exp(q) * (point - mu)) ** 2 / 2;
    }, 0);
    const mixture = {
      d: 1,
      x,
      alpha: Float64Array.of(5),
      mu: Float64Array.of(mu),
      q: Float64Array.of(q),
      l: new Float64Array(),
    };
    close([logPosterior(mixture)], [ofPoints - Math.LN2 - Math.exp(2 * q) / 2]);

    const larger = gmm.input({ d: 3, k: 2, n: 6 }, random());
    const gradient = logPosteriorGradient(larger);
    for (const name of ["alpha", "mu", "q", "l"] as const) {
      const value = (numbers: Float64Array) => logPosterior({ ...larger, [name]: numbers });
      close(gradient[name], differences(value, larger[name]), 1e-8);
    }
  });

  it("kmeans: two clusters on a line go to their means", () => {
    const clustering = {
      d: 1,
      points: Float64Array.of(0, 1, 2, 10, 14),
      centroids: Float64Array.of(2, 13),
    };
    expect(totalDistance(clustering)).toBe(4 + 1 + 0 + 9 + 1);
    expect([...newtonStep(clustering)]).toEqual([1, 1]);
  });

  it("ode: the exact solution 2ⁿ/n! Π x with many steps, and differences with few", () => {
    const x = random().uniform(6);
    const last = (x: Float64Array, steps: number) => [...solution({ x, steps })].at(-1) ?? 0;
    const exact = x.reduce((product, value, i) => (product * 2 * value) / (i + 1), 1);
    close([last(x, 400) / exact], [1], 1e-9);
    const gradient = lastGradient({ x, steps: 400 });
    close(
      gradient.map((value, i) => (value * (x[i] ?? 0)) / exact),
      new Float64Array(6).fill(1),
      1e-9,
    );
    close(
      lastGradient({ x, steps: 3 }),
      differences((x) => last(x, 3), x),
      1e-9,
    );
  });

  it("lstm: with all parameters 0 the prediction is uniform, and differences", () => {
    const net = lstm.input({ l: 2, c: 5 }, random());
    const flat = { ...net, main: net.main.map(() => 0), extra: net.extra.map(() => 0) };
    // Each target costs ln (2 + b) of (C − 1) b characters and bits.
    const targets = net.text.subarray(net.bits).reduce((sum, bit) => sum + bit, 0);
    close([loss(flat)], [(targets * Math.log(2 + net.bits)) / (4 * net.bits)]);
    const gradient = lossGradient(net);
    for (const name of ["main", "extra"] as const) {
      const value = (numbers: Float64Array) => loss({ ...net, [name]: numbers });
      close(gradient[name], differences(value, net[name]), 1e-9);
    }
  });

  it("det: of a triangle its diagonal, of equal rows 0, and differences", () => {
    const triangle = Float64Array.of(2, 5, 7, 0, 3, 1, 0, 0, 4);
    close([determinant({ size: 3, elements: triangle })], [24]);
    const swapped = Float64Array.of(0, 3, 1, 2, 5, 7, 0, 0, 4);
    close([determinant({ size: 3, elements: swapped })], [-24]);
    const elements = random().uniform(16);
    const value = (elements: Float64Array) => determinant({ size: 4, elements });
    close(cofactors({ size: 4, elements }), differences(value, elements), 1e-9);
  });

  it("ba: a quarter turn about the axis of view, and where the Jacobian's elements stand", () => {
    const scene = {
      // The turn takes the point (1, 0, 2) to (0, 1, 2), which is seen at (0, ½).
      cameras: Float64Array.of(0, 0, Math.PI / 2, 0, 0, 0, 2, 0.1, 0.2, 0.5, 0.25),
      points: Float64Array.of(1, 0, 2),
      weights: Float64Array.of(0.5),
      features: Float64Array.of(0.1, 0.2),
      camera: Int32Array.of(0),
      point: Int32Array.of(0),
    };
    const scale = 2 * (1 + 0.5 * 0.25 + 0.25 * 0.0625);
    close(errorsOf(scene), [0, 0.5 * 0.5 * scale, 0.75], 1e-15);
    const { rows, cols, vals } = sparseJacobian(scene);
    expect([...rows]).toEqual([0, 15, 30, 31]);
    const row = Array.from({ length: 15 }, (_, i) => i);
    expect([...cols]).toEqual([...row, ...row, 14]);
    // The derivatives by the principal point, by the weight, and of the weight's own error.
    close([vals[7] ?? 0, vals[15 + 7] ?? 0, vals[15 + 8] ?? 0], [0.5, 0, 0.5], 1e-9);
    close([vals[29] ?? 0, vals[30] ?? 0], [0.5 * scale, -1], 1e-9);
  });

  it("ba: points and cameras are taken in turn", () => {
    const { camera, point } = ba.input({ file: 0, n: 2, m: 3, p: 7 }, random());
    expect([...camera]).toEqual([0, 1, 0, 1, 0, 1, 0]);
    expect([...point]).toEqual([0, 1, 2, 0, 1, 2, 0]);
  });

  it("ht: a hand at rest is where its vertices are, turned and moved", () => {
    const hand = handOfSize(30, 10, 5, 7, random());
    // A quarter turn about z takes (x, y, z) to (−y, x, z); then a shift.
    const theta = hand.theta.map((_, i) => [0, 0, Math.PI / 2, 1, 2, 3][i] ?? 0);
    const placed = (vertex: number) => {
      const [x = 0, y = 0, z = 0] = hand.vertices.subarray(4 * vertex);
      return [1 - y, 2 + x, 3 + z];
    };
    const wanted = hand.measured.map((value, i) => {
      const [one, coordinate] = [Math.floor(i / 3), i % 3];
      const [first = 0, second = 0] = hand.u.subarray(2 * one);
      const corners = hand.triangles.subarray(3 * (hand.triangle[one] ?? 0));
      const shares = [first, second, 1 - first - second];
      const point = shares.reduce((sum, share, k) => {
        return sum + share * (placed(corners[k] ?? 0)[coordinate] ?? 0);
      }, 0);
      return value - point;
    });
    close(misfits({ ...hand, theta }), wanted);
  });
});

describe("GradBench's measure", () => {
  it("is relative for great numbers, absolute for small ones, and refuses what is missing", () => {
    expect(compare([[2e6 + 1]], [[2e6]])).toBeCloseTo(0.25e-6, 10);
    expect(compare([[1e-5]], [[0]])).toBe(1e-5);
    expect(() => compare([[1, 2.1]], [[1, 2]])).toThrow("number 1 of result 0 is 2.1, not 2");
    expect(() => compare([[Number.NaN]], [[Number.NaN]])).toThrow("wrong answer");
    expect(() => compare([[1], []], [[1]])).toThrow("wrong answer: 1,0 numbers, not 1");
  });
});
