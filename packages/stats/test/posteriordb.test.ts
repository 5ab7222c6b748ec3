/** Posteriors of posteriordb have the means and variances of its reference draws, within the standard errors of both. */

import { concat, eye, matmul, ones, scan, stack, type Tensor } from "@graddiff/core";
import {
  Beta,
  Flat,
  Gamma,
  HalfCauchy,
  HalfNormal,
  interval,
  Mixture,
  type Model,
  MultivariateNormal,
  mcse,
  model,
  Normal,
  ordered,
  positive,
  real,
  sample,
} from "@graddiff/stats";
import { expect, test } from "vitest";
import { sampled, WHOLE } from "../../core/test/support/sampling.ts";
import { double, golden } from "./support.ts";

interface Reference {
  readonly mean: number;
  readonly meanError: number;
  readonly variance: number;
  readonly varianceError: number;
}

interface Given {
  readonly name: string;
  readonly data: string;
  readonly unknowns: Readonly<Record<string, Reference>>;
}

const { data, posteriors } = golden("posteriordb") as {
  data: Record<string, Record<string, number[]>>;
  posteriors: readonly Given[];
};

/** Returns one field of a data set as a tensor. */
const given = (set: string, name: string) => double(data[set]?.[name] ?? []);

type Known = Model<Record<string, Tensor>, Record<never, Tensor>>;

/** Returns a regression on columns, with Stan's flat priors. */
function kidiq(columns: (hs: Tensor, iq: Tensor) => Tensor[]): Known {
  const [hs, iq] = [given("kidiq", "mom_hs"), given("kidiq", "mom_iq")];
  const inputs = stack([ones([434], { dtype: "float64" }), ...columns(hs, iq)], 1);
  return model(({ draw, observe }) => {
    const beta = draw(Flat(real), [inputs.shape[1] ?? 0]);
    const sigma = draw(HalfCauchy(2.5));
    observe(Normal(matmul(inputs, beta), sigma), given("kidiq", "kid_score"));
    return { beta, sigma };
  });
}

/** The models of posteriordb, translated from Stan, where the names of vector elements count from 1. */
const MODELS: Readonly<Record<string, () => Known>> = {
  "eight_schools-eight_schools_noncentered": () =>
    model(({ draw, observe }) => {
      const [mu, tau] = [draw(Normal(0, 5)), draw(HalfCauchy(5))];
      const theta = mu.add(tau.mul(draw(Normal(0, 1), [8])));
      observe(Normal(theta, given("eight_schools", "sigma")), given("eight_schools", "y"));
      return { mu, tau, theta };
    }),
  "kidiq-kidscore_momhs": () => kidiq((hs) => [hs]),
  "kidiq-kidscore_momiq": () => kidiq((_, iq) => [iq]),
  "kidiq-kidscore_momhsiq": () => kidiq((hs, iq) => [hs, iq]),
  "kidiq-kidscore_interaction": () => kidiq((hs, iq) => [hs, iq, hs.mul(iq)]),
  "sblrc-blr": () =>
    model(({ draw, observe }) => {
      const beta = draw(Normal(0, 10), [5]);
      const sigma = draw(HalfNormal(10));
      observe(Normal(matmul(given("sblrc", "X"), beta), sigma), given("sblrc", "y"));
      return { beta, sigma };
    }),
  "arK-arK": () => {
    const y = given("arK", "y");
    const [count = 0] = y.shape;
    const lags = stack(
      Array.from({ length: 5 }, (_, k) => y.slice([4 - k], [count - 1 - k])),
      1,
    );
    return model(({ draw, observe }) => {
      const [alpha, beta] = [draw(Normal(0, 10)), draw(Normal(0, 10), [5])];
      const sigma = draw(HalfCauchy(2.5));
      observe(Normal(matmul(lags, beta).add(alpha), sigma), y.slice([5]));
      return { alpha, beta, sigma };
    });
  },
  "garch-garch11": () => {
    const y = given("garch", "y");
    const first = given("garch", "sigma1");
    return model(({ draw, observe }) => {
      const mu = draw(Flat(real));
      const alpha0 = draw(Flat(positive));
      const alpha1 = draw(Flat(interval(0, 1)));
      const beta1 = draw(Flat(interval(0, alpha1.neg().add(1))));
      const [, variances] = scan(
        (variance: Tensor, before: Tensor): [Tensor, Tensor] => {
          const off = before.sub(mu).square();
          const next = alpha0.add(alpha1.mul(off)).add(beta1.mul(variance));
          return [next, next];
        },
        first.square(),
        y.slice([0], [-1]),
      );
      const scales = concat([first.reshape([1]), variances.sqrt()]);
      observe(Normal(mu, scales), y);
      return { mu, alpha0, alpha1, beta1 };
    });
  },
  "gp_pois_regr-gp_regr": () => {
    const [x, y] = [given("gp_pois_regr", "x"), given("gp_pois_regr", "y")];
    const [count = 0] = x.shape;
    const squares = x.reshape([count, 1]).sub(x).square();
    return model(({ draw, observe }) => {
      const rho = draw(Gamma(25, 4));
      const [alpha, sigma] = [draw(HalfNormal(2)), draw(HalfNormal(1))];
      const kernel = squares.mul(-0.5).div(rho.square()).exp().mul(alpha.square());
      const covariance = kernel.add(eye(count, { dtype: "float64" }).mul(sigma));
      observe(MultivariateNormal(y.mul(0), { covariance }), y);
      return { rho, alpha, sigma };
    });
  },
  "low_dim_gauss_mix-low_dim_gauss_mix": () => {
    const y = given("low_dim_gauss_mix", "y");
    return model(({ draw, observe, factor }) => {
      const mu = draw(Flat(ordered), [2]);
      factor(Normal(0, 2).logProb(mu).sum());
      const sigma = draw(HalfNormal(2), [2]);
      const theta = draw(Beta(5, 5));
      const parts = [0, 1].map((i) => Normal(mu.at(i), sigma.at(i)));
      observe(Mixture(stack([theta, theta.neg().add(1)]), parts), y);
      return { mu, sigma, theta };
    });
  },
};

/** The models that take most of the time. */
const LONG = /^(low_dim_gauss_mix|gp_pois_regr|garch)-/;
const tried = WHOLE ? posteriors : posteriors.filter(({ name }) => !LONG.test(name));

test.each(sampled(tried, 3))("$name has the means and variances of the reference", async (own) => {
  const of = MODELS[own.name]?.();
  if (of === undefined) throw new Error(`${own.name}: no model`);
  // Coefficients of inputs that are not centred are correlated.
  const mass = own.data === "kidiq" ? "dense" : "diagonal";
  const { draws, warnings } = await sample(of, { seed: 1, mass });
  expect(warnings).toEqual([]);
  for (const [name, reference] of Object.entries(own.unknowns)) {
    const [, leaf = name, at] = /^(\w+)\[(\d+)\]$/.exec(name) ?? [];
    const all = draws[leaf];
    if (all === undefined) throw new Error(`${own.name}: no ${leaf}`);
    const x = at === undefined ? all : all.at("...", Number(at) - 1);
    const squares = x.sub(reference.mean).square();
    for (const [drawn, value, error] of [
      [x, reference.mean, reference.meanError],
      [squares, reference.variance, reference.varianceError],
    ] as const) {
      const z = Math.abs(drawn.mean().item() - value) / Math.hypot(mcse(drawn).item(), error);
      expect(z, `${own.name}: ${name}`).toBeLessThan(4);
    }
  }
});

test("every posterior has a model", () => {
  expect(Object.keys(MODELS)).toEqual(posteriors.map(({ name }) => name));
});
