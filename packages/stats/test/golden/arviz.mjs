/** Prints the JSON of a small posterior of eight schools, with the logarithms of the densities of its data. `arviz.py` runs it. */

import { tensor } from "@graddiff/core";
import { HalfCauchy, model, Normal, sample } from "@graddiff/stats";

const double = (values) => tensor(values, { dtype: "float64" });
const schools = model(({ draw, observe }, { y, sigma }) => {
  const mu = draw(Normal(0, 5));
  const tau = draw(HalfCauchy(5));
  const theta = mu.add(tau.mul(draw(Normal(0, 1), [8])));
  observe(Normal(theta, sigma), y);
  return { mu, tau, theta, nested: { high: [theta.greater(mu).reshape([4, 2])] } };
});
const data = {
  y: double([28, 8, -3, 7, -1, 1, 18, 12]),
  sigma: double([15, 10, 16, 11, 9, 11, 10, 18]),
};
const posterior = await sample(schools, { data, chains: 3, warmup: 20, draws: 5, seed: 6 });
const log_likelihood = { y: posterior.logLikelihood().toArray() };
console.log(JSON.stringify({ ...posterior.toJSON(), log_likelihood }));
