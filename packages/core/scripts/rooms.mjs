/**
 * The folders of core ("rooms") in one order. A file may import, types included, only from its folder and from folders
 * that come later in the order. `test/rooms.test.ts` fails if an import leads upward or in a circle.
 *
 *   node scripts/rooms.mjs            prints the folders with their imports and their sizes
 *   node scripts/rooms.mjs --write    writes the folders with their imports into ARCHITECTURE.md of core
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const src = fileURLToPath(new URL("../src", import.meta.url));
const architecture = fileURLToPath(new URL("../ARCHITECTURE.md", import.meta.url));

/** The rooms from the surface to the ground: folders, and single files that have a position of their own. */
export const ROOMS = [
  "fft.ts",
  "linalg.ts",
  "threads.ts",
  "webgpu.ts",
  "worker.ts",
  "internal.ts",
  "extend.ts",
  "index.ts",
  "fft",
  "linalg",
  "models",
  "layers",
  "implicit",
  "bodies",
  "compile",
  "run",
  "run/webgpu",
  "run/threads",
  "run/eager",
  "run/wasm/memory",
  "run/wasm/interpret",
  "run/wasm/emit",
  "run/wasm/kernel",
  "run/device",
  "run/program",
  "run/program/fuse",
  "run/program/schedule",
  "run/program/calls",
  "run/program/locations",
  "run/program/loop",
  "differentiate",
  "functions",
  "ops",
  "draw",
  "families",
  "graph",
  "generated/algorithms/fft",
  "generated/algorithms/linalg",
  "generated/algorithms/statistics",
  "generated/algorithms",
  "algorithms/fft",
  "algorithms/linalg",
  "algorithms/statistics",
  "algorithms",
  "tensor",
  "generated/elementary",
  "elementary",
  ".",
];

/** The sources, by their paths in `src/`. */
export const FILES = readdirSync(src, { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => file.endsWith(".ts"))
  .sort();

/** An import or re-export of names or types, or an import without names. */
const IMPORT =
  /^(?:import|export) (?:type )?(?:\* (?:as \w+ )?|\{[^}]*\} )from "([^"]+)";$|^import "([^"]+)";$/gm;

/** The imports of each file: paths in `src/`, or names of packages. */
export const IMPORTS = new Map(
  FILES.map((file) => {
    const text = readFileSync(join(src, file), "utf8");
    const paths = [...text.matchAll(IMPORT)].map(([, from, whole]) => from ?? whole ?? "");
    return [
      file,
      paths.map((path) =>
        path.startsWith(".") ? relative(src, resolve(src, dirname(file), path)) : path,
      ),
    ];
  }),
);

/** Returns the room of a file; undefined for the name of a package. */
export function roomOf(file) {
  if (!IMPORTS.has(file)) return undefined;
  return ROOMS.includes(file) ? file : dirname(file);
}

/** Returns the imports that lead upward: from a file to a room before its room in the order, as "file → other". */
export function upward() {
  return FILES.flatMap((file) =>
    IMPORTS.get(file)
      .filter((other) => {
        const room = roomOf(other);
        return room !== undefined && ROOMS.indexOf(room) < ROOMS.indexOf(roomOf(file));
      })
      .map((other) => `${file} → ${other}`),
  );
}

/** Returns the circles of imports, types included, as lists of files (the strongly connected components, by Tarjan). */
export function circles() {
  const order = new Map();
  const low = new Map();
  const open = [];
  const found = [];
  const visit = (file) => {
    order.set(file, order.size);
    low.set(file, order.get(file));
    open.push(file);
    for (const other of IMPORTS.get(file).filter((path) => IMPORTS.has(path))) {
      if (!order.has(other)) visit(other);
      if (open.includes(other)) low.set(file, Math.min(low.get(file), low.get(other)));
    }
    if (low.get(file) !== order.get(file)) return;
    const circle = open.splice(open.indexOf(file));
    if (circle.length > 1) found.push(circle.sort());
  };
  for (const file of FILES) if (!order.has(file)) visit(file);
  return found;
}

/** Returns the drawing: a line for each room with the rooms that it imports. */
export function drawing() {
  const width = Math.max(...ROOMS.map((room) => nameOf(room).length)) + 2;
  return ROOMS.map((room) => {
    const below = new Set(filesOf(room).flatMap((file) => IMPORTS.get(file).map(roomOf)));
    const names = ROOMS.filter((other) => other !== room && below.has(other)).map(nameOf);
    return wrapped(nameOf(room).padEnd(width), names, width);
  }).join("\n");
}

const filesOf = (room) => FILES.filter((file) => roomOf(file) === room);
const nameOf = (room) => (room === "." ? "errors.ts, arguments.ts" : room);

/** Returns a line with a head and words, wrapped at 120 columns; further lines begin with a margin. */
function wrapped(head, words, margin) {
  let line = head;
  const lines = [];
  for (const word of words) {
    if (line.length + word.length > 120) {
      lines.push(line);
      line = " ".repeat(margin);
    }
    line += `${word}  `;
  }
  return [...lines, line].map((each) => each.trimEnd()).join("\n");
}

/** Returns the number of files and lines of each room, as text. */
function sizes() {
  return ROOMS.map((room) => {
    const files = filesOf(room);
    const linesOf = (file) => readFileSync(join(src, file), "utf8").split("\n").length - 1;
    const lines = files.reduce((sum, file) => sum + linesOf(file), 0);
    return `${nameOf(room)}: ${files.length} files, ${lines} lines`;
  }).join("\n");
}

const BLOCK = /(<!-- rooms -->\n```text\n)([^`]*?)\n?(```\n)/;

/** Returns the drawing that ARCHITECTURE.md of core contains. */
export function drawn() {
  return BLOCK.exec(readFileSync(architecture, "utf8"))?.[2];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(`${drawing()}\n\n${sizes()}`);
  for (const arrow of upward()) console.log(`upward: ${arrow}`);
  for (const circle of circles()) console.log(`a circle: ${circle.join(" ")}`);
  if (process.argv.includes("--write")) {
    const text = readFileSync(architecture, "utf8");
    const block = (_whole, before, _now, after) => `${before}${drawing()}\n${after}`;
    writeFileSync(architecture, text.replace(BLOCK, block));
  }
}
