/**
 * The summary of a model: its layers with the shapes of their results, their Variables and their arithmetic.
 */

import { alignColumns } from "../draw/columns.ts";
import { ArgumentError, describe, formatShape } from "../errors.ts";
import { LoweringRecording, lower } from "../graph/lower.ts";
import { isComposite, type Op } from "../graph/op.ts";
import { nodeAt, type Trace } from "../graph/trace.ts";
import { recordFunction } from "../graph/tracing.ts";
import { leafTensor, treeLeaves, walkTree } from "../graph/tree.ts";
import type { Attributes, TensorType } from "../graph/types.ts";
import type { Variable } from "../graph/variable.ts";
import { Layer } from "../layers/layer.ts";
import { watchLayers } from "../layers/layerPath.ts";
import { bytesOf, type Shape, sizeOf } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { listVariables } from "./state.ts";

/** One layer of a {@link Summary}, in the order in which layers run; a layer inside of another follows it. */
export interface SummaryRow {
  /** The name of the layer, such as `Dense 4 → 2`. */
  readonly layer: string;
  /** The number of layers that contain the layer. */
  readonly depth: number;
  /** The shapes of its results. */
  readonly shapes: readonly Shape[];
  /** The number of elements of its parameters, frozen or not; those of inner layers included. */
  readonly parameters: number;
  /** The number of these elements that are trained. */
  readonly trained: number;
  /** Operations on floats of one forward pass, inner layers included. */
  readonly flops: number;
}

/** The result of {@link summary}: data, and a table as text. */
export interface Summary {
  /** A row for each layer, in the order of their calls. */
  readonly rows: readonly SummaryRow[];
  /** The number of elements of all parameters, each once; statistics, seeds and counts are none. */
  readonly parameters: number;
  /** The number of these elements that are trained. */
  readonly trained: number;
  /** Bytes of all Variables, statistics, seeds and counts included. */
  readonly bytes: number;
  /** Operations on floats of one forward pass. */
  readonly flops: number;
  /** Returns an aligned table. */
  toString(): string;
}

/** Records primitive ops, and counts their arithmetic. */
class CountingRecording extends LoweringRecording {
  flops = 0;

  constructor() {
    super(() => false);
  }

  override apply(op: Op, inputs: readonly Tensor[], attributes: Attributes): readonly Tensor[] {
    const results = super.apply(op, inputs, attributes);
    const [first] = results;
    if (first !== undefined && !isComposite(op)) {
      this.flops += flopsOf(op, inputs, first, attributes);
    }
    return results;
  }
}

/** Returns the arithmetic of one application of a primitive op, that of its bodies included. */
function flopsOf(
  op: Op,
  inputs: readonly TensorType[],
  result: TensorType,
  attributes: Attributes,
): number {
  const control = op.bodies?.control?.(attributes);
  if (control?.kind === "repeat") return control.length * flopsInside(control.body);
  if (control !== undefined) {
    return Math.max(flopsInside(control.whenTrue), flopsInside(control.whenFalse));
  }
  return op.kernel?.flops?.(inputs, result, attributes) ?? 0;
}

function flopsInside(body: Trace): number {
  const { nodes } = lower(body);
  return nodes.reduce((sum, node) => {
    if (node.kind !== "operation") return sum;
    const inputs = node.inputs.map((id) => nodeAt(nodes, id));
    return sum + flopsOf(node.op, inputs, node, node.attributes);
  }, 0);
}

/** Returns the number of elements of the parameters among some Variables, and of those that are trained. */
function countsOf(variables: readonly Variable[]): Pick<SummaryRow, "parameters" | "trained"> {
  const total = (by: "isParameter" | "trainable") =>
    variables.reduce((sum, variable) => sum + (variable[by] ? sizeOf(variable.shape) : 0), 0);
  return { parameters: total("isParameter"), trained: total("trainable") };
}

/**
 * Returns the layers of a model with the shapes of their results for some inputs, how many numbers their parameters
 * have, and how many operations a forward pass takes. Nothing is computed, and no state changes. Where parameters are
 * frozen, the table has a column of those that are trained.
 *
 * @param model a layer.
 * @param inputs those of its `forward`; of tensors only shapes and dtypes matter.
 * @returns data, which prints as an aligned table.
 * @throws ArgumentError if the model is no layer, and what its forward pass throws.
 * @example
 * ```ts
 * import { relu, summary, zeros } from "@graddiff/core";
 * import { Dense, Sequential } from "@graddiff/nn";
 *
 * const model = new Sequential(new Dense(4, 8), relu, new Dense(8, 2));
 * console.log(String(summary(model, zeros([16, 4]))));
 * // layer         result   parameters  flops
 * // Sequential    [16, 2]          58  1,824
 * //   Dense 4 → 8 [16, 8]          40  1,152
 * //   relu        [16, 8]           0    128
 * //   Dense 8 → 2 [16, 2]          18    544
 * // 58 parameters, all trained, 232 bytes
 * console.log(summary(model, zeros([16, 4])).parameters); // 58
 * ```
 */
export function summary(model: Layer, ...inputs: readonly unknown[]): Summary {
  if (!(model instanceof Layer)) {
    const expected = "a layer";
    throw new ArgumentError("summary", "model", expected, describe(model));
  }
  const rows: { -readonly [Key in keyof SummaryRow]: SummaryRow[Key] }[] = [];
  const recording = new CountingRecording();
  const running: { readonly row: (typeof rows)[number]; readonly before: number }[] = [];
  const looking = {
    begun: (layer: object, depth: number) => {
      const counts = countsOf(listVariables("summary", layer));
      const row = { layer: String(layer), depth, shapes: [], ...counts, flops: 0 };
      running.push({ row, before: recording.flops });
      rows.push(row);
    },
    ended: (_layer: object, result: unknown) => {
      const entry = running.pop();
      if (entry === undefined) return;
      entry.row.shapes = treeLeaves(result).map(({ shape }) => shape);
      entry.row.flops = recording.flops - entry.before;
    },
  };
  recordFunction(
    "summary",
    recording,
    (...inputs: never[]) => watchLayers(looking, () => model.forward(...inputs)),
    () =>
      inputs.map((input) =>
        walkTree("summary", input, (leaf) => recording.argument(leafTensor(leaf))),
      ),
  );
  const variables = listVariables("summary", model);
  const { flops } = recording;
  const figures = {
    ...countsOf(variables),
    bytes: variables.reduce((sum, variable) => sum + bytesOf(variable), 0),
    flops,
  };
  return { rows, ...figures, toString: () => tableOf(rows, figures) };
}

function tableOf(
  rows: readonly SummaryRow[],
  { parameters, trained, bytes }: Pick<Summary, "parameters" | "trained" | "bytes">,
): string {
  const { format } = new Intl.NumberFormat("en-US");
  // A column of what is trained would repeat that of parameters where nothing is frozen.
  const isWhole = trained === parameters;
  const cells = rows.map((row) => [
    "  ".repeat(row.depth) + row.layer,
    row.shapes.map(formatShape).join(" "),
    ` ${format(row.parameters)}`,
    ...(isWhole ? [] : [` ${format(row.trained)}`]),
    ` ${format(row.flops)}`,
  ]);
  const head = ["layer", "result", " parameters", ...(isWhole ? [] : [" trained"]), " flops"];
  const lines = alignColumns([head, ...cells], { right: [2, 3, 4], gap: " " });
  const which = isWhole ? "all trained" : `${format(trained)} trained`;
  return [...lines, `${format(parameters)} parameters, ${which}, ${format(bytes)} bytes`].join(
    "\n",
  );
}
