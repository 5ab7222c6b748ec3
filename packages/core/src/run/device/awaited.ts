/**
 * Devices whose memory the host cannot read directly, and which execute requests later: `await tensor.read()` fetches
 * elements, and reading them earlier is an error.
 *
 * Elements that a run would overwrite are copied on the device first (`Deferred`). An error of a run is known when the
 * run has ended: its `Verdict` throws it where a result is read.
 */

import { ArgumentError } from "../../errors.ts";
import type { TypedArray } from "../../tensor/dtype.ts";
import { disposedError } from "../../tensor/tensor.ts";
import { BufferStorage, DeviceBuffer } from "./bufferStorage.ts";

/** A copy of elements on a device, which no run changes. */
export interface Deferred {
  /** Fetches the elements. */
  fetch(): Promise<TypedArray>;
  /** Returns the error for elements whose device is gone; undefined while they can be fetched. Default: always. */
  gone?(): Error | undefined;
  /** Releases the memory of the copy, which is not requested again. */
  free?(): void;
}

/** The completion status of the run that computed some elements. */
export interface CompletionStatus {
  /**
   * Throws the error of the run that computed the elements, if it had one. It is called when they have been fetched.
   */
  check(): void | Promise<void>;
}

/** Elements that have to be awaited. */
export class AwaitedStorage extends BufferStorage {
  #deferred: Deferred | undefined;
  #fetched: Promise<void> | undefined;
  /** The completion status of the run that computed them. */
  readonly status: CompletionStatus | undefined;

  /** For one tensor: the elements that are in a buffer now, or a copy of elements elsewhere. */
  constructor(elements: AwaitedBuffer | Deferred, status: CompletionStatus | undefined) {
    super(elements instanceof AwaitedBuffer ? elements : undefined);
    if (!(elements instanceof AwaitedBuffer)) this.#deferred = elements;
    this.status = status;
  }

  /** The buffer of the elements on the device; undefined once they are only in an array. */
  get source(): AwaitedBuffer | Deferred | undefined {
    return this.#deferred ?? (this.buffer as AwaitedBuffer | undefined);
  }

  protected override missing(): Error {
    const { source } = this;
    return source ? (source.gone?.() ?? elsewhereError()) : super.missing();
  }

  override absence(): string | undefined {
    const { source } = this;
    if (this.array || source === undefined) return undefined;
    return source.gone?.() ? "lost" : "not read";
  }

  override fetch(): Promise<void> | undefined {
    if (this.array) return undefined;
    this.#fetched ??= this.#bring().catch((error) => {
      // An error that was reported is not reported again for elements that are still there.
      this.#fetched = undefined;
      throw error;
    });
    return this.#fetched;
  }

  async #bring(): Promise<void> {
    // The copy is requested at once, before a later run overwrites the buffer.
    const deferred = this.#deferred ?? (this.buffer as AwaitedBuffer | undefined)?.copied();
    if (deferred === undefined) throw disposedError();
    const array = await deferred.fetch();
    await this.status?.check();
    this.array = array;
    // The host has the elements, so the device keeps no copy.
    for (const copy of new Set([deferred, this.#deferred])) copy?.free?.();
    this.#deferred = undefined;
  }

  protected override keep(buffer: AwaitedBuffer): void {
    this.#deferred = buffer.copied();
  }

  protected override giveUp(): void {
    super.giveUp();
    this.#deferred = undefined;
  }
}

/** Returns the error for elements that are read before they were fetched. */
export function elsewhereError(): ArgumentError {
  const expected = "a tensor whose elements are here";
  const got = "one whose elements stand in the memory of a backend";
  const hint = "Write await x.read() before x is looked at";
  return new ArgumentError("tensor", "", expected, got, hint);
}

/** A buffer in memory that the host cannot read directly. */
export abstract class AwaitedBuffer extends DeviceBuffer {
  /** Returns a copy of the elements as they are when all earlier requests are done. */
  abstract copied(): Deferred;
  /** Returns the error for elements whose device is gone; undefined while they can be fetched. Default: always. */
  gone?(): Error | undefined;
  override view(): undefined {}
}
