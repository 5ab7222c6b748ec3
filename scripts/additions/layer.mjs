/** The addition of a layer. */

export const most = 3;
export const name = "Scale";
export const folder = "packages/nn";

export const tests = ["test/table", "test/examples"];
export const models = ["test/layers.test.ts"];

export const edits = [
  {
    file: "packages/nn/src/layers/scale.ts",
    append: `/**
 * The layer that scales each feature.
 */

import { Layer, type Tensor, type Variable } from "@graddiff/core";
import { positiveInteger } from "@graddiff/core/extend";
import { type WeightOptions, Weights, weightReader } from "./weights.ts";

const readScale = weightReader({});

/**
 * x · weight: each feature, an element of the last axis, has a factor of its own, 1 at first.
 *
 * @example
 * \`\`\`ts
 * import { ones } from "@graddiff/core";
 * import { Scale } from "@graddiff/nn";
 *
 * console.log(new Scale(3).forward(ones([2, 3])).shape); // [ 2, 3 ]
 * \`\`\`
 */
export class Scale extends Layer {
  /** Shape [size]. */
  readonly weight: Variable;

  /** @param size the number of features. */
  constructor(size: number, options?: Pick<WeightOptions, "dtype">) {
    super();
    positiveInteger("Scale", "size", size);
    this.weight = new Weights("Scale", readScale("Scale", options)).ones([size]);
  }

  override compute(x: Tensor): Tensor {
    return x.mul(this.weight.value);
  }
}
`,
  },
  {
    file: "packages/nn/src/layers/index.ts",
    after: 'export { Embedding, Flatten, Residual, Upsample } from "./shaping.ts";\n',
    insert: 'export { Scale } from "./scale.ts";\n',
  },
  {
    file: "packages/nn/test/table/layers.ts",
    after: "    GRU: { make: () => new GRU(4, 3, seeded), inputs: rows },\n",
    insert:
      '    Scale: { make: () => new Scale(4, { dtype }), inputs: rows, withoutGolden: "it is a product" },\n',
  },
  {
    file: "packages/nn/test/table/layers.ts",
    after: "  RNN,\n",
    insert: "  Scale,\n",
  },
];
