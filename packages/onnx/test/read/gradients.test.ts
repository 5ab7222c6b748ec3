/**
 * Derivatives of operators as they are read, against differences, in float64: the cases of ONNX's own tests whose results are
 * floats.
 */

import { checkGradients, type Tensor } from "@graddiff/core";
import { expect, test } from "vitest";
import { importOnnx } from "../../src/index.ts";
import { valueOfFile } from "../conformance/cases.ts";
import golden from "./golden/cases.json" with { type: "json" };

/** Cases whose inputs stand where there is no derivative, or no second one. */
const WITHOUT_DERIVATIVE: Readonly<Record<string, string>> = {
  acosh_example: "its least input is 1, the edge of its domain",
  castlike_FLOAT_to_BFLOAT16: "NaN and infinities are among its inputs",
  gridsample_bicubic: "second derivatives jump at whole places",
  reduce_l2_empty_set: "the root of no sum",
  reduce_log_sum_empty_set: "the logarithm of no sum",
  reduce_log_sum_exp_empty_set: "the logarithm of no sum",
  softsign_example: "second derivatives jump at 0",
};

const smooth = Object.entries(golden).filter(([name]) => !(name in WITHOUT_DERIVATIVE));
const decode = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

test.each(smooth)("the derivatives of %s are those of differences", (_name, { model, sets }) => {
  const { fn, inputs } = importOnnx(decode(model), { dtype: "float64" });
  const [files = []] = sets[0] ?? [];
  const given = files.map((file, i) => {
    const { tensor } = valueOfFile(decode(file), inputs[i]?.type);
    return tensor.cast(inputs[i]?.dtype ?? tensor.dtype);
  });
  const places = given.flatMap(({ dtype, rank }, i) =>
    dtype === "float64" && rank > 0 ? [i] : [],
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
  const report = checkGradients(
    total,
    places.map((place) => given[place] as Tensor),
  );
  expect(report.worst).toBeLessThan(1e-5);
});
