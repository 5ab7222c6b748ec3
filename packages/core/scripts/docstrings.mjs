/**
 * Completes the docstrings of the declarations in dist/ of the working directory. The builds of core and nn run it
 * after the compiler. It adds:
 *
 * - the names that other libraries have for a function or class, from NAMES.md, so that a search for `clamp` finds
 * `clip`; - the docstring of each function to the method of Tensor with its name, because editors show none for the
 *   members of a mapped type.
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { movedMappings, readMap, writeMap } from "../../../scripts/declarationMaps.mjs";
import { LIBRARIES, NAMES } from "./namesTable.mjs";

const METHODS = "dist/functions/methods.d.ts";

/** For each name, its names in other libraries as text, such as "clamp (PyTorch)". */
const elsewhere = new Map();
for (const { here, elsewhere: cells } of NAMES) {
  const said = cells.flatMap((cell, i) => (cell === "" ? [] : [`${cell} (${LIBRARIES[i]})`]));
  elsewhere.set(here, [...(elsewhere.get(here) ?? []), ...said]);
}

/** A docstring, and the declaration after it with its name. */
const DECLARED =
  /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\n((?:export )?declare (?:abstract )?(?:const|function|class) (\w+))/g;

/** Returns a docstring with a paragraph inserted before its tags. */
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
  if (!file.endsWith(".d.ts")) continue;
  const path = join("dist", file);
  const text = readFileSync(path, "utf8");
  const completed = text.replace(DECLARED, (whole, doc, declaration, name) => {
    const names = declaration.startsWith("export") ? elsewhere.get(name) : undefined;
    if (names === undefined) return whole;
    return `${withParagraph(doc, `Elsewhere: ${names.join(", ")}.`)}\n${declaration}`;
  });
  if (completed === text) continue;
  writeFileSync(path, completed);
  const map = readMap(path);
  writeMap(path, { ...map, mappings: movedMappings(map.mappings, text, completed) });
}
if (existsSync(METHODS)) completeMethods();

/** Returns the text with which the declaration of a method begins. */
function memberOf(name) {
  return `    readonly ${name}:`;
}

/**
 * Returns the docstring of a function without its first parameter, which the method does not have, and the position of
 * the function in its source.
 */
function declarationOf([name, file]) {
  const declarations = readFileSync(file, "utf8");
  const local = new RegExp(`\\b(\\w+) as ${name}\\b`).exec(declarations)?.[1] ?? name;
  const declared = new RegExp(
    `(/\\*\\*(?:(?!\\*/)[\\s\\S])*\\*/)\\n(?:export )?declare (?:const|function) ${local}\\b(?:<[^(]*>)?(?:\\((\\w+))?`,
  ).exec(declarations);
  if (declared === null) throw new Error(`${file}: ${name} has no docstring`);
  const [whole, doc, first = "x"] = declared;
  const own = new RegExp(`^ \\* @param ${first}\\b.*\\n(?: \\* {3}.*\\n)*`, "m");
  const { sources, mappings } = readMap(file);
  const before = declarations.slice(0, declared.index + whole.lastIndexOf(local)).split("\n");
  const column = before.at(-1).length;
  const segment = mappings[before.length - 1].findLast(([at]) => at <= column);
  if (segment === undefined) throw new Error(`${file}: ${name} has no place in its source`);
  const source = join(dirname(file), sources[segment[1]]);
  return { name, doc: doc.replace(own, ""), source, line: segment[2], column: segment[3] };
}

/**
 * Writes the docstring of each function to the method of Tensor, and maps the method to the source of the function, so
 * that "go to definition" leads there.
 */
function completeMethods() {
  const text = readFileSync(METHODS, "utf8");

  /** The functions that are also methods: [name, file of its declaration]. */
  const functions = [...text.matchAll(/^export \{ (.*?),? \} from "(.*)\.ts";$/gm)].flatMap(
    ([, names, file]) =>
      names
        .split(", ")
        .filter((name) => !name.startsWith("type "))
        .map((name) => [name, join(dirname(METHODS), `${file}.d.ts`)]),
  );

  const declared = functions.map(declarationOf);
  const members = declared.map(({ name, doc }) => {
    return `${doc.replace(/^/gm, "    ")}\n${memberOf(name)} Method<typeof methods.${name}>;`;
  });
  const documented = text.replace(/^type Methods = \{\n.*\n\};$/m, () =>
    ["interface Methods {", ...members, "}"].join("\n"),
  );
  if (documented === text) throw new Error(`${METHODS} has no mapped type of methods`);
  writeFileSync(METHODS, documented);

  const map = readMap(METHODS);
  const mappings = movedMappings(map.mappings, text, documented);
  const sources = [...map.sources];
  for (const { name, source, line, column } of declared) {
    const path = relative(dirname(METHODS), source).replaceAll(sep, "/");
    if (!sources.includes(path)) sources.push(path);
    const start = memberOf(name);
    const at = documented.split("\n").findIndex((each) => each.startsWith(start));
    mappings[at] = [[start.length - name.length - 1, sources.indexOf(path), line, column]];
  }
  for (let i = 0; i < mappings.length; i++) mappings[i] ??= [];
  writeMap(METHODS, { ...map, sources, mappings });
}
