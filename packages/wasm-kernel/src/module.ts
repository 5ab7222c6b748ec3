// The compiled module: from the embedded bytes, at most once per process.

import { KernelUnavailableError } from "./errors.ts";
import { kernelHex } from "./generated/bytes.ts";
import { type CompiledModule, findWebAssembly, type WebAssemblyInterface } from "./webassembly.ts";

/** `(module (func (result v128) i32.const 0 i8x16.splat i8x16.popcnt))`, which needs SIMD. */
const simdProbe = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0],
  ...[253, 15, 253, 98, 11],
);

/**
 * Whether the host knows WebAssembly with 128-bit SIMD. It compiles nothing, so a host that
 * forbids compiling (a content security policy without `wasm-unsafe-eval`) still answers true:
 * `createKernel` then throws a KernelUnavailableError.
 *
 * @example
 * isSupported(); // true
 */
export function isSupported(): boolean {
  return findWebAssembly()?.validate(simdProbe) ?? false;
}

/** The host's WebAssembly, or the error that says what is missing. */
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

/**
 * The bytes of kernel.wasm, freshly decoded: for a host that wants to compile them itself.
 *
 * @example
 * const module = new WebAssembly.Module(kernelBytes());
 * createKernel({ module }).module === module; // true
 */
export function kernelBytes(): Uint8Array<ArrayBuffer> {
  return decodeHex(kernelHex);
}

let cachedModule: CompiledModule | undefined;

/** The kernel, compiled from the embedded bytes on the first call. */
export function embeddedModule(): CompiledModule {
  if (cachedModule !== undefined) return cachedModule;
  const webAssembly = requireWebAssembly();
  try {
    cachedModule = new webAssembly.Module(kernelBytes());
  } catch (cause) {
    // What the host says is long, and every host says it in its own words.
    const got = `a refusal (${cause instanceof Error ? cause.name : typeof cause})`;
    throw new KernelUnavailableError("compile-failed", "leave to compile WebAssembly", got, {
      cause,
    });
  }
  return cachedModule;
}

/** `(module)`. */
const emptyModule = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

/**
 * Whether the host lets WebAssembly be compiled while a program runs. A content security policy without
 * `wasm-unsafe-eval` does not, nor do Cloudflare's workers; a kernel of a module that was handed in
 * works there none the less.
 *
 * @example
 * isCompilingAllowed(); // true
 */
export function isCompilingAllowed(): boolean {
  // What has compiled the kernel may compile more.
  if (cachedModule !== undefined) return true;
  try {
    const webAssembly = findWebAssembly();
    return webAssembly !== undefined && new webAssembly.Module(emptyModule) !== undefined;
  } catch {
    return false;
  }
}

/** What hosts have for decoding; not part of the language, so its types do not know them. */
interface Decoders {
  readonly Buffer?: { from(text: string, encoding: "hex"): ArrayLike<number> };
  readonly Uint8Array: { readonly fromHex?: (text: string) => Uint8Array<ArrayBuffer> };
}

/** Decodes with what the host has: the loop by hand takes milliseconds before it is compiled. */
function decodeHex(text: string): Uint8Array<ArrayBuffer> {
  const { Buffer, Uint8Array: bytes } = globalThis as Decoders;
  if (bytes.fromHex !== undefined) return bytes.fromHex(text);
  return Buffer === undefined ? decodeByHand(text) : new Uint8Array(Buffer.from(text, "hex"));
}

/** For hosts that have neither. */
export function decodeByHand(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length / 2);
  for (let place = 0; place < bytes.length; place++) {
    bytes[place] = (digit(text, 2 * place) << 4) | digit(text, 2 * place + 1);
  }
  return bytes;
}

/** The four bits of one digit. */
function digit(text: string, index: number): number {
  const code = text.charCodeAt(index);
  return code >= 97 ? code - 87 : code - 48; // a–f, 0–9
}
