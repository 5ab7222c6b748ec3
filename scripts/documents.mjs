/**
 * Fails if code in a Markdown file or a comment calls a public function with an option or argument that it does not have,
 * according to `packages/<name>/arguments.json`. Blocks of examples are not checked here, since they are compiled and
 * run. Also fails if README.md or the map of ARCHITECTURE.md leaves out an example. `links.mjs` checks links and lengths.
 *
 *   node scripts/documents.mjs
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const ts = createRequire(require.resolve("@microsoft/api-extractor"))("typescript");

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const LEFT_OUT = /^(node_modules|dist|build|generated|golden|\..*)$/;

/** The forms of all public functions, by name. */
const known = Object.assign(
  {},
  ...["core", "files", "nn", "onnx", "solve", "stats"].flatMap((name) => {
    const table = readFileSync(join(root, "packages", name, "arguments.json"), "utf8");
    return Object.values(JSON.parse(table));
  }),
);
const faults = new Set();
let seen = 0;

/** Returns the texts below a folder that may contain code: Markdown documents, and the comments of sources. */
function textsOf(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return LEFT_OUT.test(entry.name) ? [] : textsOf(path);
    const isSource = entry.name.endsWith(".ts") && path.includes("/src/");
    if (!isSource && (!entry.name.endsWith(".md") || entry.name === "CHANGELOG.md")) return [];
    const text = readFileSync(path, "utf8");
    const comments = () => text.match(/\/\*\*[\s\S]*?\*\//g)?.join("\n") ?? "";
    return [{ path: path.slice(root.length + 1), text: isSource ? comments() : text }];
  });
}

/** Returns the calls in a piece of code, in which "…" may stand for omitted code; none if it is not an expression. */
function callsIn(code) {
  const source = ts.createSourceFile(
    "code.ts",
    `(${code.replaceAll("…", "$")})`,
    ts.ScriptTarget.ES2022,
  );
  const calls = [];
  const visit = (node) => {
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) calls.push(node);
    ts.forEachChild(node, visit);
  };
  if (source.parseDiagnostics.length === 0) visit(source);
  return calls;
}

/**
 * Returns the forms of the function, the constructor, or all methods of that name that a call may refer to; none if no
 * public name matches.
 */
function formsOfCall({ expression, kind }) {
  if (ts.isIdentifier(expression)) {
    return (
      known[kind === ts.SyntaxKind.NewExpression ? `new ${expression.text}` : expression.text] ?? []
    );
  }
  if (!ts.isPropertyAccessExpression(expression)) return [];
  const { text } = expression.name;
  const methods = Object.entries(known).filter(
    ([name]) => name === text || name.endsWith(`.${text}`),
  );
  return methods.flatMap(([, forms]) => forms);
}

/** True if a call fits a form of a function: it has no more arguments than the form, and only options of the form. */
function fits(call, form) {
  const { expression, arguments: given = [] } = call;
  const names = Object.keys(form);
  // The name of a method is known, but not its class.
  const isFunction = ts.isIdentifier(expression);
  const most = names.some((name) => name.startsWith("..."))
    ? Number.POSITIVE_INFINITY
    : names.length;
  if (isFunction && given.length > most) return false;
  const [last] = given.slice(-1);
  const isData = isFunction && given.length < most;
  const options = form["options?"] ?? form.options;
  if (options === undefined || isData || !last || !ts.isObjectLiteralExpression(last)) return true;
  const known = Object.keys(options).map((name) => name.replace("?", ""));
  return last.properties.every(
    ({ name }) => name === undefined || ["$", ...known].includes(name.text),
  );
}

/** Reports a call in a document that fits no form of the function. */
function checkCall(path, code, call) {
  const forms = formsOfCall(call);
  if (forms.length === 0) return;
  seen++;
  if (forms.some((form) => fits(call, form))) return;
  faults.add(`${path}: \`${code}\` passes more, or other options, than the function has`);
}

function textOf(path) {
  return readFileSync(join(root, path), "utf8");
}

const documents = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map((path) => ({
  path,
  text: textOf(path),
}));
for (const folder of ["packages", "benchmarks", "docs", "examples"])
  documents.push(...textsOf(join(root, folder)));

for (const { path, text } of documents) {
  // Blocks of code are left out: examples are compiled and run by tests.
  for (const [, code] of text.replace(/```[\s\S]*?```/g, "").matchAll(/`([^`\n]+)`/g)) {
    for (const call of callsIn(code)) checkCall(path, code, call);
  }
}

const [, map = ""] = /^examples +(.*(?:\n {21}.*)*)/m.exec(textOf("ARCHITECTURE.md")) ?? [];
for (const { name } of readdirSync(join(root, "examples"), { withFileTypes: true })) {
  if (!existsSync(join(root, "examples", name, "package.json"))) continue;
  if (!textOf("README.md").includes(`](examples/${name})`)) faults.add(`README.md: no ${name}`);
  if (!map.split(/[\s,:]+/).includes(name)) faults.add(`ARCHITECTURE.md, the map: no ${name}`);
}

if (seen < 50)
  faults.add(`of ${seen} calls only, where there should be many: is this script still right?`);
for (const fault of faults) console.error(fault);
if (faults.size > 0) process.exitCode = 1;
