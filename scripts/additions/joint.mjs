/** The addition of an op with two outputs, of a new family with its kernel. ONNX has no operator for it. */

export const most = 5;
export const name = "runningMax";

export const edits = [
  {
    file: "packages/core/src/ops/sorting.ts",
    append: `
function runningTypes(x: TensorType | undefined): TensorType[] {
  const { shape = [], dtype = "float32", weak = false } = x ?? {};
  refuseTruths("runningMax", dtype);
  return [
    { shape, dtype, weak },
    { shape, dtype: "int32", weak: false },
  ];
}

const runningMaxOp: Op = register({
  name: "runningMax",
  symbol: "running max",
  family: "indexing",
  promotion: "none",
  formula: "the greatest element so far along the last axis, and where it stands",
  results: ([x]) => runningTypes(x),
  derivative: {
    kind: "joint",
    vjp: ({ op, inputs, attributes }) => {
      const results = applyAll(op, inputs, attributes);
      const { shape } = at(inputs, 0);
      const toRows = (value: Tensor) =>
        addToRows(value, at(results, 1), at(shape, shape.length - 1));
      return {
        results,
        pull: ([cotangent]) => [cotangent && { ...cotangent, value: toRows(cotangent.value) }],
      };
    },
    jvp: ({ op, inputs, attributes }, [tangent]) => {
      const results = applyAll(op, inputs, attributes);
      const moved = tangent && { ...tangent, value: takeFromRows(tangent.value, at(results, 1)) };
      return { results, tangents: [moved] };
    },
  },
  kernel: runningKernel,
  batch: batchLeading,
  examples: {
    domain: [-3, 3],
    cases: [{ shapes: [[5]] }, { shapes: [[3, 4]] }],
    exact: [{ inputs: [[1, 3, 2, 3, 4]], attributes: {}, results: [[1, 3, 3, 3, 4], [0, 1, 1, 1, 4]] }],
  },
});

/** Returns the greatest element so far along the last axis, and where it is. */
export function runningMax(x: TensorLike): readonly Tensor[] {
  return applyAll(runningMaxOp, [toTensor("runningMax", "x", x)], {});
}
`,
  },
  {
    file: "packages/core/src/ops/sorting.ts",
    after: 'import { type Order, orderKernel, sortKernel } from "../families/order.ts";\n',
    insert: 'import { runningKernel } from "../families/running.ts";\n',
  },
  {
    file: "packages/core/src/families/running.ts",
    append: `/**
 * The family of extremes so far along the last axis.
 */

import type { KernelOf } from "../graph/kernel.ts";
import { BYTES } from "../tensor/dtype.ts";
import { at, sizeOf } from "../tensor/shape.ts";
import { isNumber, SUFFIX } from "./exports.ts";

/** The kernel of the greatest so far and of its index. */
export const runningKernel: KernelOf<"calls"> = {
  kind: "calls",
  compute: ({ arrays, type: { shape }, results }) => {
    const [x, values, places] = [at(arrays, 0), at(results, 0), at(results, 1)];
    const length = at(shape, shape.length - 1);
    for (let i = 0; i < x.length; i++) {
      const j = i % length;
      const before = at(values, Math.max(0, i - 1));
      const wins = j === 0 || at(x, i) > before;
      values[i] = wins ? at(x, i) : before;
      places[i] = wins ? j : at(places, i - 1);
    }
  },
  calls: ({ inputs, outputs }) => {
    const [{ shape, dtype, address }, values, places] = [at(inputs, 0), at(outputs, 0), at(outputs, 1)];
    if (!isNumber(dtype)) return undefined;
    const [rows, length] = [sizeOf(shape.slice(0, -1)), at(shape, shape.length - 1)];
    const row = length * BYTES[dtype];
    return [
      {
        function: \`runningMax_\${SUFFIX[dtype]}\`,
        arguments: [address, values.address, places.address, rows, length],
        splits: [
          { along: "rows", argument: 3, steps: [row, row, length * BYTES.int32, 0, 0] },
        ],
      },
    ];
  },
  flops: ([x]) => sizeOf(x?.shape ?? []),
};
`,
  },
  {
    file: "packages/wasm-kernel/assembly/running.ts",
    append: `// The greatest element so far of each row, and where it stands.

/** See above. */
// exported for f32, f64, i32
@inline
function runningMax<T>(x: usize, values: usize, places: usize, rows: usize, length: usize): void {
  for (; rows > 0; rows--) {
    for (let j: usize = 0; j < length; j++) {
      const offset = j << alignof<T>();
      const before = offset - sizeof<T>();
      const wins = j == 0 || load<T>(x + offset) > load<T>(values + before);
      store<T>(values + offset, wins ? load<T>(x + offset) : load<T>(values + before));
      store<i32>(places + (j << 2), wins ? <i32>j : load<i32>(places + (j << 2) - 4));
    }
    x += length << alignof<T>();
    values += length << alignof<T>();
    places += length << 2;
  }
}
`,
  },
  {
    file: "packages/wasm-kernel/assembly/index.ts",
    after: 'export * from "./reduction";\n',
    insert: 'export * from "./running";\n',
  },
  {
    file: "packages/onnx/src/ops/table.ts",
    after: '  sqrt: same("Sqrt"),\n',
    insert: '  runningMax: unsupported("ONNX has no running extremes", "Write it with a scan"),\n',
  },
];
