// The problems by which `@graddiff/solve` is timed: each is a function of tensors in the style of users, which is
// called directly or compiled.

import { stack, tensor, unstack } from "@graddiff/core";
import {
  curveFit,
  fixedPoint,
  leastSquares,
  minimize,
  odeint,
  quadrature,
  root,
} from "@graddiff/solve";

const double = (values) => tensor(values, { dtype: "float64" });

/** Returns pseudorandom numbers between −1 and 1, the same in every language. */
export const noise = (count) =>
  Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1)) * Math.cos(78.233 * (i + 2)));

/** Prey and predators. */
const hunt = (_time, state, rates) => {
  const [[prey, predators], [born, eaten, dead, fed]] = [unstack(state), unstack(rates)];
  const met = prey.mul(predators);
  return stack([born.mul(prey).sub(eaten.mul(met)), fed.mul(met).sub(dead.mul(predators))]);
};
const RATES = [1.5, 1, 3, 1];
const HUNT_TIMES = Array.from({ length: 100 }, (_, i) => (i * 10) / 99);
const START = double([10, 5]);

/** A peak on a slope. */
export const PEAK_XS = Array.from({ length: 1000 }, (_, i) => i / 100);
const peakNoise = noise(1000);
export const PEAK_YS = PEAK_XS.map(
  (x, i) => 3 * Math.exp(-((x - 4) ** 2) / (2 * 0.7 ** 2)) + 0.2 * x + 0.05 * peakNoise[i],
);

const trajectory = (rates) => odeint(hunt, START, double(HUNT_TIMES), { data: rates }).values;

/**
 * @typedef {object} Problem
 * @property {string} name
 * @property {(...inputs: never[]) => unknown} fn
 * @property {() => readonly unknown[]} inputs
 * @property {boolean} [hasSteps] whether the last result is a number of steps, so that the time of one step is printed
 */

/** @type {readonly Problem[]} */
export const problems = [
  {
    name: "fit of Lotka and Volterra's equations, 200 numbers",
    fn: (seen) =>
      leastSquares((rates, data) => trajectory(rates).sub(data), double([1.3, 0.9, 2.8, 0.9]), {
        data: seen,
      }).x,
    inputs: () => [trajectory(double(RATES)).add(double(noise(200)).mul(0.1).reshape([100, 2]))],
  },
  {
    name: "curveFit of a peak on a slope, 1,000 points",
    fn: (xs, ys) => {
      const model = (x, [height, middle, width, slope]) =>
        height.mul(x.sub(middle).div(width).square().div(-2).exp()).add(slope.mul(x));
      return curveFit(model, xs, ys, [2, 3.5, 1, 0]).x;
    },
    inputs: () => [double(PEAK_XS), double(PEAK_YS)],
  },
  {
    name: "odeint of Lotka and Volterra's equations to 500",
    fn: (start, rates) => {
      const options = { data: rates, maxSteps: 100_000 };
      const { values, iterations } = odeint(hunt, start, double([0, 500]), options);
      return [values.at(1), iterations];
    },
    inputs: () => [START, double(RATES)],
    hasSteps: true,
  },
  {
    name: "odeint of Van der Pol's equation, stiff (1000), to 2000",
    fn: (start) => {
      const oscillator = (_time, state) => {
        const [x, speed] = unstack(state);
        return stack([speed, x.square().neg().add(1).mul(speed).mul(1000).sub(x)]);
      };
      const options = { method: "rosenbrock" };
      const { values, iterations } = odeint(oscillator, start, double([0, 2000]), options);
      return [values.at(1), iterations];
    },
    inputs: () => [double([2, 0])],
    hasSteps: true,
  },
  {
    name: "root of Broyden's tridiagonal system of 100",
    fn: (start) => {
      const broyden = (x) => {
        const padded = x.pad([[1, 1]]);
        const [left, right] = [padded.slice([0], [100]), padded.slice([2], [102])];
        return x.mul(-2).add(3).mul(x).add(1).sub(left).sub(right.mul(2));
      };
      return root(broyden, start).x;
    },
    inputs: () => [double(Array(100).fill(-1))],
  },
  {
    name: "minimize of Rosenbrock's function of 10 by BFGS",
    fn: (start) => {
      const rosenbrock = (x) => {
        const [from, to] = [x.slice([0], [9]), x.slice([1], [10])];
        const [bend, way] = [to.sub(from.square()), from.neg().add(1)];
        return bend.square().mul(100).add(way.square()).sum();
      };
      return minimize(rosenbrock, start, { method: "bfgs" }).x;
    },
    inputs: () => [double(Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? 1.3 : 0.7)))],
  },
  {
    name: "fixedPoint of cos",
    fn: (start) => fixedPoint((x) => x.cos(), start).x,
    inputs: () => [double(0.5)],
  },
  {
    name: "quadrature of exp(−x²) over the whole line",
    fn: (scale) =>
      quadrature(
        (x) => x.square().mul(scale).neg().exp(),
        Number.NEGATIVE_INFINITY,
        Number.POSITIVE_INFINITY,
      ).value,
    inputs: () => [double(1)],
  },
];
