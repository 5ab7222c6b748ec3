/**
 * The operators that bring elements to a mean of 0 and a variance of 1: by the statistics of channels that have been
 * seen, of the last axes, or of the planes of each channel.
 */

import { at, type ReductionAttributes } from "@graddiff/core/internal";
import { type Application, type Operand, Unsupported } from "../ops/writer.ts";
import { isPolynomial, type Length, productOf } from "../trace/length.ts";
import { sameLengths } from "../trace/simplify.ts";
import {
  hasShapeOf,
  idOf,
  idsOf,
  isFloatAttribute,
  isPerChannel,
  type Native,
  vectorOf,
} from "./native.ts";
import {
  as,
  either,
  type Found,
  fixed,
  number,
  op,
  type Pattern,
  reshaped,
  value,
} from "./pattern.ts";
import type { View } from "./view.ts";

/** Returns a value times a scale and a bias added, or without either. */
function scaled(normal: Pattern, part: (name: string) => Pattern): Pattern {
  const product = op("mul", normal, part("scale"));
  return either(op("add", product, part("bias")), product, normal);
}

const spread = (variance: Pattern) => op("sqrt", op("add", variance, number("epsilon")));
/** The pattern of a value that is divided by a spread, as a quotient or as the product with its inverse. */
const over = (centred: Pattern, variance: Pattern) =>
  either(
    op("div", centred, spread(variance)),
    op("mul", centred, op("div", number(1), spread(variance))),
  );

const channel = (name: string) => as(`wide ${name}`, reshaped(fixed(name)));
/** The factor of each channel, scale / √(variance + epsilon), in the form in which `importOnnx` computes a BatchNormalization. */
const factor = op("mul", channel("scale"), op("div", number(1), spread(channel("variance"))));

const PARTS = ["scale", "bias", "mean", "variance"] as const;

/** The normalisation of channels by statistics that are constants of the model. */
export const batchNormalization: Native = {
  pattern: either(
    scaled(over(op("sub", value("x"), channel("mean")), channel("variance")), channel),
    op(
      "add",
      op("mul", value("x"), as("factor", factor)),
      op("sub", channel("bias"), op("mul", channel("mean"), value("factor"))),
    ),
  ),
  fit: (view, found, id) => {
    const { shape, dtype } = view.node(idOf(found, "x"));
    const epsilon = epsilonOf(view, found);
    const [, channels] = shape;
    const isOne = (name: string) =>
      isPerChannel(view, idOf(found, `wide ${name}`), channels ?? 0, shape.length);
    const given = PARTS.filter((name) => found.has(name));
    if (typeof channels !== "number" || !given.every(isOne)) return undefined;
    if (!isFloatAttribute(epsilon, dtype) || !hasShapeOf(view, id, idOf(found, "x"))) {
      return undefined;
    }
    return {
      inputs: idsOf(found, "x", ...given),
      write: ({ graph, inputs: [x, ...others] }) => {
        const names = new Map(
          given.map((name, i) => [name, vectorOf(graph, at(others, i), channels)]),
        );
        const parts = PARTS.map(
          (name) => names.get(name) ?? graph.filled(dtype, name === "scale" ? 1 : 0, [channels]),
        );
        return [
          graph.node("BatchNormalization", [x?.name ?? "", ...parts], {
            epsilon: { float: epsilon },
          }),
        ];
      },
    };
  },
};

const centred = as("centred", op("sub", value("x"), as("mean", op("mean", value("x")))));
const square = op("mul", value("centred"), value("centred"));
const variance = either(
  op("div", as("sum", op("sum", square)), number("count")),
  as("mean of squares", op("mean", square)),
);
const standardized = over(centred, variance);

function epsilonOf(view: View, found: Found): number {
  return view.number(idOf(found, "epsilon")) ?? 0;
}

/** Returns the axes of a mean and a variance, and whether the one is that of the other. */
function axesOf(view: View, found: Found): readonly number[] | undefined {
  const { shape } = view.node(idOf(found, "x"));
  const of = (name: string, op: string) => {
    const id = found.get(name);
    const node = id === undefined ? undefined : view.operation(id, op);
    return node && (node.attributes as unknown as ReductionAttributes);
  };
  const mean = of("mean", "mean");
  const squares = of("sum", "sum") ?? of("mean of squares", "mean");
  if (!mean?.keepDims || !squares?.keepDims || String(mean.axes) !== String(squares.axes)) {
    return undefined;
  }
  if (!found.has("sum")) return mean.axes;
  const count = productOf(mean.axes.map((axis) => at(shape, axis)));
  return view.number(idOf(found, "count")) === count ? mean.axes : undefined;
}

/** Writes an operator for standardized values, with ones and zeros where there is no scale and no bias. */
function written(
  { graph, inputs }: Application,
  operator: string,
  size: readonly Length[],
  attributes: { readonly axis?: number; readonly epsilon: { readonly float: number } },
): readonly string[] {
  const [x, scale, bias] = inputs as [Operand, Operand?, Operand?];
  const lengths = size.map((length) => {
    if (isPolynomial(length))
      throw new Unsupported("a scale of an open length", "Give it a fixed one");
    return length;
  });
  const of = (operand: Operand | undefined, otherwise: number) => {
    if (operand === undefined) return graph.filled(x.dtype, otherwise, lengths);
    return sameLengths(operand.shape, lengths)
      ? operand.name
      : graph.reshape(operand.name, lengths);
  };
  const parts = [x.name, of(scale, 1)];
  // Layers of positions need no bias, planes do.
  if (bias !== undefined || operator !== "LayerNormalization") parts.push(of(bias, 0));
  return [graph.node(operator, parts, attributes)];
}

/** The normalisation of the last axes, with a scale for each of their elements. */
export const layerNormalization: Native = {
  pattern: scaled(standardized, (name) => reshaped(value(name))),
  fit: (view, found, id) => {
    const { shape, dtype } = view.node(idOf(found, "x"));
    const axes = axesOf(view, found);
    const epsilon = epsilonOf(view, found);
    // The operator has statistics of float32 for float64.
    if (axes === undefined || dtype !== "float32") return undefined;
    if (!hasShapeOf(view, id, idOf(found, "x"))) return undefined;
    const axis = shape.length - axes.length;
    const size = shape.slice(axis);
    const parts = idsOf(found, "scale", "bias");
    // Ones for several axes without a scale would take much room.
    if (parts.length === 0 && axes.length > 1) return undefined;
    if (!axes.every((each, i) => each === axis + i) || size.some(isPolynomial)) return undefined;
    if (!parts.every((id) => sameLengths(view.node(id).shape, size))) return undefined;
    return {
      inputs: idsOf(found, "x", "scale", "bias"),
      write: (application) =>
        written(application, "LayerNormalization", size, {
          axis: axis - shape.length,
          epsilon: { float: epsilon },
        }),
    };
  },
};

/** The normalisation of each plane by its own mean and variance. */
export const instanceNormalization: Native = {
  pattern: scaled(standardized, channel),
  fit: (view, found, id) => {
    const { shape, dtype } = view.node(idOf(found, "x"));
    const axes = axesOf(view, found);
    const epsilon = epsilonOf(view, found);
    const [, channels] = shape;
    const isOfPlanes =
      axes !== undefined &&
      shape.length > 2 &&
      axes.length === shape.length - 2 &&
      axes.every((each, i) => each === i + 2);
    if (!isOfPlanes || typeof channels !== "number" || dtype !== "float32") return undefined;
    if (!hasShapeOf(view, id, idOf(found, "x"))) return undefined;
    const isOne = (name: string) =>
      !found.has(name) || isPerChannel(view, idOf(found, `wide ${name}`), channels, shape.length);
    if (!isOne("scale") || !isOne("bias")) return undefined;
    return {
      inputs: idsOf(found, "x", "scale", "bias"),
      write: (application) =>
        written(application, "InstanceNormalization", [channels], {
          epsilon: { float: epsilon },
        }),
    };
  },
};
