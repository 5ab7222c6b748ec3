/**
 * `exportTrainingStep`: a training step as files, for engines that run on many processes and machines.
 */

import { ArgumentError, state, type Tensor, type Variable, valueAndGrad } from "@graddiff/core";
import {
  callable,
  describe,
  flag,
  isPlainObject,
  listOf,
  optional,
  optionsReader,
  type Reader,
} from "@graddiff/core/extend";
import {
  type Cell,
  cellOf,
  isOptimizer,
  parameterNames,
  variablesOf,
} from "@graddiff/core/internal";
import { writeSafetensors } from "@graddiff/files";
import { type Exported, exportModel, type ModelOptions } from "./exportModel.ts";
import { holderOf, type Opset, readNames, readOpset } from "./options.ts";
import { Places } from "./trace/places.ts";
import { argumentsOf, recordExample } from "./trace/record.ts";

/** An optimizer whose step needs gradients alone, as `SGD` and `Adam` of `@graddiff/nn` are and `LBFGS` is not. */
export interface GradientOptimizer {
  /** The Variables that it trains. */
  readonly variables: readonly Variable[];
  /** Changes them by their gradients, a list in their order. */
  step(gradients: readonly Tensor[]): void;
}

/** The settings of {@link exportTrainingStep} besides the loss. */
export interface TrainingStepOptions {
  /**
   * The model: a layer, a Variable, or an object of them, with all Variables that the optimizer trains. Others, such
   * as layers that stay as they are, travel with the state.
   */
  readonly parameters: object;
  /** Changes the parameters by their gradients. */
  readonly optimizer: GradientOptimizer;
  /** Example arguments of the loss. The first axis of each is the batch; its length there does not matter. */
  readonly batch: readonly Tensor[];
  /** Names for the arguments of the loss. Default: its own, which a minifier changes. */
  readonly inputs?: readonly string[];
  /** The version of ONNX's operators, as in `exportOnnx`. */
  readonly opset?: Opset;
  /** True if each op is written as it is computed here, as in `exportOnnx`. Default false. */
  readonly exact?: boolean;
}

/** The files of a training step, by the names that `train.py` knows them by. */
export interface TrainingStepFiles {
  /** (parameters, batch) → (loss, gradients) */
  readonly "gradient.onnx": Uint8Array;
  /** (parameters, gradients, state of the optimizer) → (parameters, state of the optimizer) */
  readonly "update.onnx": Uint8Array;
  /** The state to begin with: parameters and optimizer. */
  readonly "state.safetensors": Uint8Array;
  /** JSON that names what is what. */
  readonly "training.json": Uint8Array;
}

const OP = "exportTrainingStep";

const optimizerReader: Reader<GradientOptimizer> = (op, argument, value) => {
  const optimizer = Object(value) as GradientOptimizer;
  if (isOptimizer(optimizer) && typeof optimizer.step === "function") return optimizer;
  const expected = "an optimizer, such as SGD";
  throw new ArgumentError({ op, argument, expected, got: describe(value) });
};

const readOptions = optionsReader({
  parameters: holderOf("a model"),
  optimizer: optimizerReader,
  batch: listOf((_op, _argument, value) => value as Tensor, "an array of example arguments"),
  inputs: optional(readNames, undefined),
  opset: readOpset,
  exact: optional(flag, false),
});

/**
 * Returns a training step as two ONNX models, the state to begin with, and a description, from which `train.py` trains
 * on any number of processes. Each computes the gradient of its rows, gradients are averaged, weighted by rows, and all
 * take the same step. `npx @graddiff/onnx launcher FOLDER` copies `train.py`.
 *
 * Its checkpoints are files of safetensors: `loadState({ parameters, optimizer }, readSafetensors(bytes).tensors)`
 * takes what was trained back.
 *
 * @param loss the mean loss of a batch: a scalar, of which the average over batches, weighted by their rows, is
 *   the loss of all rows. It may read the Variables of `parameters` and no others, and assign none.
 * @param options `parameters`, `optimizer`, `batch`; `inputs` (default: the loss's own names), `opset` and `exact` (as
 *   those of `exportOnnx`).
 * @returns the bytes of the files by their names.
 * @throws ArgumentError for an optimizer of other Variables, for a loss that reads or assigns others, and for what
 *   `exportOnnx` refuses.
 * @example
 * ```ts
 * import { type Tensor, zeros } from "@graddiff/core";
 * import { crossEntropy, Dense, SGD } from "@graddiff/nn";
 * import { exportTrainingStep } from "@graddiff/onnx";
 *
 * const model = new Dense(64, 10, { seed: 1 });
 * const files = exportTrainingStep(
 *   (x: Tensor, labels: Tensor) => crossEntropy(model.forward(x), labels),
 *   {
 *     parameters: model,
 *     optimizer: new SGD(model.variables, { learningRate: 0.1 }),
 *     batch: [zeros([1, 64]), zeros([1], { dtype: "int32" })],
 *   },
 * );
 * console.log(Object.keys(files).join(" ")); // gradient.onnx update.onnx state.safetensors training.json
 * ```
 */
export function exportTrainingStep(
  loss: (...batch: Tensor[]) => Tensor,
  options: TrainingStepOptions,
): TrainingStepFiles {
  callable(OP, "loss", loss);
  if (!isPlainObject(options)) {
    const expected = "an object of parameters, optimizer and batch";
    throw new ArgumentError({ op: OP, argument: "options", expected, got: describe(options) });
  }
  const { parameters, optimizer, batch, inputs, opset, exact } = readOptions(OP, options);
  const trained = parametersOf(parameters, optimizer);
  const cellNames = cellsOf({ parameters, optimizer });
  const names = inputs ?? parameterNames(loss).map((name, i) => name || `input${i}`);
  const settings = {
    opset,
    exact,
    variables: { parameters, optimizer },
    variablesAsInputs: true,
    external: false as const,
  };
  checkAssigned(loss, batch, cellNames);
  const gradient = exportGradient(loss, trained, batch, names, settings);
  checkRead("loss", gradient, cellNames);
  const update = exportUpdate(optimizer, trained, settings);
  checkRead("optimizer", update, cellNames);
  return {
    "gradient.onnx": gradient.model.bytes,
    "update.onnx": update.model.bytes,
    "state.safetensors": writeSafetensors(state({ parameters, optimizer })),
    "training.json": textBytes(description(gradient, update, trained, batch.length, cellNames)),
  };
}

/** The trained Variables, by name. */
type Trained = ReadonlyMap<string, Variable>;

function parametersOf(parameters: object, { variables }: GradientOptimizer): Trained {
  const named = new Map<string, Variable>();
  for (const [name, { leaf }] of variablesOf(OP, { parameters })) {
    if (variables.includes(leaf)) named.set(name, leaf);
  }
  if (named.size === variables.length) return named;
  throw new ArgumentError({
    op: OP,
    argument: "parameters",
    expected: `all ${variables.length} Variables that the optimizer trains`,
    got: String(named.size),
  });
}

/** Returns the names that the state has for Variables. */
function cellsOf(model: object): ReadonlyMap<Cell, string> {
  return new Map([...variablesOf(OP, model)].map(([name, { leaf }]) => [cellOf(leaf), name]));
}

type Settings = Pick<
  ModelOptions,
  "opset" | "exact" | "variables" | "variablesAsInputs" | "external"
>;

function exportGradient(
  loss: (...batch: Tensor[]) => Tensor,
  trained: Trained,
  batch: readonly Tensor[],
  names: readonly string[],
  settings: Settings,
): Exported {
  const step = (...rows: Tensor[]) => {
    const variables = [...trained.values()];
    const { value, gradient } = valueAndGrad(loss, { variables })(...rows);
    const gradients = [...trained.keys()].map((name, i) => [name, gradient[i]] as const);
    return { loss: value, gradients: Object.fromEntries(gradients) };
  };
  return exportModel(
    { op: OP, argument: "loss", fn: step as (...inputs: never) => unknown, inputs: batch },
    {
      ...settings,
      name: "gradient",
      inputs: names,
      dynamic: Object.fromEntries(
        batch.map((_, i) => [names[i] ?? `input${i}`, new Map([[0, "batch"]])]),
      ),
    },
  );
}

/** Throws where the state does not hold a Variable that is read: it would be the same in every step. */
function checkRead(
  argument: string,
  { read }: Exported,
  cellNames: ReadonlyMap<Cell, string>,
): void {
  const others = [...read.keys()].filter((cell) => !cellNames.has(cell)).length;
  if (others === 0) return;
  throw new ArgumentError({
    op: OP,
    argument,
    expected: "a function that reads Variables of parameters and no others",
    got: others === 1 ? "one that reads another Variable" : `one that reads ${others} others`,
    hint: "Add them to parameters: what the optimizer does not train stays as it is",
  });
}

/**
 * Throws where a Variable is assigned from the batch: each process would assign what follows from its own rows. Looked
 * at before the batch is left open, where the statistics of a batch are refused for another reason.
 */
function checkAssigned(
  loss: (...batch: Tensor[]) => Tensor,
  batch: readonly Tensor[],
  cellNames: ReadonlyMap<Cell, string>,
): void {
  const call = {
    op: OP,
    argument: "loss",
    fn: loss as (...inputs: never) => unknown,
    inputs: batch,
    manner: { opset: undefined, exact: true },
    places: new Places(undefined),
  };
  const leaves = argumentsOf(call, { names: undefined, dynamic: {} });
  const { assignments } = recordExample(call, leaves).trace;
  if (assignments.length === 0) return;
  const assigned = assignments.map(({ cell }) => cellNames.get(cell) ?? "another Variable");
  throw new ArgumentError({
    op: OP,
    argument: "loss",
    expected: "a function that assigns no Variables",
    got: `assignments to ${assigned.join(", ")}`,
    hint: "Leave them out, as train(false) of Dropout and BatchNorm does: what is read and not trained stays as it is",
  });
}

function exportUpdate(
  optimizer: GradientOptimizer,
  trained: Trained,
  settings: Settings,
): Exported {
  const step = (gradients: Readonly<Record<string, Tensor>>) => {
    // In the order of the optimizer, which may be another one.
    const byVariable = new Map([...trained].map(([name, variable]) => [variable, gradients[name]]));
    optimizer.step(optimizer.variables.map((variable) => byVariable.get(variable) as Tensor));
  };
  const examples = [...trained].map(([name, variable]) => [name, variable.value] as const);
  return exportModel(
    {
      op: OP,
      argument: "optimizer",
      fn: step as (...inputs: never) => unknown,
      inputs: [Object.fromEntries(examples)],
    },
    { ...settings, name: "update", inputs: ["gradients"], dynamic: {} },
  );
}

/**
 * Returns the table of names in the state on the left and names in a model on the right: a model may have given another
 * name where one was taken.
 */
function description(
  gradient: Exported,
  update: Exported,
  trained: Trained,
  batch: number,
  cellNames: ReadonlyMap<Cell, string>,
): string {
  const names = [...trained.keys()];
  const inState = (cells: ReadonlyMap<Cell, string>) =>
    Object.fromEntries([...cells].map(([cell, name]) => [cellNames.get(cell) ?? "", name]));
  const [loss, ...gradients] = gradient.model.outputs.map(({ name }) => name);
  const about = {
    format: "graddiff training step",
    version: 2,
    state: "state.safetensors",
    gradient: {
      file: "gradient.onnx",
      batch: gradient.model.inputs.slice(0, batch),
      state: inState(gradient.read),
      loss,
      gradients: Object.fromEntries(names.map((name, i) => [name, gradients[i]])),
    },
    update: {
      file: "update.onnx",
      gradients: Object.fromEntries(names.map((name, i) => [name, update.model.inputs[i]?.name])),
      state: inState(update.read),
      next: inState(update.next),
    },
  };
  return `${JSON.stringify(about, undefined, 2)}\n`;
}

function textBytes(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}
