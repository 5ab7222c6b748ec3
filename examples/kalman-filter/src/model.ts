/** The linear model of a track and of its measurements, for states [x, y, vx, vy]. */

import { eye, kron, type Tensor, tensor, zeros } from "@graddiff/core";

const dtype = "float64";
const plane = eye(2, 2, { dtype });

/** The matrix of a step of constant velocity. */
export const transition: Tensor = kron(
  tensor([
    [1, 1],
    [0, 1],
  ]),
  plane,
);

/** The covariance that an acceleration of variance 1 adds to a state in a step. */
export const processNoise: Tensor = kron(
  tensor([
    [0.25, 0.5],
    [0.5, 1],
  ]),
  plane,
);

/** The matrix that maps a state to its position, and the covariance of measurements of variance 1. */
export const observation: Tensor = eye(2, 4, { dtype });
export const measurementNoise: Tensor = plane;

/** The distribution of the state before the first step. It is wide, since nothing is known. */
export const prior = { mean: zeros([4], { dtype }), covariance: eye(4, 4, { dtype }).mul(100) };
