/**
 * Leaves out of the published package the fields of an op's block that only the tests of this repository and OPS.md
 * read: its formula, the intervals of its samples, and the values it is compared with. They would be a tenth of a
 * program with one gradient.
 */

/** The fields of an op's block that are left out. `register` has empty examples for an op without them. */
export const TESTED = new Set([
  "cases",
  "convention",
  "domain",
  "dtypes",
  "edges",
  "exact",
  "examples",
  "formula",
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
