import {
  compile,
  concat,
  eye,
  jvp,
  matmul,
  ones,
  onesLike,
  stack,
  type Tensor,
  take,
  tensor,
  vectorize,
  zeros,
  zerosLike,
} from "@graddiff/core";
import type { Call, Eval } from "../eval.ts";
import { columnsOf, type Hand, handOfSize, misfits } from "../reference/ht.ts";
import { at } from "./at.ts";

const f64 = { dtype: "float64" } as const;

/** A hand of V vertices on 22 bones (the wrist, five fingers of four, the forearm), and N measurements. */
export interface Model {
  /** 22 × 4 × 4: the pose of each bone in its parent's frame, and the inverse of its absolute pose at rest. */
  readonly relative: Tensor;
  readonly inverse: Tensor;
  /** The vertices in homogeneous coordinates, V × 4, and their weights for each bone, V × 22. */
  readonly vertices: Tensor;
  readonly weights: Tensor;
  /** The corners of each triangle (triangles × 3), and the triangle of each measurement (N), as int32 indices. */
  readonly triangles: Tensor;
  readonly triangle: Tensor;
  /** N × 3 */
  readonly measured: Tensor;
}

/** Returns the rotations Rz(z) Rx(x) for each finger, 5 × 4 × 4. */
function turns(x: Tensor, z?: Tensor): Tensor {
  const [zero, one] = [zerosLike(x), onesLike(x)];
  const [cx, sx, cz, sz] = [x.cos(), x.sin(), z?.cos() ?? one, z?.sin() ?? zero];
  const elements = [
    [cz, sz.mul(cx).neg(), sz.mul(sx), zero],
    [sz, cz.mul(cx), cz.mul(sx).neg(), zero],
    [zero, sx, cx, zero],
    [zero, zero, zero, one],
  ];
  return stack(
    elements.map((row) => stack(row, 1)),
    1,
  );
}

/** Returns the absolute poses of the 22 bones, 22 × 4 × 4, for four angles of each finger, 5 × 4. */
function bones(angles: Tensor, relative: Tensor): Tensor {
  const angle = (i: number) => at(angles.transpose(), i);
  const [x2, z2, x3, x4] = [angle(0), angle(1), angle(2), angle(3)];
  const fingers = relative.slice([1], [21]).reshape([5, 4, 4, 4]).transpose([1, 0, 2, 3]);
  const wrist = at(relative, 0);
  const first = matmul(wrist, at(fingers, 0));
  const second = matmul(first, matmul(at(fingers, 1), turns(x2, z2)));
  const third = matmul(second, matmul(at(fingers, 2), turns(x3)));
  const fourth = matmul(third, matmul(at(fingers, 3), turns(x4)));
  const ofFingers = stack([first, second, third, fourth], 1).reshape([20, 4, 4]);
  const forearm = matmul(wrist, at(relative, 21));
  return concat([wrist.expandDims(0), ofFingers, forearm.expandDims(0)]);
}

/** Returns the 3 × 3 matrix of a rotation by the angle |r| about r, by Rodrigues' formula. */
function rotation(r: Tensor): Tensor {
  const angle = r.square().sum().sqrt();
  const axis = r.div(angle);
  const [x, y, z] = [at(axis, 0), at(axis, 1), at(axis, 2)];
  const zero = zerosLike(x);
  const cross = stack([zero, z.neg(), y, z, zero, x.neg(), y.neg(), x, zero]).reshape([3, 3]);
  const along = matmul(axis.expandDims(1), axis.expandDims(0));
  const cosine = angle.cos();
  return eye(3, 3, f64)
    .mul(cosine)
    .add(cross.mul(angle.sin()))
    .add(along.mul(cosine.neg().add(1)));
}

/** The parameters of a pose. */
interface Pose {
  /** 6: rotation and translation of the whole hand. */
  readonly frame: Tensor;
  /** 20: four angles of each finger. */
  readonly angles: Tensor;
  /**
   * N × 2: the coordinates of the measured points in their triangles. If undefined, each measured point belongs to a
   * vertex.
   */
  readonly u: Tensor | undefined;
}

/** Splits the 26 parameters θ into those of the frame and those of the fingers. */
const poseOf = (theta: Tensor, u: Tensor | undefined): Pose => ({
  frame: theta.slice([0], [6]),
  angles: theta.slice([6]),
  u,
});

/**
 * Returns the differences of N measured points from the points of the hand, 3N numbers. The rotation and translation of
 * the whole hand are applied only to these N points and not to all vertices.
 */
function misfit({ frame, angles, u }: Pose, model: Model): Tensor {
  const { relative, inverse, vertices, weights, triangle } = model;
  const skinning = matmul(bones(angles.reshape([5, 4]), relative), inverse);
  const blended = matmul(weights, skinning.slice([0, 0], [22, 3]).reshape([22, 12]));
  const posed = blended.reshape([-1, 3, 4]).mul(vertices.expandDims(1)).sum(2);
  const points = u === undefined ? take(posed, triangle) : inTriangles(posed, u, model);
  const turned = matmul(points, rotation(frame.slice([0], [3])).transpose());
  return model.measured.sub(turned.add(frame.slice([3]))).reshape([-1]);
}

/** Returns the points at u in their triangles, N × 3. */
function inTriangles(posed: Tensor, u: Tensor, { triangles, triangle }: Model): Tensor {
  const corners = take(posed, take(triangles, triangle));
  const shares = concat([u, u.sum(1, { keepDims: true }).neg().add(1)], 1);
  return corners.mul(shares.expandDims(2)).sum(1);
}

export const objective = compile(
  (theta: Tensor, u: Tensor | undefined, model: Model): Tensor => misfit(poseOf(theta, u), model),
);

/** Returns the columns of the Jacobian, of 3N numbers each: two for u, if it is defined, then 26 for θ. */
export const jacobian = compile((theta: Tensor, u: Tensor | undefined, model: Model): Tensor => {
  const pose = poseOf(theta, u);
  // Forward mode computes one direction for each parameter of a kind; `vectorize` computes them together.
  const columns = (value: Tensor, count: number, misfitOf: (value: Tensor) => Tensor) =>
    vectorize((direction: Tensor) => jvp(misfitOf)([value], [direction]).tangent)(
      eye(count, count, f64),
    );
  const ofTheta = [
    columns(pose.frame, 6, (frame) => misfit({ ...pose, frame }, model)),
    columns(pose.angles, 20, (angles) => misfit({ ...pose, angles }, model)),
  ];
  if (u === undefined) return concat(ofTheta);
  // Each measurement depends only on its part of u, so one direction gives the derivatives of all measurements.
  const alongU = (size: Tensor) =>
    misfit({ ...pose, u: u.add(ones([u.shape[0] ?? 0, 1], f64).mul(size)) }, model);
  return concat([columns(zeros([2], f64), 2, alongU), ...ofTheta]);
});

/** A hand whose measured points are in triangles (with u) or are vertices (without u). */
export type Measured = Omit<Hand, "u"> & { readonly u?: Float64Array | undefined };

/** Makes tensors from a hand, and returns the calls. */
export function prepareHand(hand: Measured): Readonly<Record<string, Call>> {
  const matrix = (numbers: Float64Array | Int32Array, ...row: number[]) =>
    tensor(numbers, { shape: [numbers.length / row.reduce((a, b) => a * b), ...row] });
  const model: Model = {
    relative: matrix(hand.relative, 4, 4),
    inverse: matrix(hand.inverse, 4, 4),
    vertices: matrix(hand.vertices, 4),
    weights: matrix(hand.weights, 22),
    triangles: matrix(hand.triangles, 3),
    triangle: tensor(hand.triangle),
    measured: matrix(hand.measured, 3),
  };
  const theta = tensor(hand.theta);
  const u = hand.u && matrix(hand.u, 2);
  return {
    objective: () => [objective(theta, u, model)],
    jacobian: () => [jacobian(theta, u, model)],
  };
}

interface Size {
  readonly file: number;
  readonly measurements: number;
}

const measurements = [100, 192, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 100000];

export const ht: Eval<Size, Hand> = {
  name: "ht",
  description: "hand tracking: 26 parameters, 10000 vertices, c measurements; Jacobian of 3c × 28",
  functions: ["objective", "jacobian"],
  score: "sum",
  sizes: measurements.map((measurements, i) => ({ file: i + 1, measurements })),
  nameOf: ({ file, measurements }) => `hand${file}_t26_c${measurements}`,
  // GradBench reads the hand and measurements from files. Only their sizes matter for the time, so a random hand
  // replaces them.
  input: ({ measurements }, random) => handOfSize(10000, 544, 1084, measurements, random),
  prepare: prepareHand,
  expected: (hand) => ({
    objective: () => [misfits(hand)],
    jacobian: () => [columnsOf(hand)],
  }),
};
