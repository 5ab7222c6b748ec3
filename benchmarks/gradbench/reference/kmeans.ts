/** Points and centroids, as rows of d numbers. */
export interface Clustering {
  readonly d: number;
  readonly points: Float64Array;
  readonly centroids: Float64Array;
}

/** Returns the nearest centroid of the point whose numbers begin at index `start`, and its squared distance. */
function nearest({ d, points, centroids }: Clustering, start: number): [number, number] {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (let c = 0; c < centroids.length; c += d) {
    let sum = 0;
    for (let i = 0; i < d; i++) {
      const difference = (centroids[c + i] as number) - (points[start + i] as number);
      sum += difference * difference;
    }
    if (sum < least) [best, least] = [c, sum];
  }
  return [best, least];
}

export function totalDistance(clustering: Clustering): number {
  const { d, points } = clustering;
  let total = 0;
  for (let start = 0; start < points.length; start += d) total += nearest(clustering, start)[1];
  return total;
}

/** Returns the gradient divided by the diagonal of the Hessian: each centroid minus the mean of its cluster. */
export function newtonStep(clustering: Clustering): Float64Array {
  const { d, points, centroids } = clustering;
  const sums = new Float64Array(centroids.length);
  const counts = new Float64Array(centroids.length / d);
  for (let start = 0; start < points.length; start += d) {
    const [cluster] = nearest(clustering, start);
    counts[cluster / d] = (counts[cluster / d] as number) + 1;
    for (let i = 0; i < d; i++) {
      sums[cluster + i] = (sums[cluster + i] as number) + (points[start + i] as number);
    }
  }
  return centroids.map((value, i) => {
    return value - (sums[i] as number) / (counts[Math.floor(i / d)] as number);
  });
}
