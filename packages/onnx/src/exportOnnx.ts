/**
 * `exportOnnx`: a function as an ONNX model.
 */

import { ArgumentError, type Input } from "@graddiff/core";
import {
  callable,
  describe,
  flag,
  integer,
  isPlainObject,
  optional,
  optionsReader,
  type Reader,
} from "@graddiff/core/extend";
import { exportModel, type OnnxModel } from "./exportModel.ts";
import { type ExternalOptions, type Outside, readOutside } from "./files.ts";
import { holderOf, type Opset, readName, readNames, readOpset } from "./options.ts";
import type { Dynamic, OpenAxes } from "./trace/record.ts";

/** Names of open lengths by their axes. (A text would have a text at each number, too.) */
export type OpenLengths = object & Readonly<Record<number, string>>;

/** The settings of {@link exportOnnx}. */
export interface ExportOptions {
  /**
   * The axes of each named input whose lengths the model leaves open, with names for these lengths, as in
   * `{ ids: { 0: "batch", 1: "sequence" } }`: axes of one name have one length. An axis alone is the batch, as in
   * `{ x: 0 }`; negative ones count from the end. Default: none.
   */
  readonly dynamic?: Readonly<Record<string, number | OpenLengths>>;
  /** Names for the parameters of the function. Default: its own, which a minifier changes. */
  readonly inputs?: readonly string[];
  /**
   * The version of ONNX's operators, from 17 to 22. Default: the least that has all operators of the model: 17, 18 for ops of
   * bits and random numbers, 20 for `gelu`. It is written in several operators of an earlier one.
   */
  readonly opset?: Opset;
  /**
   * True if each op is written as it is computed here. Default false: what ONNX has one operator for, such as a softmax, a
   * normalisation, a pooling or an LSTM, is that. Results differ by rounding, some 4e-7 of their greatest number. They
   * differ more in windows of `maxPool2d` with NaN or with −∞ alone, and for an index of 2³¹ − 1, which is taken for 0.
   * An LSTM or GRU refuses to run without steps or examples.
   */
  readonly exact?: boolean;
  /** The owners of Variables: a model, an optimizer, an object of them; they give them their names. */
  readonly variables?: object;
  /** True if the values of Variables are inputs of the model, or constants in it, which is the default. */
  readonly variablesAsInputs?: boolean;
  /** The name of the graph. Default: that of the function. */
  readonly name?: string;
  /**
   * The file beside the model that has the weights, if one has. Default: those of a model that would have more than 2 GB,
   * which is the most that a file of ONNX holds.
   */
  readonly external?: boolean | ExternalOptions;
}

const AXES =
  'an object of axes by names of inputs, such as { x: 0 } or { x: { 0: "batch", 1: "sequence" } }';

/** The name of a length in shapes such as `2*batch`. */
const readLengthName: Reader<string> = (op, argument, value) => {
  if (typeof value === "string" && /^[A-Za-z_]\w*$/.test(value)) return value;
  const expected = "a name of letters, digits and _ that begins with no digit";
  throw new ArgumentError({ op, argument, expected, got: describe(value) });
};

const readOpenAxes: Reader<OpenAxes> = (op, argument, value) => {
  if (!isPlainObject(value)) return new Map([[integer(op, argument, value), "batch"]]);
  return new Map(
    Object.entries(value).map(([axis, name]) => {
      const own = `${argument}.${axis}`;
      return [
        integer(op, own, /^-?\d+$/.test(axis) ? Number(axis) : axis),
        readLengthName(op, own, name),
      ];
    }),
  );
};

const readDynamic: Reader<Dynamic> = (op, argument, value) => {
  if (!isPlainObject(value)) {
    throw new ArgumentError({ op, argument, expected: AXES, got: describe(value) });
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, axes]) => [
      name,
      readOpenAxes(op, `${argument}.${name}`, axes),
    ]),
  );
};

const readOptions = optionsReader({
  dynamic: optional(readDynamic, {}),
  inputs: optional(readNames, undefined),
  opset: readOpset,
  exact: optional(flag, false),
  variables: optional<object | undefined>(
    holderOf("a model, an optimizer, or an object of Variables"),
    undefined,
  ),
  variablesAsInputs: optional(flag, false),
  name: optional(readName, undefined),
  external: optional<Outside | false | undefined>(readOutside, undefined),
});

/**
 * Returns a function of tensors as an ONNX model, gradients and updates included: whatever `compile` takes.
 *
 * The function is recorded, not run. Numbers from outside are constants of the model. With a `dynamic` axis it is
 * recorded at four sizes of it, n, 2n, 3n and 2n + 1, the last of which it may refuse. Lengths that differ between them
 * must be of the form a·N² + b·N + c, other numbers multiples or fractions of such, and become a computation of the
 * size N. Anything else, such as a loop over the examples in JavaScript, is refused. Two axes are recorded at ten
 * sizes, three at 28, and lengths are sums of products of theirs. (What a function does at larger sizes only is not
 * seen.)
 *
 * What ONNX has one operator for is that one where nobody reads what is inside, with results that differ from ours by
 * rounding; `exact` has each op written by itself. Nodes are named by the layers that apply them.
 *
 * @param fn a function whose result is a Tensor or a tree of Tensors.
 * @param exampleArguments what it is called with: only shapes and dtypes matter.
 * @param options `dynamic` (default: none), `inputs` (default: the function's own names), `opset` (17 to 22, default
 *   the least that has all operators), `exact` (default false). `variables` (default: named from the outermost layer
 *   on), `variablesAsInputs` (default false), `name`, `external` (default: what 2 GB
 *   do not hold).
 * @returns the model's `bytes`, the same as `parts` that copy no weights, the files beside it as `external`, and its
 *   `inputs` and `outputs`.
 * @throws ArgumentError for what cannot be written, with the user's line; RecordingError for a value that is read inside the function.
 * @example
 * ```ts
 * import { type Tensor, zeros } from "@graddiff/core";
 * import { exportOnnx } from "@graddiff/onnx";
 *
 * const predict = (x: Tensor, weight: Tensor) => x.matmul(weight).relu();
 * const model = exportOnnx(predict, [zeros([1, 3]), zeros([3, 2])], { dynamic: { x: 0 } });
 * console.log(model.inputs[0]); // { name: 'x', dtype: 'float32', shape: [ 'batch', 3 ] }
 * console.log(model.outputs[0]); // { name: 'output', dtype: 'float32', shape: [ 'batch', 2 ] }
 * console.log(new Blob([...model.parts]).size === model.bytes.length); // true
 * ```
 */
export function exportOnnx<Parameters extends readonly unknown[]>(
  fn: (...inputs: Parameters) => unknown,
  exampleArguments: { readonly [Key in keyof Parameters]: Input<Parameters[Key]> },
  options?: ExportOptions,
): OnnxModel {
  const op = "exportOnnx";
  callable(op, "fn", fn);
  const own = readOptions(op, options);
  if (!Array.isArray(exampleArguments)) {
    const expected = "an array of arguments";
    const argument = "exampleArguments";
    throw new ArgumentError({ op, argument, expected, got: describe(exampleArguments) });
  }
  const call = {
    op,
    argument: "fn",
    fn: fn as (...inputs: never) => unknown,
    inputs: exampleArguments,
  };
  return exportModel(call, own).model;
}
