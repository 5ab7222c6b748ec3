// Groups of kernels: additional modules on the memory of the base module.

import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { sampleTests } from "../../core/test/support/sampling.ts";
import { compileGroup, groupNames, inOneModule, packageFolder } from "../scripts/assembly.mjs";
import { pack } from "../scripts/pack.mjs";
import { dataOf } from "../scripts/sections.mjs";
import { fftKernels } from "../src/fft.ts";
import * as allGroups from "../src/generated/groups.ts";
import {
  createKernel,
  type KernelExports,
  type KernelGroup,
  orderKernels,
  specialKernels,
} from "../src/index.ts";
import { linalgKernels } from "../src/linalg.ts";

sampleTests(4);

const groups: readonly KernelGroup<keyof KernelExports>[] = [
  ...Object.values(allGroups),
  fftKernels,
  linalgKernels,
].sort((first, second) => (first.name < second.name ? -1 : 1));

const built = (name: string) => readFileSync(new URL(`../build/${name}.wasm`, import.meta.url));

/** Returns the names that an interface of src/generated/exports.ts declares. */
function declared(type: string): string[] {
  const text = readFileSync(new URL("../src/generated/exports.ts", import.meta.url), "utf8");
  const body = text.split(`export interface ${type} {\n`)[1]?.split("\n}\n")[0] ?? "";
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)[(:]/gm)].map(([, name]) => name ?? "").sort();
}

const interfaceOf = (name: string) => `${name[0]?.toUpperCase()}${name.slice(1)}Exports`;

describe("the exports", () => {
  it("of the base are the functions that its type declares", () => {
    expect(Object.keys(createKernel().exports).sort()).toEqual(declared("BaseExports"));
  });

  it("of a group are the functions that its type declares", () => {
    expect(groups.map(({ name }) => name)).toEqual(groupNames);
    for (const { name, exports } of groups) {
      expect([...exports].sort(), name).toEqual(declared(interfaceOf(name)));
      const module = new WebAssembly.Module(built(name));
      expect(WebAssembly.Module.exports(module).map((own) => own.name)).toEqual(exports);
    }
  });

  it("of kernel.wasm are those of the base and of all groups", () => {
    const module = new WebAssembly.Module(built("kernel"));
    const whole = createKernel({ module });
    const names = [interfaceOf("base"), ...groupNames.map(interfaceOf)].flatMap(declared);
    expect(Object.keys(whole.exports).sort()).toEqual(names.sort());
  });
});

describe("load", () => {
  it("adds the kernels of a group, once", () => {
    const kernel = createKernel();
    expect(kernel.exports.erf_f64).toBeUndefined();
    const { erf_f64 } = kernel.load(specialKernels);
    expect(kernel.exports.erf_f64).toBe(erf_f64);
    expect(kernel.load(specialKernels).erf_f64).toBe(erf_f64);
    expect(kernel.exports.orderOfRows).toBeUndefined();
    const x = kernel.arena.float64(kernel.arena.allocate(8), 1);
    x[0] = 1;
    erf_f64(x.byteOffset, x.byteOffset, 1);
    expect(x[0]).toBe(0.8427007929497148);
  });

  it("keeps the kernels of kernel.wasm", () => {
    const kernel = createKernel({ module: new WebAssembly.Module(built("kernel")) });
    const before = { ...kernel.exports };
    vi.stubGlobal("WebAssembly", undefined);
    try {
      for (const group of groups) kernel.load(group);
    } finally {
      vi.unstubAllGlobals();
    }
    expect(kernel.exports).toEqual(before);
  });

  it("leaves the static data of the base and of other groups alone", () => {
    const kernel = createKernel();
    const before = new Uint8Array(kernel.memory.buffer).slice();
    for (const group of groups) kernel.load(group);
    const after = new Uint8Array(kernel.memory.buffer);
    const changed = [...after.keys()].filter((i) => after[i] !== before[i]);
    const places = groups.map(({ name }) => dataOf(built(name))).filter(({ end }) => end > 0);
    expect(places.length).toBeGreaterThan(0);
    for (const i of changed) {
      expect(places.filter(({ start, end }) => i >= start && i < end).length, String(i)).toBe(1);
    }
    const { end } = dataOf(built("base"));
    for (const { start } of places) expect(start).toBeGreaterThanOrEqual(end);
    for (const place of places) expect(place.end).toBeLessThanOrEqual(kernel.exports.heapBase());
  });

  it("refuses a group of another version", () => {
    // The bytes encode (module (import "kernel" "none" (func))).
    const header = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 15, 1];
    const bytes = Uint8Array.of(
      ...header,
      6,
      ...Buffer.from("kernel"),
      4,
      ...Buffer.from("none"),
      0,
      0,
    );
    const other = { ...orderKernels, name: "other", text: pack(bytes), byteLength: bytes.length };
    expect(() => createKernel().load(other)).toThrow(
      /^load: group: expected a group of this version, got other \(LinkError/,
    );
  });
});

describe("a group's module", () => {
  const base = built("base");
  const dataAt = dataOf(base).end;
  const compiled = (text: string) =>
    compileGroup("example", base, dataAt, { "assembly/groups/example/index.ts": text });

  afterAll(() => {
    const folder = join(packageFolder, "build");
    for (const file of readdirSync(folder)) {
      if (file.startsWith("example.")) rmSync(join(folder, file));
    }
  });

  it("may call functions of the base", async () => {
    const { bytes } = await compiled(`
@external("kernel", "sum_f64")
declare function sum(x: usize, count: usize): f64;
export function mean_f64(x: usize, count: usize): f64 {
  return sum(x, count) / <f64>count;
}`);
    const kernel = createKernel();
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      env: { memory: kernel.memory as WebAssembly.Memory },
      kernel: kernel.exports as unknown as WebAssembly.ModuleImports,
    });
    const x = kernel.arena.float64(kernel.arena.allocate(16), 2);
    x.set([1, 2]);
    expect((exports["mean_f64"] as (x: number, count: number) => number)(x.byteOffset, 2)).toBe(
      1.5,
    );
  });

  it("is one with the base in kernel.wasm", () => {
    const text = `@external("kernel", "sum_f64")
declare function sum(x: usize, count: usize): f64;
`;
    expect(inOneModule("assembly/groups/example/index.ts", text)).toBe(
      `import { sum_f64 as sum } from "../../index";\n`,
    );
  });

  it.each([
    [
      "a function that the base does not have",
      `@external("kernel", "none") declare function none(): void;
export function run(): void { none(); }`,
      "the group example imports kernel.none, which it cannot have",
    ],
    [
      "a function of the base with other parameters",
      `@external("kernel", "heapBase") declare function heapBase(x: f64): void;
export function run(): void { heapBase(1); }`,
      /imported function does not match|heapBase/,
    ],
    [
      "more static data than there is room for",
      `const TABLE: usize = memory.data<u8>([${Array.from({ length: 7000 }, (_, i) => i % 250).join()}]);
export function run(i: usize): i32 { return load<u8>(TABLE + i); }`,
      "the static data of the group example must stand between",
    ],
  ])("is refused with %s", async (_what, text, message) => {
    await expect(compiled(text)).rejects.toThrow(message);
  });
});
