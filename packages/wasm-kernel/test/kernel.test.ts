// Creating a kernel: the embedded module, the options, and hosts that cannot run it.

import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createKernel, isSupported, KernelUnavailableError, kernelBytes } from "../src/index.ts";

const wasmFile = new URL("../build/kernel.wasm", import.meta.url);
const baseFile = new URL("../build/base.wasm", import.meta.url);

/** Returns a new copy of the package's module, which has compiled nothing yet. */
async function freshPackage() {
  vi.resetModules();
  return await import("../src/index.ts");
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("the embedded module", () => {
  it("is the base, byte for byte", () => {
    expect(Buffer.from(kernelBytes()).equals(readFileSync(baseFile))).toBe(true);
  });

  it("is the same on a host without TextEncoder", () => {
    vi.stubGlobal("TextEncoder", undefined);
    const bytes = kernelBytes();
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
    expect(readFileSync(baseFile).equals(bytes)).toBe(true);
  });

  it("imports its memory and nothing else", () => {
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(kernelBytes()));
    expect(imports).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
  });

  it("needs no relaxed SIMD and is compiled once per process", () => {
    expect(WebAssembly.validate(kernelBytes())).toBe(true);
    expect(createKernel().module).toBe(createKernel().module);
  });
});

describe("createKernel", () => {
  it("takes a memory and a module of the caller's", () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 8 });
    const module = new WebAssembly.Module(readFileSync(wasmFile));
    const kernel = createKernel({ memory, module });
    expect(kernel.memory).toBe(memory);
    expect(kernel.module).toBe(module);
    const x = kernel.arena.float32(kernel.arena.allocate(8), 2);
    x.set([1, 2]);
    expect(kernel.exports.sum_f32(x.byteOffset, 2)).toBe(3);
  });

  it("gives every kernel a memory of its own", () => {
    expect(createKernel().memory).not.toBe(createKernel().memory);
  });

  it("refuses page counts that make no memory", () => {
    expect(() => createKernel({ initialPages: 0 })).toThrow(
      "createKernel: initialPages: expected a whole number of pages from 1 to 65536, got 0.",
    );
    expect(() => createKernel({ initialPages: 3, maximumPages: 2 })).toThrow(
      "createKernel: maximumPages: expected at least initialPages (3), got 2.",
    );
  });

  it("refuses a module that is not the kernel", () => {
    const empty = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    expect(() => createKernel({ module: empty })).toThrow(
      "createKernel: module: expected the compiled kernel.wasm of this version, got another module.",
    );
  });

  it("refuses a shared memory, saying which argument is wrong", () => {
    const memory = new WebAssembly.Memory({ initial: 4, maximum: 4, shared: true });
    expect(() => createKernel({ memory })).toThrow(
      /^createKernel: memory or module: expected a memory that is not shared .*, got LinkError/,
    );
  });
});

describe("a host that cannot run the kernel", () => {
  it("without WebAssembly is named as such", () => {
    vi.stubGlobal("WebAssembly", undefined);
    expect(isSupported()).toBe(false);
    const error = catchError(() => createKernel());
    expect(error).toBeInstanceOf(KernelUnavailableError);
    expect(error).toMatchObject({
      reason: "no-webassembly",
      message: "createKernel: host: expected WebAssembly, got none.",
    });
  });

  it("without SIMD is named as such", () => {
    vi.stubGlobal("WebAssembly", { ...webAssembly(), validate: () => false });
    expect(isSupported()).toBe(false);
    expect(catchError(() => createKernel())).toMatchObject({
      reason: "no-simd",
      message: "createKernel: host: expected WebAssembly with SIMD, got WebAssembly without it.",
    });
  });

  it("that forbids compiling is named as such, and a compiled module still works", async () => {
    const fresh = await freshPackage();
    const module = new WebAssembly.Module(fresh.kernelBytes());
    const blocked = new WebAssembly.CompileError("blocked by the content security policy");
    const Module = function forbidden() {
      throw blocked;
    };
    vi.stubGlobal("WebAssembly", { ...webAssembly(), Module });
    expect(catchError(() => fresh.createKernel())).toMatchObject({
      name: "KernelUnavailableError",
      reason: "compile-failed",
      message:
        "createKernel: host: expected leave to compile WebAssembly, " +
        "got a refusal (CompileError).",
      cause: blocked,
    });
    expect(fresh.isCompilingAllowed()).toBe(false);
    expect(fresh.createKernel({ module }).exports.heapBase()).toBeGreaterThan(0);
  });

  it("without memory left is named as such", () => {
    const Memory = function exhausted() {
      throw new RangeError("could not allocate memory");
    };
    vi.stubGlobal("WebAssembly", { ...webAssembly(), Memory });
    expect(catchError(() => createKernel())).toMatchObject({
      reason: "no-memory",
      message:
        "createKernel: host: expected a memory of 2 pages, got RangeError: could not allocate memory.",
    });
  });
});

/** Returns the members of the host's WebAssembly, which are not enumerable. */
function webAssembly(): Record<string, unknown> {
  const { Instance, Memory, Module, validate } = WebAssembly;
  return { Instance, Memory, Module, validate };
}

function catchError(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error("expected an error, got none");
}
