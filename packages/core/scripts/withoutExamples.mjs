/**
 * Removes from the published package the fields of an op's block that only this repository's tests and OPS.md use: the
 * formula, the intervals of samples, and expected values. They would be a tenth of the bundle of a program with one
 * gradient.
 */

/** The fields of an op's block that are removed. For an op without `examples`, `register` adds empty ones. */
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

/**
 * The plugin of Vite, which runs after the types are removed. It treats each object with a property `family` or
 * `formula` as an op's block, because some blocks consist of two objects.
 */
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

/** Calls a function for a node of a syntax tree and all its descendants. */
export function visit(node, see) {
  if (typeof node.type === "string") see(node);
  for (const part of Object.values(node)) {
    if (typeof part === "object" && part !== null) visit(part, see);
  }
}

/** Returns the code without a property and the comma after it. */
function without(code, { start, end }) {
  return code.slice(0, start) + code.slice(end).replace(/^\s*,/, "");
}
