/**
 * The family of functions of single numbers whose algorithms are written once, see
 * `packages/wasm-kernel/assembly/algorithms/statistics/`. They compute in float64, and the result is rounded.
 */

import * as bessel from "../generated/algorithms/statistics/bessel.ts";
import * as beta from "../generated/algorithms/statistics/beta.ts";
import { binomialQuantile, poissonQuantile } from "../generated/algorithms/statistics/counts.ts";
import * as gamma from "../generated/algorithms/statistics/gamma.ts";
import { normalQuantile } from "../generated/algorithms/statistics/normal.ts";
import type { KernelOf, ScalarFunction } from "../graph/kernel.ts";
import { BYTES, isFloat } from "../tensor/dtype.ts";
import { at, sizeOf } from "../tensor/shape.ts";
import { type KernelName, SUFFIX } from "./exports.ts";
import { statisticsKernels } from "./kernelGroups.ts";

/** The functions that have kernels, by the names of these. */
type StatisticsName = {
  [Name in KernelName]: Name extends `${infer Root}_f64`
    ? Root extends
        | `${string}Quantile`
        | "stirlingRemainder"
        | `bessel${string}`
        | `betaI${string}`
        | `gamma${string}`
      ? Root
      : never
    : never;
}[KernelName];

/** The kernel of such a function. */
type StatisticsKernel = KernelOf<"calls">;

/** The flops that take as long as an element. */
const FLOPS = 64;

/** Returns the kernel of a function of inputs of one shape. */
/* @__NO_SIDE_EFFECTS__ */
function statisticsKernel(name: StatisticsName, scalar: ScalarFunction): StatisticsKernel {
  return {
    kind: "calls",
    compute: ({ arrays, result }) => {
      const x = at(arrays, 0);
      const y = arrays[1] ?? x;
      const z = arrays[2] ?? x;
      for (let i = 0; i < result.length; i++) result[i] = scalar(at(x, i), at(y, i), at(z, i));
    },
    calls: ({ inputs, outputs }) => {
      const out = at(outputs, 0);
      if (!isFloat(out.dtype)) return undefined;
      const addresses = [...inputs, out].map(({ address }) => address);
      const bytes = BYTES[out.dtype];
      return [
        {
          function: `${name}_${SUFFIX[out.dtype]}` satisfies KernelName,
          arguments: [...addresses, sizeOf(out.shape)],
          splits: [
            {
              along: "elements",
              argument: addresses.length,
              steps: [...addresses.map(() => bytes), 0],
            },
          ],
        },
      ];
    },
    group: statisticsKernels,
    flops: (_inputs, { shape }) => FLOPS * sizeOf(shape),
  };
}

export const normalQuantileKernel: StatisticsKernel = statisticsKernel(
  "normalQuantile",
  normalQuantile,
);
export const besselI0eKernel: StatisticsKernel = statisticsKernel("besselI0e", bessel.besselI0e);
export const besselI1eKernel: StatisticsKernel = statisticsKernel("besselI1e", bessel.besselI1e);
export const besselJ0Kernel: StatisticsKernel = statisticsKernel("besselJ0", bessel.besselJ0);
export const besselJ1Kernel: StatisticsKernel = statisticsKernel("besselJ1", bessel.besselJ1);
export const stirlingKernel: StatisticsKernel = statisticsKernel(
  "stirlingRemainder",
  gamma.stirlingRemainder,
);
export const gammaPKernel: StatisticsKernel = statisticsKernel("gammaP", gamma.gammaP);
export const gammaQKernel: StatisticsKernel = statisticsKernel("gammaQ", gamma.gammaQ);
export const gammaPInverseKernel: StatisticsKernel = statisticsKernel(
  "gammaPInverse",
  gamma.gammaPInverse,
);
export const gammaQInverseKernel: StatisticsKernel = statisticsKernel(
  "gammaQInverse",
  gamma.gammaQInverse,
);
export const betaIKernel: StatisticsKernel = statisticsKernel("betaI", beta.betaI);
export const betaIComplementKernel: StatisticsKernel = statisticsKernel(
  "betaIComplement",
  beta.betaIComplement,
);
export const betaIInverseKernel: StatisticsKernel = statisticsKernel(
  "betaIInverse",
  beta.betaIInverse,
);
export const betaIComplementInverseKernel: StatisticsKernel = statisticsKernel(
  "betaIComplementInverse",
  beta.betaIComplementInverse,
);
export const poissonQuantileKernel: StatisticsKernel = statisticsKernel(
  "poissonQuantile",
  poissonQuantile,
);
export const binomialQuantileKernel: StatisticsKernel = statisticsKernel(
  "binomialQuantile",
  binomialQuantile,
);
