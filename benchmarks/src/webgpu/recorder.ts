// The recording of what a library asks of WebGPU, from outside and for all libraries alike: methods of its device are
// replaced by ones that count, and do the same.

import { type Buffer, type Device, type Host, type Pass, replace } from "./device.ts";
import { Touches } from "./touches.ts";

/** The sums of what has been asked for so far. */
export interface Counts {
  /** Starts of a shader. */
  readonly dispatches: number;
  /** Calls that hand commands to the queue. */
  readonly submits: number;
  /** Bytes that the host has written into buffers. */
  readonly uploaded: number;
  /** Bytes that commands have copied from buffer to buffer: what is read, and as much that is written. */
  readonly copied: number;
  /** Bytes of different words that dispatches have read, each dispatch for itself. */
  readonly read: number;
  /** Bytes of different words that they have written. */
  readonly written: number;
}

/** Returns the bytes that a call of `writeBuffer` writes; `start` and `size` are elements of an array. */
function bytesOf(
  data: ArrayBuffer | ArrayBufferView,
  start = 0,
  size = data.byteLength / unitOf(data) - start,
): number {
  return size * unitOf(data);
}

const unitOf = (data: ArrayBuffer | ArrayBufferView) =>
  "BYTES_PER_ELEMENT" in data ? Number(data.BYTES_PER_ELEMENT) : 1;

export class Recorder {
  #dispatches = 0;
  #submits = 0;
  #uploaded = 0;
  #copied = 0;
  readonly #touches: Touches;
  #refused: string | undefined;

  /** Has a device recorded. Its shaders are changed and take longer. */
  constructor(device: Device) {
    // Touches take the methods of the device as they are, so they come first.
    this.#touches = new Touches(device);
    device.addEventListener("uncapturederror", ({ error }) => {
      this.#refused ??= error.message;
    });
    const { queue } = device;
    replace(queue, "submit", (submit, commands) => {
      this.#submits++;
      submit(commands);
    });
    replace(queue, "writeBuffer", (write, ...given) => {
      this.#uploaded += bytesOf(...(given.slice(2) as [ArrayBuffer]));
      write(...given);
    });
    replace(device, "createBuffer", (create, descriptor) => {
      if (descriptor.mappedAtCreation) this.#uploaded += descriptor.size;
      return create(descriptor);
    });
    replace(device, "createCommandEncoder", (create, ...given) => {
      const encoder = create(...given);
      replace(encoder, "copyBufferToBuffer", (copy, from, ...rest) => {
        this.#copied += 2 * copiedBytes(from, rest);
        copy(from, ...rest);
      });
      replace(encoder, "beginComputePass", (begin, ...more) => this.#recordPass(begin(...more)));
      return encoder;
    });
  }

  #recordPass(pass: Pass): Pass {
    const seen = this.#touches.ofPass(pass);
    const dispatch = (go: () => void) => {
      this.#dispatches++;
      seen.before();
      go();
      seen.after();
    };
    replace(pass, "dispatchWorkgroups", (go, ...grid) => dispatch(() => go(...grid)));
    replace(pass, "dispatchWorkgroupsIndirect", (go, ...given) => dispatch(() => go(...given)));
    return pass;
  }

  /** Returns the counts so far. @throws Error if a command was refused. */
  async counts(): Promise<Counts> {
    const { read, written } = await this.#touches.bytes();
    if (this.#refused !== undefined) throw new Error(`WebGPU refuses: ${this.#refused}`);
    return {
      dispatches: this.#dispatches,
      submits: this.#submits,
      uploaded: this.#uploaded,
      copied: this.#copied,
      read,
      written,
    };
  }
}

/** Returns the bytes of `copyBufferToBuffer(from, fromOffset, to, toOffset, size)`, or of `(from, to, size)`. */
function copiedBytes({ size }: Buffer, rest: readonly unknown[]): number {
  const given = typeof rest[0] === "number" ? rest[3] : rest[1];
  return typeof given === "number" ? given : size;
}

const BUFFERS = "maxStorageBuffersPerShaderStage";
/** The storage buffers of a shader, where a device is not asked for more. */
const DEFAULT = 8;

/** Has the devices that a host opens recorded. @returns the recorder of the last one. */
export function recordHost(host: Host): () => Recorder {
  let recorder: Recorder | undefined;
  replace(host, "requestAdapter", async (request, ...given) => {
    const adapter = await request(...given);
    if (adapter === null) return null;
    replace(adapter, "requestDevice", async (open, descriptor = {}) => {
      // The words that shaders touch need a buffer more than the library is told of.
      const { [BUFFERS]: most = DEFAULT } = adapter.limits;
      const { [BUFFERS]: wanted = DEFAULT } = descriptor.requiredLimits ?? {};
      const requiredLimits = { ...descriptor.requiredLimits, [BUFFERS]: most };
      const device = await open({ ...descriptor, requiredLimits });
      const told = Math.min(wanted, most - 1);
      const limits = new Proxy(device.limits, {
        get: (all, name) => (name === BUFFERS ? told : Reflect.get(all, name)),
      });
      Object.defineProperty(device, "limits", { value: limits });
      recorder = new Recorder(device);
      return device;
    });
    return adapter;
  });
  return () => {
    if (recorder === undefined) throw new Error("no device was opened");
    return recorder;
  };
}
