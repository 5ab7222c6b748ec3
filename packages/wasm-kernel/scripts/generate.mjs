// The texts of src/generated/, from what the compiler wrote.

import { pack } from "./pack.mjs";
import { functionsOf } from "./sections.mjs";

const header = "// Written by scripts/compile.mjs; do not edit.\n\n";

/**
 * Returns a module that holds the bytes of the base as packed text, and the module that unpacks it. The unpacker is in
 * hexadecimal digits, which compress well.
 */
export function embeddedBytes(base, unpacker) {
  const lines = [
    "/** The bytes of the base, as assembly/unpack.ts reads them. */",
    `export const baseText =\n  "${pack(base)}";\n`,
    "/** The number of bytes of the base. */",
    `export const baseByteLength = ${base.length};\n`,
    "/** The bytes of build/unpack.wasm, in hexadecimal digits. */",
    `export const unpackerHex =\n  "${Buffer.from(unpacker).toString("hex")}";\n`,
  ];
  return header + lines.join("\n");
}

/**
 * Returns the source of a module that exports a group: a value without side effects, which bundlers drop where it is
 * not imported.
 */
export function embeddedGroup(name, bytes) {
  const names = functionsOf(bytes).map((own) => `    "${own.name}",\n`);
  return `${header}import type { KernelGroup } from "../group.ts";
import type { ${typeOfGroup(name)} } from "./exports.ts";

/** The kernels of assembly/groups/${name}. */
export const ${name}Kernels: KernelGroup<keyof ${typeOfGroup(name)}> = {
  name: "${name}",
  exports: [
${names.join("")}  ],
  text: "${pack(bytes)}",
  byteLength: ${bytes.length},
};
`;
}

/** Returns the source of a module that re-exports groups. @param {readonly string[]} names */
export function groupsIndex(names) {
  return header + names.map((name) => `export { ${name}Kernels } from "./${name}.ts";\n`).join("");
}

function typeOfGroup(name) {
  return `${name[0].toUpperCase()}${name.slice(1)}Exports`;
}

/**
 * Returns the parameters of the functions that take floats, "i" for an int32 and "d" for a float64: a module that
 * imports them must declare these types, and JavaScript functions do not have them. All other functions take only
 * int32, or vectors.
 */
export function signaturesOf(bytes) {
  const letters = { 127: "i", 124: "d" };
  const lines = functionsOf(bytes).flatMap(({ name, parameters }) => {
    if (!parameters.includes(0x7c)) return [];
    return [`  ${name}: "${parameters.map((type) => letters[type]).join("")}",\n`];
  });
  return (
    header +
    "/** The parameters of the kernels that take numbers of float64: i for int32, d for float64. */\n" +
    `export const signatures: Readonly<Record<string, string>> = {\n${lines.join("")}};\n`
  );
}

/**
 * Returns the types of the exports: of the base, of each group, and of all of them.
 * @param {string} base the compiler's `--bindings raw` declarations
 * @param {readonly { name: string, declarations: string }[]} groups
 */
export function exportsTypes(base, groups) {
  const own = groups.map(({ name, declarations }) => {
    const comment = `/** The kernels of the group "${name}". */`;
    return `${comment}\nexport interface ${typeOfGroup(name)} {\n${membersOf(declarations)}}\n`;
  });
  const all = ["BaseExports", ...groups.map(({ name }) => typeOfGroup(name))].join(", ");
  return [
    `${header}/** The kernels that every program has. Pointers and counts are plain numbers. */
export interface BaseExports {
${membersOf(base)}}
`,
    ...own,
    `/** All kernels, those of groups included. */\nexport interface KernelExports extends ${all} {}\n`,
  ].join("\n");
}

/**
 * Returns the members of an interface of exports, from the compiler's declarations.
 *
 * An unknown form of declaration is an error, so that none is left out silently.
 */
function membersOf(declarations) {
  const namespace = /declare namespace __AdaptedExports \{\n([\s\S]*?)\n\}/.exec(declarations);
  if (!namespace) throw new Error("the declarations hold no namespace __AdaptedExports");
  // A declaration of a global spans lines; comments above a declaration are kept.
  const pattern =
    /((?: {2}\/\*\*[\s\S]*?\*\/\n)?) {2}export (?:function (\w+)(\([^)]*\): [^;]+);|const (\w+): \{[\s\S]*?\n {2}\};?|const memory: [^;]+;)/g;
  const members = [];
  let rest = namespace[1];
  for (const match of namespace[1].matchAll(pattern)) {
    const [whole, comment, functionName, signature, globalName] = match;
    rest = rest.replace(whole, "");
    if (functionName) members.push(`${comment}  ${functionName}${signature};\n`);
    else if (globalName) members.push(`${comment}  readonly ${globalName}: { value: number };\n`);
  }
  if (rest.trim() !== "")
    throw new Error(`the declarations hold more than functions: ${rest.trim()}`);
  return members.join("");
}
