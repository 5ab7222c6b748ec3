/** A primitive with instructions of its own, on vectors and on single values. */

export const most = 4;
export const op = "ceil";

export const edits = [
  {
    file: "packages/core/src/ops/arithmetic.ts",
    append: `
/** The least whole number that is not below x. Its derivative is 0. */
export const ceil: Unary = unary({
  name: "ceil",
  formula: "⌈x⌉",
  compute: { float64: Math.ceil, int32: (x) => x },
  derivative: partials(() => 0),
  domain: [
    [0.1, 0.9],
  ],
  edges: [
    [1.25, 2],
    [-1.25, -1],
    [-0.5, -0],
    [2, 2],
    [-Infinity, -Infinity],
    [NaN, NaN],
  ],
});
`,
  },
  {
    file: "packages/core/src/run/wasm/lanes.ts",
    after: "  sqrt: { opcodes: SQRT },\n",
    insert: `  ceil: { opcodes: { ...AS_IT_IS, f32x4: 0x67, f64x2: 0x74, f32: 0x8d, f64: 0x9b } },
`,
  },
  {
    file: "packages/core/src/run/program/loopOps.ts",
    after: "  sqrt: FLOAT,\n",
    insert: "  ceil: NUMERIC,\n",
  },
  {
    file: "packages/onnx/src/ops/table.ts",
    after: '  sqrt: same("Sqrt"),\n',
    insert: '  ceil: same("Ceil"),\n',
  },
];
