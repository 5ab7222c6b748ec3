// The texts of src/generated/, from what the compiler wrote.

import { pack } from "./pack.mjs";

const header = "// Written by scripts/compile.mjs; do not edit.\n\n";

/**
 * A module that holds the bytes of kernel.wasm as packed text, and the module that unpacks it. The unpacker is
 * in hexadecimal digits, through which compression sees its bytes.
 */
export function embeddedBytes(kernel, unpacker) {
  const lines = [
    "/** The bytes of kernel.wasm, as assembly/unpack.ts reads them. */",
    `export const kernelText =\n  "${pack(kernel)}";\n`,
    "/** How many bytes kernel.wasm has. */",
    `export const kernelByteLength = ${kernel.length};\n`,
    "/** The bytes of build/unpack.wasm, in hexadecimal digits. */",
    `export const unpackerHex =\n  "${Buffer.from(unpacker).toString("hex")}";\n`,
  ];
  return header + lines.join("\n");
}

/**
 * The interface of the raw exports, from the compiler's `--bindings raw` declarations.
 *
 * Every declaration must be understood: an unknown form is an error, never a silent gap.
 */
export function exportsInterface(declarations) {
  const namespace = /declare namespace __AdaptedExports \{\n([\s\S]*?)\n\}/.exec(declarations);
  if (!namespace) throw new Error("kernel.d.ts holds no namespace __AdaptedExports");
  // A declaration of a global spans lines; comments above a declaration are handed on.
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
  if (rest.trim() !== "") throw new Error(`kernel.d.ts holds more than functions: ${rest.trim()}`);
  return (
    `${header}/** The kernels as the module exports them. Pointers and counts are plain numbers. */\n` +
    `export interface KernelExports {\n${members.join("")}}\n`
  );
}
