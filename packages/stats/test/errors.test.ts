/** Errors and warnings: each of their messages is provoked. */

import { cond, floor, scan, stack, stopGradient, type Tensor, tensor } from "@graddiff/core";
import { cholesky } from "@graddiff/core/linalg";
import {
  Dirichlet,
  HalfCauchy,
  HalfNormal,
  type Handlers,
  Mixture,
  model,
  Normal,
  Poisson,
  sample,
} from "@graddiff/stats";
import { describe, expect, test } from "vitest";
import { sampleTests } from "../../core/test/support/sampling.ts";
import { complaint, double } from "./support.ts";

sampleTests(4);

const wrong = (value: unknown): never => value as never;
const one = (fn: (handlers: Handlers) => unknown, options = {}) =>
  complaint(() => sample(model(fn), { chains: 1, warmup: 10, draws: 5, ...options }));

describe("refusals", () => {
  test("a density that is finite at no start names its term, and the line", async () => {
    const message = await one(({ draw, observe }) => {
      const a = draw(Normal(0, 1));
      const b = draw(HalfNormal(1));
      observe(Normal(a, b), 1);
      observe(Normal(a.sub(100).log(), b), 1);
      return { a };
    });
    expect(message).toMatch(
      /^ArgumentError: sample: observe 2: expected a finite density with a finite gradient, got NaN at 100 random starts\. .*\[errors\.test\.ts:\d+:\d+\]$/,
    );
    expect(
      await one(({ draw, factor }) => {
        const a = draw(Normal(0, 1));
        factor(a.mul(0).log());
        return { a };
      }),
    ).toMatch(/^ArgumentError: sample: factor 1: .* got -Infinity at 100 random starts/);
  });

  test("a density that is finite without a finite gradient is refused, too", async () => {
    const message = await one(({ draw, factor }) => {
      const a = draw(Normal(0, 1));
      factor(a.mul(0).sqrt());
      return { a };
    });
    expect(message).toMatch(/got a gradient that is not at 100 random starts\.$/);
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    "a scale of %s is refused",
    async (scale) => {
      expect(await complaint(() => Normal(0, scale))).toBe(
        `ArgumentError: Normal: scale: expected finite numbers above 0, got ${scale}.`,
      );
      const message = await one(({ draw }) => ({ a: draw(Normal(0, double([1, scale]))) }));
      expect(message).toMatch(/^ArgumentError: Normal: scale: expected finite numbers above 0/);
    },
  );

  test("float32 is refused in data and in parameters", async () => {
    const data = { y: tensor([1, 2]) };
    const any = model(({ draw, observe }, { y }: { y: Tensor }) => {
      const a = draw(Normal(0, 1));
      observe(Normal(a, 1), y);
      return { a };
    });
    expect(await complaint(() => sample(any, { data }))).toBe(
      "DTypeError: sample: data.y: expected float64, got float32. " +
        'Make it with tensor(…, { dtype: "float64" }).',
    );
    expect(await complaint(() => Normal(tensor([1]), 1))).toMatch(
      /^DTypeError: Normal: mean: expected float64, got float32\. Make it with/,
    );
  });

  test("handlers inside of recorded functions are refused", async () => {
    const expected =
      /^RecordingError: draw 2: expected a call in the model itself, got one inside of cond, scan, whileLoop or another function that is recorded\./;
    expect(
      await one(({ draw }) => {
        const a = draw(Normal(0, 1));
        return {
          a: cond(
            a.greater(0),
            () => draw(Normal(0, 1)),
            () => a,
          ),
        };
      }),
    ).toMatch(expected);
    expect(
      await one(({ draw }) => {
        const a = draw(Normal(0, 1));
        const step = (x: Tensor): [Tensor, Tensor] => [x.add(draw(Normal(0, 1))), x];
        return scan(step, a, undefined, { length: 3 });
      }),
    ).toMatch(expected);
  });

  test("unknowns that are integers are refused, and summed out by a Mixture", async () => {
    expect(await one(({ draw }) => ({ a: draw(Poisson(3)) }))).toMatch(
      /^ArgumentError: draw 1: prior: expected a distribution of numbers with a density, since integers have no gradient, got Poisson\. Sum it out: observe\(Mixture\(weights, parts\), y\)/,
    );
    const outliers = model(({ draw, observe }) => {
      const weights = draw(Dirichlet(double([2, 2])));
      const parts = [Normal(0, 1), Normal(0, 10)];
      observe(Mixture(weights, parts), double([0.1, -0.4, 8, 0.3, -12, 0.9]));
      return { share: weights.at(1) };
    });
    const { draws, warnings } = await sample(outliers, { seed: 1 });
    // Two of six data are outliers; with the prior the share is about 4 of 10.
    expect(Math.abs(draws.share.mean().item() - 0.42)).toBeLessThan(0.06);
    expect(warnings).toEqual([]);
  });

  test("a factor that is no scalar is refused", async () => {
    const message = await one(({ draw, factor }) => {
      const a = draw(Normal(0, 1), [3]);
      factor(a);
      return { a };
    });
    expect(message).toMatch(
      /^ShapeError: factor 1: logDensity: expected a scalar, got \[3\]\. Add the terms up with sum\(\)\./,
    );
  });

  test("data that would broadcast are refused", async () => {
    const message = await one(({ draw, observe }) => {
      const a = draw(Normal(0, 1), [3]);
      observe(Normal(a, 1), double([[1], [2], [3]]));
      return { a };
    });
    expect(message).toMatch(
      /^ShapeError: observe 1: data: expected a shape to which that of Normal, \[3\], broadcasts, got \[3, 1\]\./,
    );
  });

  test("arguments of a wrong kind are refused", async () => {
    expect(await complaint(() => sample(wrong(1)))).toBe(
      "ArgumentError: sample: of: expected a model(…), or { logDensity, start }, got 1.",
    );
    expect(await complaint(() => model(wrong(1)))).toMatch(/^ArgumentError: model: fn: /);
    expect(await one(({ draw }) => ({ a: draw(wrong(1)) }))).toMatch(
      /^ArgumentError: draw 1: prior: expected a distribution, such as Normal\(0, 1\), got 1\./,
    );
    expect(await one(({ draw }) => ({ a: draw(Normal(0, double([1, 2])), [3]) }))).toMatch(
      /^ShapeError: draw 1: shape: expected one to which that of the distribution, \[2\], broadcasts, got \[3\]\./,
    );
    const coin = model(({ draw }) => ({ a: draw(Normal(0, 1)) }));
    expect(await complaint(() => sample(coin, { target: 1 }))).toMatch(
      /^ArgumentError: sample: target: /,
    );
    expect(await complaint(() => sample(coin, { from: wrong({}) }))).toMatch(
      /^ArgumentError: sample: from: /,
    );
    expect(await complaint(() => sample(coin, wrong({ tune: 5 })))).toMatch(
      /^ArgumentError: sample: /,
    );
    const floorOf = { logDensity: ({ x }: { x: Tensor }) => x, start: { x: double([1]) } };
    expect(await complaint(() => sample(floorOf))).toMatch(
      /^ShapeError: sample: logDensity: expected a scalar, got \[1\]\./,
    );
  });

  test("a handler that is called late is refused", async () => {
    let late: Handlers["draw"] | undefined;
    const coin = model(({ draw }) => {
      late = draw;
      return { a: draw(Normal(0, 1)) };
    });
    await sample(coin, { chains: 1, warmup: 0, draws: 4 });
    expect(await complaint(() => late?.(Normal(0, 1)))).toMatch(
      /^RecordingError: draw 2: expected a call while the model runs, got one after it has returned\./,
    );
  });
});

describe("warnings", () => {
  test("a clean run has none", async () => {
    const coin = model(({ draw }) => ({ a: draw(Normal(0, 1), [2]), constant: 3 }));
    expect((await sample(coin, { seed: 1 })).warnings).toEqual([]);
    expect((await sample(coin, { seed: 1, draws: 2 })).warnings).toEqual([]);
  });

  test("a centred hierarchy diverges and mixes badly", async () => {
    const [y, sigma] = [
      double([28, 8, -3, 7, -1, 1, 18, 12]),
      double([15, 10, 16, 11, 9, 11, 10, 18]),
    ];
    const centred = model(({ draw, observe }) => {
      const mu = draw(Normal(0, 5));
      const tau = draw(HalfCauchy(5));
      const theta = draw(Normal(mu, tau), [8]);
      observe(Normal(theta, sigma), y);
      return { tau };
    });
    const { warnings, stats } = await sample(centred, { seed: 1 });
    const count = stats.divergent.sum().item();
    expect(count).toBeGreaterThan(20);
    expect(warnings[0]).toMatch(new RegExp(`^${count} of 4000 transitions were divergent: `));
    expect(
      warnings.some((each) =>
        /^The effective size of 1 number is below 100 a chain, that of tau is \d+: /.test(each),
      ),
    ).toBe(true);
  });

  test("chains in two modes disagree", async () => {
    const modes = model(({ draw, factor }) => {
      const x = draw(Normal(0, 20), [2]);
      const at = (centre: number) => x.at(0).sub(centre).square().mul(-0.5);
      factor(at(15).sub(at(-15)).exp().log1p().add(at(-15)));
      return { x };
    });
    const { warnings } = await sample(modes, { seed: 3, warmup: 300, draws: 300 });
    expect(warnings.join("\n")).toMatch(
      /R̂ of 1 number is above 1\.01, that of x\[0\] is \d+\.\d+: the chains do not agree\./,
    );
  });

  test("trajectories that reach the depth are counted", async () => {
    const scales = double([1, 3e-4]);
    const gauss = {
      logDensity: ({ x }: { x: Tensor }) => x.div(scales).square().sum().mul(-0.5),
      start: { x: double([0, 0]) },
    };
    const { warnings, stats } = await sample(gauss, { chains: 1, warmup: 10, draws: 20 });
    const count = stats.depth.equal(10).cast("float64").sum().item();
    expect(count).toBeGreaterThan(0);
    expect(warnings.join("\n")).toContain(`${count} of 20 transitions reached the depth of 10: `);
  });

  test("heavy tails have a low BFMI", async () => {
    const heavy = {
      logDensity: ({ x }: { x: Tensor }) => x.square().log1p().mul(-0.75).sum(),
      start: { x: double([0]) },
    };
    const { warnings } = await sample(heavy, { seed: 1, draws: 500 });
    expect(warnings.join("\n")).toMatch(/The BFMI of \d of 4 chains is below 0\.3 \(0\.\d\d\): /);
  });

  test.each([
    ["no prior at all", ({ x }: { x: Tensor }) => x.sum().mul(0)],
    ["a direction without one", ({ x }: { x: Tensor }) => x.at(0).square().mul(-0.5)],
  ])("%s is improper", async (_, logDensity) => {
    const flat = { logDensity, start: { x: double([0, 0]) } };
    const { warnings } = await sample(flat, { seed: 1, chains: 2 });
    expect(warnings[0]).toMatch(/^The posterior seems to be improper: /);
  });

  test.each([
    ["stopGradient", (x: Tensor) => stopGradient(x).square()],
    ["floor", (x: Tensor) => floor(x.mul(2)).square()],
  ])("a gradient that %s hides is not that of the density", async (_, term) => {
    const hidden = model(({ draw, factor }) => {
      const x = draw(Normal(0, 1));
      factor(term(x).mul(-2));
      return { x };
    });
    const { warnings } = await sample(hidden, { seed: 1, chains: 2 });
    expect(warnings.join("\n")).toMatch(/^The gradient does not belong to the density: /m);
  });

  test("densities that are stiff, kinked or large have gradients that belong to them", async () => {
    for (const logDensity of [
      ({ x }: { x: Tensor }) => x.abs().mul(-5).sum(),
      ({ x }: { x: Tensor }) => x.pow(4).mul(-10).sum(),
      ({ x }: { x: Tensor }) => x.square().mul(-1e6).add(1e9).sum(),
    ]) {
      const target = { logDensity, start: { x: double([0]) } };
      const { warnings } = await sample(target, { seed: 1, chains: 2 });
      expect(warnings.join("\n")).not.toContain("gradient");
    }
  });

  test("a matrix that is not positive definite rejects the trajectory", async () => {
    // A correlation beyond ±1 is none.
    const { draws } = await sample(
      {
        logDensity: ({ r }: { r: Tensor }) => {
          const one = r.mul(0).add(1);
          const root = cholesky(stack([stack([one, r]), stack([r, one])]), { failure: "nan" });
          return root.at(1, 1).log().add(r.mul(0.3));
        },
        start: { r: double(0) },
      },
      { seed: 1, chains: 2 },
    );
    expect(draws.r.abs().max().item()).toBeLessThan(1);
    expect(draws.r.abs().max().item()).toBeGreaterThan(0.95);
  });
});
