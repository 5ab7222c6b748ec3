import {
  compile,
  grad,
  jvp,
  onesLike,
  scan,
  stopGradient,
  type Tensor,
  take,
  tensor,
} from "@graddiff/core";
import type { Eval } from "../eval.ts";
import { type Clustering, newtonStep, totalDistance } from "../reference/kmeans.ts";

/** The number of bytes of the distances that are computed at once, so that they stay in a cache. */
const BLOCK = 1 << 20;

/**
 * Applies `find` along j to |cⱼ − pᵢ|² − |pᵢ|² = |c|² − 2 p·c for each point i. One matrix product computes the
 * distances of many points. Points are processed in blocks, so that the distances of all points are never in memory
 * together.
 */
function alongClusters(
  centroids: Tensor,
  points: Tensor,
  find: (distances: Tensor) => Tensor,
): Tensor {
  const [n = 0, d = 0] = points.shape;
  const bytes = 8 * n * (centroids.shape[0] ?? 0);
  let blocks = 1;
  while (n % (2 * blocks) === 0 && bytes / blocks > BLOCK) blocks *= 2;
  const ofBlock = (block: Tensor) =>
    find(centroids.square().sum(1).sub(block.matmul(centroids.transpose()).mul(2)));
  if (blocks === 1) return ofBlock(points);
  const step = (_carry: [], block: Tensor): [[], Tensor] => [[], ofBlock(block)];
  return scan(step, [], points.reshape([blocks, n / blocks, d]))[1].reshape([n]);
}

/** Returns Σᵢ minⱼ |cⱼ − pᵢ|². */
function distance(centroids: Tensor, points: Tensor): Tensor {
  const least = alongClusters(centroids, points, (distances) => distances.min(1));
  return least.add(points.square().sum(1)).sum();
}

/** Returns the same sum by the index of each point's nearest centroid, which counts as constant in derivatives. */
function distanceToNearest(centroids: Tensor, points: Tensor): Tensor {
  const nearest = alongClusters(stopGradient(centroids), points, (each) => each.argMin(1));
  return take(centroids, nearest).sub(points).square().sum();
}

/**
 * Returns the step of Newton's method: the Hessian is diagonal, so its product with a vector of ones is its diagonal.
 */
function newton(centroids: Tensor, points: Tensor): Tensor {
  const gradient = grad((centroids: Tensor) => distanceToNearest(centroids, points));
  const { value, tangent } = jvp(gradient)([centroids], [onesLike(centroids)]);
  return value.div(tangent);
}

export const cost = compile(distance);
export const dir = compile(newton);

interface Size {
  readonly k: number;
  readonly n: number;
  readonly d: number;
}

export const kmeans: Eval<Size, Clustering> = {
  name: "kmeans",
  description: "Newton step of n points in d dimensions to their k clusters",
  functions: ["cost", "dir"],
  score: "sum",
  sizes: [10, 100, 1000]
    .flatMap((k) => [1000, 10000].flatMap((n) => [8, 16].map((d) => ({ k, n, d }))))
    .sort((first, second) => first.k * first.n * first.d - second.k * second.n * second.d),
  nameOf: ({ k, n, d }) => `k=${k},n=${n},d=${d}`,
  input: ({ k, n, d }, random) => {
    const points = random.uniform(n * d);
    return { d, points, centroids: points.slice((n - k) * d) };
  },
  prepare: ({ d, ...input }) => {
    const points = tensor(input.points, { shape: [input.points.length / d, d] });
    const centroids = tensor(input.centroids, { shape: [input.centroids.length / d, d] });
    return {
      cost: () => [cost(centroids, points)],
      dir: () => [dir(centroids, points)],
    };
  },
  expected: (clustering) => ({
    cost: () => [[totalDistance(clustering)]],
    dir: () => [newtonStep(clustering)],
  }),
};
