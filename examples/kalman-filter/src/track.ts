/** A track in a plane, and noisy measurements of its positions. */

import { cumulativeSum, normal, type Tensor, tensor } from "@graddiff/core";

const dtype = "float64";
const STEPS = 200;

/** The noise levels: standard deviations of the acceleration in a step, and of the error of a measurement. */
export const levels: Tensor = tensor([0.1, 2], { dtype });

/** The acceleration is drawn for each step, and is constant during the step. */
const accelerations = normal([STEPS, 2], { seed: 1, dtype }).mul(levels.at(0));
const velocities = cumulativeSum(accelerations, 0).add(tensor([1, 0.5]));
export const track: Tensor = cumulativeSum(velocities.sub(accelerations.mul(0.5)), 0);
export const measured: Tensor = track.add(normal([STEPS, 2], { seed: 2, dtype }).mul(levels.at(1)));
