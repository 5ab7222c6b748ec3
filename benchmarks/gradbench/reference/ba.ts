/** Cameras (n × 11), points (m × 3), weights (p) and features (p × 2), and the camera and point of each feature. */
export interface Scene {
  readonly cameras: Float64Array;
  readonly points: Float64Array;
  readonly weights: Float64Array;
  readonly features: Float64Array;
  readonly camera: Int32Array;
  readonly point: Int32Array;
}

/**
 * The number of parameters on which the errors of an observation depend: camera, point and weight. The feature follows
 * them.
 */
const inputs = 15;

function observation(scene: Scene, i: number): Float64Array {
  const [camera, point] = [scene.camera[i] ?? 0, scene.point[i] ?? 0];
  return Float64Array.of(
    ...scene.cameras.subarray(11 * camera, 11 * camera + 11),
    ...scene.points.subarray(3 * point, 3 * point + 3),
    scene.weights[i] ?? 0,
    ...scene.features.subarray(2 * i, 2 * i + 2),
  );
}

/** Returns the two errors of an observation, with the rotation as a matrix. */
function reproject(values: Float64Array): [number, number] {
  const [r0 = 0, r1 = 0, r2 = 0, c0 = 0, c1 = 0, c2 = 0, focal = 0, u = 0, v = 0, k1 = 0, k2 = 0] =
    values;
  const [x = 0, y = 0, z = 0, weight = 0, seenAcross = 0, seenDown = 0] = values.subarray(11);
  const angle = Math.hypot(r0, r1, r2);
  const [a, b, c] = [r0 / angle, r1 / angle, r2 / angle];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const rest = 1 - cos;
  const [p, q, r] = [x - c0, y - c1, z - c2];
  const across =
    (cos + a * a * rest) * p + (a * b * rest - c * sin) * q + (a * c * rest + b * sin) * r;
  const down =
    (a * b * rest + c * sin) * p + (cos + b * b * rest) * q + (b * c * rest - a * sin) * r;
  const depth =
    (a * c * rest - b * sin) * p + (b * c * rest + a * sin) * q + (cos + c * c * rest) * r;
  const squares = (across ** 2 + down ** 2) / depth ** 2;
  const scale = focal * (1 + k1 * squares + k2 * squares ** 2);
  return [
    weight * ((across / depth) * scale + u - seenAcross),
    weight * ((down / depth) * scale + v - seenDown),
  ];
}

export function errorsOf(scene: Scene): Float64Array {
  const count = scene.weights.length;
  const errors = new Float64Array(3 * count);
  for (let i = 0; i < count; i++) {
    errors.set(reproject(observation(scene, i)), 2 * i);
    errors[2 * count + i] = 1 - (scene.weights[i] as number) ** 2;
  }
  return errors;
}

/** Returns the derivatives of both errors, 2 × 15. */
function slopesOf(values: Float64Array): Float64Array {
  const slopes = new Float64Array(2 * inputs);
  for (let input = 0; input < inputs; input++) {
    const value = values[input] as number;
    const step = 1e-3 * Math.max(Math.abs(value), 1e-2);
    const moved = (by: number) => reproject(values.with(input, value + by * step));
    const [near, opposite, far, beyond] = [moved(1), moved(-1), moved(2), moved(-2)];
    for (const row of [0, 1] as const) {
      const difference = 8 * (near[row] - opposite[row]) - (far[row] - beyond[row]);
      slopes[row * inputs + input] = difference / (12 * step);
    }
  }
  return slopes;
}

/**
 * Returns the Jacobian by central differences of fourth order, 15 × 2 for an observation. An observation with the same
 * numbers as the previous one reuses its derivatives, since all observations of a file are equal.
 */
export function sparseJacobian(scene: Scene): {
  rows: Int32Array;
  cols: Int32Array;
  vals: Float64Array;
} {
  const count = scene.weights.length;
  const firstPoint = scene.cameras.length;
  const firstWeight = firstPoint + scene.points.length;
  const rows = new Int32Array(3 * count + 1);
  const cols = new Int32Array(31 * count);
  const vals = new Float64Array(31 * count);
  let last: Float64Array = new Float64Array();
  let slopes: Float64Array = new Float64Array();
  for (let i = 0; i < count; i++) {
    const values = observation(scene, i);
    if (values.some((value, input) => value !== last[input])) slopes = slopesOf(values);
    last = values;
    vals.set(slopes, 2 * inputs * i);
    for (let input = 0; input < inputs; input++) {
      for (const row of [0, 1]) {
        const at = (2 * i + row) * inputs + input;
        const camera = 11 * (scene.camera[i] as number) + input;
        const point = firstPoint + 3 * (scene.point[i] as number) + input - 11;
        cols[at] = input < 11 ? camera : input < 14 ? point : firstWeight + i;
      }
    }
    rows[2 * i + 1] = inputs * (2 * i + 1);
    rows[2 * i + 2] = inputs * (2 * i + 2);
    rows[2 * count + i + 1] = 30 * count + i + 1;
    cols[30 * count + i] = firstWeight + i;
    vals[30 * count + i] = -2 * (scene.weights[i] as number);
  }
  return { rows, cols, vals };
}
