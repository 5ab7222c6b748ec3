/** The part of WebGPU that is used, as types of this package: whoever has WebGPU has more than that. */

/** The start of WebGPU: `navigator.gpu`, or what npm's `webgpu` creates. */
export interface GpuHost {
  requestAdapter(options?: { powerPreference?: "high-performance" }): Promise<GpuAdapter | null>;
}

/** A processor. */
export interface GpuAdapter {
  readonly limits: GpuLimits;
  readonly info: { readonly isFallbackAdapter?: boolean; readonly description: string };
  requestDevice(options: { requiredLimits: Record<string, number> }): Promise<GpuDevice>;
}

/** The most bytes of a binding, and of a buffer. */
export interface GpuLimits {
  readonly maxStorageBufferBindingSize: number;
  readonly maxBufferSize: number;
}

/** An open processor. */
export interface GpuDevice {
  readonly limits: GpuLimits;
  readonly queue: GpuQueue;
  readonly lost: Promise<{ readonly message: string; readonly reason: string }>;
  createBuffer(descriptor: { size: number; usage: number }): GpuBuffer;
  createShaderModule(descriptor: { code: string }): object;
  createBindGroupLayout(descriptor: { entries: readonly object[] }): object;
  createPipelineLayout(descriptor: { bindGroupLayouts: readonly object[] }): object;
  createBindGroup(descriptor: { layout: object; entries: readonly object[] }): object;
  createComputePipeline(descriptor: {
    layout: object;
    compute: { module: object; entryPoint: string };
  }): object;
  createCommandEncoder(): GpuEncoder;
  addEventListener(
    type: "uncapturederror",
    listener: (event: { readonly error: { readonly message: string } }) => void,
  ): void;
  destroy(): void;
}

/** The queue of commands. */
export interface GpuQueue {
  submit(commands: readonly object[]): void;
  writeBuffer(buffer: GpuBuffer, offset: number, data: ArrayBufferView): void;
}

/** A piece of memory. */
export interface GpuBuffer {
  readonly size: number;
  mapAsync(mode: number): Promise<unknown>;
  getMappedRange(): ArrayBuffer;
  unmap(): void;
  destroy(): void;
}

/** Commands that are being written. */
export interface GpuEncoder {
  copyBufferToBuffer(
    from: GpuBuffer,
    fromOffset: number,
    to: GpuBuffer,
    toOffset: number,
    bytes: number,
  ): void;
  beginComputePass(): GpuPass;
  finish(): object;
}

/** Dispatches that are being written. */
export interface GpuPass {
  setPipeline(pipeline: object): void;
  setBindGroup(index: number, group: object, offsets: readonly number[]): void;
  dispatchWorkgroups(x: number, y: number, z: number): void;
  end(): void;
}
