// Compiles assembly/ and writes src/generated/. The base, which every program has, and each group, which few
// have, are compiled to WebAssembly; their bytes are embedded in TypeScript modules, which need no file, fetch or
// await. The types of their exports are the compiler's declarations. build/kernel.wasm is the base and all groups as
// one module, and build/unpack.wasm is the module that unpacks the bytes.
//
// Nothing is done when the inputs have not changed, so every script of the package can call it
// first and work from a fresh clone. Usage: node scripts/compile.mjs

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import {
  compileBase,
  compileGroup,
  compileUnpacker,
  compileWhole,
  groupNames,
  ownEntries,
  packageFolder,
} from "./assembly.mjs";
import {
  embeddedBytes,
  embeddedGroup,
  exportsTypes,
  groupsIndex,
  signaturesOf,
} from "./generate.mjs";
import { dataOf } from "./sections.mjs";

const buildFolder = path.join(packageFolder, "build");
const generatedFolder = path.join(packageFolder, "src/generated");
const stampFile = path.join(buildFolder, "inputs.sha256");

/** Returns a hash of all inputs: the sources of kernels, these scripts, and the compiler's version. */
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
  if ((await readOrUndefined(path.join(buildFolder, "kernel.wasm"))) === undefined) return false;
  // The names are compared, since a build that is restored from a cache leaves the file of a renamed group.
  const texts = ["bytes", "exports", "signatures", "groups", ...groupNames];
  const expected = texts.map((name) => `${name}.ts`).sort();
  const found = (await readdir(generatedFolder).catch(() => [])).sort();
  return found.join() === expected.join();
}

/**
 * Returns the result of `compileWhole` from a separate thread: it takes half of the time and does not depend on the
 * other modules.
 *
 * @returns {ReturnType<typeof compileWhole>}
 */
function wholeFromThread() {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL(import.meta.url));
    thread.once("message", resolve);
    thread.once("error", reject);
  });
}

async function main() {
  const inputs = await hashInputs();
  if (await isUpToDate(inputs)) {
    console.log("kernel.wasm is up to date");
    return;
  }
  await mkdir(buildFolder, { recursive: true });
  const texts = {};
  const whole = wholeFromThread();
  const { bytes: base, declarations } = await compileBase();
  const { bytes: unpacker } = await compileUnpacker();
  texts.bytes = embeddedBytes(base, unpacker);
  const sizes = [`base ${base.length}`];
  const groups = [];
  let dataAt = dataOf(base).end;
  for (const name of groupNames) {
    dataAt = Math.ceil(dataAt / 16) * 16;
    const { bytes, declarations } = await compileGroup(name, base, dataAt);
    dataAt = Math.max(dataAt, dataOf(bytes).end);
    texts[name] = embeddedGroup(name, bytes);
    groups.push({ name, declarations });
    sizes.push(`${name} ${bytes.length}`);
  }
  texts.groups = groupsIndex(groupNames.filter((name) => !ownEntries.includes(name)));
  texts.exports = exportsTypes(declarations, groups);
  const { bytes } = await whole;
  texts.signatures = signaturesOf(bytes);

  // The folder is emptied first, so that no file of a removed group stays.
  await rm(generatedFolder, { recursive: true, force: true });
  await mkdir(generatedFolder, { recursive: true });
  for (const [name, text] of Object.entries(texts)) {
    await writeFile(path.join(generatedFolder, `${name}.ts`), text);
  }
  await writeFile(stampFile, inputs);
  console.log(`kernel.wasm: ${bytes.length} bytes; ${sizes.join(", ")}`);
}

if (isMainThread) await main();
else parentPort?.postMessage(await compileWhole());
