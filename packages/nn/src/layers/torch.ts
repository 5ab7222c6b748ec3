/**
 * Weights with PyTorch's names and layouts. `partsOf` has the differences between PyTorch's modules and the layers of
 * this package.
 */

import {
  ArgumentError,
  concat,
  Draws,
  type DType,
  GraddiffError,
  loadState,
  split,
  type Tensor,
  transpose,
  Variable,
  zeros,
} from "@graddiff/core";
import {
  argumentError,
  callable,
  describe,
  flag,
  isPlainObject,
  isTensor,
  optional,
  optionsReader,
  refuseSurplus,
} from "@graddiff/core/extend";
import { namesOf as variableNames } from "../model.ts";
import { MultiHeadAttention, TransformerBlock } from "./attention.ts";
import { Dense } from "./dense.ts";
import { LowRank } from "./lowRank.ts";
import { BatchNorm } from "./normalization.ts";
import { GRU, LSTM, RNN } from "./recurrent.ts";
import { Sequential } from "./sequential.ts";

/** The settings of {@link loadTorch}. */
export interface LoadTorchOptions {
  /**
   * A prefix of names: only tensors whose names begin with it and a dot are loaded, and it is removed from their names.
   * It is "module" for a model saved by `DataParallel`, or the name of a submodule. Default: all tensors are loaded.
   */
  readonly prefix?: string;
  /** A function from the name of a tensor, without the prefix, to another name. Default: names do not change. */
  readonly rename?: (name: string) => string;
  /**
   * True if tensors without a matching Variable are ignored, and Variables without a tensor keep their values. Default
   * false.
   */
  readonly partial?: boolean;
}

/**
 * The result of {@link loadTorch}: the names of tensors that were loaded or ignored, and of Variables without a tensor.
 */
export interface TorchLoad {
  /** Each tensor that was loaded, with the names of its Variables. A tensor may be split among several Variables. */
  readonly used: readonly { readonly tensor: string; readonly variables: readonly string[] }[];
  /** The names of tensors that were not loaded into a Variable. */
  readonly left: readonly string[];
  /** The names of Variables without a tensor, which have kept their values. */
  readonly missing: readonly string[];
}

const readOptions = optionsReader({
  prefix: optional<string | undefined>(readText, undefined),
  rename: optional(callable, undefined),
  partial: optional(flag, false),
});

function readText(op: string, argument: string, text: unknown): string {
  if (typeof text === "string") return text;
  throw argumentError(op, argument, "a text", text);
}

/** The relation of a tensor in PyTorch to the Variables that hold its values here. */
class Layout {
  readonly variables: readonly Variable[];
  readonly dtype: DType;
  /** The shape of the tensor in PyTorch. */
  readonly shape: readonly number[];
  readonly fromTorch: (given: Tensor) => readonly Tensor[];
  readonly toTorch: (values: readonly Tensor[]) => Tensor;

  constructor(parts: Pick<Layout, "variables" | "shape" | "fromTorch" | "toTorch">) {
    this.variables = parts.variables;
    this.dtype = parts.variables[0]?.dtype ?? "float32";
    this.shape = parts.shape;
    this.fromTorch = parts.fromTorch;
    this.toTorch = parts.toTorch;
  }
}

const only = ([value]: readonly Tensor[]) => value as Tensor;

const alike = (variable: Variable): Layout =>
  new Layout({
    variables: [variable],
    shape: variable.shape,
    fromTorch: (given) => [given],
    toTorch: only,
  });

/** Returns the layout of a transposed weight: layers here compute x · W, PyTorch's modules x · Wᵀ. */
const transposed = (variable: Variable): Layout =>
  new Layout({
    variables: [variable],
    shape: variable.shape.toReversed(),
    fromTorch: (given) => [transpose(given)],
    toTorch: (values) => transpose(only(values)),
  });

/** Returns the layout of a tensor in which several layouts of one Variable each are concatenated along the first axis. */
function packed(parts: readonly Layout[]): Layout {
  const [length = 0, ...rest] = parts[0]?.shape ?? [];
  return new Layout({
    variables: parts.flatMap(({ variables }) => variables),
    shape: [length * parts.length, ...rest],
    fromTorch: (given) =>
      split(given, parts.length).flatMap((part, i) => parts[i]?.fromTorch(part) ?? []),
    toTorch: (values) => concat(parts.map((part, i) => part.toTorch(values.slice(i, i + 1)))),
  });
}

/** Marks a tensor of PyTorch that counts batches. No Variable here corresponds to it. */
const COUNT = Symbol("count");

/**
 * Returns the parts of a layer with their names in PyTorch's module. A part is a layout, a Variable, or a layer that has
 * parts itself.
 */
function partsOf(layer: object): readonly (readonly [name: string, part: unknown])[] {
  if (layer instanceof Sequential) return layer.layers.map((each, i) => [String(i), each]);
  if (layer instanceof Dense) {
    return [
      ["weight", transposed(layer.weight)],
      ["bias", layer.bias],
    ];
  }
  if (layer instanceof LowRank) {
    return [...partsOf(layer.layer), ["down", layer.down], ["up", layer.up]];
  }
  if (layer instanceof BatchNorm) {
    return [
      ["weight", layer.weight],
      ["bias", layer.bias],
      ["running_mean", layer.runningMean],
      ["running_var", layer.runningVariance],
      ["num_batches_tracked", COUNT],
    ];
  }
  if (layer instanceof RNN || layer instanceof GRU || layer instanceof LSTM) {
    return layer.cells.flatMap((cell, i) => {
      const isReverse = i % layer.directions === 1;
      const suffix = `l${Math.floor(i / layer.directions)}${isReverse ? "_reverse" : ""}`;
      return [
        [`weight_ih_${suffix}`, transposed(cell.inputWeight)],
        [`weight_hh_${suffix}`, transposed(cell.stateWeight)],
        [`bias_ih_${suffix}`, cell.inputBias],
        [`bias_hh_${suffix}`, cell.stateBias],
      ] as const;
    });
  }
  if (layer instanceof MultiHeadAttention && layer.groups < layer.heads) {
    return [
      ["q_proj", layer.query],
      ["k_proj", layer.key],
      ["v_proj", layer.value],
      ["o_proj", layer.output],
    ];
  }
  if (layer instanceof MultiHeadAttention) {
    const sources = [layer.query, layer.key, layer.value];
    const biases = sources.flatMap(({ bias }) => (bias ? [alike(bias)] : []));
    return [
      ["in_proj_weight", packed(sources.map(({ weight }) => transposed(weight)))],
      ["in_proj_bias", biases.length > 0 ? packed(biases) : undefined],
      ["out_proj", layer.output],
    ];
  }
  if (layer instanceof TransformerBlock) {
    const [wide, , narrow] = layer.rows.layers;
    return [
      ["self_attn", layer.attention],
      ["linear1", wide],
      ["linear2", narrow],
      ["norm1", layer.attentionNorm],
      ["norm2", layer.rowNorm],
    ];
  }
  return Object.entries(layer);
}

/** The names in PyTorch of all weights of a model. */
interface Names {
  readonly layouts: ReadonlyMap<string, Layout>;
  /** The names of tensors that count batches and are ignored. */
  readonly counts: ReadonlySet<string>;
  /** The names of the Variables in the model here. */
  readonly own: ReadonlyMap<Variable, string>;
}

function namesOf(op: string, model: object): Names {
  const own = variableNames(op, model);
  const layouts = new Map<string, Layout>();
  const counts = new Set<string>();
  // The states of random draws are not weights.
  const rest = new Set([...own.keys()].filter((variable) => !(variable instanceof Draws)));
  const entered = new Set<object>();
  const put = (name: string, layout: Layout): void => {
    // A Variable that several paths lead to has the name of the first path.
    if (!layout.variables.every((variable) => rest.delete(variable))) return;
    if (layouts.has(name)) {
      const got = `two of ${describe(name)}`;
      throw new ArgumentError(op, "model", "one Variable of a name", got);
    }
    layouts.set(name, layout);
  };
  const visit = (part: unknown, path: readonly string[]): void => {
    const name = path.join(".");
    if (part === COUNT) counts.add(name);
    else if (part instanceof Layout) put(name, part);
    else if (part instanceof Variable) put(name, alike(part));
    else if (isBranch(part) && !entered.has(part)) {
      entered.add(part);
      for (const [key, inner] of partsOf(part)) visit(inner, [...path, key]);
    }
  };
  visit(model, []);
  // Adds the remaining Variables: those that a user's subclass has besides the parts of the layer that it extends.
  for (const variable of [...rest]) put(own.get(variable) ?? "", alike(variable));
  if (layouts.size === 0) throw argumentError(op, "model", "a model with weights", model);
  return { layouts, counts, own };
}

function isBranch(part: unknown): part is object {
  return typeof part === "object" && part !== null && !isTensor(part) && !ArrayBuffer.isView(part);
}

/**
 * Loads weights of a PyTorch model into the Variables of a model. `readTorch` of `@graddiff/files` reads them from a
 * file of `torch.save`, `readSafetensors` and `readNpz` from other files. If one tensor does not fit, no Variable is
 * changed.
 *
 * Names are those of PyTorch's modules: `0.weight` for the first layer of a {@link Sequential}, `weight_ih_l0` for an
 * {@link LSTM}, `self_attn.in_proj_weight` for a {@link TransformerBlock}, which corresponds to a
 * `TransformerEncoderLayer` with `norm_first=True`. In your classes the names are those of the properties. Attention
 * with `groups`, which PyTorch's module does not have, has the names of Llama: `q_proj`, `k_proj`, `v_proj`, `o_proj`.
 * Layouts are converted: the weight of PyTorch's `Linear` is [outputs, inputs], and the weight of {@link Dense} is
 * [inputs, outputs]. `num_batches_tracked` is ignored.
 *
 * @param model as for `state`.
 * @param tensors the tensors, by their names in PyTorch.
 * @param options `prefix`, `rename`, `partial`.
 * @returns the tensors that were loaded, the tensors that were ignored, and the Variables without a tensor; the last
 *   two are empty unless `partial` is true.
 * @throws ArgumentError for a model without weights, and for missing or surplus tensors; ShapeError or DTypeError for
 *   tensors of another shape or dtype. With `partial` it throws only if no tensor fits. The message names up to 20
 *   tensors.
 * @example
 * ```ts
 * import { relu, tensor } from "@graddiff/core";
 * import { Dense, loadTorch, Sequential } from "@graddiff/nn";
 *
 * const model = new Sequential(new Dense(2, 1, { bias: false }), relu);
 * const { used } = loadTorch(model, { "0.weight": tensor([[3, 4]]) });
 * console.log(used); // [ { tensor: '0.weight', variables: [ 'layers.0.weight' ] } ]
 * console.log(String(model.forward(tensor([[1, 2]])))); // [[11.]]
 * ```
 */
export function loadTorch(
  model: object,
  tensors: Readonly<Record<string, Tensor>>,
  options?: LoadTorchOptions,
): TorchLoad {
  const op = "loadTorch";
  refuseSurplus(op, 3, arguments);
  const { prefix, rename, partial } = readOptions(op, options);
  const { layouts, counts, own } = namesOf(op, model);
  const given = byOwnNames(op, tensors, prefix, rename as LoadTorchOptions["rename"]);
  for (const name of counts) given.delete(name);
  const values = Object.fromEntries(
    [...layouts].map(([name, { shape, dtype }]) => {
      return [name, new Variable(zeros(shape, { dtype }), { trainable: false })];
    }),
  );
  const found = Object.fromEntries([...given].map(([name, { tensor }]) => [name, tensor]));
  const load = () => loadState(values, found, { partial });
  const { left, missing } = explaining(op, () => hintFor(layouts, given), load);
  const used = [...layouts.keys()].filter((name) => !missing.includes(name));
  const nameOf = (name: string) => given.get(name)?.name ?? name;
  const variablesIn = (name: string) => layouts.get(name)?.variables ?? [];
  const namesIn = (name: string) => variablesIn(name).map((each) => own.get(each) ?? "");
  for (const name of used) {
    const { value } = values[name] as Variable;
    const parts = layouts.get(name)?.fromTorch(value) ?? [];
    variablesIn(name).forEach((variable, i) => {
      variable.assign(parts[i] as Tensor);
    });
  }
  return {
    used: used.map((name) => ({ tensor: nameOf(name), variables: namesIn(name) })),
    left: left.map(nameOf),
    missing: missing.flatMap(namesIn),
  };
}

/** Runs `load`, and changes the words of its errors, so that they are about tensors of a file and not about Variables. */
function explaining<Result>(op: string, hint: () => string, load: () => Result): Result {
  try {
    return load();
  } catch (error) {
    if (!(error instanceof GraddiffError)) throw error;
    const { argument, expected, ...others } = error.complaint;
    throw new (error.constructor as typeof ArgumentError)({
      ...others,
      op,
      argument: argument === "tree" ? "tensors" : (argument ?? ""),
      expected: expected.replace("each Variable", "each weight"),
      hint: hint(),
    });
  }
}

/**
 * Returns the weights of a model with PyTorch's names and layouts, the reverse of {@link loadTorch}. `writeSafetensors`
 * of `@graddiff/files` writes them to a file, and in PyTorch
 * `module.load_state_dict(safetensors.torch.load_file(path))` loads it.
 *
 * @param model as for `state`.
 * @throws ArgumentError for a model without weights in its properties.
 * @example
 * ```ts
 * import { Dense, toTorch } from "@graddiff/nn";
 *
 * const { weight, bias } = toTorch(new Dense(2, 3));
 * console.log(weight?.shape, bias?.shape); // [ 3, 2 ] [ 3 ]
 * ```
 */
export function toTorch(model: object): Record<string, Tensor> {
  refuseSurplus("toTorch", 1, arguments);
  const { layouts } = namesOf("toTorch", model);
  return Object.fromEntries(
    [...layouts].map(([name, { variables, toTorch }]) => [
      name,
      toTorch(variables.map(({ value }) => value)),
    ]),
  );
}

/** A tensor, and its name in the file. */
interface Given {
  readonly name: string;
  readonly tensor: Tensor;
}

/** Returns the tensors by their names in the model: without the prefix, and renamed. */
function byOwnNames(
  op: string,
  tensors: unknown,
  prefix: string | undefined,
  rename: ((name: string) => string) | undefined,
): Map<string, Given> {
  if (!isPlainObject(tensors))
    throw argumentError(op, "tensors", "an object of tensors by name", tensors);
  const begin = prefix === undefined ? "" : `${prefix.replace(/\.$/, "")}.`;
  const given = new Map<string, Given>();
  for (const [name, tensor] of Object.entries(tensors)) {
    if (!isTensor(tensor)) throw argumentError(op, name, "a Tensor", tensor);
    if (!name.startsWith(begin)) continue;
    const rest = name.slice(begin.length);
    const own =
      rename === undefined ? rest : readText(op, `rename(${describe(rest)})`, rename(rest));
    const other = given.get(own);
    if (other !== undefined) {
      const got = `${describe(own)} for ${describe(other.name)}, too`;
      throw new ArgumentError(op, name, "a name of its own", got);
    }
    given.set(own, { name, tensor });
  }
  if (given.size === 0 && begin !== "") {
    const expected = `names that begin with ${describe(begin)}`;
    throw new ArgumentError(op, "prefix", expected, "none");
  }
  return given;
}

/** Returns the hint for errors about names or tensors that do not fit: to use `prefix`, or the other options. */
function hintFor(layouts: ReadonlyMap<string, Layout>, given: ReadonlyMap<string, Given>): string {
  const names = [...layouts.keys()];
  const [prefix] = [...given.keys()].flatMap((name) => {
    const own = names.find((each) => name.endsWith(`.${each}`));
    return own === undefined ? [] : [name.slice(0, -own.length - 1)];
  });
  if (prefix !== undefined && !names.some((name) => given.has(name))) {
    return `The option prefix takes a part: { prefix: ${describe(prefix)} }`;
  }
  return "toTorch(model) has the names and shapes that fit; options rename names, and partial allows what is missing or left";
}
