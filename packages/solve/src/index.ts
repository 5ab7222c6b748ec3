/**
 * `@graddiff/solve`: fit, solve and integrate, differentiable through the solution.
 *
 * This file only re-exports the public names.
 */

export { type CurveFit, type CurveFitOptions, curveFit, type Prediction } from "./curveFit.ts";
export type { NumberTree } from "./data.ts";
export { type FixedPoint, type FixedPointOptions, fixedPoint } from "./fixedPoint.ts";
export { type Interpolate1dOptions, interpolate1d } from "./interpolate1d.ts";
export { type LeastSquares, type LeastSquaresOptions, leastSquares } from "./leastSquares.ts";
export type { LossName } from "./losses.ts";
export { type MinimizeOptions, type Minimum, minimize } from "./minimize.ts";
export { type OdeEvent, type OdeOptions, type OdeSolution, odeint } from "./odeint.ts";
export type { Outcome } from "./outcome.ts";
export { type Quadrature, type QuadratureOptions, quadrature } from "./quadrature.ts";
export { type Root, type RootOptions, root } from "./root.ts";
