/** The tables of NAMES.md as data: the names of this library, and their names in other libraries. */

import { readFileSync } from "node:fs";

/**
 * Returns the libraries of a table of names, in the order of its columns, and its rows: `here` is the name in this library,
 * `elsewhere` the cell of each library, "" where it has no counterpart.
 *
 * @param {URL} file
 */
export function namesIn(file) {
  const [head = [], , ...body] = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const names = body.map((cells) => ({
    here: (cells.at(-1) ?? "").replaceAll("`", ""),
    elsewhere: cells.slice(0, -1),
  }));
  return { libraries: head.slice(0, -1), names };
}

/** The libraries and rows of NAMES.md of core, which has the names of core and nn. */
export const { libraries: LIBRARIES, names: NAMES } = namesIn(
  new URL("../NAMES.md", import.meta.url),
);
