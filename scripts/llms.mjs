/**
 * Writes `packages/core/llms.txt`, an overview of all packages for language models (llmstxt.org): `llmsHead.md`, then each
 * public name with its parameters and the first sentence of its docstring. The packages must be built.
 *
 *   node scripts/llms.mjs            writes it
 *   node scripts/llms.mjs --check    fails if it is no longer true
 */

import { readFileSync } from "node:fs";
import { checker, isTypeOnly, original, packages, ts } from "./declared.mjs";
import { written } from "./written.mjs";

const head = readFileSync(new URL("llmsHead.md", import.meta.url), "utf8");

/** Returns the first sentence of a symbol's docstring, in one line. */
function summaryOf(symbol) {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  const [paragraph] = text.replace(/\{@link ([^}|\s]+)[^}]*\}/g, "`$1`").split(/\n\s*\n/);
  const line = paragraph.replace(/\s+/g, " ").replace(/:$/, ".");
  return /^.*?[^.][.:](?= [A-Z(`]|$)/.exec(line)?.[0] ?? line;
}

/** Returns the parameters of a signature as text, such as "(x, options?)". */
function parametersOf(signature) {
  const names = signature.getParameters().map(({ name, valueDeclaration }) => {
    if (valueDeclaration?.dotDotDotToken) return `...${name}`;
    const optional = valueDeclaration && checker.isOptionalParameter(valueDeclaration);
    return optional ? `${name}?` : name;
  });
  return `(${names.join(", ")})`;
}

/** Returns a name as a program uses it, such as "type Reader", "new Dense(size)" or "sum(x, axes?)". */
function formOf(symbol) {
  const target = original(symbol);
  if (!(target.flags & ts.SymbolFlags.Value) || isTypeOnly(symbol)) return `type ${symbol.name}`;
  const type = checker.getTypeOfSymbol(target);
  const [call] = type.getCallSignatures();
  if (call !== undefined) return symbol.name + parametersOf(call);
  const [made] = type.getConstructSignatures();
  return made === undefined ? symbol.name : `new ${symbol.name}${parametersOf(made)}`;
}

/** Returns the line of a public name. For Tensor it lists the members, since tensors are made by functions. */
function lineOf(symbol) {
  if (symbol.name !== "Tensor") {
    return `- \`${formOf(symbol)}\`: ${summaryOf(symbol) || summaryOf(original(symbol))}`;
  }
  const members = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(original(symbol)));
  const names = members.map(({ name }) => name).filter((name) => !/^(__|#)/.test(name));
  return `- \`Tensor\`: the class of tensors, with the members ${names.sort().join(", ")}.`;
}

const sections = packages.flatMap(({ name, entries }) =>
  entries.map(({ entry, symbols }) => {
    const lines = symbols
      .filter((symbol) => !formOf(symbol).startsWith("type "))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(lineOf);
    return `## @graddiff/${name}${entry.slice(1)}\n\n${lines.join("\n")}\n`;
  }),
);

for (const fault of written("packages/core/llms.txt", `${head}\n${sections.join("\n")}`)) {
  console.error(fault);
  process.exitCode = 1;
}
