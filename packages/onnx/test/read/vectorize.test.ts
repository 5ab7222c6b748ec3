/** Models of one example in batches, by vectorize: the cases of ONNX's own tests with floats. */

import { stack, type Tensor, vectorize } from "@graddiff/core";
import { expect, test } from "vitest";
import { importOnnx } from "../../src/index.ts";
import { valueOfFile } from "../conformance/cases.ts";
import { differenceOf } from "../support/runtime.ts";
import golden from "./golden/cases.json" with { type: "json" };

const decode = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

/** The models whose sizes depend on values, which are not known inside of a batch. */
const BY_VALUES = /^(nonmaxsuppression|unique|resize_downsample_scales_linear$|upsample)/;

const cases = Object.entries(golden).filter(([name]) => !BY_VALUES.test(name));

test.each(cases)("%s is batched", (_name, { model, sets }) => {
  const { fn, inputs } = importOnnx(decode(model));
  const [files = []] = sets[0] ?? [];
  const given = files.map((file, i) => valueOfFile(decode(file), inputs[i]?.type).tensor);
  const isExample = ({ dtype, rank }: Tensor) => dtype.startsWith("float") && rank > 0;
  const examples = given.filter(isExample);
  if (examples.length === 0) return;
  const withExamples = (...own: Tensor[]) => {
    const rest = [...own];
    return fn(...given.map((x) => (isExample(x) ? (rest.shift() ?? x) : x)));
  };
  // The second example is half of the first, so the two differ.
  const [first, second] = [examples, examples.map((x) => x.mul(0.5))];
  const batch = first.map((x, i) => stack([x, second[i] ?? x]));
  const results = vectorize(withExamples)(...batch);
  [first, second].forEach((own, i) => {
    withExamples(...own).forEach((expected, k) => {
      const row = results[k]?.slice([i], [i + 1]).reshape(expected.shape) as Tensor;
      expect(differenceOf(row, expected)).toBeLessThanOrEqual(1e-5);
    });
  });
});
