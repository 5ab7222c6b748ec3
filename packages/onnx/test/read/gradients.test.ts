/**
 * Derivatives of imported operators, compared with finite differences in float64: the cases of ONNX's own tests with
 * float results, of which `npm test` tries a fifth.
 */

import { arange, checkGradients, type Tensor } from "@graddiff/core";
import { expect, test } from "vitest";
import { sampled } from "../../../core/test/support/sampling.ts";
import { importOnnx } from "../../src/index.ts";
import { valueOfFile } from "../conformance/cases.ts";
import golden from "./golden/cases.json" with { type: "json" };

/** Cases with inputs at which the first or the second derivative does not exist. */
const WITHOUT_DERIVATIVE: Readonly<Record<string, string>> = {
  acosh_example: "its least input is 1, the edge of its domain",
  castlike_FLOAT_to_BFLOAT16: "NaN and infinities are among its inputs",
  gridsample_bicubic: "second derivatives jump at whole places",
  reduce_l2_empty_set: "the root of no sum",
  reduce_log_sum_empty_set: "the logarithm of no sum",
  reduce_log_sum_exp_empty_set: "the logarithm of no sum",
  softsign_example: "second derivatives jump at 0",
};

/** Cases that jump at their inputs; derivatives are compared near the inputs. */
const JUMPS: Readonly<Record<string, string>> = {
  floor_example: "whole numbers are among its inputs",
  round: "halves are among its inputs",
  sign: "0 is among its inputs",
  thresholdedrelu_example: "the threshold is among its inputs",
  unique_sorted_without_axis: "of two equal elements there is one result, of others two",
};

/** Cases whose later inputs are sizes, which are not differentiated. */
const SCALED = ["resize_downsample_scales_linear", "upsample_nearest"];

const cases = Object.entries(golden).filter(([name]) => !(name in WITHOUT_DERIVATIVE));
const decode = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

test.each(sampled(cases, 5))(
  "the derivatives of %s are those of differences",
  (name, { model, sets }) => {
    const { fn, inputs } = importOnnx(decode(model), { dtype: "float64" });
    const [files = []] = sets[0] ?? [];
    const given = files.map((file, i) => {
      const { tensor } = valueOfFile(decode(file), inputs[i]?.type);
      return tensor.cast(inputs[i]?.dtype ?? tensor.dtype);
    });
    const places = given.flatMap(({ dtype, rank }, i) =>
      dtype === "float64" && rank > 0 && (i === 0 || !SCALED.includes(name)) ? [i] : [],
    );
    if (places.length === 0 || !fn(...given).some(({ dtype }) => dtype === "float64")) return;
    const total = (...floats: Tensor[]) => {
      const all = [...given];
      places.forEach((place, k) => {
        all[place] = floats[k] ?? (given[place] as Tensor);
      });
      return fn(...all)
        .filter(({ dtype }) => dtype === "float64")
        .map((each) => each.mul(each.mul(0.1).add(1)).sum())
        .reduce((sum, each) => sum.add(each));
    };
    const own = places.map((place) => given[place] as Tensor);
    if (name in JUMPS) expect(() => checkGradients(total, own)).toThrow(/one that jumps there/);
    const report = checkGradients(total, name in JUMPS ? own.map(beside) : own);
    expect(report.worst).toBeLessThan(1e-5);
  },
);

/** Returns a tensor with each element moved by a different amount. */
function beside(x: Tensor): Tensor {
  const { length } = x.data();
  return x.add(arange(length, { dtype: "float64" }).mul(0.0013).add(0.0137).reshape(x.shape));
}
