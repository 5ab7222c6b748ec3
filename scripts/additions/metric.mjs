/** The addition of a metric. */

export const most = 3;
export const name = "largestError";
export const folder = "packages/nn";

export const tests = ["test/table", "test/examples"];

export const edits = [
  {
    file: "packages/nn/src/metrics/largestError.ts",
    append: `/**
 * The largest error of predicted numbers.
 */

import { maximum, where } from "@graddiff/core";
import { samePair } from "../losses/reducing.ts";
import { noCounts, takingPart } from "./counting.ts";
import { type Metric, metric } from "./metric.ts";

/**
 * The largest |y − x| of predictions x and numbers y; 0 of nothing.
 *
 * @param predicted numbers of any shape.
 * @param expected numbers of the same shape.
 * @param options \`mask\` (bools that broadcast to the shape, true where an element takes part).
 * @returns a float64 scalar.
 * @throws ShapeError for shapes that differ.
 * @example
 * \`\`\`ts
 * import { tensor } from "@graddiff/core";
 * import { largestError } from "@graddiff/nn";
 *
 * console.log(largestError(tensor([1, 2]), tensor([1, 5])).item()); // 3
 * \`\`\`
 */
export const largestError: Metric = metric({
  name: "largestError",
  options: {},
  settings: () => undefined,
  start: () => ({ largest: noCounts() }),
  add: ({ largest }, { predicted, expected, mask }) => {
    const names = ["predicted numbers", "expected"] as const;
    const [x, y] = samePair("largestError", names, predicted, expected);
    const errors = x.sub(y).abs().cast("float64");
    const taken = where(takingPart("largestError", mask, y.shape), errors, 0);
    return { largest: maximum(largest, taken.max()) };
  },
  result: ({ largest }) => largest,
});
`,
  },
  {
    file: "packages/nn/src/metrics/index.ts",
    after: 'export { type PerplexityOptions, perplexity } from "./perplexity.ts";\n',
    insert: 'export { largestError } from "./largestError.ts";\n',
  },
  {
    file: "packages/nn/test/table/metrics.ts",
    after: "export const METRICS: Readonly<Record<string, MetricRow>> = {\n",
    insert: `  largestError: {
    metric: largestError,
    predicted: tensor([1, 2]),
    expected: tensor([1, 5]),
    value: 3,
    withoutGolden: "one of its values is found by hand",
  },
`,
  },
  {
    file: "packages/nn/test/table/metrics.ts",
    after: "  f1,\n",
    insert: "  largestError,\n",
  },
];
