/**
 * Completes the docstrings of the declarations that are published. Run after the compiler: `node scripts/docstrings.mjs`.
 *
 * - What other libraries call a function or class, from NAMES.md, so that a search for `clamp` finds `clip`.
 * - The docstrings of functions at the methods of Tensor: editors show none for the members of a mapped type.
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const METHODS = "dist/functions/methods.d.ts";

const [head, , ...rows] = readFileSync("NAMES.md", "utf8")
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .map((line) => line.split("|").map((cell) => cell.trim()));

/** What is said of each name: `clamp` in PyTorch, `clip` in NumPy. */
const elsewhere = new Map();
for (const row of rows) {
  const own = /^`(\w+)`$/.exec(row.at(-2) ?? "")?.[1];
  if (own === undefined) continue;
  const said = row.flatMap((cell, i) =>
    i > 0 && i < row.length - 2 && cell !== "" ? [`${cell} (${head[i]})`] : [],
  );
  elsewhere.set(own, [...(elsewhere.get(own) ?? []), ...said]);
}

/** A docstring and the name that is declared behind it. */
const DECLARED =
  /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\n((?:export )?declare (?:abstract )?(?:const|function|class) (\w+))/g;

/** A docstring with a paragraph ahead of its tags. */
function withParagraph(doc, paragraph) {
  const lines = doc.includes("\n") ? doc.split("\n") : ["/**", ` * ${doc.slice(4, -3)}`, " */"];
  const tag = lines.findIndex((line) => line.startsWith(" * @"));
  const end = tag < 0 ? lines.length - 1 : tag;
  const before = lines[end - 1] === " *" ? [] : [" *"];
  const behind = tag < 0 ? [] : [" *"];
  return [
    ...lines.slice(0, end),
    ...before,
    ` * ${paragraph}`,
    ...behind,
    ...lines.slice(end),
  ].join("\n");
}

for (const file of readdirSync("dist", { recursive: true })) {
  if (
    !/^(ops|functions|layers|nn|linalg|tensor|differentiate|compile|bodies|graph|models)\/.*\.d\.ts$/.test(
      file,
    )
  )
    continue;
  const path = join("dist", file);
  const text = readFileSync(path, "utf8");
  const completed = text.replace(DECLARED, (whole, doc, declaration, name) => {
    const names = declaration.startsWith("export") ? elsewhere.get(name) : undefined;
    if (names === undefined) return whole;
    elsewhere.delete(name);
    return `${withParagraph(doc, `Elsewhere: ${names.join(", ")}.`)}\n${declaration}`;
  });
  if (completed !== text) writeFileSync(path, completed);
}
if (elsewhere.size > 0) {
  throw new Error(`NAMES.md has names without a docstring: ${[...elsewhere.keys()].join(", ")}`);
}

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
    `(/\\*\\*(?:(?!\\*/)[\\s\\S])*\\*/)\\n(?:export )?declare (?:const|function) ${local}\\b(?:<[^(]*>)?(?:\\((\\w+))?`,
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
