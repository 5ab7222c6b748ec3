/**
 * `@graddiff/solve`: fit, solve and integrate, differentiable through the solution.
 *
 * This file only hands names on.
 */

export { CurveFit, type CurveFitOptions, curveFit, type Prediction } from "./curveFit.ts";
export { FixedPoint, type FixedPointOptions, fixedPoint } from "./fixedPoint.ts";
export { type Interpolate1dOptions, interpolate1d } from "./interpolate1d.ts";
export { LeastSquares, type LeastSquaresOptions, leastSquares } from "./leastSquares.ts";
export type { LossName } from "./losses.ts";
export { type MinimizeOptions, Minimum, minimize } from "./minimize.ts";
export { type OdeEvent, type OdeOptions, OdeSolution, odeint } from "./odeint.ts";
export { Outcome } from "./outcome.ts";
export { Quadrature, type QuadratureOptions, quadrature } from "./quadrature.ts";
export { Root, type RootOptions, root } from "./root.ts";
