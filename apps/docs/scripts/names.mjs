/** The names of other libraries: NAMES.md of core, library by library. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { docs } from "./paths.mjs";

const text = readFileSync(join(docs, "../../packages/core/NAMES.md"), "utf8");
const [libraries = [], , ...rows] = text
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

/**
 * The names of one library beside those here, with what each does.
 *
 * @param {string} library as the head of NAMES.md has it
 * @param {ReadonlyMap<string, { page: string, summary: string }>} exports by name
 */
export function tableOf(library, exports) {
  const column = libraries.indexOf(library);
  if (column < 0) throw new Error(`NAMES.md has no column ${library}`);
  const lines = rows.flatMap((row) => {
    const there = row[column] ?? "";
    const name = (row.at(-1) ?? "").replaceAll("`", "");
    const item = exports.get(name);
    if (item === undefined) throw new Error(`NAMES.md has ${name}, which nothing exports`);
    if (there === "") return [];
    return [
      `| ${there} | [\`${name}\`](/reference/${item.page}#${name}) | ${sentence(item.summary)} |`,
    ];
  });
  return [`| ${library} | here | what it does |`, "|---|---|---|", ...lines].join("\n");
}

/** The first sentence of a docstring, for a cell. @param {string} summary */
function sentence(summary) {
  const [first = ""] = summary.split(/(?<=\.)\s(?=[A-Z])/);
  return first.replaceAll("|", "\\|");
}
