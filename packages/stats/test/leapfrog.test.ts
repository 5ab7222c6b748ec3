/** The leapfrog integrator has the properties by which the sampler leaves a density invariant. */

import { concat, jacobian, type Tensor } from "@graddiff/core";
import { det } from "@graddiff/core/linalg";
import { expect, test } from "vitest";
import { joint, kernel, leapfrog, type Metric } from "../src/nuts.ts";
import { double } from "./support.ts";

/** A density with slopes of every order: −q⁴/4 − (1 + a b + sin b)²/2 for each of two unknowns a and b. */
const at = kernel((q) => {
  const [a, b] = [q.at(0), q.at(1)];
  const bent = a.mul(b).add(b.sin()).add(1).square().mul(-0.5);
  return q.square().square().sum().mul(-0.25).add(bent);
}, {});

const dense = double([
  [2, 0],
  [-0.5, 1.5],
]);
const METRICS: readonly (readonly [string, Metric])[] = [
  ["diagonal", { inverse: double([4, 0.25]), root: double([2, 0.5]) }],
  ["dense", { inverse: dense.matmul(dense.transpose()), root: dense }],
];
const q = double([0.7, -0.4]);
const p = double([-0.3, 0.9]);

/** Returns the position and the momentum after a step. */
function stepped(q: Tensor, p: Tensor, step: number, metric: Metric) {
  const { gradient } = at(q);
  const next = leapfrog(at, { q, p, gradient }, double(step), metric);
  return { q: next.point.q, p: next.p, logDensity: next.point.logDensity };
}

test.each(METRICS)("%s: a step with the momentum turned around leads back", (_name, metric) => {
  for (const step of [0.01, 0.2, 0.7]) {
    const there = stepped(q, p, step, metric);
    const back = stepped(there.q, there.p.neg(), step, metric);
    expect(back.q.sub(q).abs().max().item()).toBeLessThan(1e-13);
    expect(back.p.add(p).abs().max().item()).toBeLessThan(1e-13);
  }
});

test.each(METRICS)("%s: a step keeps the volume of position and momentum", (_name, metric) => {
  for (const step of [0.01, 0.2, 0.7]) {
    const flow = (z: Tensor) => {
      const next = stepped(z.slice([0], [2]), z.slice([2], [4]), step, metric);
      return concat([next.q, next.p]);
    };
    const volume = det(jacobian(flow)(concat([q, p])) as Tensor).item();
    expect(Math.abs(volume - 1)).toBeLessThan(1e-12);
  }
});

test.each(METRICS)("%s: half a step has an eighth of the error in energy", (_name, metric) => {
  const before = joint(at(q).logDensity, p, metric);
  const errorOf = (step: number) => {
    const next = stepped(q, p, step, metric);
    return joint(next.logDensity, next.p, metric).sub(before).item();
  };
  const ratio = errorOf(0.002) / errorOf(0.001);
  expect(Math.abs(ratio - 8)).toBeLessThan(0.1);
});
