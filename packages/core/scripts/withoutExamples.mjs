/**
 * Leaves out of the package as published what only the tests of this repository read of an op: where its inputs are
 * sampled, what it is applied to, and the values it is compared with. That is a tenth of what a program with one
 * gradient loads.
 */

/** The fields of an op's block that nothing but tests reads, and what stands in their place: nothing, or an empty one. */
export const TESTED = {
  convention: "",
  domain: "",
  edges: "",
  exact: "",
  examples: "examples: { domain: [], cases: [] }",
  settings: "",
};

/** A plugin of Vite, behind its compiler. An op's block is the object that has a family, a formula or both: some are made of two. */
export const withoutExamples = {
  name: "without-examples",
  transform(code) {
    if (!/\b(family|formula)\b/.test(code)) return null;
    const cuts = [];
    visit(this.parse(code), (node) => {
      if (node.type !== "ObjectExpression") return;
      const named = node.properties.filter((each) => each.key?.type === "Identifier");
      if (!named.some(({ key }) => key.name === "family" || key.name === "formula")) return;
      cuts.push(...named.filter(({ key }) => Object.hasOwn(TESTED, key.name)));
    });
    return { code: cuts.sort((a, b) => b.start - a.start).reduce(replaced, code), map: null };
  },
};

/** Visits a node of a syntax tree and all within it. */
export function visit(node, see) {
  if (typeof node.type === "string") see(node);
  for (const part of Object.values(node)) {
    if (typeof part === "object" && part !== null) visit(part, see);
  }
}

/** Returns the text in which something else stands in the place of a property: with nothing, its comma goes too. */
function replaced(code, { key, start, end }) {
  const text = TESTED[key.name];
  const rest = code.slice(end);
  return code.slice(0, start) + text + (text === "" ? rest.replace(/^\s*,/, "") : rest);
}
