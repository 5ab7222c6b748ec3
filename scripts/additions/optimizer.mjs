/** The addition of an optimizer. */

export const most = 3;
export const name = "SignDescent";
export const folder = "packages/nn";

export const tests = ["test/table", "test/optimizers", "test/examples"];

export const edits = [
  {
    file: "packages/nn/src/optimizers/signDescent.ts",
    append: `/**
 * Descent by the signs of gradients.
 */

import type { Trainable } from "@graddiff/core";
import { refuseSurplus } from "@graddiff/core/extend";
import { Optimizer } from "./optimizers.ts";
import { updateRule } from "./rule.ts";
import type { OptimizerOptions } from "./settings.ts";

const rule = updateRule(
  {},
  { update: ({ value, gradient, rate }) => value.sub(gradient.sign().mul(rate)) },
);

/**
 * w ← w − rate · sign(gradient): every weight moves as far (Bernstein et al., signSGD, ICML 2018).
 *
 * @example
 * \`\`\`ts
 * import { tensor, Variable } from "@graddiff/core";
 * import { SignDescent } from "@graddiff/nn";
 *
 * const w = new Variable(tensor([4, -8]));
 * new SignDescent([w], { learningRate: 0.5 }).minimize(() => w.value.square().sum());
 * console.log(String(w.value)); // [ 3.5 -7.5]
 * \`\`\`
 */
export class SignDescent extends Optimizer {
  /** @throws ArgumentError for settings that are no numbers. */
  constructor(variables: Trainable, options: OptimizerOptions) {
    refuseSurplus("SignDescent", 2, arguments);
    super(variables, options, rule);
  }
}
`,
  },
  {
    file: "packages/nn/src/optimizers/index.ts",
    after: 'export { SGD, type SGDOptions } from "./sgd.ts";\n',
    insert: 'export { SignDescent } from "./signDescent.ts";\n',
  },
  {
    file: "packages/nn/test/table/optimizers.ts",
    after: "export const OPTIMIZERS: Readonly<Record<string, OptimizerRow>> = {\n",
    insert: "  SignDescent: (m, learningRate = 0.01) => new SignDescent(m, { learningRate }),\n",
  },
  {
    file: "packages/nn/test/table/optimizers.ts",
    after: "  SGD,\n",
    insert: "  SignDescent,\n",
  },
  {
    file: "packages/nn/test/table/optimizers.ts",
    after: "export const WITHOUT_GOLDEN: Readonly<Record<string, string>> = {",
    insert: ' SignDescent: "PyTorch has none" ',
  },
];
