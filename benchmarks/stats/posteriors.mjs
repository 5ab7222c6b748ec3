// The posteriors by which `@graddiff/stats` is timed: each as a model, and by hand as a density of the unbounded unknowns with
// its gradient.

import { eye, matmul, tensor, zeros } from "@graddiff/core";
import {
  Bernoulli,
  HalfCauchy,
  LogNormal,
  MultivariateNormal,
  model,
  Normal,
} from "@graddiff/stats";

const F64 = { dtype: "float64" };
const double = (values) => tensor(values, F64);

const effects = [28, 8, -3, 7, -1, 1, 18, 12];
const errors = [15, 10, 16, 11, 9, 11, 10, 18];

const schools = {
  name: "eight schools",
  model: model(({ draw, observe }) => {
    const mu = draw(Normal(0, 5));
    const tau = draw(HalfCauchy(5));
    const z = draw(Normal(0, 1), [8]);
    observe(Normal(mu.add(tau.mul(z)), double(errors)), double(effects));
    return { mu, logTau: tau.log(), z };
  }),
  density(q, g) {
    const tau = Math.exp(q[1]);
    const ratio = (tau / 5) ** 2;
    let sum = -((q[0] / 5) ** 2) / 2 - Math.log1p(ratio) + q[1];
    g[0] = -q[0] / 25;
    let byTau = (-2 * ratio) / (1 + ratio) / tau;
    for (let i = 0; i < 8; i++) {
      const z = q[2 + i];
      const off = (effects[i] - q[0] - tau * z) / errors[i];
      const slope = off / errors[i];
      sum -= (z * z + off * off) / 2;
      g[0] += slope;
      byTau += slope * z;
      g[2 + i] = slope * tau - z;
    }
    g[1] = byTau * tau + 1;
    return sum;
  },
};

const [ROWS, COLUMNS] = [1000, 20];
const inputs = new Float64Array(ROWS * COLUMNS);
const labels = new Float64Array(ROWS);
let state = 1;
const random = () => {
  state = (Math.imul(1664525, state) + 1013904223) >>> 0;
  return state / 2 ** 32;
};
for (let i = 0; i < ROWS; i++) {
  let logit = 0;
  for (let j = 0; j < COLUMNS; j++) {
    const x = random() + random() - 1;
    inputs[i * COLUMNS + j] = x;
    logit += x * (j % 3 === 0 ? 1 : -0.5);
  }
  labels[i] = random() < 1 / (1 + Math.exp(-logit)) ? 1 : 0;
}
const [x, y] = [double(inputs).reshape([ROWS, COLUMNS]), double(labels)];
const logits = new Float64Array(ROWS);

const logistic = {
  name: `logistic regression of ${ROWS} × ${COLUMNS}`,
  model: model(({ draw, observe }) => {
    const beta = draw(Normal(0, 1), [COLUMNS]);
    observe(Bernoulli({ logits: matmul(x, beta) }), y);
    return { beta };
  }),
  density(q, g) {
    let sum = 0;
    for (let j = 0; j < COLUMNS; j++) {
      sum -= (q[j] * q[j]) / 2;
      g[j] = -q[j];
    }
    for (let i = 0; i < ROWS; i++) {
      const at = i * COLUMNS;
      let logit = 0;
      for (let j = 0; j < COLUMNS; j++) logit += inputs[at + j] * q[j];
      logits[i] = logit;
      const small = Math.exp(-Math.abs(logit));
      sum += labels[i] * logit - Math.max(logit, 0) - Math.log1p(small);
      const share = logit < 0 ? small / (1 + small) : 1 / (1 + small);
      const slope = labels[i] - share;
      for (let j = 0; j < COLUMNS; j++) g[j] += slope * inputs[at + j];
    }
    return sum;
  },
};

const SIZE = 100;
const scales = Array.from({ length: SIZE }, (_, i) => 1 + i / 10);

const normal = {
  name: `normal of ${SIZE} dimensions`,
  model: model(({ draw }) => ({ u: draw(Normal(0, double(scales))) })),
  density(q, g) {
    let sum = 0;
    for (let i = 0; i < SIZE; i++) {
      g[i] = -q[i] / scales[i] ** 2;
      sum += (q[i] * g[i]) / 2;
    }
    return sum;
  },
};

const funnel = {
  name: "funnel of 10 dimensions, not centred",
  model: model(({ draw }) => ({ v: draw(Normal(0, 3)), z: draw(Normal(0, 1), [9]) })),
  density(q, g) {
    g[0] = -q[0] / 9;
    let sum = (q[0] * g[0]) / 2;
    for (let i = 1; i < 10; i++) {
      g[i] = -q[i];
      sum -= (q[i] * q[i]) / 2;
    }
    return sum;
  },
};

const POINTS = 50;
const places = Array.from({ length: POINTS }, (_, i) => (10 * i) / POINTS);
const heights = places.map((at) => Math.sin(at) + 0.4 * (random() + random() - 1));
const squares = new Float64Array(POINTS * POINTS);
for (const [i, a] of places.entries()) {
  for (const [j, b] of places.entries()) squares[i * POINTS + j] = (a - b) ** 2;
}
const [distances, identity] = [double(squares).reshape([POINTS, POINTS]), eye(POINTS, F64)];
const [kernel, factor, inverse] = [0, 0, 0].map(() => new Float64Array(POINTS * POINTS));
const [whitened, weights] = [0, 0].map(() => new Float64Array(POINTS));

/** Writes the Cholesky factor of the matrix `kernel` into `factor`, and the inverse of the factor into `inverse`. */
function factorise() {
  const n = POINTS;
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = kernel[i * n + j];
      for (let k = 0; k < j; k++) sum -= factor[i * n + k] * factor[j * n + k];
      factor[i * n + j] = i === j ? Math.sqrt(sum) : sum / factor[j * n + j];
    }
  }
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = i === j ? 1 : 0;
      for (let k = j; k < i; k++) sum -= factor[i * n + k] * inverse[k * n + j];
      inverse[i * n + j] = sum / factor[i * n + i];
    }
  }
}

const process = {
  name: `Gaussian process of ${POINTS} points`,
  model: model(({ draw, observe }) => {
    const [length, height, noise] = [0, 1, 2].map(() => draw(LogNormal(0, 1)));
    const smooth = distances.div(length.square().mul(-2)).exp().mul(height.square());
    const covariance = smooth.add(identity.mul(noise.square()));
    observe(MultivariateNormal(zeros([POINTS], F64), { covariance }), double(heights));
    return { logs: [length.log(), height.log(), noise.log()] };
  }),
  density(q, g) {
    const n = POINTS;
    const byLength = -0.5 * Math.exp(-2 * q[0]);
    const [height, noise] = [Math.exp(2 * q[1]), Math.exp(2 * q[2])];
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        kernel[i * n + j] =
          height * Math.exp(byLength * squares[i * n + j]) + (i === j ? noise : 0);
      }
    }
    factorise();
    let sum = 0;
    for (let i = 0; i < n; i++) {
      let white = 0;
      for (let k = 0; k <= i; k++) white += inverse[i * n + k] * heights[k];
      whitened[i] = white;
      sum -= (white * white) / 2 + Math.log(factor[i * n + i]);
    }
    for (let j = 0; j < n; j++) {
      let weight = 0;
      for (let i = j; i < n; i++) weight += inverse[i * n + j] * whitened[i];
      weights[j] = weight;
    }
    g.fill(0);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        let entry = 0;
        for (let k = i; k < n; k++) entry += inverse[k * n + i] * inverse[k * n + j];
        // The derivative by the entries [i, j] and [j, i] of the kernel.
        const slope = (weights[i] * weights[j] - entry) * (i === j ? 0.5 : 1);
        const smooth = kernel[i * n + j] - (i === j ? noise : 0);
        g[0] -= 2 * slope * smooth * byLength * squares[i * n + j];
        g[1] += 2 * slope * smooth;
        if (i === j) g[2] += 2 * slope * noise;
      }
    }
    for (let i = 0; i < 3; i++) {
      sum -= (q[i] * q[i]) / 2;
      g[i] -= q[i];
    }
    return sum;
  },
};

export const posteriors = [schools, logistic, normal, process, funnel];
