/** Tables of the names in other libraries, from NAMES.md of core. */

import { LIBRARIES, NAMES } from "../../../packages/core/scripts/namesTable.mjs";

/**
 * Returns the table of one library's names, with graddiff's names and their summaries.
 *
 * @param {string} library the library's name in the header of NAMES.md
 * @param {ReadonlyMap<string, { page: string, summary: string }>} exports by name
 */
export function tableOf(library, exports) {
  const column = LIBRARIES.indexOf(library);
  if (column < 0) throw new Error(`NAMES.md has no column ${library}`);
  const lines = NAMES.flatMap(({ own: name, elsewhere }) => {
    const there = elsewhere[column] ?? "";
    const item = exports.get(name);
    if (item === undefined) throw new Error(`NAMES.md has ${name}, which nothing exports`);
    if (there === "") return [];
    return [
      `| ${there} | [\`${name}\`](/reference/${item.page}#${name}) | ${sentence(item.summary)} |`,
    ];
  });
  return [`| ${library} | here | what it does |`, "|---|---|---|", ...lines].join("\n");
}

/** Returns the first sentence of a docstring, for a cell. @param {string} summary */
function sentence(summary) {
  const [first = ""] = summary.split(/(?<=\.)\s(?=[A-Z])/);
  return first.replaceAll("|", "\\|");
}
