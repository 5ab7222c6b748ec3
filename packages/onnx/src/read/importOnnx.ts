/**
 * `importOnnx`: a model of ONNX as a function.
 */

import type { Draws } from "@graddiff/core";
import { callable, optional, optionsReader, type Reader } from "@graddiff/core/extend";
import { decodeModel } from "./decode.ts";
import type { External } from "./elements.ts";
import type { ImportLimits } from "./meter.ts";
import type { ImportedModel, StoredTensor } from "./model.ts";
import { IMPORT_OPTIONS, modelOf } from "./modelOf.ts";

const OP = "importOnnx";

/** The options of {@link importOnnx}. */
export interface ImportOptions {
  /** The names of the results, which may be inner values of the model. Default: the outputs of the model. */
  readonly outputs?: readonly string[];
  /** Returns the bytes of a file beside the model, given its name in the model. Each file is requested once. */
  readonly external?: (location: string) => Uint8Array | ArrayBuffer;
  /** The dtype with which the model's float32 and shorter floats are computed. Default "float32". */
  readonly dtype?: "float32" | "float64";
  /**
   * The seed of the random numbers of operators without a seed: a number gives the same random numbers in every call,
   * {@link Draws} give new ones each time. Default 0.
   */
  readonly seed?: number | Draws;
  /** The limits of reading the model and of a call: lower ones for untrusted files, higher ones for large results. */
  readonly limits?: ImportLimits;
  /**
   * The names of the parameters, as a state dict of PyTorch has them. Or a function that says of each tensor of floats
   * whether it is trained. A parameter that PyTorch's exporter has given another name is known by the layer
   * that reads it. Integers that a DequantizeLinear reads become floats under fake quantisation. Statistics and scales
   * of quantisation are trained by a function alone; settings such as the scales of a Resize by neither. Default: the
   * rules of which `tensors` has the reasons.
   */
  readonly trainable?: readonly string[] | ((name: string, tensor: StoredTensor) => boolean);
}

const readOptions = optionsReader({
  ...IMPORT_OPTIONS,
  // The cast is safe: the function is called with a text, and its result is checked.
  external: optional(callable as Reader<External>, undefined),
});

/**
 * Returns a model of ONNX as an ordinary function of tensors, which can be differentiated, batched, compiled and
 * exported again.
 *
 * Weights are Variables by the names that the model has for them: they can be trained, frozen by `trainable`, replaced by
 * `assign`, and saved by `state`. Trained is what operators learn: operands of products, convolutions and recurrences, biases,
 * scales and tables, in branches and loops, too, and what has the name of a parameter. `tensors` says of each why it is
 * trained or not. Exponents, epsilons, bounds, scales of quantisation and other settings are not, nor is any float of a
 * model whose weights are integers. A warning names what may be either.
 *
 * Integers of all types are int32, and float16 and bfloat16 are float32; `toElements` gives results in the type of the
 * model. A number of int64 out of the range of int32 is an error, but for both ends of int64, which mean "no end".
 *
 * {@link loadOnnx} takes a URL, a Response or a Blob.
 *
 * @param bytes the file, a Uint8Array or an ArrayBuffer: version 1 to 22 of the operators.
 * @param options `outputs`, `external`, `dtype`, `seed`, `trainable`, `limits`.
 * @returns the function `fn`, its `weights`, and what it takes and gives: `inputs` and `outputs`. As a text it tells
 *   what it consists of.
 * @throws ArgumentError for what is no model, and for what is not read, such as texts and quantised numbers: all of it is
 *   named. `fn` throws errors that name the node.
 * @example
 * ```ts
 * import { grad, type Tensor, tensor, zeros } from "@graddiff/core";
 * import { Dense } from "@graddiff/nn";
 * import { exportOnnx, importOnnx } from "@graddiff/onnx";
 *
 * const layer = new Dense(2, 1, { seed: 1 });
 * const { bytes } = exportOnnx((x: Tensor) => layer.forward(x), [zeros([1, 2])], { variables: layer });
 *
 * const model = importOnnx(bytes);
 * console.log(model.inputs); // [ { name: 'x', type: 'float32', dtype: 'float32', shape: [ 1, 2 ] } ]
 * console.log(Object.keys(model.weights)); // [ 'weight', 'bias' ]
 * const x = tensor([[1, 2]]);
 * const [y] = model.fn(x);
 * console.log(y.sub(layer.forward(x)).item()); // 0
 * console.log(grad((x: Tensor) => model.fn(x)[0].sum())(x).shape); // [ 1, 2 ]
 * ```
 */
export function importOnnx(
  bytes: Uint8Array | ArrayBuffer,
  options?: ImportOptions,
): ImportedModel {
  const own = readOptions(OP, options);
  return modelOf(decodeModel({ op: OP, argument: "bytes" }, bytes), own);
}
