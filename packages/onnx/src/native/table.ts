/**
 * The table of native operators: what ONNX says in one, though it is several ops here. The first that fits is written.
 */

import { clip, gelu } from "./activations.ts";
import { resize } from "./images.ts";
import type { Native } from "./native.ts";
import { batchNormalization, instanceNormalization, layerNormalization } from "./normalizations.ts";
import { averagePool } from "./pools.ts";
import { biasedConvolutions, gemm } from "./products.ts";
import { recurrences } from "./recurrent.ts";

export const NATIVES: readonly Native[] = [
  ...biasedConvolutions,
  batchNormalization,
  layerNormalization,
  instanceNormalization,
  averagePool,
  resize,
  gemm,
  gelu,
  clip,
  ...recurrences,
];
