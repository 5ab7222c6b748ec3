/**
 * Gradient clipping: limits the magnitude of gradients before a step, so that a large one cannot spoil a training.
 */

import { clip, DTypeError, type Mapped, type Tensor, treeMap } from "@graddiff/core";
import { isFloat, numberThat, refuseSurplus } from "@graddiff/core/extend";
import { scalar } from "../basics.ts";
import { clipFactor } from "../inside.ts";

const readLimit = numberThat((limit) => limit > 0, "a number above 0");

/** Returns the leaves of a tree of gradients. @throws DTypeError for int32 and bool. */
function gradientsOf(op: string, gradients: unknown): Tensor[] {
  const leaves: Tensor[] = [];
  treeMap((leaf, path) => {
    if (!isFloat(leaf.dtype)) {
      const argument = path === "" ? "gradients" : `gradients.${path}`;
      const expected = "float32 or float64";
      throw new DTypeError(op, argument, expected, leaf.dtype);
    }
    leaves.push(leaf);
  }, gradients);
  return leaves;
}

/**
 * Returns gradients with each element clipped to −limit … limit. NaN stays NaN.
 *
 * @param gradients a tensor, or a list or tree of them, as `valueAndGrad` gives it.
 * @param limit a number above 0.
 * @returns a tree of the same form.
 * @throws ArgumentError for another limit, and DTypeError for what is int32 or bool.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { clipByValue } from "@graddiff/nn";
 *
 * const { w } = clipByValue({ w: tensor([-3, 0.5, 8]) }, 2);
 * console.log(String(w)); // [-2.   0.5  2. ]
 * ```
 */
export function clipByValue<Tree>(gradients: Tree, limit: number): Mapped<Tree, Tensor> {
  refuseSurplus("clipByValue", 2, arguments);
  const most = readLimit("clipByValue", "limit", limit);
  gradientsOf("clipByValue", gradients);
  return treeMap((gradient) => clip(gradient, -most, most), gradients);
}

/**
 * Returns gradients multiplied by one factor, so that the norm of all their elements together is at most a limit. Their
 * direction does not change (Pascanu, Mikolov and Bengio, ICML 2013). The factor is limit / (norm + 1e-6), at most 1,
 * as in PyTorch's clip_grad_norm_. The norm is computed in float64, so that squares of float32 gradients do not
 * overflow. One NaN makes all gradients NaN.
 *
 * @param gradients a tensor, or a list or tree of them, as `valueAndGrad` gives it.
 * @param limit the greatest norm, a number above 0.
 * @returns a tree of the same form.
 * @throws ArgumentError for another limit, and DTypeError for what is int32 or bool.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { clipByGlobalNorm } from "@graddiff/nn";
 *
 * const [first, second] = clipByGlobalNorm([tensor([30]), tensor([0, 40])], 5);
 * console.log(first?.item().toFixed(4), second?.data()[1]?.toFixed(4)); // 3.0000 4.0000
 * ```
 */
export function clipByGlobalNorm<Tree>(gradients: Tree, limit: number): Mapped<Tree, Tensor> {
  const op = "clipByGlobalNorm";
  refuseSurplus(op, 2, arguments);
  const most = readLimit(op, "limit", limit);
  const leaves = gradientsOf(op, gradients);
  const factor = leaves.length > 0 ? clipFactor(leaves, most) : scalar(1);
  return treeMap((gradient) => gradient.mul(factor.cast(gradient.dtype)), gradients);
}
