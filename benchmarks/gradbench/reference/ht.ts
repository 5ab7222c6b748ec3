import type { NumpyRandom } from "../random.ts";

/** A hand with 22 bones and N measurements, in row-major arrays. `Model` of the eval describes each field. */
export interface Hand {
  readonly theta: Float64Array;
  readonly u: Float64Array;
  readonly relative: Float64Array;
  readonly inverse: Float64Array;
  readonly vertices: Float64Array;
  readonly weights: Float64Array;
  readonly triangles: Int32Array;
  readonly triangle: Int32Array;
  readonly measured: Float64Array;
}

type Matrix = readonly (readonly number[])[];

const bones = 22;
const identity: Matrix = [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => (i === j ? 1 : 0)));

const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) =>
    [0, 1, 2, 3].map((j) => row.reduce((sum, value, i) => sum + value * (b[i]?.[j] as number), 0)),
  );

/** Returns a rotation by an angle in the plane of two axes. */
function turn(angle: number, from: number, to: number): Matrix {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return identity.map((row, i) =>
    row.map((value, j) => {
      if (i === from && j === to) return -sin;
      if (i === to && j === from) return sin;
      return i === j && (i === from || i === to) ? cos : value;
    }),
  );
}

const aboutX = (angle: number) => turn(angle, 1, 2);
const aboutZ = (angle: number) => turn(angle, 0, 1);
const shift = (x: number, y: number, z: number): Matrix =>
  identity.map((row, i) => [...row.slice(0, 3), [x, y, z, 1][i] as number]);

const matrixAt = (all: Float64Array, bone: number): Matrix =>
  [0, 1, 2, 3].map((row) => [...all.subarray(16 * bone + 4 * row, 16 * bone + 4 * row + 4)]);

/** Returns the absolute poses of the bones from the rotation of each: a finger is a chain of bones from the wrist. */
function absolutes(relative: (bone: number) => Matrix, turnOf: (bone: number) => Matrix): Matrix[] {
  const all: Matrix[] = [];
  for (let bone = 0; bone < bones; bone++) {
    const own = product(relative(bone), turnOf(bone));
    const first = bone === bones - 1 || bone % 4 === 1;
    const parent = bone === 0 ? identity : all[first ? 0 : bone - 1];
    all.push(product(parent ?? identity, own));
  }
  return all;
}

/** Returns a random hand: bones with random rotations and lengths, and vertices that depend on two to four bones each. */
export function handOfSize(
  vertices: number,
  surface: number,
  triangles: number,
  measurements: number,
  random: NumpyRandom,
): Hand {
  const relative = Array.from({ length: bones }, () =>
    product(
      shift(random.next(), random.next(), random.next()),
      product(aboutZ(random.next()), aboutX(random.next())),
    ),
  );
  const rest = absolutes(
    (bone) => relative[bone] ?? identity,
    () => identity,
  );
  const weights = new Float64Array(vertices * bones);
  for (let vertex = 0; vertex < vertices; vertex++) {
    const count = 2 + (vertex % 3);
    const first = Math.floor(random.next() * bones);
    for (let i = 0; i < count; i++) weights[vertex * bones + ((first + i) % bones)] = 1 / count;
  }
  return {
    theta: random.uniform(26),
    u: random.uniform(2 * measurements).map((share) => share / 2),
    relative: Float64Array.from(relative.flat(2)),
    inverse: Float64Array.from(rest.map(inverseOf).flat(2)),
    vertices: random.uniform(4 * vertices).map((value, i) => (i % 4 === 3 ? 1 : value)),
    weights,
    triangles: Int32Array.from(random.uniform(3 * triangles), (value) => value * surface),
    triangle: Int32Array.from(random.uniform(measurements), (value) => value * triangles),
    measured: random.uniform(3 * measurements),
  };
}

/** Returns the inverse of a rigid motion with the rotation R and the translation t: Rᵀ and −Rᵀ t. */
function inverseOf(matrix: Matrix): Matrix {
  const element = (i: number, j: number) => matrix[i]?.[j] as number;
  return [0, 1, 2, 3].map((i) => {
    if (i === 3) return [0, 0, 0, 1];
    const moved = [0, 1, 2].reduce((sum, k) => sum - element(k, i) * element(k, 3), 0);
    return [element(0, i), element(1, i), element(2, i), moved];
  });
}

/** Returns the rotation of a bone for θ. */
function turnOf(theta: Float64Array, bone: number): Matrix {
  const joint = (bone - 1) % 4;
  if (bone === 0 || bone === bones - 1 || joint === 0) return identity;
  const first = 6 + 4 * Math.floor((bone - 1) / 4);
  const angle = (i: number) => theta[first + i] as number;
  return joint === 1 ? product(aboutZ(angle(1)), aboutX(angle(0))) : aboutX(angle(joint));
}

/** Returns r rotated by the angle |axis| about the axis: r cos + (a × r) sin + a (a·r)(1 − cos). */
function rotate(axis: Float64Array, r: readonly number[]): number[] {
  const angle = Math.hypot(...axis);
  const [a = 0, b = 0, c = 0] = axis.map((value) => value / angle);
  const [x = 0, y = 0, z = 0] = r;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const along = (a * x + b * y + c * z) * (1 - cos);
  return [
    x * cos + (b * z - c * y) * sin + a * along,
    y * cos + (c * x - a * z) * sin + b * along,
    z * cos + (a * y - b * x) * sin + c * along,
  ];
}

/** Returns the vertices that triangles use, three numbers each. */
function surfaceOf({ theta, relative, inverse, vertices, weights, triangles }: Hand): Float64Array {
  const placed = absolutes(
    (bone) => matrixAt(relative, bone),
    (bone) => turnOf(theta, bone),
  );
  const skinning = placed.map((matrix, bone) => product(matrix, matrixAt(inverse, bone)));
  const count = 1 + triangles.reduce((most, vertex) => Math.max(most, vertex), 0);
  const surface = new Float64Array(3 * count);
  for (let vertex = 0; vertex < count; vertex++) {
    const posed = [0, 0, 0];
    for (const [bone, matrix] of skinning.entries()) {
      const weight = weights[vertex * bones + bone] as number;
      if (weight === 0) continue;
      for (const row of [0, 1, 2]) {
        const own = matrix[row] ?? [];
        const moved = own.reduce((sum, value, i) => {
          return sum + value * (vertices[4 * vertex + i] as number);
        }, 0);
        posed[row] = (posed[row] as number) + weight * moved;
      }
    }
    const turned = rotate(theta.subarray(0, 3), posed);
    surface.set(
      turned.map((value, i) => value + (theta[3 + i] as number)),
      3 * vertex,
    );
  }
  return surface;
}

export function misfits(hand: Hand): Float64Array {
  const { u, triangles, triangle, measured } = hand;
  const surface = surfaceOf(hand);
  return measured.map((value, i) => {
    const [one, coordinate] = [Math.floor(i / 3), i % 3];
    const [first, second] = [u[2 * one] as number, u[2 * one + 1] as number];
    const corner = (k: number) =>
      surface[3 * (triangles[3 * (triangle[one] as number) + k] as number) + coordinate] as number;
    return value - first * corner(0) - second * corner(1) - (1 - first - second) * corner(2);
  });
}

/** Returns the Jacobian column by column, by central differences of fourth order. */
export function columnsOf(hand: Hand): Float64Array {
  const step = 1e-3;
  const column = (moved: (by: number) => Hand) => {
    const [near, opposite] = [misfits(moved(step)), misfits(moved(-step))];
    const [far, beyond] = [misfits(moved(2 * step)), misfits(moved(-2 * step))];
    return near.map((value, i) => {
      const outer = (far[i] as number) - (beyond[i] as number);
      return (8 * (value - (opposite[i] as number)) - outer) / (12 * step);
    });
  };
  const result = new Float64Array(28 * hand.measured.length);
  for (let place = 0; place < 28; place++) {
    const ofU = (by: number) => hand.u.map((value, i) => (i % 2 === place ? value + by : value));
    const ofTheta = (by: number) =>
      hand.theta.map((value, i) => (i === place - 2 ? value + by : value));
    const moved = (by: number): Hand =>
      place < 2 ? { ...hand, u: ofU(by) } : { ...hand, theta: ofTheta(by) };
    result.set(column(moved), place * hand.measured.length);
  }
  return result;
}
