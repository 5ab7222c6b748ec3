/**
 * The reference by topic, generated from the packages' declarations: signatures, docstrings and examples as editors
 * show them, and the rows of OPS.md for ops. The packages must be built.
 *
 * `scripts/declared.mjs` reads every export with its docstring, so TypeDoc is not needed.
 */

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { checker, original, packages, ts } from "../../../scripts/declared.mjs";
import { MODULES } from "../live/modules.mjs";
import { docs } from "./paths.mjs";
import { TOPICS } from "./topics.mjs";

const { SymbolFlags, ModifierFlags } = ts;

const root = resolve(docs, "../..");

/** The most characters of the definition of a type without an export that is shown. */
const LONGEST_TYPE = 120;
/** The most members of such a type that are shown: internal types have more. */
const MOST_MEMBERS = 8;

/** The remedies for an error of each class. */
const REMEDIES = {
  GraddiffError:
    "Catch this class to catch every error of the library. `error.complaint` has the parts of the message.",
  ShapeError:
    "Print the `shape` of what you pass. A hint in the message names the axis, or the shape that fits.",
  DTypeError: "Cast one of the tensors with `cast`, or create it with `dtype`.",
  ArgumentError: "Read what was expected in the message: a name, a range or a kind of value.",
  DerivativeError: "Choose another op, or state the derivative yourself with `customGradient`.",
  RecordingError:
    "Read numbers outside of `compile` and `grad`, and choose inside of them with `where` or `cond`.",
};

/** The entries of the packages, with the names by which they are imported. */
const entries = packages.flatMap(({ name, entries }) =>
  entries.map(({ entry, symbols }) => ({ from: `@graddiff/${name}${entry.slice(1)}`, symbols })),
);

/** The number of columns by which tables of ops in OPS.md are distinguished from tables of functions. */
const COLUMNS = 7;

/** Returns the rows of OPS.md for ops, by the name of the op. */
function opsTable() {
  const text = readFileSync(join(root, "packages/core/OPS.md"), "utf8");
  const rows = [...text.matchAll(/^\| (.*) \|$/gm)].map(([, row = ""]) => row.split(/(?<!\\) \| /));
  const ofOps = rows.filter(({ length }) => length === COLUMNS);
  return new Map(ofOps.map(([name = "", ...cells]) => [name, cells]));
}

/**
 * Returns all pages of the reference, by name.
 *
 * @returns {{ pages: Record<string, string>, exports: Map<string, { page: string, from: string, isType: boolean, summary: string }>, count: number }}
 */
export function reference() {
  const printer = ts.createPrinter({ removeComments: true });
  const ops = opsTable();

  const items = entries.flatMap(({ from, symbols }) =>
    symbols.map((symbol) => {
      const target = original(symbol);
      const declared = target.declarations?.[0]?.getSourceFile().fileName ?? "";
      const [, name = "", path = ""] = /packages\/([^/]+)\/dist\/(.*)\.d\.ts$/.exec(declared) ?? [];
      const place = `${name}/${path}`;
      const topic = TOPICS.find(([, , files]) => files.test(place));
      if (topic === undefined)
        throw new Error(`scripts/topics.mjs has no topic for ${place}, which has ${symbol.name}`);
      const isType = !(target.flags & SymbolFlags.Value);
      return { name: symbol.name, from, symbol, target, page: topic[0], isType };
    }),
  );
  const exported = new Map(items.map((item) => [item.target, item]));
  const known = new Map();
  // For a name in prose, a value has precedence over a type of the same name, and core over other packages.
  for (const item of items) {
    const before = known.get(item.name);
    if (before === undefined || (before.isType && !item.isType)) known.set(item.name, item);
  }

  /** Returns the address of an export. @param {{ page: string, name: string }} item */
  const addressOf = ({ page, name }) => `/reference/${page}#${name}`;

  /**
   * Returns a docstring's text as Markdown of the site.
   *
   * @param {readonly import("typescript").SymbolDisplayPart[]} parts
   */
  const prose = (parts) => {
    const text = ts
      .displayPartsToString([...parts])
      .replace(/\{@link(?:code|plain)? ([^}]+)\}/g, (_, name) => {
        const item = known.get(name.trim());
        return item === undefined ? `\`${name.trim()}\`` : `[\`${item.name}\`](${addressOf(item)})`;
      });
    // Outside of code, a page is a Vue template, so braces and angle brackets are escaped.
    return text
      .split(/(```[\s\S]*?```|`[^`]*`)/)
      .map((part, i) =>
        i % 2 === 1 ? part : part.replaceAll("<", "&lt;").replaceAll("{{", "&#123;&#123;"),
      )
      .join("");
  };

  /** @param {import("typescript").Symbol} symbol */
  const docOf = (symbol) => {
    const own = symbol.getDocumentationComment(checker);
    return own.length > 0 ? own : original(symbol).getDocumentationComment(checker);
  };
  /** @param {import("typescript").Symbol} symbol */
  const tagsOf = (symbol) => {
    const own = symbol.getJsDocTags(checker);
    return own.length > 0 ? own : original(symbol).getJsDocTags(checker);
  };

  /** Returns a docstring's text in one line. @param {readonly import("typescript").SymbolDisplayPart[]} parts */
  const line = (parts) =>
    prose(parts)
      .trim()
      .replace(/\s*\n\s*/g, " ");

  /**
   * Returns the lines of the parameters that tags describe.
   *
   * @param {readonly import("typescript").JSDocTagInfo[]} tags
   */
  const parametersOf = (tags) =>
    tags
      .filter((tag) => tag.name === "param")
      .flatMap(({ text = [] }) => {
        const [first, ...rest] = text.filter(({ kind }) => kind !== "space");
        return first === undefined ? [] : [`- \`${first.text}\`: ${line(rest)}`];
      });

  const isHidden = (node) =>
    ts.getCombinedModifierFlags(node) & (ModifierFlags.Private | ModifierFlags.Protected) ||
    (node.name && ts.isPrivateIdentifier(node.name));

  const textOf = (node) =>
    printer
      .printNode(ts.EmitHint.Unspecified, node, node.getSourceFile())
      .replace(/^export /, "")
      .replace(/^(default )?declare /, "");

  /** Returns the signatures of an export, as lines of code. */
  const signatureOf = ({ name, target }) => {
    const { declarations = [] } = target;
    const functions = declarations.filter(ts.isFunctionDeclaration);
    if (functions.length > 0) return functions.map(textOf).join("\n");
    const type = target.flags & SymbolFlags.Value ? checker.getTypeOfSymbol(target) : undefined;
    const calls = type?.getCallSignatures() ?? [];
    if (calls.length > 0 && !(target.flags & SymbolFlags.Class)) {
      return calls
        .map(
          (call) =>
            `${name}${checker.signatureToString(call, undefined, ts.TypeFormatFlags.NoTruncation)};`,
        )
        .join("\n");
    }
    const constructors = type?.getConstructSignatures() ?? [];
    if (constructors.length > 0) {
      const made = constructors
        .filter(({ declaration }) => declaration === undefined || !isHidden(declaration))
        .map((each) => checker.signatureToString(each, undefined, ts.TypeFormatFlags.NoTruncation))
        // A constructor with parameters of the type never is left out: functions make such objects, and programs
        // cannot.
        .filter((text) => !text.startsWith("(...parts: never)"))
        .map((text) => `new ${name}${text.replace(/: [^:]*$/, "")};`);
      return made.length > 0 ? made.join("\n") : `class ${name}`;
    }
    const alias = declarations.find(ts.isTypeAliasDeclaration);
    if (alias !== undefined) return textOf(alias);
    const declared = declarations.find(ts.isInterfaceDeclaration);
    if (declared !== undefined) {
      const above = (declared.heritageClauses ?? [])
        .map((clause) => ` ${clause.getText()}`)
        .join("");
      return `interface ${name}${(declared.typeParameters ?? []).length > 0 ? `<${declared.typeParameters.map((each) => each.getText()).join(", ")}>` : ""}${above}`;
    }
    const variable = declarations.find(ts.isVariableDeclaration);
    return variable === undefined ? `class ${name}` : `const ${variable.getText()};`;
  };

  /** Returns the members that a class or an interface itself declares. */
  const membersOf = ({ name, target }) => {
    const type = checker.getDeclaredTypeOfSymbol(target);
    // A class that is exported under a second name is a value and an alias of its type.
    const isAlias = target.flags & SymbolFlags.TypeAlias && target.flags & SymbolFlags.Value;
    if (!(target.flags & (SymbolFlags.Class | SymbolFlags.Interface)) && !isAlias) return [];
    return checker.getPropertiesOfType(type).flatMap((member) => {
      const [declaration] = member.declarations ?? [];
      if (declaration === undefined || isHidden(declaration) || /^(__|#)/.test(member.name))
        return [];
      const file = declaration.getSourceFile().fileName;
      if (!file.includes("/packages/")) return [];
      // The methods of Tensor that are also functions have separate entries.
      if (name === "Tensor" && file.includes("/functions/methods")) return [];
      const own =
        member.parent === target ||
        (isAlias && member.parent === type.symbol) ||
        (member.parent !== undefined && !exported.has(member.parent));
      if (!own) return [];
      const overloads = (member.declarations ?? []).filter(
        ({ kind, parent }) => kind === declaration.kind && parent === declaration.parent,
      );
      const written = overloads
        .map((each) => textOf(each).replace(/;$/, "").replace(/\s+/g, " "))
        .join("; ");
      // The docstring of the first overload describes all of them.
      const first = ts.isMethodSignature(declaration)
        ? checker.getSignatureFromDeclaration(declaration)
        : undefined;
      const doc = line(first?.getDocumentationComment(checker) ?? docOf(member));
      const tags = member.name === "forward" ? (first?.getJsDocTags() ?? []) : [];
      return [
        `- \`${written.replaceAll("`", "'")}\`${doc === "" ? "" : `: ${doc}`}`,
        ...parametersOf(tags).map((each) => `  ${each}`),
      ];
    });
  };

  /** Returns the examples of a layer's `forward`. */
  const examplesOf = ({ target }) => {
    const type = checker.getDeclaredTypeOfSymbol(target);
    const forward = target.flags & SymbolFlags.Class ? type.getProperty("forward") : undefined;
    return forward?.parent === undefined || exported.get(forward.parent)?.name === "Layer"
      ? []
      : forward.getJsDocTags(checker).filter((tag) => tag.name === "example");
  };

  /** The types in signatures that no entry exports. */
  const hiddenTypes = new Map();
  const noteHidden = ({ target, page }) => {
    for (const declaration of target.declarations ?? []) {
      /** @param {import("typescript").Node} node */
      const visit = (node) => {
        if (ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node)) {
          const name = ts.isTypeReferenceNode(node) ? node.typeName : node.expression;
          const found = checker.getSymbolAtLocation(name);
          const meant = found && original(found);
          if (meant && !exported.has(meant) && !(meant.flags & SymbolFlags.TypeParameter)) {
            const [own] = meant.declarations ?? [];
            if (
              own?.getSourceFile().fileName.includes("/packages/") &&
              !ts.isVariableDeclaration(own)
            ) {
              const pages = hiddenTypes.get(meant) ?? new Set();
              hiddenTypes.set(meant, pages.add(page));
            }
          }
        }
        ts.forEachChild(node, visit);
      };
      visit(declaration);
    }
  };

  const entryOf = (item) => {
    const { name, from, symbol, target, page } = item;
    noteHidden(item);
    const tags = tagsOf(symbol);
    const tagged = (kind) => tags.filter((tag) => tag.name === kind);
    const parts = [`### ${name} {#${name}}`];
    const itself = `See [\`${name}\`](${addressOf(item)}).\n`;
    parts.push(prose(docOf(symbol)).replace(itself, ""));
    parts.push(`\`\`\`ts-signature\n${signatureOf(item)}\n\`\`\``.replace("ts-signature", "ts"));
    if (page === "errors") parts.push(`**What to do.** ${REMEDIES[name]}`);
    const parameters = parametersOf(tags);
    if (parameters.length > 0) parts.push(parameters.join("\n"));
    for (const [kind, title] of [
      ["returns", "Returns"],
      ["throws", "Throws"],
    ]) {
      for (const { text = [] } of tagged(kind)) {
        const said = prose(text)
          .trim()
          .replace(/\s*\n\s*/g, " ");
        const each = said.split(/; (?=[A-Z]\w+Error\b)/);
        if (each.length > 1) {
          parts.push(`**${title}**\n\n${each.map((one) => `- ${one}`).join("\n")}`);
        } else if (said !== "") parts.push(`**${title}** ${said}`);
      }
    }
    const members = membersOf(item);
    if (members.length > 0) parts.push(members.join("\n"));
    const row = target.flags & SymbolFlags.Value ? ops.get(name) : undefined;
    if (row !== undefined && from === "@graddiff/core") parts.push(ofOp(row));
    for (const { text = [] } of [...tagged("example"), ...examplesOf(item)]) {
      parts.push(live(ts.displayPartsToString(text).trim()));
    }
    return parts.filter((part) => part !== "").join("\n\n");
  };

  const pages = Object.fromEntries(
    TOPICS.map(([page, title, , about]) => {
      const own = items.filter((item) => item.page === page);
      const froms = [...new Set(own.map(({ from }) => from))];
      const byName = (a, b) => a.name.localeCompare(b.name, "en");
      const sections = froms.flatMap((from) => {
        const here = own.filter((item) => item.from === from).sort(byName);
        const values = here.filter(({ isType }) => !isType);
        const types = here.filter(({ isType }) => isType);
        return [
          values.length > 0 ? `## From ${from}\n\n${values.map(entryOf).join("\n\n")}` : "",
          types.length > 0 ? `## Types of ${from}\n\n${types.map(entryOf).join("\n\n")}` : "",
        ];
      });
      return [page, [`# ${title}`, about, ...sections]];
    }),
  );
  /** Returns the definition of a type, with each `typeof` resolved. */
  const definitionOf = (symbol, alias) => {
    if (!/\btypeof\b/.test(alias.getText())) return textOf(alias).replace(/\s+/g, " ");
    const { InTypeAlias, NoTruncation } = ts.TypeFormatFlags;
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    return `type ${symbol.name} = ${checker.typeToString(type, undefined, InTypeAlias | NoTruncation)};`;
  };
  /** Returns the entry of a type without an export: its definition if that is short, else its members. */
  const hiddenEntry = (symbol) => {
    const alias = symbol.declarations?.find(ts.isTypeAliasDeclaration);
    const definition = alias === undefined ? "" : definitionOf(symbol, alias);
    const shown =
      definition !== "" && definition.length <= LONGEST_TYPE
        ? definition.replaceAll("`", "'")
        : symbol.name;
    const doc = prose(docOf(symbol)).replace(/\s*\n\s*/g, " ");
    const members = membersOf({ name: symbol.name, target: symbol }).map((line) => `  ${line}`);
    const few = members.length > MOST_MEMBERS ? [] : members;
    return [`- \`${shown}\`${doc === "" ? "" : `: ${doc}`}`, ...few].join("\n");
  };
  const hiddenOf = (page) =>
    [...hiddenTypes]
      .filter(([{ name }, on]) => on.has(page) && !known.has(name))
      .map(([symbol]) => symbol)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  const texts = Object.fromEntries(
    Object.entries(pages).map(([page, parts]) => {
      const hidden = hiddenOf(page);
      const last =
        hidden.length === 0
          ? ""
          : "## Types without a name of their own\n\nSignatures above name these types. No entry exports them, so a program cannot import them.\n\n" +
            hidden.map(hiddenEntry).join("\n");
      return [
        `reference/${page}.md`,
        `---\noutline: [2, 3]\n---\n\n${[...parts, last].filter((part) => part !== "").join("\n\n")}\n`,
      ];
    }),
  );
  const exports = new Map(
    [...known].map(([name, item]) => {
      const [summary = ""] = prose(docOf(item.symbol)).split("\n\n");
      return [
        name,
        {
          page: item.page,
          from: item.from,
          isType: item.isType,
          summary: summary.replace(/\s*\n\s*/g, " "),
        },
      ];
    }),
  );
  texts["reference/index.md"] = indexPage(items);
  texts["reference/ops.md"] = opsPage();
  return { pages: texts, exports, count: items.length };
}

/**
 * Returns an example as a program that the reader can run, if the site has all modules that it imports.
 *
 * @param {string} example
 */
function live(example) {
  const imports = [...example.matchAll(/^(?:\}|import .*) from "(.*)";$/gm)];
  const runs = imports.length > 0 && imports.every(([, name]) => MODULES.includes(name));
  return runs && /^```ts\n[\s\S]*?\n```$/.test(example) ? `::: run\n${example}\n:::` : example;
}

/** Returns the text of an op from its row of OPS.md. @param {readonly string[]} cells */
function ofOp([formula, dtypes, derivative, eager, compiled, onnx]) {
  return [
    `- **Formula**: ${formula}`,
    `- **Dtypes**: ${dtypes}`,
    `- **Derivative**: ${derivative}`,
    `- **Runs**: eager, ${eager}; compiled, ${compiled}; ONNX, ${onnx} ([meaning](/reference/ops))`,
  ].join("\n");
}

/** Returns all names, topic by topic. */
function indexPage(items) {
  const lines = TOPICS.map(([page, title, , about]) => {
    const names = items
      .filter((item) => item.page === page && !item.isType)
      .map(({ name }) => `[\`${name}\`](/reference/${page}#${name})`);
    return `## [${title}](/reference/${page})\n\n${about}\n\n${names.join(" ")}`;
  });
  return `---\noutline: 2\n---\n\n# Reference\n\nEvery export by topic. Methods of \`Tensor\` have the names of their functions: \`x.exp()\` is \`exp(x)\`. Their table is [the ops](/reference/ops).\n\n${lines.join("\n\n")}\n`;
}

/** Returns OPS.md as a page. */
function opsPage() {
  const text = readFileSync(join(root, "packages/core/OPS.md"), "utf8");
  const [, tables = ""] = /^(## [\s\S]*)$/m.exec(text) ?? [];
  return (
    "# The ops\n\nEvery op by family. *Dtypes* are those of its inputs, and of its result where that is another. *Derivative* says how the op states it, and which value is taken at a kink. *Eager* and *compiled* say how it runs on large arrays. That is by a kernel that was compiled ahead of time, by a loop that is made for the op or the program, or in JavaScript. *ONNX* is the operator that `@graddiff/onnx` writes.\n\n" +
    tables
  );
}
