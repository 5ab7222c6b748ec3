/** A composite, written in other ops. */

export const most = 1;
export const op = "mish";

export const edits = [
  {
    file: "packages/core/src/ops/activation.ts",
    append: `
/** x · tanh(log(1 + e^x)), a smooth relu. */
export const mish: Unary = unary({
  name: "mish",
  formula: "x · tanh(log(1 + e^x))",
  promotion: "float",
  body: (x) => x.mul(softplus(x).tanh()),
  domain: [-3, 3],
  edges: [
    [0, 0],
    [800, 800],
    [NaN, NaN],
  ],
});
`,
  },
];
