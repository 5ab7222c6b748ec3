/** The addition of a loss. */

export const most = 3;
export const name = "logCoshLoss";
export const folder = "packages/nn";

export const tests = ["test/table", "test/losses", "test/examples"];

export const edits = [
  {
    file: "packages/nn/src/losses/distances.ts",
    append: `
/**
 * log cosh d of the difference d of prediction and target: d² / 2 near 0, |d| − log 2 far out. It is
 * |d| + log((1 + e^(−2|d|)) / 2), which does not overflow.
 *
 * @param prediction any shape; int32 and bools become the default float dtype.
 * @param target the same shape.
 * @param options \`reduction\` and \`mask\`, as of {@link meanSquaredError}.
 * @returns a scalar; with reduction "none" the shape of the prediction.
 * @throws ShapeError if the shapes differ, and for a mean of no elements.
 * @example
 * \`\`\`ts
 * import { tensor } from "@graddiff/core";
 * import { logCoshLoss } from "@graddiff/nn";
 *
 * console.log(logCoshLoss(tensor([1, 2]), tensor([1, 2])).item()); // 0
 * \`\`\`
 */
export const logCoshLoss: PairLoss = pairLoss("logCoshLoss", {}, (x, y) => {
  const d = x.sub(y);
  return d.add(d.mul(-2).softplus()).sub(Math.LN2);
});
`,
  },
  {
    file: "packages/nn/src/losses/index.ts",
    after: "  huberLoss,\n",
    insert: "  logCoshLoss,\n",
  },
  {
    file: "packages/nn/test/table/losses.ts",
    after: "export const LOSSES: Readonly<Record<string, LossRow>> = {\n",
    insert: `  logCoshLoss: {
    loss: (o, x, y) => logCoshLoss(x as Tensor, y as Tensor, o),
    inputs: pair,
    withoutGolden: "PyTorch has none",
  },
`,
  },
  {
    file: "packages/nn/test/table/losses.ts",
    after: "  klDivergence,\n",
    insert: "  logCoshLoss,\n",
  },
];
