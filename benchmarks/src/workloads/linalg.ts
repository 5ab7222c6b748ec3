// Factorisations of one matrix and of many small ones.
//
// Eigenvectors and singular vectors are unique only up to their signs. So the values are compared, and the row sums of
// the matrix that is reconstructed from values and vectors, which take hardly any time.

import { sum, type Tensor } from "@graddiff/core";
import { cholesky, eigh, solve, svd } from "@graddiff/core/linalg";
import {
  definiteStack,
  invertibleStack,
  randomStack,
  rightSides,
  stackShape,
  stacks,
  symmetricStack,
} from "./data.ts";
import { ofTensors } from "./ofTensors.ts";
import type { Workload } from "./workload.ts";

/** Returns the row sums of U diag(s) Vᵀ, from the sums of the columns of V. */
function rowSums(u: Tensor, s: Tensor, ofColumns: Tensor): Tensor {
  return sum(u.mul(s.mul(ofColumns).expandDims(-2)), -1);
}

export const factorisations: readonly Workload[] = stacks.flatMap((stack) => {
  const shape = stackShape(stack);
  const decompositions = [
    ofTensors(
      `eigh of ${stack.name}`,
      (a: Tensor) => {
        const { values, vectors } = eigh(a);
        return [values, rowSums(vectors, values, sum(vectors, -2))];
      },
      () => [[symmetricStack(stack), shape]],
    ),
    ofTensors(
      `svd of ${stack.name}`,
      (a: Tensor) => {
        const { u, s, vt } = svd(a);
        return [s, rowSums(u, s, sum(vt, -1))];
      },
      () => [[randomStack(stack), shape]],
    ),
  ];
  return [
    ofTensors(
      `cholesky of ${stack.name}`,
      (a: Tensor) => [cholesky(a)],
      () => [[definiteStack(stack), shape]],
    ),
    ofTensors(
      `solve of ${stack.name}`,
      (a: Tensor, b: Tensor) => [solve(a, b)],
      () => [[invertibleStack(stack), shape], rightSides(stack)],
    ),
    ...decompositions.map((one) => ({ ...one, isLong: stack.side > 64 })),
  ];
});
