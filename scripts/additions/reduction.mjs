/** A reduction, with kernels for all its axes and in loops. */

export const most = 5;
export const op = "prod";

/** The kernels of one form and dtype. */
const kernel = (name, type, size, call) => `
/** out = the product of the elements that meet there. */
export function ${name}_${type}(
  x: usize,
  out: usize,
  scratch: usize,
  outer: usize,
${size.map((each) => `  ${each}: usize,`).join("\n")}
): void {
  ${call}<${type}, Multiply>(x, out, scratch, outer, ${size.join(", ")});
}
`;

export const edits = [
  {
    file: "packages/core/src/ops/reduction.ts",
    append: `
/**
 * The product along the given axes, or of all elements; an int32 product wraps around beyond 2³¹. Its
 * derivative is for inputs without 0.
 */
export const prod: Reduction = reduction({
  name: "prod",
  symbol: "Π",
  formula: "Πᵢ xᵢ",
  promotion: "arithmetic",
  fold: { op: mul.op, identity: 1, kernel: "prod" },
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
    after: "export class Add {}\n",
    insert: "export class Multiply {}\n",
  },
  {
    file: "packages/wasm-kernel/assembly/operations.ts",
    after: "  if (isSame<O, Add>()) return <T>0;\n",
    insert: "  if (isSame<O, Multiply>()) return <T>1;\n",
  },
  {
    file: "packages/wasm-kernel/assembly/operations.ts",
    after: "  if (isSame<O, Add>()) return v128.add<T>(x, y);\n",
    insert: "  if (isSame<O, Multiply>()) return v128.mul<T>(x, y);\n",
  },
  {
    file: "packages/wasm-kernel/assembly/operations.ts",
    after: "  if (isSame<O, Add>()) return <T>(x + y);\n",
    insert: "  if (isSame<O, Multiply>()) return <T>(x * y);\n",
  },
  {
    file: "packages/wasm-kernel/assembly/reduction.ts",
    after: "import { Add, Maximum, Minimum",
    insert: ", Multiply",
  },
  {
    file: "packages/wasm-kernel/assembly/reduction.ts",
    append: ["f32", "f64", "i32"]
      .flatMap((type) => [
        kernel("prodAxis", type, ["count", "inner"], "reduceAxis"),
        kernel("prodRuns", type, ["runs", "kept", "length"], "reduceRuns"),
      ])
      .join(""),
  },
  {
    file: "packages/onnx/src/ops/table.ts",
    after: '  sqrt: same("Sqrt"),\n',
    insert: '  prod: reduction("ReduceProd"),\n',
  },
];
