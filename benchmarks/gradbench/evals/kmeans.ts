import { compile, grad, jvp, onesLike, type Tensor, tensor } from "@graddiff/core";
import type { Eval } from "../eval.ts";
import { type Clustering, newtonStep, totalDistance } from "../reference/kmeans.ts";

/** Σᵢ minⱼ |cⱼ − pᵢ|², with |c − p|² = |c|² − 2 p·c + |p|²: one product has all distances. */
function distance(centroids: Tensor, points: Tensor): Tensor {
  const products = points.matmul(centroids.transpose());
  const nearest = centroids.square().sum(1).sub(products.mul(2)).min(1);
  return nearest.add(points.square().sum(1)).sum();
}

/**
 * Returns the step of Newton's method: the Hessian is diagonal, so its product with a vector of ones is its diagonal.
 */
function newton(centroids: Tensor, points: Tensor): Tensor {
  const gradient = grad((centroids: Tensor) => distance(centroids, points));
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
