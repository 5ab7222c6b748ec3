/** Results that the host computes from outputs of the GPU, when they are read. */

import type { TensorType } from "../../graph/types.ts";
import type { TypedArray } from "../../tensor/dtype.ts";
import { DeviceStorage, findStorage, readArray, Tensor } from "../../tensor/tensor.ts";
import { elsewhereError } from "../device/awaited.ts";

/** The computation of the host after a run, made once for all of its results. */
export class Finish {
  #waited: readonly Tensor[];
  #compute: (() => readonly (Tensor | undefined)[]) | undefined;
  #values: readonly (Tensor | undefined)[] = [];

  /**
   * @param waited the tensors from which the results follow.
   * @param compute returns the results by their ids, when their elements were fetched.
   */
  constructor(waited: readonly Tensor[], compute: () => readonly (Tensor | undefined)[]) {
    this.#waited = waited;
    this.#compute = compute;
  }

  /** Fetches the elements from which the results follow. */
  async fetch(): Promise<void> {
    await Promise.all(this.#waited.map((tensor) => tensor.read()));
  }

  /** True if the elements were fetched. */
  get isHere(): boolean {
    return this.#waited.every((tensor) => absenceOf(tensor) === undefined);
  }

  /** Returns the elements of a result. @throws ArgumentError where they have to be awaited. */
  valueAt(id: number): TypedArray {
    if (this.#compute !== undefined) {
      if (!this.isHere) throw elsewhereError();
      this.#values = this.#compute();
      this.#compute = undefined;
      this.#waited = [];
    }
    return readArray(this.#values[id] as Tensor, "read");
  }
}

function absenceOf(tensor: Tensor): string | undefined {
  const storage = findStorage(tensor, "read");
  return storage instanceof DeviceStorage ? storage.absence?.() : undefined;
}

/** The elements of a result. */
class FinishedStorage extends DeviceStorage {
  readonly #finish: Finish;
  readonly #id: number;

  constructor(finish: Finish, id: number) {
    super();
    this.#finish = finish;
    this.#id = id;
  }

  override read(): TypedArray {
    return this.#finish.valueAt(this.#id);
  }

  override copy(): TypedArray {
    return this.read().slice();
  }

  override copyTo(target: TypedArray): void {
    target.set(this.read());
  }

  override release(): void {}

  override fetch(): Promise<void> {
    return this.#finish.fetch();
  }

  override absence(): string | undefined {
    return this.#finish.isHere ? undefined : "not read";
  }
}

/** Returns a result of a run, by its id. */
export function finishedTensor(
  { shape, dtype, weak }: TensorType,
  id: number,
  finish: Finish,
): Tensor {
  return new Tensor(shape, dtype, weak, new FinishedStorage(finish, id));
}
