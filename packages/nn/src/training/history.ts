/**
 * The history of a training: the values of each epoch, as data and as tensors that are saved.
 */

import { type Tensor, tensor, type WideSvgOptions } from "@graddiff/core";
import { refuseSurplus } from "@graddiff/core/extend";
import { scalar } from "../basics.ts";
import { drawCurves } from "../inside.ts";

/** Numbers by name: the loss, the further scalars that the loss returned, and metrics. */
export interface EpochValues {
  /** The mean loss of the batches. */
  readonly loss: number;
  readonly [name: string]: number;
}

/** The values of an epoch. */
export interface EpochRow {
  /** Counts from 0. */
  readonly epoch: number;
  /** The number of steps of this epoch. */
  readonly steps: number;
  /** The rate of the next step; with several optimizers, the rate of the first. */
  readonly learningRate: number;
  /** The learning rates of several optimizers, by name. */
  readonly learningRates?: Readonly<Record<string, number>>;
  /** The means that the steps of the epoch measured. */
  readonly training: EpochValues;
  /** The means of the validation, where there is one. */
  readonly validation?: EpochValues;
}

/** The progress after a step. */
export interface FitProgress {
  /** Counts from 0. */
  readonly epoch: number;
  /** The number of epochs that the run takes. */
  readonly epochs: number;
  /** The steps of the epoch so far. */
  readonly step: number;
  /** The steps of an epoch; undefined if the data have no known length. */
  readonly steps: number | undefined;
  /** The means of the epoch so far. */
  readonly training: EpochValues;
  /** The row of the history, if the epoch ended with this step. */
  readonly row: EpochRow | undefined;
  /** The reason why the run ends with this step; undefined if it continues. */
  readonly ended: "epochs" | "patience" | undefined;
}

/** Means over batches of different lengths. */
export class Averages {
  readonly #sums = new Map<string, number>();
  #weight = 0;

  /** Returns the averages of saved sums. */
  static of(tensors: Readonly<Record<string, Tensor>>): Averages {
    const averages = new Averages();
    for (const [name, value] of Object.entries(tensors)) {
      if (name === WEIGHT) averages.#weight = value.item();
      else averages.#sums.set(name, value.item());
    }
    return averages;
  }

  /** Adds the mean of a batch. The loss of a batch is added first. */
  add(name: string, value: number, weight: number): void {
    if (name === "loss") this.#weight += weight;
    this.#sums.set(name, (this.#sums.get(name) ?? 0) + value * weight);
  }

  means(): EpochValues {
    return valuesOf([...this.#sums].map(([name, sum]) => [name, sum / this.#weight]));
  }

  tensors(): Record<string, Tensor> {
    const sums = [...this.#sums].map(([name, sum]) => [name, scalar(sum, "float64")]);
    return { ...Object.fromEntries(sums), [WEIGHT]: scalar(this.#weight, "float64") };
  }
}

/** Returns values by name. The loss is NaN if it is not among them. */
export function valuesOf(entries: readonly (readonly [string, number])[]): EpochValues {
  return { loss: Number.NaN, ...Object.fromEntries(entries) };
}

/** Returns the row of the lesser loss; of equal ones, the first. */
function lesser(best: EpochRow | undefined, row: EpochRow): EpochRow | undefined {
  const lossOf = ({ validation, training }: EpochRow) => (validation ?? training).loss;
  return best !== undefined && lossOf(row) < lossOf(best) ? row : best;
}

/** The name of the weights, which no value can have. */
const WEIGHT = "*";

/** The rows of a training. */
export class History implements Iterable<EpochRow> {
  readonly #rows: EpochRow[] = [];
  readonly #ranksByLoss: boolean;
  #best: number | undefined;

  /** @internal @param ranksByLoss whether the epoch of the least loss is the best. Default: {@link setBest} says which is. */
  constructor(ranksByLoss = false) {
    this.#ranksByLoss = ranksByLoss;
  }

  /** A row for each epoch, in order. */
  get rows(): readonly EpochRow[] {
    return this.#rows;
  }

  /**
   * The row of the best epoch: by `earlyStopping`, which restores its weights at the end. Without that option, the row
   * of the least loss, of the validation if there is one; the model then keeps the weights of the last epoch. Undefined
   * before the first epoch.
   */
  get best(): EpochRow | undefined {
    if (this.#ranksByLoss) return this.#rows.reduce(lesser, this.#rows[0]);
    return this.#best === undefined ? undefined : this.#rows[this.#best];
  }

  /** Says which epoch is the best. @internal */
  setBest(epoch: number): void {
    this.#best = epoch;
  }

  /** The number of epochs. */
  get length(): number {
    return this.#rows.length;
  }

  [Symbol.iterator](): Iterator<EpochRow> {
    return this.#rows.values();
  }

  /**
   * Returns a picture of the training as SVG: the loss, each metric and the learning rate by epoch, with the values of
   * the last epoch beside the curves. Epochs count from 1 in it. It has no style sheet, so pages with a strict policy
   * show it as well.
   *
   * @param options `title`: what screen readers announce, by default "Training"; `theme`: "light", the default, or
   *   "dark"; `width`, by default 720, in the units of texts that are 13 high, at least 260.
   * @throws ArgumentError for other options.
   * @example
   * ```ts
   * import { tensor } from "@graddiff/core";
   * import { batches, Dense, fit, meanSquaredError, SGD } from "@graddiff/nn";
   *
   * const model = new Dense(1, 1, { seed: 1 });
   * const history = await fit(model, {
   *   data: batches({ x: tensor([[1], [2]]), y: tensor([[3], [5]]) }, { size: 2 }),
   *   loss: (net, { x, y }) => meanSquaredError(net.forward(x), y),
   *   optimizer: new SGD(model, { learningRate: 0.1 }),
   *   epochs: 5,
   * }).run();
   * console.log(history.svg({ theme: "dark" }).startsWith("<svg")); // true
   * ```
   */
  svg(options?: WideSvgOptions): string {
    refuseSurplus("svg", 1, arguments);
    return drawCurves(panelsOf(this.#rows), { step: "epoch", heading: "Training" }, options);
  }

  /** Returns the rows, so that `JSON.stringify` writes them. */
  toJSON(): readonly EpochRow[] {
    return this.#rows;
  }

  /** @internal */
  push(row: EpochRow): void {
    this.#rows.push(row);
  }

  /** Returns the history as tensors. @internal */
  tensors(): Record<string, unknown> {
    return {
      steps: column(this.#rows.map((row) => row.steps)),
      learningRate: column(this.#rows.map((row) => row.learningRate)),
      learningRates: columnsOf(this.#rows.map((row) => row.learningRates ?? {})),
      training: columnsOf(this.#rows.map((row) => row.training)),
      validation: columnsOf(this.#rows.map((row) => row.validation ?? {})),
    };
  }

  /** Restores the rows from saved tensors, by their names. @internal */
  restore(saved: Readonly<Record<string, Tensor>>): void {
    const columns = new Map(
      Object.entries(saved).map(([name, values]) => [name, values.data()] as const),
    );
    const valueAt = (name: string, epoch: number) => columns.get(name)?.[epoch] ?? Number.NaN;
    const entriesAt = (start: string) => {
      const names = [...columns.keys()].filter((name) => name.startsWith(start));
      return (epoch: number) =>
        names.map((name) => [name.slice(start.length), valueAt(name, epoch)] as const);
    };
    const [training, validation] = [entriesAt("training."), entriesAt("validation.")];
    const rates = entriesAt("learningRates.");
    const hasValidation = columns.has("validation.loss");
    const hasRates = rates(0).length > 0;
    const rows = Array.from(
      columns.get("steps") ?? [],
      (steps, epoch): EpochRow => ({
        epoch,
        steps,
        learningRate: valueAt("learningRate", epoch),
        ...(hasRates && { learningRates: Object.fromEntries(rates(epoch)) }),
        training: valuesOf(training(epoch)),
        ...(hasValidation && { validation: valuesOf(validation(epoch)) }),
      }),
    );
    this.#rows.splice(0, this.length, ...rows);
  }
}

type Panel = Parameters<typeof drawCurves>[0][number];
type Curve = Panel["curves"][number];

/** The values of a row that curves draw. */
export type Drawn = Pick<EpochRow, "validation" | "learningRates"> &
  Partial<Pick<EpochRow, "training" | "learningRate">>;

/** Returns the curves of rows: the loss, each metric and the learning rates. */
export function panelsOf(rows: readonly Drawn[]): Panel[] {
  const names = new Set(["loss"]);
  for (const { training, validation } of rows) {
    for (const own of Object.keys({ ...training, ...validation })) names.add(own);
  }
  const curve = (
    name: string,
    color: Curve["color"],
    read: (row: Drawn) => number | undefined,
  ): Curve[] => {
    const values = rows.map((row) => read(row) ?? Number.NaN);
    return values.some((value) => !Number.isNaN(value)) ? [{ name, color, values }] : [];
  };
  const panels = [...names].map((title) => ({
    title,
    byMagnitude: true,
    curves: [
      ...curve("training", "first", ({ training }) => training?.[title]),
      ...curve("validation", "second", ({ validation }) => validation?.[title]),
    ],
  }));
  const rates = Object.keys(rows[0]?.learningRates ?? {}).map((name) => ({
    title: `learning rate of ${name}`,
    byMagnitude: false,
    curves: curve("", "first", ({ learningRates }) => learningRates?.[name]),
  }));
  const rate = {
    title: "learning rate",
    byMagnitude: false,
    curves: curve("", "first", ({ learningRate }) => learningRate),
  };
  return [...panels, ...(rates.length > 0 ? rates : [rate])];
}

function column(values: readonly number[]): Tensor {
  return tensor(values, { dtype: "float64" });
}

/** Returns a column for each name. */
function columnsOf(rows: readonly Readonly<Record<string, number>>[]): Record<string, Tensor> {
  const names = Object.keys(rows[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, column(rows.map((row) => row[name] ?? Number.NaN))]),
  );
}
