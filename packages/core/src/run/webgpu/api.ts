/** The part of WebGPU that is used, as types of this package; real WebGPU has more. */

/** The start of WebGPU: `navigator.gpu`, or the object that npm's `webgpu` creates. */
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
  /** Creates a buffer. */
  createBuffer(descriptor: { size: number; usage: number }): GpuBuffer;
  /** Creates a list of timestamps, which passes write. */
  createQuerySet?(descriptor: { type: "timestamp"; count: number }): object;
  /** Compiles shaders. */
  createShaderModule(descriptor: { code: string }): object;
  /** Declares the buffers that shaders see. */
  createBindGroupLayout(descriptor: { entries: readonly object[] }): object;
  /** Declares the layouts of all bind groups. */
  createPipelineLayout(descriptor: { bindGroupLayouts: readonly object[] }): object;
  /** Binds buffers for shaders. */
  createBindGroup(descriptor: { layout: object; entries: readonly object[] }): object;
  /** Creates the pipeline of a shader. */
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
  /** Destroys the device. */
  destroy(): void;
}

/** The queue of commands. */
export interface GpuQueue {
  /** Submits commands, which run after all earlier ones. */
  submit(commands: readonly object[]): void;
  /** Writes elements, after all commands before. */
  writeBuffer(buffer: GpuBuffer, offset: number, data: ArrayBufferView): void;
}

/** A buffer. */
export interface GpuBuffer {
  /** The size of the buffer, in bytes. */
  readonly size: number;
  /** Resolves when the host can read it. */
  mapAsync(mode: number): Promise<unknown>;
  /** Returns its bytes. */
  getMappedRange(): ArrayBuffer;
  /** Hands it back. */
  unmap(): void;
  /** Frees the memory. */
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
  /** Sets the bind group of the next dispatches. */
  setBindGroup(index: number, group: object, offsets: readonly number[]): void;
  /** Runs the shader in a grid of workgroups. */
  dispatchWorkgroups(x: number, y: number, z: number): void;
  /** Ends the dispatches. */
  end(): void;
}
