/** The addition of a composite, an op that is defined by other ops. */

export const most = 1;
export const name = "bentIdentity";

export const edits = [
  {
    file: "packages/core/src/ops/activation.ts",
    append: `
/** x + (√(x² + 1) − 1) / 2, a smooth line with a bend. */
export const bentIdentity: Unary = unary({
  name: "bentIdentity",
  formula: "x + (√(x² + 1) − 1) / 2",
  promotion: "float",
  body: (x) => x.square().add(1).sqrt().sub(1).mul(0.5).add(x),
  domain: [-3, 3],
  edges: [
    [0, 0],
    [Infinity, Infinity],
    [NaN, NaN],
  ],
});
`,
  },
];
