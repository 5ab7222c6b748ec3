/**
 * Unknowns that the data do not determine have infinite errors and are named. Nearly undetermined ones have the errors
 * of `curve_fit` (lm).
 */

import { compile, grad, jvp, stack, type Tensor, vectorize } from "@graddiff/core";
import { curveFit, leastSquares } from "@graddiff/solve";
import { describe, expect, test } from "vitest";
import { complaint, double, scipy } from "./support.ts";

type Numbers = Readonly<Record<string, Tensor>>;
const at = (p: Numbers, name: string) => p[name] as Tensor;
const xs = double([1, 2, 3, 4, 5]);
const ys = double([2.01, 4.02, 5.97, 8.05, 9.96]);
const errorsOf = (fit: { readonly standardErrors: unknown }) =>
  Object.fromEntries(
    Object.entries(fit.standardErrors as Numbers).map(([key, value]) => [key, value.item()]),
  );

const product = (x: Tensor, p: Numbers) => x.mul(at(p, "a")).mul(at(p, "b"));

describe("unknowns that the residuals do not determine", () => {
  test.each([
    [1, 1],
    [10, 1],
    [1e6, 1e-6],
  ])("have infinite errors: a product of two, from %f and %f", (a, b) => {
    const fit = curveFit(product, xs, ys, { a, b });
    expect([fit.status.item(), fit.undetermined]).toEqual([1, ["a", "b"]]);
    expect(errorsOf(fit)).toEqual({ a: Infinity, b: Infinity });
    expect(fit.reason).toMatch(/^a minimum: .*; the residuals do not determine a, b$/);
    expect(String(fit)).toMatch(/± inf\nb .*± inf\ncost .*do not determine a, b$/);
    // The product of both unknowns is determined.
    const { value, standardError } = fit.predict(double([2]));
    expect(value.item()).toBeCloseTo(3.99855, 4);
    const line = curveFit((x: Tensor, p: Numbers) => x.mul(at(p, "a")), xs, ys, { a: 1 });
    // With two unknowns instead of one, five numbers leave one degree of freedom less.
    const wanted = line.predict(double([2])).standardError.item() * Math.sqrt(4 / 3);
    expect(standardError.item()).toBeCloseTo(wanted, 10);
  });

  test("leave the errors of the others as they are", () => {
    const data = double([5, 3, 2.1, 1.2, 0.7]);
    const decay = (x: Tensor, p: Numbers) => at(p, "a").mul(at(p, "k").mul(x).neg().exp());
    const shifted = (x: Tensor, p: Numbers) =>
      at(p, "a").mul(at(p, "b").sub(at(p, "k").mul(x)).exp());
    const fit = curveFit(shifted, xs, data, { a: 1, b: 1, k: 1 });
    const plain = curveFit(decay, xs, data, { a: 1, k: 1 });
    expect(fit.undetermined).toEqual(["a", "b"]);
    const scatter = Math.sqrt((plain.cost.item() * 2) / 3);
    const [own, other] = [errorsOf(fit)["k"] ?? 0, errorsOf(plain)["k"] ?? 0];
    // The undetermined unknown leaves one degree of freedom less.
    const factor = Math.sqrt((fit.cost.item() * 2) / 2) / scatter;
    expect(own / (other * factor)).toBeCloseTo(1, 6);
    const row = fit.covariance.slice([2], [3]).reshape([3]).toArray() as number[];
    expect(row.slice(0, 2)).toEqual([Infinity, Infinity]);
    expect(row[2]).toBeCloseTo(own ** 2, 12);
  });

  test("are named with their indices, where nothing depends on them, and where all start alike", () => {
    const unused = curveFit(
      (x: Tensor, p: Numbers) => x.mul(at(p, "a")).add(at(p, "c").mul(0)),
      ...([xs, ys, { a: 1, c: 7 }] as const),
    );
    expect(errorsOf(unused)["c"]).toBe(Infinity);
    expect(errorsOf(unused)["a"]).toBeLessThan(0.01);
    expect([unused.undetermined, at(unused.x as Numbers, "c").item()]).toEqual([["c"], 7]);
    const vector = leastSquares(
      (p: { readonly all: readonly Tensor[] }) => {
        const [w, m] = p.all as [Tensor, Tensor];
        return xs
          .mul(w.at(0))
          .add(w.at(1).mul(0))
          .add(m.slice([1], [2]).sum().mul(0))
          .sub(ys);
      },
      { all: [double([1, 2]), double([[1, 2]])] },
    );
    expect(vector.undetermined).toEqual(["all[0][1]", "all[1][0, 0]", "all[1][0, 1]"]);
    const t = double([0, 1, 2, 3, 4, 5, 6, 7]);
    const two = (x: Tensor, p: Numbers) =>
      at(p, "a")
        .mul(at(p, "b").mul(x).neg().exp())
        .add(at(p, "c").mul(at(p, "d").mul(x).neg().exp()));
    const alike = curveFit(two, t, double([5, 3, 2.1, 1.2, 0.7, 0.41, 0.3, 0.2]), {
      ...{ a: 1, b: 1, c: 1, d: 1 },
    });
    expect(alike.undetermined).toEqual(["a", "b", "c", "d"]);
  });

  test("a peak that starts far from all data stays, and is told to be no minimum", () => {
    const peak = (x: Tensor, p: Numbers) =>
      at(p, "a").mul(x.sub(at(p, "m")).div(at(p, "w")).square().neg().exp());
    const fit = curveFit(peak, xs, ys, { a: 1, m: 100, w: 1 });
    expect([fit.status.item(), fit.undetermined]).toEqual([2, ["a", "m", "w"]]);
    expect(fit.reason).toMatch(/^a stationary point: the gradient is zero at the start/);
  });

  test("have no gradient: it is refused by their names, compiled and in both modes", () => {
    const first = (y: Tensor) => at(curveFit(product, xs, y, { a: 1, b: 1 }).x as Numbers, "a");
    const wanted =
      /^ArgumentError: curveFit: x\.[ab]: expected a solution that the residuals determine, for derivatives, got undetermined elements: 1\.$/;
    expect(complaint(() => grad(first)(ys))).toMatch(wanted);
    expect(complaint(() => compile(grad(first))(ys))).toMatch(wanted);
    expect(complaint(() => jvp(first)([ys], [ys]))).toMatch(wanted);
    expect(complaint(() => vectorize(grad(first))(stack([ys, ys])))).toMatch(wanted);
    // A determined unknown has a derivative.
    const slope = (y: Tensor) => curveFit((x: Tensor, a: Tensor) => x.mul(a), xs, y, 1).x;
    const exact = xs.div(xs.square().sum());
    expect(grad(slope)(ys).sub(exact).abs().max().item()).toBeLessThan(1e-12);
  });
});

describe("nearly undetermined fits have the errors of curve_fit (lm)", () => {
  const { t, y, fits } = scipy.undetermined;
  const models: Readonly<Record<string, (p: Tensor, x: Tensor) => Tensor>> = {
    ...Object.fromEntries(
      [3, 6, 8, 9, 10].map((k) => [
        `condition 1e${k}`,
        (p: Tensor, x: Tensor) => {
          const basis = x.mul(-0.6).exp();
          const other = basis.add(
            x
              .mul(3)
              .sin()
              .mul(10 ** -k),
          );
          return p.at(0).mul(basis).add(p.at(1).mul(other)).add(p.at(2));
        },
      ]),
    ),
    "an offset that is nearly a decay": (p, x) =>
      p.at(0).mul(p.at(1).mul(x).neg().exp()).add(p.at(2)),
  };
  test.each(Object.keys(fits))("%s", (name) => {
    const { start, errors } = fits[name];
    const model = models[name] as (p: Tensor, x: Tensor) => Tensor;
    const fit = curveFit(
      (x: Tensor, p: Tensor) => model(p, x),
      double(t),
      double(y),
      double(start),
    );
    expect([fit.status.item(), fit.undetermined]).toEqual([1, []]);
    const own = Array.from(fit.standardErrors.data());
    own.forEach((error, i) => {
      expect(Math.abs(error / errors[i] - 1)).toBeLessThan(0.1);
    });
  });
});
