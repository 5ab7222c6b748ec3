/**
 * The history of a training: what each epoch has brought, as data and as tensors that are saved.
 */

import { tensor } from "../tensor/create.ts";
import { readArray, scalar, type Tensor } from "../tensor/tensor.ts";

/** Numbers by name: the loss, what the loss has returned beside it, and metrics. */
export type EpochValues = Readonly<Record<string, number>>;

/** What an epoch has brought. */
export interface EpochRow {
  /** Counts from 0. */
  readonly epoch: number;
  readonly steps: number;
  /** The rate of the next step. */
  readonly learningRate: number;
  readonly training: EpochValues;
  /** Where there is a validation. */
  readonly validation?: EpochValues;
}

/** Means over batches of different lengths. */
export class Averages {
  readonly #sums = new Map<string, number>();
  #weight = 0;

  /** Those of saved sums. */
  static of(tensors: Readonly<Record<string, Tensor>>): Averages {
    const averages = new Averages();
    for (const [name, value] of Object.entries(tensors)) {
      if (name === WEIGHT) averages.#weight = value.item();
      else averages.#sums.set(name, value.item());
    }
    return averages;
  }

  /** Adds the mean of a batch. The loss is the first of each. */
  add(name: string, value: number, weight: number): void {
    if (name === "loss") this.#weight += weight;
    this.#sums.set(name, (this.#sums.get(name) ?? 0) + value * weight);
  }

  means(): EpochValues {
    return Object.fromEntries([...this.#sums].map(([name, sum]) => [name, sum / this.#weight]));
  }

  tensors(): Record<string, Tensor> {
    const sums = [...this.#sums].map(([name, sum]) => [name, scalar(sum, "float64")]);
    return { ...Object.fromEntries(sums), [WEIGHT]: scalar(this.#weight, "float64") };
  }
}

/** No value has an empty name. */
const WEIGHT = "*";

/** The rows of a training. */
export class History implements Iterable<EpochRow> {
  readonly #rows: EpochRow[] = [];

  get rows(): readonly EpochRow[] {
    return this.#rows;
  }

  /** The number of epochs. */
  get length(): number {
    return this.#rows.length;
  }

  [Symbol.iterator](): Iterator<EpochRow> {
    return this.#rows.values();
  }

  toJSON(): readonly EpochRow[] {
    return this.#rows;
  }

  /** @internal */
  push(row: EpochRow): void {
    this.#rows.push(row);
  }

  /** The history as tensors. @internal */
  tensors(): Record<string, unknown> {
    return {
      steps: column(this.#rows.map((row) => row.steps)),
      learningRate: column(this.#rows.map((row) => row.learningRate)),
      training: columnsOf(this.#rows.map((row) => row.training)),
      validation: columnsOf(this.#rows.map((row) => row.validation ?? {})),
    };
  }

  /** Takes the rows of saved tensors, by their names. @internal */
  restore(saved: Readonly<Record<string, Tensor>>): void {
    const read = (name: string): number[] => {
      const values = saved[name];
      return values === undefined ? [] : Array.from(readArray(values, "fit"), Number);
    };
    const named = (start: string, epoch: number): EpochValues => {
      const own = Object.keys(saved).filter((name) => name.startsWith(start));
      const values = own.map((name) => [name.slice(start.length), read(name)[epoch] ?? Number.NaN]);
      return Object.fromEntries(values);
    };
    const rates = read("learningRate");
    const rows = read("steps").map((steps, epoch): EpochRow => {
      const validation = named("validation.", epoch);
      return {
        epoch,
        steps,
        learningRate: rates[epoch] ?? Number.NaN,
        training: named("training.", epoch),
        ...(Object.keys(validation).length > 0 && { validation }),
      };
    });
    this.#rows.splice(0, this.length, ...rows);
  }
}

function column(values: readonly number[]): Tensor {
  return tensor(values, { dtype: "float64" });
}

/** A column for each name. */
function columnsOf(rows: readonly EpochValues[]): Record<string, Tensor> {
  const names = Object.keys(rows[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, column(rows.map((row) => row[name] ?? Number.NaN))]),
  );
}
