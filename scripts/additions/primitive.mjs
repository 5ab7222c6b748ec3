/** The addition of an elementwise primitive with instructions for vectors and for single values. */

export const most = 5;
export const name = "nearestEven";

export const edits = [
  {
    file: "packages/core/src/ops/rounding.ts",
    append: `
/** The nearest whole number, as \`round\` has it. Its derivative is 0. */
export const nearestEven: Unary = rounding("nearestEven", "the nearest integer", toEven, [
  [1.25, 1],
  [-1.25, -1],
  [-0.5, -0],
]);
`,
  },
  {
    file: "packages/core/src/run/wasm/kernel/lanes.ts",
    after: "  sqrt: { opcodes: SQRT },\n",
    insert:
      "  nearestEven: { opcodes: { ...AS_IT_IS, f32x4: 0x6a, f64x2: 0x94, f32: 0x90, f64: 0x9e } },\n",
  },
  {
    file: "packages/core/src/run/program/loop/loopOps.ts",
    after: "  sqrt: FLOAT,\n",
    insert: "  nearestEven: NUMERIC,\n",
  },
  {
    file: "packages/core/src/run/webgpu/wgsl.ts",
    after: '  round: ofNumbers("round"),\n',
    insert: '  nearestEven: ofNumbers("round"),\n',
  },
  {
    file: "packages/onnx/src/ops/table.ts",
    after: '  sqrt: same("Sqrt"),\n',
    insert: '  nearestEven: rounding(same("Round")),\n',
  },
];
