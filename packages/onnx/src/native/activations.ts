/**
 * Activations, as files spell them out.
 */

import { isFloat } from "@graddiff/core/extend";
import { hasShapeOf, idOf, type Native } from "./native.ts";
import { either, number, op, type Pattern, value } from "./pattern.ts";

const x = value("x");
const scaled: Pattern = either(op("div", x, number("root")), op("mul", x, number("inverse")));
const twice = op("add", op("erf", scaled), number(1));

/** Numbers between two others, or on one side of one. */
export const clip: Native = {
  pattern: either(
    op("minimum", op("maximum", x, number("low")), number("high")),
    op("maximum", x, number("low")),
    op("minimum", x, number("high")),
  ),
  fit: (view, found, root) => {
    const id = idOf(found, "x");
    const { dtype } = view.node(id);
    // Without a bound runtimes take the greatest finite number for one.
    const boundOf = (name: string, otherwise: number) =>
      found.has(name) ? (view.number(idOf(found, name)) ?? otherwise) : otherwise;
    const bounds = [
      boundOf("low", Number.NEGATIVE_INFINITY),
      boundOf("high", Number.POSITIVE_INFINITY),
    ];
    if (!isFloat(dtype) || !hasShapeOf(view, root, id) || bounds.some(Number.isNaN))
      return undefined;
    return {
      inputs: [id],
      write: ({ graph, inputs: [input] }) => {
        const scalars = bounds.map((bound) => graph.scalar(dtype, bound));
        return [graph.node("Clip", [input?.name ?? "", ...scalars])];
      },
    };
  },
};

/** x · (1 + erf(x / √2)) / 2 */
export const gelu: Native = {
  pattern: either(
    op("mul", op("mul", x, twice), number(0.5)),
    op("mul", x, op("mul", twice, number(0.5))),
    op("mul", op("mul", x, number(0.5)), twice),
  ),
  fit: (view, found, result) => {
    const root = found.has("root")
      ? view.number(idOf(found, "root"))
      : 1 / (view.number(idOf(found, "inverse")) ?? 0);
    const id = idOf(found, "x");
    const isRoot = root !== undefined && Math.abs(root / Math.SQRT2 - 1) < 1e-6;
    if (!isRoot || view.node(id).dtype !== "float32") return undefined;
    if (!hasShapeOf(view, result, id)) return undefined;
    return {
      since: 20,
      inputs: [id],
      write: ({ graph, inputs: [input] }) => [graph.node("Gelu", [input?.name ?? ""])],
    };
  },
};
