/** The addition of an op of a new family, with its kernel. */

export const most = 5;
export const name = "cumsum";

export const edits = [
  {
    file: "packages/core/src/ops/reduction.ts",
    append: `
const cumsumOp: Op<Cumulative> = register<Cumulative>({
  name: "cumsum",
  symbol: "cumsum",
  family: "cumulative",
  promotion: "arithmetic",
  formula: "x₀, x₀ + x₁, … along an axis",
  results: ([x]) => [{ shape: x?.shape ?? [], dtype: x?.dtype ?? "float32", weak: !!x?.weak }],
  derivative: linear((cotangent, { attributes: { axis } }: RuleContext<Cumulative>) => {
    const whole = sum(cotangent, axis, { keepDims: true });
    return whole.sub(apply(cumsumOp, [cotangent], { axis })).add(cotangent);
  }),
  kernel: cumulativeKernel<Cumulative>(({ axis }) => axis),
  batch: ({ op, inputs, attributes: { axis } }) => applyAll(op, inputs, { axis: axis + 1 }),
  examples: {
    domain: [-3, 3],
    cases: [
      { shapes: [[5]], attributes: { axis: 0 } },
      { shapes: [[2, 3, 4]], attributes: { axis: 1 } },
    ],
  },
});

interface Cumulative extends Readonly<Record<string, unknown>> {
  readonly axis: number;
}

/** Returns the sums of all elements up to each along an axis, added in order. */
export function cumsum(x: TensorLike, axis = 0): Tensor {
  const [input] = promoteInputs("cumsum", [toTensor("cumsum", "x", x)], "arithmetic");
  return apply(cumsumOp, [input], { axis: at(normalizeAxes("cumsum", axis, input.rank), 0) });
}
`,
  },
  {
    file: "packages/core/src/ops/reduction.ts",
    after: 'import { describe, ShapeError } from "../errors.ts";\n',
    insert: 'import { cumulativeKernel } from "../families/cumulative.ts";\n',
  },
  {
    file: "packages/core/src/families/cumulative.ts",
    append: `/**
 * The family of what adds up along an axis.
 */

import type { KernelOf } from "../graph/kernel.ts";
import type { Attributes, TensorType } from "../graph/types.ts";
import { BYTES } from "../tensor/dtype.ts";
import { at, sizeOf } from "../tensor/shape.ts";
import { isNumber, SUFFIX } from "./exports.ts";

/** Returns the kernel of sums of all elements up to each along an axis. */
/* @__NO_SIDE_EFFECTS__ */
export function cumulativeKernel<A extends Attributes>(
  axisOf: (attributes: A) => number,
): KernelOf<"calls", A> {
  const sizes = ({ shape }: TensorType, attributes: A) => {
    const axis = axisOf(attributes);
    const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))];
    return { outer, length: at(shape, axis), inner };
  };
  return {
    kind: "calls",
    compute: ({ arrays, type, attributes, result }) => {
      const x = at(arrays, 0);
      const { length, inner } = sizes(type, attributes);
      for (let i = 0; i < result.length; i++) {
        const first = Math.floor(i / inner) % length === 0;
        // Storing rounds to the dtype.
        result[i] = first ? at(x, i) : at(result, i - inner) + at(x, i);
      }
    },
    calls: ({ inputs, outputs: [output], attributes }) => {
      if (output === undefined || !isNumber(output.dtype)) return undefined;
      const { outer, length, inner } = sizes(output, attributes);
      const slab = length * inner * BYTES[output.dtype];
      return [
        {
          function: \`cumulativeSum_\${SUFFIX[output.dtype]}\`,
          arguments: [at(inputs, 0).address, output.address, outer, length, inner],
          splits: [{ along: "slabs", argument: 2, steps: [slab, slab, 0, 0, 0] }],
        },
      ];
    },
    flops: (_inputs, { shape }) => sizeOf(shape),
  };
}
`,
  },
  {
    file: "packages/wasm-kernel/assembly/cumulative.ts",
    append: `// Sums of all elements up to each along an axis, added in order: out[o, j, i] = x[o, 0, i] + … + x[o, j, i].

/** See above. */
// exported for f32, f64, i32
@inline
function cumulativeSum<T>(x: usize, out: usize, outer: usize, length: usize, inner: usize): void {
  const row = inner * sizeof<T>();
  for (; outer > 0; outer--) {
    if (length > 0) memory.copy(out, x, row);
    for (let offset = row; offset < length * row; offset += sizeof<T>()) {
      store<T>(out + offset, <T>(load<T>(out + offset - row) + load<T>(x + offset)));
    }
    x += length * row;
    out += length * row;
  }
}
`,
  },
  {
    file: "packages/wasm-kernel/assembly/index.ts",
    after: 'export * from "./binary";\n',
    insert: 'export * from "./cumulative";\n',
  },
  {
    file: "packages/onnx/src/ops/table.ts",
    after: '  sqrt: same("Sqrt"),\n',
    insert: `  cumsum: {
    write: ({ graph, inputs, attributes }) => [
      graph.node("CumSum", [inputs[0]?.name ?? "", graph.scalar("int64", Number(attributes["axis"]))]),
    ],
  },
`,
  },
];
