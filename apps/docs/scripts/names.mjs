/** Tables of the names in other libraries, from NAMES.md of core and of stats. */

import { LIBRARIES, NAMES, namesIn } from "../../../packages/core/scripts/namesTable.mjs";

/**
 * Returns the table of one library's names, with graddiff's names and their summaries.
 *
 * @param {string} library the library's name in the header of NAMES.md
 * @param {ReadonlyMap<string, { page: string, summary: string }>} exports by name
 */
export function tableOf(library, exports) {
  const column = LIBRARIES.indexOf(library);
  if (column < 0) throw new Error(`NAMES.md has no column ${library}`);
  const lines = NAMES.flatMap(({ here: name, elsewhere }) => {
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

/** The names of members in the table of stats, and the exported type that has the member. */
const MEMBERS = /** @type {const} */ ([
  [/^posterior\.\w+$/, "Posterior"],
  [/^sample\(\{ \w+ \}\)$/, "SamplerOptions"],
  [/^(?:draw|observe|factor)$/, "Handlers"],
]);

/**
 * Returns the table of stats, with links from graddiff's names in the first column and all libraries in the others.
 *
 * @param {ReadonlyMap<string, { page: string }>} exports by name
 */
export function statsTable(exports) {
  const { libraries, names } = namesIn(
    new URL("../../../packages/stats/NAMES.md", import.meta.url),
  );
  const lines = names.map(({ here: name, elsewhere }) => {
    const [, entry = name] = MEMBERS.find(([pattern]) => pattern.test(name)) ?? [];
    const item = exports.get(entry);
    if (item === undefined) throw new Error(`NAMES.md has ${name}, which nothing exports`);
    return `| [\`${name}\`](/reference/${item.page}#${entry}) | ${elsewhere.join(" | ")} |`;
  });
  const rule = libraries.map(() => "---|").join("");
  return [`| here | ${libraries.join(" | ")} |`, `|---|${rule}`, ...lines].join("\n");
}

/** Returns the first sentence of a docstring, for a cell. @param {string} summary */
function sentence(summary) {
  const [first = ""] = summary.split(/(?<=\.)\s(?=[A-Z])/);
  return first.replaceAll("|", "\\|");
}
