/** Opens the WebGPU of npm's `webgpu`, which stands in a folder of its own. */

import { createRequire } from "node:module";
import { type GpuHost, openWebGpu, type WebGpu, type WebGpuOptions } from "../../src/webgpu.ts";

const require = createRequire(new URL("driver/package.json", import.meta.url));

/** The host that npm's `webgpu` makes. It must not be collected while a device is in use. */
export const host = (require("webgpu") as { create(flags: string[]): GpuHost }).create([]);

/** Opens the driver that the environment names. */
export function openDriver(options: WebGpuOptions = {}): Promise<WebGpu> {
  return openWebGpu({ gpu: host, fallback: true, ...options });
}

/** Returns the error with which a promise is rejected. */
export async function errorOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("it was not rejected");
}
