// The recording of a library's WebGPU calls, in the same way for all libraries: methods of its device are replaced by
// methods that count the calls and make them.

import { type Buffer, type Device, type Host, type Pass, replace } from "./device.ts";
import { Touches } from "./touches.ts";

/** The sums of all recorded calls. */
export interface Counts {
  /** The number of dispatches of shaders. */
  readonly dispatches: number;
  /** The number of submissions to the queue. */
  readonly submits: number;
  /** Bytes that the host has written into buffers. */
  readonly uploaded: number;
  /** Bytes that commands have copied from buffer to buffer: as many bytes are read and written. */
  readonly copied: number;
  /** Bytes of the distinct words that each dispatch has read, summed over dispatches. */
  readonly read: number;
  /** Bytes of the distinct words that each dispatch has written, summed over dispatches. */
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

  /** Begins to record a device. Its shaders are changed, and take longer. */
  constructor(device: Device) {
    // `Touches` needs the original methods of the device, so it is made first.
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
/** The default limit of storage buffers of a shader. */
const DEFAULT = 8;

/** Records the devices that a host opens. @returns the recorder of the last one. */
export function recordHost(host: Host): () => Recorder {
  let recorder: Recorder | undefined;
  replace(host, "requestAdapter", async (request, ...given) => {
    const adapter = await request(...given);
    if (adapter === null) return null;
    replace(adapter, "requestDevice", async (open, descriptor = {}) => {
      // The recording needs one more buffer, which the library is not told of.
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
