/** Opens the WebGPU of npm's `webgpu`, which is installed in a separate folder. */

import { createRequire } from "node:module";
import { afterAll } from "vitest";
import type { GpuAdapter, GpuDevice } from "../../src/run/webgpu/api.ts";
import { type GpuHost, openWebGpu, type WebGpu, type WebGpuOptions } from "../../src/webgpu.ts";

const require = createRequire(new URL("driver/package.json", import.meta.url));

/** The WebGPU host that npm's `webgpu` makes. */
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

/** Opens the driver for the tests of a file, after which it is closed. */
export async function openForTests(options: WebGpuOptions = {}): Promise<WebGpu> {
  const gpu = await openDriver(options);
  afterAll(() => gpu.close());
  return gpu;
}

/** Returns the host with a changed device. @param change replaces methods of the device. */
export function hostWith(change: (device: GpuDevice) => void): GpuHost {
  return {
    requestAdapter: async (given) => {
      const adapter = (await host.requestAdapter(given)) as GpuAdapter;
      const request = adapter.requestDevice.bind(adapter);
      adapter.requestDevice = async (limits) => {
        const device = await request(limits);
        change(device);
        return device;
      };
      return adapter;
    },
  };
}

/** Opens the driver for the tests of a file, and counts its dispatches. */
export async function openCounted(
  options: WebGpuOptions,
): Promise<{ readonly gpu: WebGpu; readonly dispatches: () => number }> {
  let count = 0;
  const gpu = hostWith((device) => {
    const create = device.createCommandEncoder.bind(device);
    device.createCommandEncoder = () => {
      const encoder = create();
      const begin = encoder.beginComputePass.bind(encoder);
      encoder.beginComputePass = (descriptor) => {
        const pass = begin(descriptor);
        const dispatch = pass.dispatchWorkgroups.bind(pass);
        pass.dispatchWorkgroups = (...groups) => {
          count++;
          dispatch(...groups);
        };
        return pass;
      };
      return encoder;
    };
  });
  return { gpu: await openForTests({ gpu, ...options }), dispatches: () => count };
}
