/**
 * Writes the parameters of the public functions of each package into `packages/<name>/arguments.json`: one line for each
 * function, constructor and method, with the names and kinds of its parameters, read from the declarations. The tests of
 * misuse call each function by this table. The packages must be built.
 *
 *   node scripts/arguments.mjs            writes the tables
 *   node scripts/arguments.mjs --check    fails if one of them is no longer true
 *
 * Both fail if:
 *
 * - a docstring has a `@param` that is not a parameter, or does not name an option,
 * - a public name or a member of it has no docstring, or a function or class has no example,
 * - `forward` of a layer has only the docstring of `Layer`,
 * - no test uses an option,
 * - a docstring lacks the names of other libraries that NAMES.md lists.
 *
 * `documents.mjs` checks options in other documents.
 */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { NAMES } from "../packages/core/scripts/namesTable.mjs";
import { checker, isTypeOnly, original, packages, program, ts } from "./declared.mjs";
import { written } from "./written.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The names that users can import, by symbol. An alias of a class is also stored under the symbol of the class. */
const exported = new Map();
for (const symbol of packages.flatMap(({ entries }) => entries.flatMap(({ symbols }) => symbols))) {
  const target = original(symbol);
  exported.set(target, symbol.name);
  if (!(target.flags & ts.SymbolFlags.TypeAlias)) continue;
  const behind = checker.getDeclaredTypeOfSymbol(target).symbol;
  if (behind?.flags & ts.SymbolFlags.Class) exported.set(behind, symbol.name);
}

/** Messages about the faults found so far. */
const faults = new Set();

/**
 * Returns the kinds of values that a type admits, sorted. A kind is the name of a primitive type, a literal as JSON,
 * "function", the name of an exported or built-in class or interface, "object" for any other object, the kinds of the
 * elements in brackets for a list, "tree" for lists that are nested to any depth, or "any" for an unconstrained type.
 */
function kindsOf(type, depth = 0) {
  const parts = type.isUnion() ? type.types : [type];
  return union(parts.flatMap((each) => kindsOfOne(each, depth)));
}

function union(kinds) {
  const wide = ["any", "tree"].find((kind) => kinds.includes(kind));
  return wide === undefined ? [...new Set(kinds)].sort() : [wide];
}

const { TypeFlags, SymbolFlags, ModifierFlags } = ts;

function kindsOfOne(type, depth) {
  const { flags } = type;
  if (flags & (TypeFlags.Undefined | TypeFlags.Void)) return [];
  if (flags & TypeFlags.Null) return ["null"];
  if (flags & TypeFlags.BooleanLike) return ["boolean"];
  if (type.isStringLiteral() || type.isNumberLiteral()) return [JSON.stringify(type.value)];
  if (flags & TypeFlags.StringLike) return ["string"];
  if (flags & TypeFlags.NumberLike) return ["number"];
  if (flags & TypeFlags.NonPrimitive) return ["object"];
  if (flags & (TypeFlags.Any | TypeFlags.Unknown | TypeFlags.Never)) return ["any"];
  if (flags & TypeFlags.Instantiable) {
    const bound = checker.getBaseConstraintOfType(type);
    return bound === undefined || bound === type ? ["any"] : kindsOf(bound, depth);
  }
  if (type.isIntersection()) {
    // The kind of an intersection is the kind of one of its members: a function first, else the first that is not "any".
    const parts = type.types.map((part) => kindsOf(part, depth));
    return (
      parts.find(([kind]) => kind === "function") ??
      parts.find(([kind]) => kind !== "any") ?? ["any"]
    );
  }
  if (type.getCallSignatures().length > 0) return ["function"];
  if (checker.isArrayLikeType(type)) {
    const element = checker.getIndexTypeOfType(type, ts.IndexKind.Number);
    if (element === undefined || depth > 1) return ["tree"];
    const held = kindsOf(element, depth + 1);
    // A list that admits both lists and objects as elements is a tree.
    const isTree = held.includes("tree") || (held.includes("object") && /\[/.test(held));
    return [isTree ? "tree" : `[${held.join(" | ")}]`];
  }
  const { symbol } = type;
  const builtIn =
    symbol?.declarations?.some(isBuiltIn) && !["Object", "__type"].includes(symbol.name);
  return [exported.get(symbol) ?? (builtIn ? symbol.name : "object")];
}

function isBuiltIn(declaration) {
  return program.isSourceFileDefaultLibrary(declaration.getSourceFile());
}

/** True if undefined is a value of a type. */
function admitsUndefined(type) {
  return type.isUnion() && type.types.some(({ flags }) => flags & TypeFlags.Undefined);
}

/** Returns the kinds of the options of a function, by name. */
function optionsOf(type) {
  const options = {};
  const given = checker.getNonNullableType(type);
  // A union of object types has the options of all its members; an option that one member lacks is optional.
  const forms = given.isUnion() ? given.types : [given];
  const all = forms.map((form) => checker.getPropertiesOfType(form));
  for (const property of new Map(all.flat().map((each) => [each.name, each])).values()) {
    const found = all.flatMap((each) => each.find(({ name }) => name === property.name) ?? []);
    const whole = checker.getPropertyOfType(given, property.name) ?? property;
    const own = checker.getTypeOfSymbol(whole);
    const optional =
      found.length < forms.length || whole.flags & SymbolFlags.Optional || admitsUndefined(own);
    options[optional ? `${property.name}?` : property.name] = kindsOf(own);
  }
  return sorted(options);
}

function sorted(record) {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Returns the name of a parameter, with "?" if it is optional or "..." if it is a rest parameter, and its kinds. The
 * kinds of `options` are a record by the name of the option.
 */
function parameterOf(symbol) {
  const { name, valueDeclaration } = symbol;
  const type = checker.getTypeOfSymbol(symbol);
  const optional =
    (valueDeclaration && checker.isOptionalParameter(valueDeclaration)) || admitsUndefined(type);
  const rest = valueDeclaration?.dotDotDotToken !== undefined;
  return [
    rest ? `...${name}` : optional ? `${name}?` : name,
    name === "options" ? optionsOf(type) : kindsOf(type),
  ];
}

/** Returns the forms of a function. Overloads with the same list of parameter names are one form. */
function formsOf(name, signatures) {
  const forms = new Map();
  for (const signature of signatures) {
    const parameters = signature.getParameters();
    const names = parameters.map((each) => each.name).join();
    const form = Object.fromEntries(parameters.map(parameterOf));
    forms.set(names, forms.has(names) ? merged(forms.get(names), form) : form);
    checkDocstring(name, signature);
  }
  return [...forms.values()];
}

/**
 * Returns one record of kinds that admits both forms. A parameter that is optional or missing in one form is optional.
 */
function merged(first, second) {
  const record = {};
  for (const [marked, kind] of [...Object.entries(first), ...Object.entries(second)]) {
    const name = marked.replace("?", "");
    const before = Object.keys(record).find((key) => key.replace("?", "") === name);
    const other = before === undefined ? undefined : record[before];
    const inBoth = Object.keys(first)
      .concat(Object.keys(second))
      .filter((key) => key.replace("?", "") === name);
    delete record[before];
    const optional = inBoth.length < 2 || inBoth.some((key) => key.endsWith("?"));
    record[optional ? `${name}?` : name] = other === undefined ? kind : mergedKinds(other, kind);
  }
  return record;
}

function mergedKinds(first, second) {
  return Array.isArray(first) ? union([...first, ...second]) : sorted(merged(first, second));
}

/**
 * Adds a fault for each `@param` of a docstring that is not a parameter, for each option that it names but the function
 * does not have, and for each option that neither the docstring nor a comment at the option describes.
 */
function checkDocstring(name, signature) {
  const parameters = signature.getParameters();
  const whole = signature
    .getJsDocTags()
    .flatMap(({ text }) => text?.map((part) => part.text) ?? []);
  const said = new Set(`${whole.join(" ")} ${commentOf(signature.declaration)}`.match(/\w+/g));
  for (const parameter of parameters.filter((each) => each.name === "options")) {
    const type = checker.getNonNullableType(checker.getTypeOfSymbol(parameter));
    const all = (type.isUnion() ? type.types : [type]).flatMap((each) =>
      checker.getPropertiesOfType(each),
    );
    for (const option of all) {
      if (said.has(option.name) || isDocumented(option)) continue;
      faults.add(
        `${name}: neither its docstring nor that of the option says what ${option.name} is`,
      );
    }
  }
  const names = parameters.map((each) => each.name);
  const { declaration } = signature;
  for (const tag of declaration === undefined ? [] : ts.getJSDocTags(declaration)) {
    if (!ts.isJSDocParameterTag(tag)) continue;
    const said = tag.name.getText();
    const parameter = parameters[names.indexOf(said)];
    if (parameter === undefined) {
      faults.add(`${name}: @param ${said} is none of its parameters, ${names.join(", ")}`);
    } else if (said === "options") {
      const options = Object.keys(optionsOf(checker.getTypeOfSymbol(parameter)));
      const text = ts.getTextOfJSDocComment(tag.comment) ?? "";
      for (const [, option] of text.matchAll(/(?:^|[;,] |and )`(\w+)`/g)) {
        if (options.some((each) => each.replace("?", "") === option)) continue;
        faults.add(`${name}: its docstring names an option ${option}, which is none`);
      }
    }
  }
}

/** Returns the comment above a declaration, or above the statement that it is in. */
function commentOf(declaration) {
  for (let node = declaration; node; node = node.parent) {
    if (node.jsDoc) return node.jsDoc.map((each) => each.getText()).join(" ");
    if (ts.isStatement(node)) return "";
  }
  return "";
}

/** Returns the methods that a class or interface declares, or inherits from a type that users cannot import. */
function methodsOf(name, type) {
  return checker.getPropertiesOfType(type).flatMap((property) => {
    const { parent, declarations: [declaration] = [] } = property;
    if (parent !== type.symbol && (parent === undefined || exported.has(parent))) return [];
    if (declaration === undefined || property.name.startsWith("__") || isBuiltIn(declaration))
      return [];
    if (
      ts.getCombinedModifierFlags(declaration) &
      (ModifierFlags.Private | ModifierFlags.Protected)
    )
      return [];
    // Users call `forward`, which has the same parameters as `compute`.
    if (property.name === "compute" && isDeclared(type)) return [];
    // A property with a function type, such as a callback, is written by the user and not called.
    if (!ts.isMethodSignature(declaration) && !ts.isMethodDeclaration(declaration)) return [];
    const signatures = checker.getTypeOfSymbol(property).getCallSignatures();
    return [[`${name}.${property.name}`, formsOf(`${name}.${property.name}`, signatures)]];
  });
}

/** The class `Layer`, which all layers extend. */
const layer = packages.flatMap(({ entries }) =>
  entries.flatMap(({ symbols }) => symbols.filter(({ name }) => name === "Layer").map(original)),
)[0];

/** True if a type is a layer that declares `forward`, or inherits it from a class that users cannot import. */
function isDeclared(type) {
  const parent = type.getProperty("forward")?.parent;
  return parent !== undefined && parent !== layer && type.getProperty("backward")?.parent === layer;
}

/** Adds a fault for a layer whose `forward` has no docstring with shapes and an example, or has unnamed arguments. */
function checkForward(symbol) {
  const type = checker.getDeclaredTypeOfSymbol(original(symbol));
  const forward = type.getProperty("forward");
  if (type.symbol === layer || type.getProperty("backward")?.parent !== layer) return;
  const fault = (text) => faults.add(`${symbol.name}.forward ${text}`);
  if (!isDeclared(type)) return fault("has the docstring of Layer");
  if (type.symbol.flags & SymbolFlags.Interface && !(type.symbol.flags & SymbolFlags.Class)) return;
  const tags = forward.getJsDocTags(checker);
  if (!tags.some(({ name }) => name === "example")) fault("has no example");
  const said = tags.filter(({ name }) => name === "param").map(({ text }) => text);
  const [input = []] = said;
  if (!/\[|shape|a number|as the first/.test(ts.displayPartsToString(input)))
    fault("says no shape of its input");
  for (const signature of checker.getTypeOfSymbol(forward).getCallSignatures()) {
    const text = checker.signatureToString(signature);
    if (/\w_\d|\bargs\b/.test(text)) fault(`has arguments without names: ${text}`);
  }
}

/** Returns the forms of a class's constructor, or of the methods of a function; nothing for an abstract class. */
function partsOf(name, symbol) {
  const type = checker.getTypeOfSymbol(symbol);
  const constructors = type.getConstructSignatures();
  if (constructors.length === 0) {
    return checker.getPropertiesOfType(type).flatMap((property) => {
      const signatures = checker.getTypeOfSymbol(property).getCallSignatures();
      const own = `${name}.${property.name}`;
      return signatures.length > 0 && exported.has(property.parent)
        ? [[own, formsOf(own, signatures)]]
        : [];
    });
  }
  const made = [symbol.valueDeclaration, ...constructors.map((each) => each.declaration)];
  const isAbstract = (node) => node && ts.getCombinedModifierFlags(node) & ModifierFlags.Abstract;
  return made.some(isAbstract) ? [] : [[`new ${name}`, formsOf(name, constructors)]];
}

function rowsOf(symbol) {
  const { name } = symbol;
  const target = original(symbol);
  const rows = [];
  if (target.flags & SymbolFlags.Value && !isTypeOnly(symbol)) {
    const type = checker.getTypeOfSymbol(target);
    const calls = type.getCallSignatures();
    if (calls.length > 0) rows.push([name, formsOf(name, calls)]);
    rows.push(...partsOf(name, target));
  }
  if (target.flags & (SymbolFlags.Class | SymbolFlags.Interface | SymbolFlags.TypeAlias)) {
    const type = checker.getDeclaredTypeOfSymbol(target);
    if (type.symbol && !type.isUnion()) rows.push(...methodsOf(name, type));
  }
  return rows;
}

/** True if a symbol has a docstring. */
function isDocumented(symbol) {
  return symbol.getDocumentationComment(checker).some(({ text }) => text.trim() !== "");
}

/**
 * Adds a fault for a public name or a member of it without a docstring, and for a function or class without an example.
 */
function checkDocs(symbol) {
  const { name } = symbol;
  const target = original(symbol);
  if (!isDocumented(symbol) && !isDocumented(target)) faults.add(`${name} has no docstring`);

  if (
    target.flags & (SymbolFlags.Class | SymbolFlags.Function | SymbolFlags.Variable) &&
    !isTypeOnly(symbol)
  ) {
    const tags = [...symbol.getJsDocTags(checker), ...target.getJsDocTags(checker)];
    if (!tags.some((tag) => tag.name === "example")) faults.add(`${name} has no example`);
  }
  if (!(target.flags & (SymbolFlags.Class | SymbolFlags.Interface | SymbolFlags.TypeAlias))) return;
  const type = checker.getDeclaredTypeOfSymbol(target);
  if (!(type.flags & TypeFlags.Object)) return;
  for (const member of checker.getPropertiesOfType(type)) {
    const { name: own, declarations: [declaration] = [] } = member;
    // Private members, and members that JavaScript's own types declare, need no docstring here.
    if (/^(__|#)/.test(own) || declaration === undefined || isBuiltIn(declaration)) continue;
    if (!isDocumented(member)) faults.add(`${name}.${own} has no docstring`);
  }
}

const symbols = packages.flatMap(({ entries }) => entries.flatMap((entry) => entry.symbols));
symbols.forEach(checkDocs);
for (const symbol of symbols) {
  if (original(symbol).flags & (SymbolFlags.Class | SymbolFlags.Interface)) checkForward(symbol);
}

// The docstring of each name of NAMES.md lists its names in other libraries: core's scripts/docstrings.mjs writes them.
for (const { here } of NAMES) {
  const [symbol] = symbols.filter(({ name }) => name === here);
  const text = symbol && ts.displayPartsToString(original(symbol).getDocumentationComment(checker));
  if (!text?.includes("Elsewhere: "))
    faults.add(`${here} of NAMES.md has no docstring that says so`);
}

/** The forms of all public functions, by the name of the package. */
const formsIn = new Map();
for (const { name, entries } of packages) {
  formsIn.set(name, []);
  const parts = entries.map(({ entry, symbols }) => {
    const rows = symbols.flatMap(rowsOf);
    formsIn.get(name).push(...rows);
    const table = sorted(Object.fromEntries(rows));
    const lines = Object.entries(table).map(
      ([each, forms]) => `    ${JSON.stringify(each)}: ${JSON.stringify(forms)}`,
    );
    return `  ${JSON.stringify(entry)}: {\n${lines.join(",\n")}\n  }`;
  });
  const text = `{\n${parts.join(",\n")}\n}\n`;
  for (const fault of written(`packages/${name}/arguments.json`, text)) faults.add(fault);
}

/** Returns the texts of the files in a folder of a package, `test` or `src`. */
function textsOf(name, folder) {
  const path = join(root, "packages", name, folder);
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(ts|mjs|py)$/.test(file) && !/examples\/generated/.test(file))
    .map((file) => readFileSync(join(path, file), "utf8"));
}

// An option is tested if a test file names the function and the option, or if the op's block uses it in an example.
const tests = packages.flatMap(({ name }) => textsOf(name, "test"));
for (const [name, rows] of formsIn) {
  const sources = textsOf(name, "src");
  for (const [path, forms] of rows) {
    const [called = ""] = path.match(/\w+$/) ?? [];
    const isNamed = new RegExp(`\\b${called}\\b`);
    const isDefined = new RegExp(`export (const|function) ${called}\\b`);
    const near = tests.filter((text) => isNamed.test(text));
    const blocks = sources.filter((text) => isDefined.test(text));
    const options = forms.flatMap((form) => [form["options"], form["options?"]]).filter(Boolean);
    for (const option of options.flatMap(Object.keys).map((each) => each.replace("?", ""))) {
      const isGiven = new RegExp(`\\b${option}\\b\\s*[:,}]`);
      const isExample = new RegExp(`(settings|attributes|exact)\\b[^;]*\\b${option}:`);
      if (near.some((text) => isGiven.test(text)) || blocks.some((text) => isExample.test(text)))
        continue;
      faults.add(`${path}: no test of its option ${option}`);
    }
  }
}

for (const fault of faults) console.error(fault);
if (faults.size > 0) process.exitCode = 1;
