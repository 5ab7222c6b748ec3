/** The table of NAMES.md as data: the names of this library, and their names in other libraries. */

import { readFileSync } from "node:fs";

const [head = [], , ...body] = readFileSync(new URL("../NAMES.md", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

/** The libraries, in the order of the columns. */
export const LIBRARIES = head.slice(0, -1);

/** The rows: `own` is the name in this library, `elsewhere` the cell of each library, "" where it has no counterpart. */
export const NAMES = body.map((cells) => ({
  own: (cells.at(-1) ?? "").replaceAll("`", ""),
  elsewhere: cells.slice(0, -1),
}));
