/**
 * `@graddiff/stats`: distributions, models as functions, the No-U-Turn sampler, and diagnostics.
 *
 * This file only re-exports the public names.
 */

export { bfmi, essBulk, essTail, mcse, rhat } from "./diagnostics.ts";
export type { Distribution, SampleOptions } from "./distribution.ts";
export { Beta, Dirichlet, Uniform } from "./distributions/bounded.ts";
export { Flat, Mixture, Truncated } from "./distributions/composed.ts";
export {
  Bernoulli,
  Binomial,
  Categorical,
  Multinomial,
  NegativeBinomial,
  type Odds,
  OrderedLogistic,
  Poisson,
} from "./distributions/counts.ts";
export {
  Cauchy,
  HalfCauchy,
  HalfNormal,
  Laplace,
  Logistic,
  Normal,
} from "./distributions/locationScale.ts";
export { LKJ, MultivariateNormal, type Spread } from "./distributions/matrices.ts";
export {
  Exponential,
  Gamma,
  InverseGamma,
  LogNormal,
  StudentT,
} from "./distributions/positive.ts";
export { VonMises } from "./distributions/vonMises.ts";
export { type PlotOptions, plot } from "./draw/plot.ts";
export { type LaplaceApproximation, type LaplaceOptions, laplace } from "./laplace.ts";
export { type Comparison, compare, type Loo, loo } from "./loo.ts";
export { type Handlers, type Kept, type Model, type ModelFunction, model } from "./model.ts";
export type { Posterior, PredictOptions, Transitions } from "./posterior.ts";
export {
  type DataOption,
  type Progress,
  type SamplerOptions,
  type State,
  sample,
} from "./sample.ts";
export { type SimulateOptions, type Simulation, simulate } from "./simulate.ts";
export type { Summary, SummaryRow } from "./summary.ts";
export {
  correlation,
  interval,
  ordered,
  positive,
  real,
  type Support,
  simplex,
} from "./supports.ts";
export type { Unknowns } from "./target.ts";
export { type MakeWorker, serveChains } from "./workers.ts";
