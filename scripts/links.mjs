/**
 * Checks the documents for people who build graddiff: ARCHITECTURE.md of the root and of each package, CONTRIBUTING.md and
 * docs/. Fails if a document is too long, a sentence has more than 30 words, a link leads to no file or heading, a path
 * in the text does not exist, or a text at which the guide of adding an op inserts code is not in its file.
 *
 *   node scripts/links.mjs
 */

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, posix, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { longSentences } from "../apps/docs/scripts/sentences.mjs";
import { edits } from "./additions/op.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const listed = spawnSync("git", ["ls-files", "-z", "-co", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
}).stdout;
const files = listed.split("\0").filter((file) => file !== "" && existsSync(join(root, file)));
const tracked = new Set(files);
const documents = files.filter((file) =>
  /(^|\/)ARCHITECTURE\.md$|^CONTRIBUTING\.md$|^docs\/.*\.md$/.test(file),
);

/** The greatest number of words of a document, tables and code included. */
const MOST_WORDS = { "ARCHITECTURE.md": 6000 };
/** The greatest number of words of a page of prose, without tables and code. */
const PAGE = 450;
/** The greatest number of lines of a document. */
const MOST_LINES = { "CONTRIBUTING.md": 150 };

/** The paths of generated files, which git ignores and which may be missing. */
const GENERATED = /(^|\/)(generated|dist|build)\//;
/** A path in the text: of a folder, or of a file with an ending, with or without the folders above it. */
const PATH = /^(?:[\w@.-]+\/)*[\w@.-]+(?:\/|\.(?:ts|tsx|mjs|md|py|json|yml|html))$/;
/** A path with a placeholder, which need not exist. */
const PATTERN = /\b(?:NAME|FILE|FOLDER)\b|\*/;

let seen = 0;

function refuse(file, expected, got) {
  console.error(`${file}: ${expected}, got ${got}`);
  process.exitCode = 1;
}

/** Returns the text without blocks of code. */
function proseOf(text) {
  return text.replace(/^```[\s\S]*?^```$/gm, "");
}

/** Returns the names by which GitHub links to the headings of a text. */
function headingsOf(text) {
  return [...proseOf(text).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function wordsOf(text) {
  return text.split(/\s+/).filter((word) => word !== "").length;
}

function checkLength(file, text) {
  const words = wordsOf(text);
  const lines = text.trimEnd().split("\n").length;
  const mostWords = MOST_WORDS[file] ?? Number.POSITIVE_INFINITY;
  if (words > mostWords) refuse(file, `at most ${mostWords} words`, words);
  const mostLines = MOST_LINES[file] ?? Number.POSITIVE_INFINITY;
  if (lines > mostLines) refuse(file, `at most ${mostLines} lines`, lines);
  const ofPage = wordsOf(proseOf(text).replace(/^ *\|.*$/gm, ""));
  if (/^docs\/decisions\/\d/.test(file) && ofPage > PAGE)
    refuse(file, `at most ${PAGE} words`, ofPage);
}

function checkSentences(file, text) {
  // Indented tables, in lists, are made tables without indentation.
  const flat = text.replace(/^ +\|/gm, "|");
  for (const sentence of longSentences({ [file]: flat })) {
    refuse(file, "sentences of at most 30 words", `"${sentence.slice(file.length + 2, 150)}"`);
  }
}

function checkLinks(file, text) {
  for (const [, target] of proseOf(text).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
    seen++;
    const [path, heading] = target.split("#");
    const linked = path === "" ? file : posix.normalize(posix.join(posix.dirname(file), path));
    if (!tracked.has(linked)) refuse(file, "a link to a file", target);
    else if (heading !== undefined) {
      const headings = headingsOf(readFileSync(join(root, linked), "utf8"));
      if (!headings.includes(heading)) refuse(file, "a link to a heading", target);
    }
  }
}

/** Returns the folder of the package of a document; "" for documents of the root. */
function packageOf(file) {
  return /^(?:packages|apps)\/[^/]+\//.exec(file)?.[0] ?? "";
}

/** True if a file or folder has this path, from any folder; a name without a folder must be in the document's package. */
function isThere(path, file) {
  const ofPackage = path.includes("/") ? "" : packageOf(file);
  return files.some((each) => {
    if (!each.startsWith(ofPackage)) return false;
    if (path.endsWith("/")) return `/${each}`.includes(`/${path}`);
    return each === path || each.endsWith(`/${path}`);
  });
}

function checkPaths(file, text) {
  // The files that the guide of adding an op creates need not exist.
  const added = new Set([...text.matchAll(/^`([^`]+)`, a new file:$/gm)].map(([, path]) => path));
  for (const [, path] of proseOf(text).matchAll(/`([^`\n]+)`/g)) {
    if (!PATH.test(path) || PATTERN.test(path) || GENERATED.test(path)) continue;
    if (added.has(path)) continue;
    seen++;
    if (!isThere(path, file)) refuse(file, "the path of a file", path);
  }
}

for (const file of documents) {
  const text = readFileSync(join(root, file), "utf8");
  checkLength(file, text);
  checkSentences(file, text);
  checkLinks(file, text);
  checkPaths(file, text);
}
for (const file of documents.filter((each) => /^docs\/decisions\/\d/.test(each))) {
  const index = readFileSync(join(root, "docs/decisions/README.md"), "utf8");
  if (!index.includes(`](${posix.basename(file)})`)) {
    refuse("docs/decisions/README.md", "a line for each decision", `none for ${file}`);
  }
}
// The guide of adding an op names texts after or before which code is inserted. `npm run additions -- op` makes its
// edits.
for (const { file, after = "", before = "" } of edits) {
  if (after + before === "") continue;
  seen++;
  const parts = readFileSync(join(root, file), "utf8").split(after + before);
  if (parts.length !== 2)
    refuse("docs/adding-an-op.md", `one ${after + before} in ${file}`, parts.length - 1);
}
if (seen < 300) {
  refuse("scripts/links.mjs", "hundreds of links and paths: is it still right?", seen);
}
