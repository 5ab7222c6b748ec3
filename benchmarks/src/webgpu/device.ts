// Types of the recorded part of WebGPU. Functions are declared as methods, so that they can be replaced.

export interface Buffer {
  readonly size: number;
  mapAsync(mode: number): Promise<unknown>;
  getMappedRange(): ArrayBuffer;
  destroy(): void;
}

export interface Binding {
  readonly binding: number;
  readonly resource:
    | Buffer
    | { readonly buffer: Buffer; readonly offset?: number; readonly size?: number };
}

export interface Pass {
  setPipeline(pipeline: Pipeline): void;
  setBindGroup(index: number, group: object | null, ...offsets: unknown[]): void;
  dispatchWorkgroups(x: number, y?: number, z?: number): void;
  dispatchWorkgroupsIndirect(buffer: Buffer, offset: number): void;
  end(): void;
}

export interface Pipeline {
  getBindGroupLayout(index: number): object;
}

export interface Encoder {
  beginComputePass(descriptor?: object): Pass;
  copyBufferToBuffer(from: Buffer, ...rest: unknown[]): void;
  clearBuffer(buffer: Buffer): void;
  finish(): object;
}

export interface PipelineDescriptor {
  readonly layout: object | "auto";
  readonly compute: { readonly module: object };
}

export type Limits = Readonly<Record<string, number>>;

export interface Device {
  readonly limits: Limits;
  readonly queue: {
    submit(commands: readonly object[]): void;
    writeBuffer(
      buffer: Buffer,
      offset: number,
      data: ArrayBuffer | ArrayBufferView,
      start?: number,
      size?: number,
    ): void;
  };
  createBuffer(descriptor: { size: number; usage: number; mappedAtCreation?: boolean }): Buffer;
  createShaderModule(descriptor: { code: string }): object;
  createBindGroupLayout(descriptor: { entries: readonly object[] }): object;
  createPipelineLayout(descriptor: { bindGroupLayouts: readonly object[] }): object;
  createBindGroup(descriptor: { layout: object; entries: readonly Binding[] }): object;
  createComputePipeline(descriptor: PipelineDescriptor): Pipeline;
  createComputePipelineAsync(descriptor: PipelineDescriptor): Promise<Pipeline>;
  createCommandEncoder(descriptor?: object): Encoder;
  addEventListener(
    type: "uncapturederror",
    listener: (event: { readonly error: { readonly message: string } }) => void,
  ): void;
}

export interface Adapter {
  readonly limits: Limits;
  readonly info: {
    readonly vendor: string;
    readonly description: string;
    readonly isFallbackAdapter?: boolean;
  };
  requestDevice(descriptor?: { readonly requiredLimits?: Limits }): Promise<Device>;
}

export interface Host {
  requestAdapter(options?: object): Promise<Adapter | null>;
}

/** Replaces a method by a function whose first parameter is the old method. */
export function replace<Owner extends object, Name extends keyof Owner>(
  owner: Owner,
  name: Name,
  next: Owner[Name] extends (...given: infer Given) => infer Result
    ? (old: (...given: Given) => Result, ...given: Given) => Result
    : never,
): void {
  const old = owner[name];
  if (typeof old !== "function") return;
  const bound = old.bind(owner);
  Object.defineProperty(owner, name, {
    value: (...given: unknown[]) => Reflect.apply(next, undefined, [bound, ...given]),
  });
}
