/**
 * Products with what is added to them: Gemm, and convolutions with a bias.
 */

import { isFloat } from "@graddiff/core/extend";
import { at } from "@graddiff/core/internal";
import { convolution, transposedConvolution } from "../ops/windows.ts";
import { namesOf } from "../ops/writer.ts";
import { isPolynomial } from "../trace/length.ts";
import { sameLength } from "../trace/simplify.ts";
import { idOf, idsOf, isPerChannel, type Native, vectorOf } from "./native.ts";
import { as, either, op, reshaped, value } from "./pattern.ts";

const factor = (name: string) => either(op("transpose", value(`${name}T`)), value(name));
const product = op("matmul", factor("a"), factor("b"));

/** A product of two matrices, turned or not, and what is added to it. */
export const gemm: Native = {
  pattern: either(op("add", product, value("c")), product),
  fit: (view, found) => {
    const inputs = [idsOf(found, "a", "aT"), idsOf(found, "b", "bT"), idsOf(found, "c")].flat();
    const [a, b, c] = inputs.map((id) => view.node(id));
    if (a?.shape.length !== 2 || b?.shape.length !== 2 || !isFloat(a.dtype)) return undefined;
    const [turnsA, turnsB] = [found.has("aT"), found.has("bT")];
    // A product alone has an operator of its own.
    if (c === undefined && !turnsA && !turnsB) return undefined;
    const [rows, inner] = turnsA ? [...a.shape].reverse() : a.shape;
    const columns = at(b.shape, turnsB ? 0 : 1);
    // Without elements there is nothing to sum.
    if (typeof inner !== "number" || inner === 0 || rows === undefined) return undefined;
    const isOver = (axis: number, length: typeof rows) => {
      const own = c?.shape[c.shape.length - axis] ?? 1;
      return own === 1 || sameLength(own, length);
    };
    if (c && (c.shape.length > 2 || !isOver(1, columns) || !isOver(2, rows))) return undefined;
    return {
      inputs,
      write: ({ graph, inputs: operands }) => [
        graph.node("Gemm", namesOf(operands), {
          ...(turnsA && { transA: 1 }),
          ...(turnsB && { transB: 1 }),
        }),
      ],
    };
  },
};

const ROWS = { convolution, transposedConvolution };

/** A convolution, transposed or not, with a bias. */
const biased = (name: keyof typeof ROWS): Native => ({
  pattern: op(
    "add",
    as("own", op(name, value("x"), value("weight"))),
    as("wide", reshaped(value("bias"))),
  ),
  fit: (view, found, id) => {
    const own = view.operation(idOf(found, "own"), name);
    const { shape } = view.node(id);
    const [, channels = 0] = shape;
    const { shape: weights } = view.node(idOf(found, "weight"));
    if (
      !own ||
      weights.some(isPolynomial) ||
      !isPerChannel(view, idOf(found, "wide"), channels, shape.length)
    )
      return undefined;
    return {
      inputs: idsOf(found, "x", "weight", "bias"),
      write: (application) => {
        const [x, weight, bias] = application.inputs;
        if (!x || !weight || !bias) return [];
        const vector = vectorOf(application.graph, bias, channels);
        const inputs = [x, weight, { ...bias, name: vector }];
        return ROWS[name].write({ ...application, inputs, attributes: own.attributes });
      },
    };
  },
});

export const biasedConvolutions: readonly Native[] = [
  biased("convolution"),
  biased("transposedConvolution"),
];
