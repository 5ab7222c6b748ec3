/**
 * Elementwise ops: arithmetic, comparisons, conversions and elementary functions.
 */

import { ceil, exp, floor, log, pow, sin, sub, type Tensor, tanh, where } from "@graddiff/core";
import { at } from "@graddiff/core/internal";
import type { Builder } from "../graph/builder.ts";
import type { Quantity } from "../trace/quantity.ts";
import {
  byPrecision,
  cast,
  composite,
  inputOf,
  namesOf,
  type Operand,
  type Row,
  same,
  written,
} from "./writer.ts";

/** Returns the row of a comparison. Bools are cast to int32, because these operators do not take them. */
export function comparison(operator: string): Row {
  return {
    write: ({ graph, inputs }) => {
      const numbers = inputs.map((input) =>
        input.dtype === "bool" ? cast(graph, input, "int32") : input,
      );
      return [graph.node(operator, namesOf(numbers))];
    },
  };
}

/** x ≠ y. */
export const notEqual: Row = written(({ graph, inputs }) =>
  graph.node("Not", [graph.node("Equal", namesOf(inputs))]),
);

/**
 * Returns a number as a bool: true unless it is 0. An int32 is compared with 0 instead of cast, because onnxruntime
 * 1.21 merges a cast to int32 with a later cast to bool, which makes 0.4 true.
 */
function truthOf(graph: Builder, { name, dtype }: Operand): string {
  if (dtype === "bool") return name;
  if (dtype !== "int32") return graph.cast(name, "bool");
  return graph.node("Not", [graph.node("Equal", [name, graph.scalar("int32", 0)])]);
}

/** Returns the row of a logical op. Numbers are true unless they are 0. */
export function logical(operator: string): Row {
  return {
    write: ({ graph, inputs }) => [
      graph.node(
        operator,
        inputs.map((input) => truthOf(graph, input)),
      ),
    ],
  };
}

/** A choice. Bools are chosen by And and Or, because onnxruntime has no Where kernel for them. */
export const choice: Row = written((application) => {
  const { graph, inputs, results } = application;
  const [condition, x, y] = namesOf(inputs) as [string, string, string];
  if (at(results, 0).dtype !== "bool") return graph.node("Where", [condition, x, y]);
  const other = graph.node("And", [graph.node("Not", [condition]), y]);
  return graph.node("Or", [graph.node("And", [condition, x]), other]);
});

/** Returns the row of a maximum or minimum that is NaN if an input is. ONNX's operators for it may ignore NaN. */
export function chosenBy(comparisonOperator: string, operator: string): Row {
  return {
    write: ({ graph, inputs, results }) => {
      const [x, y] = namesOf(inputs) as [string, string];
      if (at(results, 0).dtype === "int32") return [graph.node(operator, [x, y])];
      const isX = graph.node("Or", [
        graph.node(comparisonOperator, [x, y]),
        graph.node("IsNaN", [x]),
      ]);
      return [graph.node("Where", [isX, x, y])];
    },
  };
}

/** Returns the row of an operator that would return a number for NaN. The row returns NaN. */
export function exceptNaN(operator: string): Row {
  return written((application) => {
    const { graph, inputs } = application;
    const x = inputOf(application);
    const value = graph.node(operator, [x]);
    if (at(inputs, 0).dtype === "int32") return value;
    return graph.node("Where", [graph.node("IsNaN", [x]), x, value]);
  });
}

/** Writes a conversion to bool. */
export const toBool: Row = written(({ graph, inputs }) => truthOf(graph, at(inputs, 0)));

/** Returns a conversion that any value survives. */
export function conversion(type: "float32" | "float64"): Row {
  return written((application) => application.graph.cast(inputOf(application), type));
}

/** Writes a conversion to int32: what is too great or too small for it becomes its nearest number, NaN becomes 0. */
export const toInt32: Row = written(({ graph, inputs }) => {
  const [x] = inputs as [(typeof inputs)[number]];
  if (x.dtype === "bool" || x.dtype === "int32") return graph.cast(x.name, "int32");
  const { name } = cast(graph, x, "float64");
  const number = graph.node("Where", [
    graph.node("IsNaN", [name]),
    graph.scalar("float64", 0),
    name,
  ]);
  const within = graph.node("Clip", [
    number,
    graph.scalar("float64", -(2 ** 31)),
    graph.scalar("float64", 2 ** 31 - 1),
  ]);
  return graph.cast(within, "int32");
});

/** A whole number as int32; for others the model refuses to run. */
export const wholeNumber: Row = written(({ graph, inputs }) => {
  const x = cast(graph, at(inputs, 0), "float64").name;
  const within = graph.node("Clip", [
    x,
    graph.scalar("float64", -(2 ** 31)),
    graph.scalar("float64", 2 ** 31 - 1),
  ]);
  const isWhole = graph.node("Equal", [graph.node("Floor", [within]), x]);
  return graph.onlyIf(isWhole, graph.cast(within, "int32"), "int32");
});

/** The demand on elements, as an application of the op `check` says it. */
interface Demand extends Readonly<Record<string, unknown>> {
  readonly low: Quantity;
  readonly high: Quantity;
  readonly only?: boolean;
  readonly takesNaN?: boolean;
}

/** A value as it is; for elements that are refused the model refuses to run. */
export const checkedElements: Row = written<Demand>(({ graph, inputs, attributes }) => {
  const [x, examined] = inputs as [Operand, Operand];
  // Booleans are never refused, and cannot be added to.
  if (x.dtype === "bool" || examined.dtype === "bool") return x.name;
  const { low, high, only = false, takesNaN = false } = attributes;
  const [least, greatest] = [graph.quantity(low, "float64"), graph.quantity(high, "float64")];
  const { name } = cast(graph, examined, "float64");
  const [first, second, both] = only
    ? (["Equal", "Equal", "Or"] as const)
    : (["GreaterOrEqual", "LessOrEqual", "And"] as const);
  const ends = [graph.node(first, [name, least]), graph.node(second, [name, greatest])];
  const within = graph.node(both, ends);
  const isTaken = takesNaN ? graph.node("Or", [within, graph.node("IsNaN", [name])]) : within;
  const refused = graph.cast(graph.node("Not", [isTaken]), "int32");
  const count = graph.node("ReduceSum", [refused], { keepdims: 0 });
  return graph.onlyIf(graph.node("Equal", [count, graph.scalar("int32", 0)]), x.name, x.dtype);
});

/** Rounding, which leaves int32 as it is. */
export function rounding(row: Row): Row {
  return {
    write: (application) =>
      at(application.inputs, 0).dtype === "int32"
        ? [application.graph.node("Identity", [inputOf(application)])]
        : row.write(application),
  };
}

/** x without its fraction. */
export const truncation: Row = composite((x) => where(x.less(0), ceil(x), floor(x)));

/** The remainder of a quotient that is cut; of int32 by 0 it is 0. */
export const cutRemainder: Row = {
  write: (application) => {
    const { graph, inputs, results } = application;
    const [x, y] = namesOf(inputs) as [string, string];
    if (at(results, 0).dtype !== "int32") return [graph.node("Mod", [x, y], { fmod: 1 })];
    const one = graph.scalar("int32", 1);
    const isZero = graph.node("Equal", [y, graph.scalar("int32", 0)]);
    // Runtimes trap for the least integer by −1, where nothing remains either.
    const isTrap = graph.node("Or", [isZero, graph.node("Equal", [y, graph.scalar("int32", -1)])]);
    return [graph.node("Mod", [x, graph.node("Where", [isTrap, one, y])], { fmod: 1 })];
  },
};

/** 2 to the power of the lowest five bits of a count, in float64. */
const powerOfCount = (y: Tensor) =>
  pow(2, y.sub(y.cast("float64").div(32).floor().cast("int32").mul(32)).cast("float64"));

/** Operators for shifts take no signed integers: bits move up by a product, which wraps. */
export const leftShift: Row = composite((x, y) => {
  const power = powerOfCount(y as Tensor);
  return x.mul(where(power.equal(2 ** 31), -(2 ** 31), power).cast("int32"));
});

/** Bits move down by a quotient, which float64 holds. */
export const rightShift: Row = composite((x, y) =>
  floor(x.cast("float64").div(powerOfCount(y as Tensor))).cast("int32"),
);

/** ONNX has cosines of float32 alone. */
export const cosine: Row = byPrecision(
  same("Cos"),
  composite((x) => sub(1, sin(x.mul(0.5)).square().mul(2))),
);

/** (e^x + 1) tanh(x/2), which is as accurate near 0 as tanh. */
export const expMinusOne: Row = composite((x) =>
  exp(x)
    .add(1)
    .mul(tanh(x.mul(0.5))),
);

/**
 * log u · x / (u − 1) with u = 1 + x as it is rounded (W. Kahan; in D. Goldberg, "What Every Computer Scientist
 * Should Know About Floating-Point Arithmetic", ACM Computing Surveys 23, 1991, theorem 4).
 */
export const logOnePlus: Row = composite((x: Tensor) => {
  const u = x.add(1);
  const rounded = u.sub(1);
  // The result is x itself where u is 1 or infinite.
  const isX = rounded.equal(0).logicalOr(rounded.equal(Number.POSITIVE_INFINITY));
  return where(isX, x, log(u).mul(x.div(rounded)));
});

/** The settings by which HardSigmoid is min(max(x + 3, 0), 6) / 6. */
export const HARD_SIGMOID = { alpha: { float: 1 / 6 }, beta: { float: 0.5 } } as const;

/** x times that. */
export const hardSwish: Row = written((application) => {
  const { graph } = application;
  const x = inputOf(application);
  return graph.node("Mul", [x, graph.node("HardSigmoid", [x], HARD_SIGMOID)]);
});
