// The posteriors by which `@graddiff/stats` is timed: each as a model, and by hand as a density of the unbounded unknowns with
// its gradient.

import { matmul, tensor } from "@graddiff/core";
import { Bernoulli, HalfCauchy, model, Normal } from "@graddiff/stats";

const double = (values) => tensor(values, { dtype: "float64" });

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

export const posteriors = [schools, logistic, normal, funnel];
