/** The addition of a composite with a kernel. */

export const most = 5;
export const name = "midpoints";

export const edits = [
  {
    file: "packages/core/src/ops/midpoints.ts",
    append: `/**
 * Points between neighbours.
 */

import { midpointsKept } from "../families/midpoints.ts";
import { apply } from "../graph/apply.ts";
import { NO_ATTRIBUTES } from "../graph/types.ts";
import type { Op } from "../graph/op.ts";
import { at } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { promoteInputs } from "./promote.ts";
import { register } from "./registry.ts";
import { elementsAlong } from "./view.ts";

const midpointsOp: Op = register({
  name: "midpoints",
  symbol: "midpoints",
  family: "windows",
  promotion: "float",
  formula: "(xᵢ + xᵢ₊₁) / 2 along the last axis",
  results: ([x]) => {
    const { shape = [1], dtype = "float32", weak = false } = x ?? {};
    const count = Math.max(0, at(shape, shape.length - 1) - 1);
    return [{ shape: [...shape.slice(0, -1), count], dtype, weak }];
  },
  derivative: undefined,
  body: (inputs) => {
    const x = at(inputs, 0);
    const axis = x.rank - 1;
    const count = Math.max(0, at(x.shape, axis) - 1);
    return [elementsAlong(x, axis, 0, count).add(elementsAlong(x, axis, Math.min(1, at(x.shape, axis)), count)).mul(0.5)];
  },
  kept: midpointsKept,
  batch: undefined,
  examples: { domain: [-3, 3], cases: [{ shapes: [[5]] }, { shapes: [[3, 4]] }] },
});

/** Returns the mean of each element along the last axis and of the next one, of which there is one less. */
export function midpoints(x: TensorLike): Tensor {
  const [input] = promoteInputs("midpoints", [toTensor("midpoints", "x", x)], "float");
  return apply(midpointsOp, [input], NO_ATTRIBUTES);
}
`,
  },
  {
    file: "packages/core/src/ops/index.ts",
    after: 'export { fold, unfold } from "./unfold.ts";\n',
    insert: 'export { midpoints } from "./midpoints.ts";\n',
  },
  {
    file: "packages/core/src/families/midpoints.ts",
    append: `/**
 * The functions of points between neighbours.
 */

import type { KeptKernel } from "../graph/kernel.ts";
import { BYTES, isFloat } from "../tensor/dtype.ts";
import { at, sizeOf } from "../tensor/shape.ts";
import { isNumber, SUFFIX } from "./exports.ts";

export const midpointsKept: KeptKernel = {
  fits: ({ inputs: [x] }) => x !== undefined && isFloat(x.dtype) && sizeOf(x.shape) > 0,
  calls: ({ inputs, outputs }) => {
    const [x, out] = [at(inputs, 0), at(outputs, 0)];
    if (!isNumber(x.dtype)) return undefined;
    const length = at(x.shape, x.shape.length - 1);
    const bytes = BYTES[x.dtype];
    return [
      {
        function: \`midpoints_\${SUFFIX[x.dtype]}\`,
        arguments: [x.address, out.address, sizeOf(x.shape.slice(0, -1)), length],
        splits: [
          { along: "rows", argument: 2, steps: [length * bytes, (length - 1) * bytes, 0, 0] },
        ],
      },
    ];
  },
  flops: (_inputs, { shape }) => 2 * sizeOf(shape),
};
`,
  },
  {
    file: "packages/wasm-kernel/assembly/midpoints.ts",
    append: `// The mean of each element of a row and of the next one, of which there is one less.

/** See above. */
// exported for f32, f64
@inline
function midpoints<T>(x: usize, out: usize, rows: usize, length: usize): void {
  for (; rows > 0; rows--) {
    for (let i: usize = 1; i < length; i++) {
      store<T>(out, <T>(<T>(load<T>(x) + load<T>(x, sizeof<T>())) * <T>0.5));
      x += sizeof<T>();
      out += sizeof<T>();
    }
    x += sizeof<T>();
  }
}
`,
  },
  {
    file: "packages/wasm-kernel/assembly/index.ts",
    after: 'export * from "./matmulInteger";\n',
    insert: 'export * from "./midpoints";\n',
  },
];
