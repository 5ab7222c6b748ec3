// The compiler of AssemblyScript for this package: it changes the sources before compilation, sets the flags, and
// checks each compiled module.

import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { dataOf } from "./sections.mjs";
import { commentsOf, withExports } from "./wrappers.mjs";

export const packageFolder = path.resolve(fileURLToPath(import.meta.url), "../..");

/** The groups: each folder of assembly/groups is one. */
export const groupNames = readdirSync(path.join(packageFolder, "assembly/groups")).sort();

/** The groups that the package exports from a separate entry point, so that only its importers parse them. */
export const ownEntries = ["fft", "linalg"];

/**
 * The flags of the compiler: -O3 and never -Oz, which costs a third of the speed; no relaxed SIMD, whose bits differ.
 * Warning 112 says that JavaScript cannot call functions of vectors: these are called by modules that graddiff emits at
 * run time.
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

/** The declaration of a function that a group imports from the base. */
const IMPORT = /@external\("kernel", "(\w+)"\)\s*declare function (\w+)\([^)]*\)[^;]*;/g;

/** The source of kernel.wasm, in which the base and all groups are one module. */
const WHOLE = "assembly/whole.ts";

/**
 * Returns the source of a group for a module that also has the base: functions of the base are imported from their
 * source.
 * @param {string} file @param {string} text
 */
export function inOneModule(file, text) {
  const base = path.posix.relative(path.posix.dirname(file), "assembly/index");
  return text.replace(IMPORT, (_declaration, name, own) => {
    return `import { ${name} as ${own} } from "${base}";`;
  });
}

function wholeSource() {
  const files = ["./index", ...groupNames.map((name) => `./groups/${name}/index`)];
  return files.map((file) => `export * from "${file}";\n`).join("");
}

/**
 * Compiles a source with its imports, and returns the bytes and the declarations of the exports with their comments.
 * @param {string} source the path of the file in the package
 * @param {string} outFile the path of the compiled module; the declarations of its exports are written beside it
 * @param {{ dataAt?: number, sources?: Readonly<Record<string, string>> }} [options] `dataAt` is the address of static
 *   data, `sources` are sources that are in no file
 */
async function compile(source, outFile, { dataAt = 0, sources = {} } = {}) {
  const asc = await import("assemblyscript/asc");
  const files = ["--baseDir", packageFolder, "--outFile", outFile, "--memoryBase", String(dataAt)];
  const given = { [WHOLE]: wholeSource(), ...sources };
  const comments = new Map();
  const { error, stderr } = await asc.main([source, ...flags, ...files], {
    readFile: async (file, folder) => {
      const written = given[file] ?? (await readOrNull(path.resolve(folder, file)));
      if (written === null) return null;
      const text = withExports(file, source === WHOLE ? inOneModule(file, written) : written);
      for (const [name, comment] of commentsOf(text)) comments.set(name, comment);
      return text;
    },
  });
  if (error) throw new Error(`${source} does not compile:\n${stderr.toString()}`);
  process.stderr.write(stderr.toString());
  const bytes = await readFile(path.join(packageFolder, outFile));
  const types = await readFile(path.join(packageFolder, outFile.replace(".wasm", ".d.ts")), "utf8");
  // The compiler writes the path of a function as its comment; the comment of the source replaces it.
  const declarations = types.replace(/^( +\* )assembly\/\S+\/(\w+)$/gm, (line, start, name) => {
    const comment = comments.get(name);
    return comment === undefined ? line : start + comment.replaceAll("\n", `\n${start}`);
  });
  return { bytes, declarations };
}

async function readOrNull(file) {
  try {
    return await readFile(file, "utf8");
  } catch {
    return null;
  }
}

/**
 * Returns the module that every program has. Its memory is its only import, since the embedded bytes must be enough to
 * run it.
 */
export async function compileBase() {
  const compiled = await compile("assembly/index.ts", "build/base.wasm");
  checkImports("the base", compiled.bytes, () => false);
  return compiled;
}

/** Returns the base and all groups as one module. */
export async function compileWhole() {
  const compiled = await compile(WHOLE, "build/kernel.wasm");
  checkImports("kernel.wasm", compiled.bytes, () => false);
  return compiled;
}

/** Returns the module that unpacks the others. */
export async function compileUnpacker() {
  const compiled = await compile("assembly/unpack.ts", "build/unpack.wasm");
  checkImports("the unpacker", compiled.bytes, () => false);
  return compiled;
}

/**
 * Returns the module of a group, whose static data follows the static data of the base and of the groups before it.
 * @param {string} name
 * @param {Uint8Array} base
 * @param {number} dataAt the address from which on the static data is
 * @param {Readonly<Record<string, string>>} [sources] sources that are in no file
 */
export async function compileGroup(name, base, dataAt, sources) {
  const source = `assembly/groups/${name}/index.ts`;
  const compiled = await compile(source, `build/${name}.wasm`, { dataAt, sources });
  const { bytes } = compiled;
  const { exports } = instantiate(base, {});
  checkImports(`the group ${name}`, bytes, (imported) => imported in exports);
  // If the group declares a function of the base with other parameters, this is a LinkError.
  instantiate(bytes, exports);
  const { start, end } = dataOf(bytes);
  const limit = exports.heapBase();
  if (start < dataAt || end > limit) {
    throw new Error(
      `the static data of the group ${name} must stand between ${dataAt} and ${limit}, where nothing else has ` +
        `its own, but stands between ${start} and ${end}; assembly/memory.ts says how much there is for groups`,
    );
  }
  return compiled;
}

/** Returns an instance of a module of kernels on a new memory. */
function instantiate(bytes, kernel) {
  const memory = new WebAssembly.Memory({ initial: 1 });
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory }, kernel });
}

/** @param {string} what @param {Uint8Array} bytes @param {(name: string) => boolean} isOfBase */
function checkImports(what, bytes, isOfBase) {
  for (const { module, name } of WebAssembly.Module.imports(new WebAssembly.Module(bytes))) {
    if (module === "env" && name === "memory") continue;
    if (module === "kernel" && isOfBase(name)) continue;
    throw new Error(`${what} imports ${module}.${name}, which it cannot have`);
  }
}
