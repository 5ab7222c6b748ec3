/**
 * Conversion of a typed function to a TypeScript program, which computes the same bits.
 */

import type { OwnProgram } from "./program.ts";
import type { Tree } from "./tree.ts";

/** Words that are not allowed as names of variables, and names that the program imports or that its host defines. */
const TAKEN = new Set(
  `arguments async await break case catch class const continue debugger default delete do else enum eval export extends
  false finally for function get if implements import in instanceof interface let new null of package private protected
  public return set static super switch this throw true try type typeof undefined var void while with yield console
  explain named Tensor acos asin atan cosh maximum minimum sinh softplus`.split(/\s+/),
);

/** Returns the lines of the program. The inputs are `values`, or the start values by default. */
export function codeOf(
  program: OwnProgram,
  values: ReadonlyMap<string, number> = program.inputs,
): readonly string[] {
  const { lines, inputs } = program;
  const names = variables([...inputs.keys(), ...lines.map(({ name }) => name)]);
  const variable = (name: string) => names.get(name) ?? name;
  const imported = new Set<string>();
  const code = (tree: Tree): string => {
    if (tree.kind === "number") return numberCode(tree.value);
    if (tree.kind === "name") return variable(tree.name);
    const { operation, parts } = tree;
    const [first, ...others] = parts;
    const isImported = !operation.isMethod || first?.kind === "number";
    if (isImported) imported.add(operation.name);
    if (first === undefined || isImported) {
      return `${operation.name}(${parts.map(code).join(", ")})`;
    }
    return `${code(first)}.${operation.name}(${others.map(code).join(", ")})`;
  };
  const body = lines.map(({ name, folded }) => {
    const value = folded.kind === "apply" ? code(folded) : `${code(folded)}.mul(1)`;
    return { name, value };
  });
  const last = body.at(-1);
  const parameters = [...inputs.keys()].map((name) => `${variable(name)}: Tensor`);
  const given = [...inputs.keys()].map((name) => numberCode(values.get(name) ?? 0));
  const made = body.slice(0, -1).map(({ name, value }) => {
    return `  const ${variable(name)} = named(${JSON.stringify(name)}, ${value});`;
  });
  const words = ["explain", "named", ...[...imported].sort(), "type Tensor"];
  const quoted = [...inputs.keys()].map((name) => JSON.stringify(name));
  return [
    `import { ${words.join(", ")} } from "@graddiff/core";`,
    "",
    `const f = (${parameters.join(", ")}) => {`,
    ...made,
    `  return named(${JSON.stringify(last?.name ?? "")}, ${last?.value ?? ""});`,
    "};",
    "",
    `const graph = explain(f, { names: [${quoted.join(", ")}] })(${given.join(", ")});`,
    "console.log(graph.text());",
  ];
}

/**
 * Returns the variable for each name: variables of JavaScript have no subscript digits, and are not reserved words.
 */
function variables(names: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set([...TAKEN, "f", "graph"]);
  return new Map(
    names.map((name) => {
      let word = name.replace(/[₀-₉]/g, (digit) => String("₀₁₂₃₄₅₆₇₈₉".indexOf(digit)));
      while (taken.has(word)) word += "_";
      taken.add(word);
      return [name, word];
    }),
  );
}

function numberCode(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
