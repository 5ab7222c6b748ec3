/**
 * The method of Dormand and Prince of the orders 5 and 4, with dense output (J. R. Dormand and P. J. Prince, "A family of
 * embedded Runge–Kutta formulae", 1980; E. Hairer, S. P. Nørsett and G. Wanner, "Solving Ordinary Differential Equations I",
 * 1993, sections II.5 and II.6).
 */

import { stack, type Tensor } from "@graddiff/core";
import { combined, type Method } from "./method.ts";

const NODES = [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1];
const ROWS = [
  [],
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
];
const ERRORS = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40];
const DENSE = [
  -12715105075 / 11282082432,
  0,
  87487479700 / 32700410799,
  -10690763975 / 1880347072,
  701980252875 / 199316789632,
  -1453857185 / 822651844,
  69997945 / 29380423,
];

export const dormandPrince: Method = {
  order: 4,
  evaluations: 6,
  coefficients: 5,
  step: (fn, time, state, slope, length) => {
    const slopes = [slope];
    let end = state;
    for (let i = 1; i < ROWS.length; i++) {
      end = state.add(combined(ROWS[i] ?? [], slopes).mul(length));
      slopes.push(fn(time.add(length.mul(NODES[i] ?? 1)), end));
    }
    const last = slopes[6] as Tensor;
    const rise = end.sub(state);
    const bend = slope.mul(length).sub(rise);
    return {
      state: end,
      slope: last,
      error: combined(
        ERRORS,
        slopes.map((own) => own.stopGradient()),
      ).mul(length),
      dense: stack([
        state,
        rise,
        bend,
        rise.sub(last.mul(length)).sub(bend),
        combined(DENSE, slopes).mul(length),
      ]),
    };
  },
  inside: (dense, parts) => {
    const at = (i: number) => dense.slice([i], [i + 1]);
    const rest = parts.neg().add(1);
    const inner = at(3).add(rest.mul(at(4)));
    return at(0).add(parts.mul(at(1).add(rest.mul(at(2).add(parts.mul(inner))))));
  },
};
