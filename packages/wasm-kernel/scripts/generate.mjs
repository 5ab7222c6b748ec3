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
 * The parameters of the functions that take floats, "i" for an int32 and "d" for a float64: whoever imports them into
 * a module of its own must say them, and JavaScript knows numbers alone. All others take int32, or vectors.
 */
export function signaturesOf(bytes) {
  let place = 8;
  const unsigned = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[place++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  const list = (read) => Array.from({ length: unsigned() }, read);
  const text = () => String.fromCharCode(...list(() => bytes[place++]));
  const found = { types: [], functions: [], exports: [] };
  while (place < bytes.length) {
    const section = bytes[place++];
    const end = unsigned() + place;
    if (section === 1) {
      found.types = list(() => {
        place++;
        const [parameters] = [list(() => bytes[place++]), list(() => bytes[place++])];
        return parameters;
      });
    } else if (section === 3) found.functions = list(unsigned);
    else if (section === 7) {
      found.exports = list(() => ({ name: text(), kind: bytes[place++], index: unsigned() }));
    }
    place = end;
  }
  const letters = { 127: "i", 124: "d" };
  const lines = found.exports.flatMap(({ name, kind, index }) => {
    const parameters = kind === 0 ? found.types[found.functions[index]] : [];
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
