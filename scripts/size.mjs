/**
 * Counts lines of logic by package and folder: code without blank lines, comments, imports, samples and generated code.
 * Comments do not count, so that nobody leaves them out. `scripts/size.json` has a ceiling for each folder.
 *
 *   node scripts/size.mjs            prints the lines of each folder and package
 *   node scripts/size.mjs --check    fails where a folder has more than its ceiling
 *   node scripts/size.mjs --write    writes the present counts as ceilings
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { SyntaxKind as Kind } from "typescript/unstable/ast";
import { computeLineStarts, createScanner } from "typescript/unstable/ast/scanner";
import { TESTED } from "../packages/core/scripts/withoutExamples.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const ceilingsFile = join(root, "scripts/size.json");

/** The files that are not counted: generated ones, and samples for tests. */
const LEFT_OUT = [/\/generated\//, /^packages\/core\/src\/\w+\/examples\.ts$/];

const OPEN = new Set([Kind.OpenBraceToken, Kind.OpenParenToken, Kind.OpenBracketToken]);
const CLOSE = new Set([Kind.CloseBraceToken, Kind.CloseParenToken, Kind.CloseBracketToken]);

/** Tokens after which a slash divides; after all others it begins a regular expression. */
const VALUES = new Set([
  ...CLOSE,
  Kind.Identifier,
  Kind.NumericLiteral,
  Kind.BigIntLiteral,
  Kind.StringLiteral,
  Kind.NoSubstitutionTemplateLiteral,
  Kind.TemplateTail,
  Kind.RegularExpressionLiteral,
  Kind.ThisKeyword,
  Kind.SuperKeyword,
  Kind.NullKeyword,
  Kind.TrueKeyword,
  Kind.FalseKeyword,
]);

/** Returns the tokens of a source, each with its kind, its text, and the offsets of its start and end. */
function tokensOf(text) {
  const scanner = createScanner(true);
  scanner.setText(text);
  const tokens = [];
  const templates = [];
  let depth = 0;
  for (;;) {
    let kind = scanner.scan();
    if (kind === Kind.EndOfFile) break;
    const before = tokens.at(-1)?.kind;
    const slash = kind === Kind.SlashToken || kind === Kind.SlashEqualsToken;
    if (slash && !VALUES.has(before)) kind = scanner.reScanSlashToken();
    if (kind === Kind.TemplateHead) templates.push(depth);
    else if (kind === Kind.CloseBraceToken && templates.at(-1) === depth) {
      kind = scanner.reScanTemplateToken(false);
      if (kind === Kind.TemplateTail) templates.pop();
    } else if (OPEN.has(kind)) depth++;
    else if (CLOSE.has(kind)) depth--;
    const [start, end] = [scanner.getTokenStart(), scanner.getTokenEnd()];
    tokens.push({ kind, text: text.slice(start, end), start, end });
  }
  if (depth !== 0 || templates.length > 0) throw new Error("a bracket without its partner");
  return tokens;
}

/** Returns the index after an import or re-export that begins at an index; the index itself if none begins there. */
function afterImport(tokens, index) {
  const next = tokens[index + 1]?.kind;
  const isImport =
    tokens[index].kind === Kind.ImportKeyword &&
    next !== Kind.OpenParenToken &&
    next !== Kind.DotToken;
  const last = tokens.findIndex((each, i) => i > index && each.kind === Kind.SemicolonToken);
  const isHandOn =
    tokens[index].kind === Kind.ExportKeyword && tokens[last - 2]?.kind === Kind.FromKeyword;
  const named = tokens[index + (next === Kind.TypeKeyword ? 2 : 1)]?.kind;
  const names = named === Kind.OpenBraceToken || named === Kind.AsteriskToken;
  return isImport || (isHandOn && names) ? last + 1 : index;
}

/** Returns for each token whether it belongs to a sample: a property of an op's block that only tests use. */
function samplesOf(tokens) {
  const isSample = new Array(tokens.length).fill(false);
  const open = [];
  tokens.forEach(({ kind, text }, index) => {
    const own = open.at(-1);
    const before = tokens[index - 1]?.kind;
    const begins = before === Kind.OpenBraceToken || before === Kind.CommaToken;
    if (own !== undefined && begins && kind === Kind.Identifier) {
      if (tokens[index + 1]?.kind === Kind.ColonToken) own.push({ text, index });
    }
    if (OPEN.has(kind)) open.push([]);
    if (!CLOSE.has(kind)) return;
    const properties = open.pop() ?? [];
    if (!properties.some((each) => each.text === "family" || each.text === "formula")) return;
    properties.forEach((each, i) => {
      if (TESTED.has(each.text)) {
        isSample.fill(true, each.index, properties[i + 1]?.index ?? index);
      }
    });
  });
  return isSample;
}

/** Returns the number of lines of a source that hold logic. */
export function logicOf(text) {
  const tokens = tokensOf(text);
  const isSample = samplesOf(tokens);
  const starts = computeLineStarts(text);
  const lines = new Set();
  let line = 0;
  for (let i = 0; i < tokens.length; i++) {
    const after = afterImport(tokens, i);
    if (after > i) {
      i = after - 1;
      continue;
    }
    const { start, end } = tokens[i];
    while (starts[line + 1] <= start) line++;
    if (isSample[i]) continue;
    for (let each = line; each < starts.length && starts[each] < end; each++) lines.add(each);
  }
  return lines.size;
}

/** Returns the lines of logic and the number of files of each folder with sources. */
export function sizes() {
  const folders = new Map();
  for (const name of readdirSync(join(root, "packages")).sort()) {
    for (const part of name === "wasm-kernel" ? ["src", "assembly"] : ["src"]) {
      const folder = join(root, "packages", name, part);
      for (const each of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
        const file = relative(root, join(folder, each)).replaceAll("\\", "/");
        if (!file.endsWith(".ts") || LEFT_OUT.some((path) => path.test(file))) continue;
        const size = folders.get(dirname(file)) ?? { lines: 0, files: 0 };
        size.lines += logicOf(readFileSync(join(root, file), "utf8"));
        size.files++;
        folders.set(dirname(file), size);
      }
    }
  }
  return folders;
}

/** Returns a sentence for each folder that has more lines of logic than its ceiling. */
export function tooLarge(folders = sizes(), ceilings = readCeilings()) {
  return [...folders]
    .filter(([folder, { lines }]) => lines > (ceilings[folder] ?? 0))
    .map(
      ([folder, { lines }]) =>
        `${folder}: expected at most ${ceilings[folder] ?? 0} lines of logic, got ${lines}; whoever adds to this ` +
        "folder takes something away there, or raises the ceiling in the same commit and gives the reason " +
        "(npm run size -- --write)",
    );
}

const readCeilings = () => JSON.parse(readFileSync(ceilingsFile, "utf8"));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folders = sizes();
  if (process.argv.includes("--write")) {
    const ceilings = Object.fromEntries([...folders].map(([folder, { lines }]) => [folder, lines]));
    writeFileSync(ceilingsFile, `${JSON.stringify(ceilings, null, 2)}\n`);
  }
  if (process.argv.includes("--check")) {
    for (const sentence of tooLarge(folders)) {
      console.error(sentence);
      process.exitCode = 1;
    }
  } else {
    const packages = new Map();
    for (const [folder, { lines, files }] of folders) {
      console.log(`${String(lines).padStart(7)}  ${folder}`);
      const name = folder.split("/").slice(0, 2).join("/");
      const sum = packages.get(name) ?? { lines: 0, files: 0 };
      packages.set(name, { lines: sum.lines + lines, files: sum.files + files });
    }
    console.log();
    for (const [name, { lines, files }] of packages) {
      console.log(`${String(lines).padStart(7)}  ${name}, ${files} files`);
    }
  }
}
