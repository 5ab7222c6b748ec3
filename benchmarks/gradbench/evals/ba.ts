import {
  arange,
  broadcastTo,
  compile,
  concat,
  onesLike,
  stack,
  type Tensor,
  tensor,
  treeLeaves,
  vjp,
  zerosLike,
} from "@graddiff/core";
import type { Eval } from "../eval.ts";
import { errorsOf, type Scene, sparseJacobian } from "../reference/ba.ts";
import { at } from "./at.ts";

/** n cameras, m points and p observations, of which each has a weight, a camera and a point. */
export interface Bundle {
  /** n × 11: rotation (axis times angle), centre, focal length, principal point, distortion. */
  readonly cameras: Tensor;
  /** m × 3 */
  readonly points: Tensor;
  /** p */
  readonly weights: Tensor;
  /** p × 2: the observed positions of the points in the images. */
  readonly features: Tensor;
  /** p each, int32. */
  readonly camera: Tensor;
  readonly point: Tensor;
}

/** Three coordinates, each of all observations. */
type Vector = readonly [Tensor, Tensor, Tensor];

/** The parameters on which the errors of observations depend. Each tensor has p numbers, one for each observation. */
interface Observations {
  /** Rotation, centre, focal length, principal point, distortion. */
  readonly camera: readonly [Vector, Vector, Tensor, Tensor, Tensor, Tensor, Tensor];
  readonly point: Vector;
  readonly weight: Tensor;
}

const dot = (x: Vector, y: Vector) => x[0].mul(y[0]).add(x[1].mul(y[1])).add(x[2].mul(y[2]));

const cross = ([x0, x1, x2]: Vector, [y0, y1, y2]: Vector): Vector => [
  x1.mul(y2).sub(x2.mul(y1)),
  x2.mul(y0).sub(x0.mul(y2)),
  x0.mul(y1).sub(x1.mul(y0)),
];

/** Returns a vector rotated by the angle |r| about the axis r, by Rodrigues' formula. */
function rotate(r: Vector, p: Vector): Vector {
  const angle = dot(r, r).sqrt();
  const axis: Vector = [r[0].div(angle), r[1].div(angle), r[2].div(angle)];
  const [cosine, sine] = [angle.cos(), angle.sin()];
  const [c0, c1, c2] = cross(axis, p);
  const along = dot(axis, p).mul(cosine.neg().add(1));
  const turned = (p: Tensor, c: Tensor, a: Tensor) =>
    p.mul(cosine).add(c.mul(sine)).add(a.mul(along));
  return [turned(p[0], c0, axis[0]), turned(p[1], c1, axis[1]), turned(p[2], c2, axis[2])];
}

/** Returns the weighted differences of projected and observed positions, [horizontal, vertical]. */
function reproject({ camera, point, weight }: Observations, features: Tensor): [Tensor, Tensor] {
  const [rotation, centre, focal, u, v, k1, k2] = camera;
  const [x, y, z] = point;
  const [q0, q1, q2] = rotate(rotation, [x.sub(centre[0]), y.sub(centre[1]), z.sub(centre[2])]);
  const [e0, e1] = [q0.div(q2), q1.div(q2)];
  const squares = e0.square().add(e1.square());
  const scale = squares.mul(k1).add(squares.square().mul(k2)).add(1).mul(focal);
  const error = (e: Tensor, principal: Tensor, feature: Tensor) =>
    e.mul(scale).add(principal).sub(feature).mul(weight);
  return [error(e0, u, at(features, 0)), error(e1, v, at(features, 1))];
}

/**
 * Returns the parameters of each observation. Each parameter is a separate tensor, so that derivatives need not be
 * concatenated.
 */
function observe({ cameras, points, weights, camera, point }: Bundle): Observations {
  const vector = (x: Tensor, first: number): Vector => [
    at(x, first),
    at(x, first + 1),
    at(x, first + 2),
  ];
  const c = cameras.take(camera).transpose();
  return {
    camera: [vector(c, 0), vector(c, 3), at(c, 6), at(c, 7), at(c, 8), at(c, 9), at(c, 10)],
    point: vector(points.take(point).transpose(), 0),
    weight: weights,
  };
}

/** Returns 2p errors, two for each observation in turn, and p errors of the weights. */
export const objective = compile((bundle: Bundle): Tensor => {
  const errors = reproject(observe(bundle), bundle.features.transpose());
  return concat([stack(errors, 1).reshape([-1]), bundle.weights.square().neg().add(1)]);
});

/** Returns the Jacobian of `objective` in compressed rows: the index at which each row begins, and columns and values. */
export const jacobian = compile((bundle: Bundle): { rows: Tensor; cols: Tensor; vals: Tensor } => {
  const { weights, features } = bundle;
  const [one, zero] = [onesLike(weights), zerosLike(weights)];
  // The errors of different observations have no parameter in common here, so one pullback computes the rows of all
  // horizontal errors, and one those of all vertical errors.
  const { pullback } = vjp((observations: Observations) =>
    reproject(observations, features.transpose()),
  )(observe(bundle));
  const both = [pullback([one, zero]), pullback([zero, one])];
  const derivatives = stack(both.flatMap(treeLeaves), 1);
  const vals = concat([derivatives.reshape([-1]), weights.mul(-2)]);
  return { ...pattern(bundle), vals };
});

/** Returns the rows and columns of the elements of the Jacobian: 2p rows of 15, and p rows of one. */
function pattern({ cameras, points, camera, point }: Bundle): { rows: Tensor; cols: Tensor } {
  const [p = 0] = camera.shape;
  const firstPoint = 11 * (cameras.shape[0] ?? 0);
  const firstWeight = firstPoint + 3 * (points.shape[0] ?? 0);
  const whole = { dtype: "int32" } as const;
  const weight = arange(firstWeight, firstWeight + p, whole);
  const places = (block: Tensor, size: number, first: number) =>
    block
      .mul(size)
      .add(first)
      .expandDims(1)
      .add(arange(0, size, whole));
  const ofOne = concat(
    [places(camera, 11, 0), places(point, 3, firstPoint), weight.expandDims(1)],
    1,
  );
  const ofBoth = broadcastTo(ofOne.expandDims(1), [p, 2, 15]).reshape([-1]);
  return {
    rows: concat([arange(0, 30 * p, { ...whole, step: 15 }), arange(30 * p, 31 * p + 1, whole)]),
    cols: concat([ofBoth, weight]),
  };
}

interface Size {
  readonly file: number;
  readonly n: number;
  readonly m: number;
  readonly p: number;
}

/** The numbers of cameras, points and observations in GradBench's files 1 to 14. */
const files = [
  [49, 7776, 31843],
  [21, 11315, 36455],
  [161, 48126, 182072],
  [372, 47423, 204472],
  [257, 65132, 225911],
  [539, 65220, 277273],
  [93, 61203, 287451],
  [88, 64298, 383937],
  [810, 88814, 393775],
  [1197, 126327, 563734],
  [1723, 156502, 678718],
  [253, 163691, 899155],
  [245, 198739, 1091386],
  [356, 226730, 1255268],
] as const;

/** The camera, point, weight and feature of all files: GradBench repeats them. */
const original = {
  camera: [
    -0.758453, -1.109613, -0.845551, 34.556073, 39.676747, 53.881673, 419.194514, 5.864426,
    -8.51887, 0.087812, 0.002739,
  ],
  point: [7.203245, 0.001144, 3.023326],
  weight: 0.417022,
  feature: [271.760969, 834.209256],
};

const copies = (numbers: readonly number[], count: number) =>
  Float64Array.from({ length: numbers.length * count }, (_, i) => numbers[i % numbers.length] ?? 0);

export const ba: Eval<Size, Scene> = {
  name: "ba",
  description: "bundle adjustment: n cameras, m points, p observations; sparse Jacobian",
  functions: ["objective", "jacobian"],
  score: "sum",
  sizes: files.map(([n, m, p], i) => ({ file: i + 1, n, m, p })),
  nameOf: ({ file, n, m, p }) => `ba${file}_n${n}_m${m}_p${p}`,
  input: ({ n, m, p }) => ({
    cameras: copies(original.camera, n),
    points: copies(original.point, m),
    weights: copies([original.weight], p),
    features: copies(original.feature, p),
    camera: Int32Array.from({ length: p }, (_, i) => i % n),
    point: Int32Array.from({ length: p }, (_, i) => i % m),
  }),
  prepare: (scene) => {
    const matrix = (numbers: Float64Array, columns: number) =>
      tensor(numbers, { shape: [numbers.length / columns, columns] });
    const bundle: Bundle = {
      cameras: matrix(scene.cameras, 11),
      points: matrix(scene.points, 3),
      weights: tensor(scene.weights),
      features: matrix(scene.features, 2),
      camera: tensor(scene.camera),
      point: tensor(scene.point),
    };
    return {
      objective: () => [objective(bundle)],
      jacobian: () => {
        const { rows, cols, vals } = jacobian(bundle);
        return [rows, cols, vals];
      },
    };
  },
  expected: (scene) => ({
    objective: () => [errorsOf(scene)],
    jacobian: () => {
      const { rows, cols, vals } = sparseJacobian(scene);
      return [rows, cols, vals];
    },
  }),
};
