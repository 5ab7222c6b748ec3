/**
 * Leaves out of the package as published what only the tests of this repository read of an op: where its inputs are
 * sampled, what it is applied to, and the values it is compared with. That is a tenth of what a program with one
 * gradient loads.
 */

/** The fields of an op's block that nothing but tests reads. `register` has empty examples for an op without them. */
export const TESTED = new Set([
  "cases",
  "convention",
  "domain",
  "dtypes",
  "edges",
  "exact",
  "examples",
  "settings",
]);

/** A plugin of Vite, after its compiler. An op's block is the object that has a family, a formula or both: some are made of two. */
export const withoutExamples = {
  name: "without-examples",
  transform(code) {
    if (!/\b(family|formula)\b/.test(code)) return null;
    const cuts = [];
    visit(this.parse(code), (node) => {
      if (node.type !== "ObjectExpression") return;
      const named = node.properties.filter((each) => each.key?.type === "Identifier");
      if (!named.some(({ key }) => key.name === "family" || key.name === "formula")) return;
      cuts.push(...named.filter(({ key }) => TESTED.has(key.name)));
    });
    return { code: cuts.sort((a, b) => b.start - a.start).reduce(without, code), map: null };
  },
};

/** Visits a node of a syntax tree and all within it. */
export function visit(node, see) {
  if (typeof node.type === "string") see(node);
  for (const part of Object.values(node)) {
    if (typeof part === "object" && part !== null) visit(part, see);
  }
}

/** Returns the text without a property and its comma. */
function without(code, { start, end }) {
  return code.slice(0, start) + code.slice(end).replace(/^\s*,/, "");
}
