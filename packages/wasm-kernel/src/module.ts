// Compiled modules. Each is compiled from its embedded bytes at most once per process.

import { KernelUnavailableError } from "./errors.ts";
import { baseByteLength, baseText, unpackerHex } from "./generated/bytes.ts";
import type { KernelGroup } from "./group.ts";
import {
  type CompiledModule,
  findWebAssembly,
  type LinearMemory,
  type MemoryLimits,
  PAGE_BYTES,
  type WebAssemblyInterface,
} from "./webassembly.ts";

/** `(module (func (result v128) i32.const 0 i8x16.splat i8x16.popcnt))`, which needs SIMD. */
const simdProbe = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0],
  ...[253, 15, 253, 98, 11],
);

/**
 * True if the host knows WebAssembly with 128-bit SIMD. It compiles nothing, so a host that
 * forbids compiling (a content security policy without `wasm-unsafe-eval`) still gives true: `createKernel` then throws
 * a KernelUnavailableError.
 *
 * @example
 * isSupported(); // true
 */
export function isSupported(): boolean {
  return findWebAssembly()?.validate(simdProbe) ?? false;
}

/** Returns the host's WebAssembly. @throws KernelUnavailableError when WebAssembly or SIMD is missing */
export function requireWebAssembly(): WebAssemblyInterface {
  const webAssembly = findWebAssembly();
  if (webAssembly === undefined) {
    throw new KernelUnavailableError("no-webassembly", "WebAssembly", "none");
  }
  if (!isSupported()) {
    throw new KernelUnavailableError("no-simd", "WebAssembly with SIMD", "WebAssembly without it");
  }
  return webAssembly;
}

/** The exports of assembly/unpack.ts. */
interface Unpacker {
  firstFree(): number;
  unpack(text: number, out: number, count: number): void;
}

/**
 * Returns the bytes of the embedded kernel, newly unpacked, for a host that compiles them itself. They have no groups,
 * which a kernel loads separately; the asset kernel.wasm has all groups.
 *
 * @throws KernelUnavailableError when the host lacks WebAssembly or SIMD, forbids compiling, or has no memory
 *   left
 *
 * @example
 * const module = new WebAssembly.Module(kernelBytes());
 * createKernel({ module }).module === module; // true
 */
export function kernelBytes(): Uint8Array<ArrayBuffer> {
  return unpacked(baseText, baseByteLength);
}

/** Returns the bytes of a packed text. A small module of WebAssembly unpacks them. */
function unpacked(packed: string, byteLength: number): Uint8Array<ArrayBuffer> {
  const webAssembly = requireWebAssembly();
  const unpacker = compile(webAssembly, decodeHex(unpackerHex));
  // The contexts of the unpacker need less than a page.
  const initial = 1 + Math.ceil((packed.length + byteLength) / PAGE_BYTES);
  const memory = newMemory(webAssembly, { initial });
  // The cast is safe: the module has these exports.
  const { firstFree, unpack } = new webAssembly.Instance(unpacker, { env: { memory } })
    .exports as Unpacker;
  const text = firstFree();
  const out = text + packed.length;
  writeText(packed, new Uint8Array(memory.buffer, text));
  unpack(text, out, byteLength);
  return new Uint8Array(memory.buffer).slice(out, out + byteLength);
}

/** Returns a new memory. @throws KernelUnavailableError when the host has no memory left */
export function newMemory(webAssembly: WebAssemblyInterface, limits: MemoryLimits): LinearMemory {
  try {
    return new webAssembly.Memory(limits);
  } catch (cause) {
    const expected = `a memory of ${limits.initial} pages`;
    throw new KernelUnavailableError("no-memory", expected, String(cause), { cause });
  }
}

let cachedModule: CompiledModule | undefined;

/** Returns the base, compiled from the embedded bytes on the first call. */
export function embeddedModule(): CompiledModule {
  cachedModule ??= compile(requireWebAssembly(), kernelBytes());
  return cachedModule;
}

const groupModules = new WeakMap<KernelGroup, CompiledModule>();

/** Returns a group, compiled from its bytes on the first call. */
export function moduleOfGroup(group: KernelGroup): CompiledModule {
  let module = groupModules.get(group);
  if (module === undefined) {
    module = compile(requireWebAssembly(), bytesOfGroup(group));
    groupModules.set(group, module);
  }
  return module;
}

/** Returns the bytes of a group, newly unpacked. */
export function bytesOfGroup(group: KernelGroup): Uint8Array<ArrayBuffer> {
  return unpacked(group.text, group.byteLength);
}

export function compile(webAssembly: WebAssemblyInterface, bytes: Uint8Array<ArrayBuffer>) {
  try {
    return new webAssembly.Module(bytes);
  } catch (cause) {
    // Only the name of the host's error is quoted: its message is long, and differs between hosts.
    const got = `a refusal (${cause instanceof Error ? cause.name : typeof cause})`;
    throw new KernelUnavailableError("compile-failed", "leave to compile WebAssembly", got, {
      cause,
    });
  }
}

/** `(module)`. */
const emptyModule = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

/**
 * True if the host lets WebAssembly be compiled while a program runs. A content security policy without
 * `wasm-unsafe-eval` does not, nor do Cloudflare's workers; a kernel with a module from the caller works there
 * nevertheless.
 *
 * @example
 * isCompilingAllowed(); // true
 */
export function isCompilingAllowed(): boolean {
  // A host that has compiled the kernel may compile more.
  if (cachedModule !== undefined) return true;
  try {
    const webAssembly = findWebAssembly();
    return webAssembly !== undefined && new webAssembly.Module(emptyModule) !== undefined;
  } catch {
    return false;
  }
}

/** A class that most hosts have. It is not part of the language, so TypeScript's types of the language lack it. */
interface Encoders {
  readonly TextEncoder?: new () => { encodeInto(text: string, bytes: Uint8Array): unknown };
}

/**
 * Writes a text of ASCII characters. Without TextEncoder, a loop writes it, which takes a millisecond before the loop
 * is compiled.
 */
export function writeText(text: string, bytes: Uint8Array): void {
  const { TextEncoder } = globalThis as Encoders;
  if (TextEncoder !== undefined) new TextEncoder().encodeInto(text, bytes);
  else for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
}

function decodeHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: text.length / 2 }, (_, i) =>
    Number.parseInt(text.slice(2 * i, 2 * i + 2), 16),
  );
}
