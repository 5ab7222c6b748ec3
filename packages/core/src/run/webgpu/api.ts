/** The part of WebGPU that is used, as types of this package: whoever has WebGPU has more than that. */

/** The start of WebGPU: `navigator.gpu`, or what npm's `webgpu` creates. */
export interface GpuHost {
  /** Resolves to a processor; to null where there is none. */
  readonly requestAdapter: (options?: {
    powerPreference?: "high-performance";
  }) => Promise<object | null>;
}

/** A processor. */
export interface GpuAdapter {
  /** The most that its devices can have. */
  readonly limits: GpuLimits;
  /** The features that its devices can have. */
  readonly features?: { readonly has: (name: string) => boolean };
  /** The kind of the adapter, and its name in words. */
  readonly info: { readonly isFallbackAdapter?: boolean; readonly description: string };
  /** Opens the processor with these limits and features. */
  requestDevice(options: {
    requiredLimits: Record<string, number>;
    requiredFeatures?: string[];
  }): Promise<GpuDevice>;
}

/** The most bytes of a binding, and of a buffer. */
export interface GpuLimits {
  /** The most bytes that shaders see of a buffer. */
  readonly maxStorageBufferBindingSize: number;
  /** The most bytes of a buffer. */
  readonly maxBufferSize: number;
}

/** An open processor. */
export interface GpuDevice {
  /** The most that it has. */
  readonly limits: GpuLimits;
  /** The features that it has. */
  readonly features?: { readonly has: (name: string) => boolean };
  /** Takes commands. */
  readonly queue: GpuQueue;
  /** Resolves when the device is gone. */
  readonly lost: Promise<{ readonly message: string; readonly reason: string }>;
  /** Makes a piece of memory. */
  createBuffer(descriptor: { size: number; usage: number }): GpuBuffer;
  /** Makes a list of times that passes write. */
  createQuerySet?(descriptor: { type: "timestamp"; count: number }): object;
  /** Compiles shaders. */
  createShaderModule(descriptor: { code: string }): object;
  /** Says what shaders see of memory. */
  createBindGroupLayout(descriptor: { entries: readonly object[] }): object;
  /** Says it for all groups. */
  createPipelineLayout(descriptor: { bindGroupLayouts: readonly object[] }): object;
  /** Says which memory shaders see. */
  createBindGroup(descriptor: { layout: object; entries: readonly object[] }): object;
  /** Makes a shader ready to run. */
  createComputePipeline(descriptor: {
    layout: object;
    compute: { module: object; entryPoint: string };
  }): object;
  /** Begins commands. */
  createCommandEncoder(): GpuEncoder;
  /** Notes errors of a kind from here on. */
  pushErrorScope(kind: "validation" | "out-of-memory"): void;
  /** Resolves to the first error since the last scope was pushed, and ends it; to null if there was none. */
  popErrorScope(): Promise<{ readonly message: string } | null>;
  /** Listens for commands that were refused. */
  addEventListener(
    type: "uncapturederror",
    listener: (event: { readonly error: { readonly message: string } }) => void,
  ): void;
  /** Gives the device up. */
  destroy(): void;
}

/** The queue of commands. */
export interface GpuQueue {
  /** Has commands run, after all before. */
  submit(commands: readonly object[]): void;
  /** Writes elements, after all commands before. */
  writeBuffer(buffer: GpuBuffer, offset: number, data: ArrayBufferView): void;
}

/** A piece of memory. */
export interface GpuBuffer {
  /** The size of the buffer, in bytes. */
  readonly size: number;
  /** Resolves when it can be read here. */
  mapAsync(mode: number): Promise<unknown>;
  /** Returns its bytes. */
  getMappedRange(): ArrayBuffer;
  /** Hands it back. */
  unmap(): void;
  /** Gives the memory up. */
  destroy(): void;
}

/** Commands that are being written. */
export interface GpuEncoder {
  /** Copies bytes from one buffer to another. */
  copyBufferToBuffer(
    from: GpuBuffer,
    fromOffset: number,
    to: GpuBuffer,
    toOffset: number,
    bytes: number,
  ): void;
  /** Begins dispatches. @param descriptor the writing of times. Default: none. */
  beginComputePass(descriptor?: object): GpuPass;
  /** Copies times into a buffer, 8 bytes each, in nanoseconds. */
  resolveQuerySet?(
    set: object,
    first: number,
    count: number,
    buffer: GpuBuffer,
    offset: number,
  ): void;
  /** Ends the commands. */
  finish(): object;
}

/** Dispatches that are being written. */
export interface GpuPass {
  /** Takes a shader. */
  setPipeline(pipeline: object): void;
  /** Takes the memory that it sees. */
  setBindGroup(index: number, group: object, offsets: readonly number[]): void;
  /** Runs the shader in a grid of workgroups. */
  dispatchWorkgroups(x: number, y: number, z: number): void;
  /** Ends the dispatches. */
  end(): void;
}
