/**
 * Writes `src/course/programs/generated.ts`: the text of every program of the lessons as it runs, without
 * types, so that page and terminal show the very code. `npm run programs -w @graddiff/demo`; a test compares.
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../src/course/programs/", import.meta.url));
/** The most characters of a line that fit beside the stage. */
const LONGEST = 44;
/** The most characters of the first line after the name of the function. */
const FIRST = 30;

/** Returns the functions of a file by their names, each as its lines. */
export function programsOf(text) {
  const functions = text.matchAll(/^export function (\w+)\([\s\S]*?^}$/gm);
  return Object.fromEntries([...functions].map(([source, name]) => [name, plain(source)]));
}

function plain(source) {
  return source
    .replace(/^export /, "")
    .replace(
      /: (Inputs<"[^"]*">|Tensor|number|void|\(\.\.\.shown: TensorLike\[\]\) => void)(?=[,)\s{])/g,
      "",
    )
    .replace(/\(\{\s*([\w\s,]*?),?\s*\}\)/, (_, names) => parameters("({ ", names, " })"))
    .replace(/\(\s*([\w\s,]*?),?\s*\) \{/, (_, names) => `${parameters("(", names, ")")} {`)
    .split("\n");
}

/** Returns the names on as few lines as fit. */
function parameters(open, names, close) {
  const lines = [open];
  for (const name of names
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean)) {
    const last = lines.at(-1);
    const most = lines.length === 1 ? FIRST : LONGEST;
    if (last.length + name.length > most) lines.push(`  ${name}, `);
    else lines[lines.length - 1] = `${last}${name}, `;
  }
  return (
    lines
      .map((line) => line.trimEnd())
      .join("\n")
      .replace(/,$/, "") + close
  );
}

export function generated() {
  const files = readdirSync(folder).filter((name) => !/^(named|generated)\.ts$/.test(name));
  const entries = files.map((name) => [
    name.replace(".ts", ""),
    programsOf(readFileSync(folder + name, "utf8")),
  ]);
  return [
    "/**",
    " * The text of the programs, written by scripts/programs.mjs.",
    " */",
    "",
    `export const sources = ${JSON.stringify(Object.fromEntries(entries), null, 2)} as const;`,
    "",
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(`${folder}generated.ts`, generated());
}
