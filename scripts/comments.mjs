/**
 * Fails where a comment begins with a word that points at something without naming it, such as "So many are named." or
 * "Where they are now." CONTRIBUTING.md says how comments begin.
 *
 *   node scripts/comments.mjs
 */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** The words with which no comment begins. */
const OPENINGS =
  /^(?:So|What|Where|How|Whether|That|Which|Who|Whose|It|They|These|Those|There|Here|Its|Their|This|Such)\b/;

/** The files whose comments are not written here, with the reason. */
const LEFT_OUT = [
  [/\/generated\//, "made from the schema of ONNX"],
  [/^packages\/core\/src\/algorithms\//, "made from packages/wasm-kernel/assembly/algorithms"],
];

/** The comments of a source: blocks, and runs of lines, with the number of their first line. */
function commentsOf(text) {
  const found = text.matchAll(/\/\*\*?([\s\S]*?)\*\/|(?:^[ \t]*\/\/ .*\n)+/gm);
  return [...found].map((match) => ({
    line: text.slice(0, match.index).split("\n").length,
    words: (match[1] ?? match[0])
      .replace(/^[ \t]*(?:\*|\/\/) ?/gm, "")
      .replace(/\s+/g, " ")
      .trim(),
  }));
}

const listed = spawnSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" }).stdout;
const files = listed
  .split("\0")
  .filter((file) => /\.(?:m?[jt]s|tsx)$/.test(file) && !LEFT_OUT.some(([path]) => path.test(file)));

let seen = 0;
for (const file of files) {
  for (const { line, words } of commentsOf(readFileSync(join(root, file), "utf8"))) {
    seen++;
    if (!OPENINGS.test(words)) continue;
    console.error(
      `${file}:${line}: a comment begins with its noun or verb, got "${words.slice(0, 60)}"`,
    );
    process.exitCode = 1;
  }
}
if (seen < 5000) {
  console.error(
    `of ${seen} comments only, where there should be many: is this script still right?`,
  );
  process.exitCode = 1;
}
