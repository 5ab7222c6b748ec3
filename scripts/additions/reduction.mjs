/** The addition of a reduction, with kernels of reductions over all axes and with instructions in loops. */

export const most = 5;
export const name = "product";

export const edits = [
  {
    file: "packages/core/src/ops/reduction.ts",
    append: `
/**
 * The product along the given axes, or of all elements; an int32 product wraps around beyond 2³¹. Its
 * derivative is for inputs without 0.
 */
export const product: Reducer = reduction({
  name: "product",
  symbol: "Π",
  formula: "Πᵢ xᵢ",
  promotion: "arithmetic",
  fold: { op: mul.op, identity: 1, kernel: "product" },
  derivative: rule((cotangent, context: Context) => {
    const input = inputOf(context);
    const { attributes, output } = context;
    return restore(cotangent.mul(output), input.shape, attributes).div(input);
  }),
  domain: [0.5, 2],
  emptyAllowed: true,
});
`,
  },
  {
    file: "packages/core/src/ops/reduction.ts",
    after: "import { add, maximum, minimum",
    insert: ", mul",
  },
  {
    file: "packages/wasm-kernel/assembly/operations.ts",
    after: "  if (isSame<O, Add>()) return <T>0;\n",
    insert: "  if (isSame<O, Multiply>()) return <T>1;\n",
  },
  {
    file: "packages/wasm-kernel/assembly/reduction.ts",
    after: "import { Add, Maximum, Minimum",
    insert: ", Multiply",
  },
  {
    file: "packages/wasm-kernel/assembly/reduction.ts",
    after: "minAxis of Minimum",
    insert: ", productAxis of Multiply",
  },
  {
    file: "packages/wasm-kernel/assembly/reduction.ts",
    after: "minRuns of Minimum",
    insert: ", productRuns of Multiply",
  },
  {
    file: "packages/onnx/src/ops/table.ts",
    after: '  sqrt: same("Sqrt"),\n',
    insert: '  product: reduction("ReduceProd"),\n',
  },
];
