/**
 * Rodas4, a Rosenbrock method of the orders 4 and 3 for stiff equations: each stage solves a linear system with the
 * Jacobian (E. Hairer and G. Wanner, "Solving Ordinary Differential Equations II", 1996, section IV.7; the coefficients
 * are those of their program RODAS).
 */

import { eye, jacobian, jvp, stack, type Tensor, where } from "@graddiff/core";
import { inv } from "@graddiff/core/linalg";
import { combined, type Method } from "./method.ts";

const GAMMA = 0.25;
const NODES = [0, 0.386, 0.21, 0.63, 1, 1];
const STATES = [
  [],
  [1.544],
  [0.9466785280815826, 0.2557011698983284],
  [3.314825187068521, 2.896124015972201, 0.9986419139977817],
  [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.687886036105895],
];
const SLOPES = [
  [],
  [-5.6688],
  [-2.430093356833875, -0.2063599157091915],
  [-0.1073529058151375, -9.594562251023355, -20.47028614809616],
  [7.496443313967647, -10.24680431464352, -33.99990352819905, 11.7089089320616],
  [
    8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136,
    -6.058818238834054,
  ],
];
const TIMES = [0.25, -0.1043, 0.1035, -0.0362];
const DENSE = [
  [
    10.12623508344586, -7.487995877610167, -34.80091861555747, -7.992771707568823,
    1.025137723295662,
  ],
  [
    -0.6762803392801253, 6.087714651680015, 16.43084320892478, 24.76722511418386,
    -6.594389125716872,
  ],
];

export const rosenbrock: Method = {
  order: 3,
  evaluations: 6,
  coefficients: 4,
  step: (fn, time, state, slope, length) => {
    const found = jacobian((own: Tensor) => fn(time, own), { mode: "forward" })(state);
    const slopes = where(found.isFinite().all(), found, 0);
    const ofTime = jvp((own: Tensor) => fn(own, state))([time], [time.mul(0).add(1)]).tangent;
    const unit = eye(state.size, state.size, { dtype: state.dtype });
    const system = inv(unit.div(length.mul(GAMMA)).sub(slopes));
    const stages: Tensor[] = [];
    const stage = (value: Tensor) => {
      const i = stages.length;
      const before = i === 0 ? value : value.add(combined(SLOPES[i] ?? [], stages).div(length));
      const factor = TIMES[i] ?? 0;
      const right = factor === 0 ? before : before.add(ofTime.mul(length.mul(factor)));
      stages.push(system.matmul(right));
    };
    stage(slope);
    let end = state;
    for (let i = 1; i < STATES.length; i++) {
      end = state.add(combined(STATES[i] ?? [], stages));
      stage(fn(time.add(length.mul(NODES[i] ?? 1)), end));
    }
    end = end.add(stages[4] as Tensor);
    stage(fn(time.add(length), end));
    const error = stages[5] as Tensor;
    end = end.add(error);
    return {
      state: end,
      slope: fn(time.add(length), end),
      error: error.stopGradient(),
      dense: stack([state, end, ...DENSE.map((factors) => combined(factors, stages))]),
    };
  },
  inside: (dense, parts) => {
    const at = (i: number) => dense.slice([i], [i + 1]);
    const rest = parts.neg().add(1);
    const bend = rest.mul(at(2).add(parts.mul(at(3))));
    return at(0)
      .mul(rest)
      .add(parts.mul(at(1).add(bend)));
  },
};
