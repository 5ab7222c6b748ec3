/** The times of dispatches, which a device with timestamp queries writes. */

import type { GpuBuffer, GpuDevice, GpuEncoder } from "./api.ts";

/** The feature of a device that has them. */
export const TIMES = "timestamp-query";

/** The most dispatches of a list of times: each writes two, and a list has 4096. */
const MOST = 2048;
const USAGE = { mapRead: 1, copyFrom: 4, copyTo: 8, queryResolve: 0x200 } as const;
const BYTES = 8;
const NANOSECONDS = 1e6;

/** A clock for the dispatches of a program. */
export class Timer {
  readonly #sets: readonly object[];
  readonly #count: number;
  readonly #resolved: GpuBuffer;
  readonly #here: GpuBuffer;

  constructor(device: GpuDevice, count: number) {
    this.#count = count;
    const size = 2 * BYTES * count;
    this.#sets = Array.from({ length: Math.ceil(count / MOST) }, () => {
      const set = device.createQuerySet?.({ type: "timestamp", count: 2 * MOST });
      if (set === undefined) throw new Error("the device has timestamp queries");
      return set;
    });
    this.#resolved = device.createBuffer({ size, usage: USAGE.queryResolve | USAGE.copyFrom });
    this.#here = device.createBuffer({ size, usage: USAGE.mapRead | USAGE.copyTo });
  }

  /** Returns the descriptor of a pass that has one dispatch. */
  passOf(dispatch: number): object {
    const first = 2 * (dispatch % MOST);
    return {
      timestampWrites: {
        querySet: this.#sets[Math.floor(dispatch / MOST)],
        beginningOfPassWriteIndex: first,
        endOfPassWriteIndex: first + 1,
      },
    };
  }

  /** Copies the times after all passes of a run. */
  copy(commands: GpuEncoder): void {
    this.#sets.forEach((set, i) => {
      const count = 2 * Math.min(MOST, this.#count - i * MOST);
      commands.resolveQuerySet?.(set, 0, count, this.#resolved, 2 * BYTES * MOST * i);
    });
    const { size } = this.#here;
    commands.copyBufferToBuffer(this.#resolved, 0, this.#here, 0, size);
  }

  /** Returns the milliseconds of each dispatch, once the commands have been submitted. */
  async read(): Promise<readonly number[]> {
    await this.#here.mapAsync(USAGE.mapRead);
    const times = new BigUint64Array(this.#here.getMappedRange().slice(0));
    this.#here.unmap();
    return Array.from({ length: this.#count }, (_, i) => {
      const [begin = 0n, end = 0n] = times.subarray(2 * i, 2 * i + 2);
      // Some drivers leave times out.
      return end > begin ? Number(end - begin) / NANOSECONDS : 0;
    });
  }

  /** Frees the buffers. */
  close(): void {
    this.#resolved.destroy();
    this.#here.destroy();
  }
}
