// Compiles assembly/ to build/kernel.wasm and writes src/generated/: the bytes as a module that
// needs no file, fetch or await, and the types of the exports as the compiler declares them.
// assembly/unpack.ts becomes build/unpack.wasm, which unpacks these bytes.
//
// Nothing is done when the inputs have not changed, so every script of the package can call it
// first and work from a fresh clone. Usage: node scripts/compile.mjs

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { embeddedBytes, exportsInterface, signaturesOf } from "./generate.mjs";

const packageFolder = path.resolve(fileURLToPath(import.meta.url), "../..");
const buildFolder = path.join(packageFolder, "build");
const generatedFolder = path.join(packageFolder, "src/generated");
const wasmFile = path.join(buildFolder, "kernel.wasm");
const stampFile = path.join(buildFolder, "inputs.sha256");

/**
 * -O3 and never -Oz, which costs a third of the speed; no relaxed SIMD, whose bits differ. Warning
 * 112 says that JavaScript cannot call functions of vectors: they are there for emitted modules.
 */
const flags = [
  "-O3",
  "--runtime",
  "stub",
  "--noAssert",
  "--importMemory",
  "--noExportMemory",
  "--enable",
  "simd",
  "--disableWarning",
  "112",
  "--bindings",
  "raw",
];

/** A hash of all that the outputs depend on: kernels, these scripts, the compiler's version. */
async function hashInputs() {
  const hash = createHash("sha256");
  const manifest = createRequire(import.meta.url)("assemblyscript/package.json");
  hash.update(`assemblyscript ${manifest.version}\n`);
  for (const folder of ["assembly", "scripts"]) {
    const entries = await readdir(path.join(packageFolder, folder), {
      recursive: true,
      withFileTypes: true,
    });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort();
    for (const file of files) {
      hash.update(`${path.relative(packageFolder, file)}\n`);
      hash.update(await readFile(file));
    }
  }
  return hash.digest("hex");
}

async function readOrUndefined(file) {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

async function isUpToDate(inputs) {
  if ((await readOrUndefined(stampFile)) !== inputs) return false;
  const outputs = [wasmFile, path.join(generatedFolder, "bytes.ts"), typesFile(), signaturesFile()];
  const contents = await Promise.all(outputs.map(readOrUndefined));
  return contents.every((content) => content !== undefined);
}

function typesFile() {
  return path.join(generatedFolder, "exports.ts");
}

function signaturesFile() {
  return path.join(generatedFolder, "signatures.ts");
}

/** A module may ask the host for nothing but its memory, or embedding it would not be enough. */
function checkImports(name, bytes) {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
  const names = imports.map((entry) => `${entry.module}.${entry.name}`);
  if (names.length !== 1 || names[0] !== "env.memory") {
    throw new Error(`${name} must import env.memory alone, but imports ${names.join(", ")}`);
  }
}

/** The bytes of what the compiler makes of a source. */
async function compile(source, outFile) {
  const asc = await import("assemblyscript/asc");
  const files = ["--baseDir", packageFolder, "--outFile", outFile];
  const { error, stderr } = await asc.main([source, ...flags, ...files]);
  process.stderr.write(stderr.toString());
  if (error) process.exit(1);
  const bytes = await readFile(path.join(packageFolder, outFile));
  checkImports(outFile, bytes);
  return bytes;
}

async function main() {
  const inputs = await hashInputs();
  if (await isUpToDate(inputs)) {
    console.log("kernel.wasm is up to date");
    return;
  }
  await mkdir(buildFolder, { recursive: true });
  await mkdir(generatedFolder, { recursive: true });
  const bytes = await compile("assembly/index.ts", "build/kernel.wasm");
  const unpacker = await compile("assembly/unpack.ts", "build/unpack.wasm");
  const declarations = await readFile(path.join(buildFolder, "kernel.d.ts"), "utf8");
  await writeFile(path.join(generatedFolder, "bytes.ts"), embeddedBytes(bytes, unpacker));
  await writeFile(typesFile(), exportsInterface(declarations));
  await writeFile(signaturesFile(), signaturesOf(bytes));
  await writeFile(stampFile, inputs);
  console.log(`kernel.wasm: ${bytes.length} bytes`);
}

await main();
