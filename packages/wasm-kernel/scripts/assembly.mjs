// AssemblyScript as this package uses it: the sources as the compiler reads them, its flags, and what is checked
// of each module that it makes.

import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { dataOf } from "./sections.mjs";
import { commentsOf, withExports } from "./wrappers.mjs";

export const packageFolder = path.resolve(fileURLToPath(import.meta.url), "../..");

/** The groups: each folder of assembly/groups with an index.ts is one. */
export const groupNames = readdirSync(path.join(packageFolder, "assembly/groups")).sort();

/** Groups that the package hands out by an entry of their own, which nobody parses who does not import it. */
export const ownEntries = ["fft", "linalg"];

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

/** A function that a group takes from the base, as its sources declare it. */
const IMPORT = /@external\("kernel", "(\w+)"\)\s*declare function (\w+)\([^)]*\)[^;]*;/g;

/** The source of kernel.wasm, in which the base and all groups are one module. */
const WHOLE = "assembly/whole.ts";

/**
 * Returns the same source for a module that the base is in, too: what it takes from the base, it imports from there.
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
 * Compiles a source and what it imports: the bytes, and the declarations of the exports with their comments.
 * @param {string} source the path of the file in the package
 * @param {string} outFile where the module goes, and beside it the declarations of its exports
 * @param {{ dataAt?: number, sources?: Readonly<Record<string, string>> }} [options] the address of static data;
 *   sources that are in no file
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
  // The compiler gives the line of a function, and not the comment above it.
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
 * Returns the module that every program has. It may ask the host for nothing but its memory, or embedding it would not
 * be enough.
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
 * Returns the module of a group, whose static data follows that of the base and of the groups before it.
 * @param {string} name
 * @param {Uint8Array} base
 * @param {number} dataAt the first byte that nothing else has
 * @param {Readonly<Record<string, string>>} [sources] that are in no file
 */
export async function compileGroup(name, base, dataAt, sources) {
  const source = `assembly/groups/${name}/index.ts`;
  const compiled = await compile(source, `build/${name}.wasm`, { dataAt, sources });
  const { bytes } = compiled;
  const { exports } = instantiate(base, {});
  checkImports(`the group ${name}`, bytes, (imported) => imported in exports);
  // A function of other parameters than the base's has is a LinkError here.
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

/** Returns a module of kernels on a memory of its own. */
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
