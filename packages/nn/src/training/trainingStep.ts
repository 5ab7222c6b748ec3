/**
 * The training step: a loss, its gradient and the update of a model as one compiled function.
 */

import {
  ArgumentError,
  type Backend,
  type Compiled,
  type CompileOptions,
  compile,
  type Mapped,
  type Recordable,
  type RunnerName,
  type Tensor,
  type Variable,
} from "@graddiff/core";
import {
  argumentError,
  callable,
  describe,
  formatShape,
  guardProperties,
  layerPath,
  optional,
  optionsReader,
  refuseSurplus,
} from "@graddiff/core/extend";
import { watchReads } from "../inside.ts";
import { namesOf, objectsIn } from "../model.ts";
import type { LBFGS } from "../optimizers/lbfgs.ts";
import { Optimizer } from "../optimizers/optimizers.ts";

/** The result of a loss: the loss itself, or an object with it and with further values, such as metrics. */
export type LossResult = Tensor | { readonly loss: Tensor };

/** A compiled function of a batch; without arguments if the loss has only the model as its argument. */
export type TrainingStep<Batch, Result> = Compiled<
  unknown extends Batch ? [] : [batch: Batch],
  Mapped<Result, Tensor>
>;

/** The settings of {@link trainingStep}. */
export interface TrainingStepOptions {
  /**
   * Variables outside of the model that the loss may read, such as global ones: a Variable, or a tree of Variables.
   * Reading any other trained Variable is an error, since it would not be saved, and mostly not be trained. Default:
   * none.
   */
  readonly others?: object;
  /** The backend of the step, as for `compile`. Default: the runner that `setRunner` has set. */
  readonly backend?: RunnerName | Backend;
}

/** The reader of the option `others`. */
export const readOthers = optional<object | undefined>((op, argument, value) => {
  if (typeof value === "object" && value !== null) return value;
  const expected = "a Variable, or a tree of Variables";
  throw new ArgumentError(op, argument, expected, describe(value));
}, undefined);

/** The reader of the option `backend`. */
export const readOwnBackend = optional<RunnerName | Backend | undefined>((op, argument, value) => {
  // `compile` checks the other properties of a backend.
  const isBackend = typeof value === "object" && value !== null && "name" in value;
  if (value === "wasm" || value === "js" || isBackend) return value as Backend;
  throw argumentError(op, argument, '"wasm", "js" or a Backend', value);
}, undefined);

const readOptions = optionsReader({ others: readOthers, backend: readOwnBackend });

/**
 * Returns a training step as a compiled function of a batch: it computes the gradient of a loss, updates the model, and
 * returns the result of the loss. It does not change the mode of layers: call `model.train()` before training.
 *
 * @param model a layer, or an object with Variables in its public properties.
 * @param loss `(model, batch) → Tensor`, or an object with `loss` and metrics.
 * @param optimizer an optimizer of Variables of the model. With {@link LBFGS} each call is a whole search, of at most
 *   `maxSteps` steps, on its batch, which suits losses of all data at once. It returns the result of the loss at the
 *   end of the search.
 * @param options `others`: Variables outside of the model that the loss may read; `backend`.
 * @returns a function of a batch. A program is compiled for each shape of batches; its `program(batch)` returns the
 *   program.
 * @throws ArgumentError for an optimizer of Variables that are not the model's. When it is called, also for a loss that
 *   reads a trained Variable outside of the model, such as one in a private field (`#weight`): its reader is named.
 * @example
 * ```ts
 * import { type Tensor, tensor } from "@graddiff/core";
 * import { Dense, meanSquaredError, SGD, trainingStep } from "@graddiff/nn";
 *
 * const model = new Dense(1, 1, { seed: 1 });
 * const loss = (own: Dense, { x, y }: { x: Tensor; y: Tensor }) => meanSquaredError(own.forward(x), y);
 * const step = trainingStep(model, loss, new SGD(model, { learningRate: 0.1 }));
 * const batch = { x: tensor([[0], [1], [2]]), y: tensor([[1], [3], [5]]) };
 * const first = step(batch).item();
 * for (let i = 0; i < 100; i++) step(batch);
 * console.log(step(batch).item() < first / 1000); // true
 * ```
 */
export function trainingStep<Model extends object, Batch, Result extends LossResult>(
  model: Model,
  loss: (model: Model, batch: Batch) => Result & Recordable<[Batch]>,
  optimizer: Optimizer | LBFGS,
  options?: TrainingStepOptions,
): TrainingStep<Batch, Result> {
  const op = "trainingStep";
  refuseSurplus(op, 4, arguments);
  callable(op, "loss", loss);
  const { others, backend } = readOptions(op, options);
  const checked = checkedLoss(op, model, loss, optimizer, others);
  const step = compile((batch: Batch, ...surplus: never) => {
    refuseBatches(surplus);
    const own = () => checked(batch);
    return isSearching(optimizer)
      ? optimizer.minimizeRecorded(own).result
      : optimizer.minimize(own);
  }, optionsOf(backend));
  // The inputs of a compiled function may be numbers where the batch has tensors.
  return step as unknown as TrainingStep<Batch, Result>;
}

/** Returns the options of `compile` for a backend. */
export function optionsOf(backend: RunnerName | Backend | undefined): CompileOptions {
  return backend === undefined ? {} : { backend };
}

/** Throws an ArgumentError for a step that is called with several arguments: a batch is one argument. */
function refuseBatches({ length }: readonly unknown[]): void {
  if (length === 0) return;
  throw new ArgumentError(
    "the step of trainingStep",
    "",
    "one batch",
    `${length + 1} arguments`,
    "Hand tensors on together, as in step({ x, y }): the loss takes (model, batch)",
  );
}

/** True if an optimizer evaluates the loss at several points in a step. This test does not add its class to bundles. */
export function isSearching(optimizer: Optimizer | LBFGS): optimizer is LBFGS {
  return "minimizeRecorded" in optimizer;
}

/**
 * Returns the loss of a model and a batch with a check of the Variables that it reads.
 *
 * @param prefix the text before the names of arguments in errors.
 * @throws ArgumentError for an optimizer of Variables outside of the model; and in the loss, for a trained Variable
 *   that is neither in the model nor among `others`.
 */
export function checkedLoss<Model extends object, Batch, Result>(
  op: string,
  model: Model,
  loss: (model: Model, batch: Batch) => Result,
  optimizer: Optimizer | LBFGS,
  others: object | undefined,
  prefix = "",
): (batch: Batch) => Result {
  if (!(optimizer instanceof Optimizer)) {
    throw new ArgumentError(
      op,
      `${prefix}optimizer`,
      "an Optimizer, such as new Adam(model, { learningRate: 0.001 })",
      describe(optimizer),
    );
  }
  const own = namesOf(op, model);
  const strange = optimizer.all.find((variable) => !own.has(variable));
  if (strange !== undefined) {
    throw new ArgumentError(
      op,
      `${prefix}optimizer`,
      "an optimizer of Variables of the model",
      `one that trains another: ${inWords(strange)}`,
      "Make it of the model that is trained",
    );
  }
  const known = new Set([...own.keys(), ...(others ? namesOf(op, others).keys() : [])]);
  const check = (variable: Variable) => {
    if (known.has(variable) || !variable.trainable) return;
    const place = layerPath();
    throw new ArgumentError(
      op,
      `${prefix}loss`,
      "no trained Variables but those in public properties of the model",
      `${inWords(variable)}${place === undefined ? "" : `, which ${place} reads`}`,
      "Put it into a public property, which is saved and trained; or name it in { others } if it is meant",
    );
  };
  return (batch) => {
    guardModel(op, model);
    for (const [variable, name] of namesOf(op, model)) {
      if (variable.isParameter && !own.has(variable)) throw replaced(op, name);
    }
    return watchReads(check, () => loss(model, batch));
  };
}

/** Makes the properties of a model's objects guards of the function that is being compiled. */
export function guardModel(op: string, model: object): void {
  for (const part of objectsIn(op, model)) guardProperties(part);
}

/**
 * Returns the error for a Variable that the model has got since its optimizer was made, and which would not be trained.
 */
function replaced(op: string, name: string): ArgumentError {
  return new ArgumentError(
    op,
    "model",
    "the Variables that it had when its optimizer was made",
    `another, ${name}`,
    "A part was added or replaced: make the optimizer and the step anew",
  );
}

function inWords({ dtype, shape }: Variable): string {
  return `a Variable of ${dtype} and shape ${formatShape(shape)}`;
}
