/**
 * Writes the documentation of functions to the methods of Tensor in the declarations that are published: editors show
 * none for the members of a mapped type. Run after the compiler: `node scripts/methodDocs.mjs`.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const METHODS = "dist/functions/methods.d.ts";
const text = readFileSync(METHODS, "utf8");

/** The functions that are methods: [name, file of its declaration]. */
const functions = [...text.matchAll(/^export \{ (.*?),? \} from "(.*)\.ts";$/gm)].flatMap(
  ([, names, file]) =>
    names
      .split(", ")
      .filter((name) => !name.startsWith("type "))
      .map((name) => [name, join(dirname(METHODS), `${file}.d.ts`)]),
);

/** The docstring of a function without the parameter that the method has not: the tensor itself. */
function docOf([name, file]) {
  const declarations = readFileSync(file, "utf8");
  const local = new RegExp(`\\b(\\w+) as ${name}\\b`).exec(declarations)?.[1] ?? name;
  const declared = new RegExp(
    `(/\\*\\*(?:(?!\\*/)[^])*\\*/)\\n(?:export )?declare (?:const|function) ${local}\\b(?:<[^(]*>)?(?:\\((\\w+))?`,
  ).exec(declarations);
  if (declared === null) throw new Error(`${file}: ${name} has no docstring`);
  const [, doc, first = "x"] = declared;
  return doc.replace(new RegExp(`^ \\* @param ${first}\\b.*\\n(?: \\* {3}.*\\n)*`, "m"), "");
}

const members = functions.map((each) => {
  const doc = docOf(each).replace(/^/gm, "    ");
  return `${doc}\n    readonly ${each[0]}: Method<typeof methods.${each[0]}>;`;
});
const documented = text.replace(/^type Methods = \{\n.*\n\};$/m, () =>
  ["interface Methods {", ...members, "}"].join("\n"),
);
if (documented === text) throw new Error(`${METHODS} has no mapped type of methods`);
writeFileSync(METHODS, documented);
