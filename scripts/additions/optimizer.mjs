/** An optimizer. */

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

import type { Tensor, Trainable, Variable } from "@graddiff/core";
import { Optimizer } from "./optimizers.ts";
import { type OptimizerOptions, settingsReader } from "./settings.ts";

const readSettings = settingsReader({});

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
    super(variables, readSettings("SignDescent", options));
  }

  protected override update(
    variable: Variable,
    gradient: Tensor,
    _index: number,
    rate: Tensor,
  ): Tensor {
    return variable.value.sub(gradient.sign().mul(rate));
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
