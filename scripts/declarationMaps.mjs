/**
 * Maps from declarations to their sources: `<file>.map` beside a file `<file>` of declarations.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { decode, encode } from "@jridgewell/sourcemap-codec";

/**
 * Reads the map of a file of declarations. Its mappings are lists by line: [column, source, line, column of the source].
 */
export function readMap(file) {
  const map = JSON.parse(readFileSync(`${file}.map`, "utf8"));
  return { ...map, mappings: decode(map.mappings) };
}

/** Writes the map of a file of declarations. */
export function writeMap(file, map) {
  writeFileSync(`${file}.map`, JSON.stringify({ ...map, mappings: encode(map.mappings) }));
}

/**
 * Returns the mappings of a text after lines were inserted into it. Each line with mappings must be in both texts, in
 * the same order.
 */
export function movedMappings(mappings, before, after) {
  const lines = after.split("\n");
  const moved = [];
  before.split("\n").forEach((line, i) => {
    const segments = mappings[i] ?? [];
    if (segments.length === 0) return;
    const at = lines.indexOf(line, moved.length);
    if (at < 0) return;
    while (moved.length < at) moved.push([]);
    moved.push(segments);
  });
  return moved;
}
