/**
 * Random tensors: the generator of core in integer operators, so that a seed gives the same bits in every
 * runtime.
 */

import type { Tensor } from "@graddiff/core";
import type { Builder } from "../graph/builder.ts";
import type { Length } from "../trace/length.ts";
import type { Quantity } from "../trace/quantity.ts";
import { type Formula, type Operand, type Row, sizeOf, writeFormula, written } from "./writer.ts";

// Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3",
// SC 2011), as in core's tensor/threefry.ts.
const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const PARITY = 0x1bd11bda;

/** Words are int32: runtimes add those, and wrap; they shift and combine unsigned ones. */
class Words {
  readonly #graph: Builder;

  constructor(graph: Builder) {
    this.#graph = graph;
  }

  constant(value: number): string {
    return this.#graph.scalar("int32", value | 0);
  }

  add(x: string, y: string): string {
    return this.#graph.node("Add", [x, y]);
  }

  xor(x: string, y: string): string {
    return this.#graph.node("BitwiseXor", [x, y]);
  }

  /** Returns the bits moved round. */
  rotated(x: string, bits: number): string {
    const graph = this.#graph;
    const word = graph.cast(x, "uint32");
    const up = graph.node("BitShift", [word, graph.scalar("uint32", bits)], { direction: "LEFT" });
    const down = this.#down(word, 32 - bits);
    return graph.cast(graph.node("BitwiseOr", [up, down]), "int32");
  }

  #down(word: string, bits: number): string {
    const graph = this.#graph;
    return graph.node("BitShift", [word, graph.scalar("uint32", bits)], { direction: "RIGHT" });
  }

  /** Returns the upper bits as a number, without the lowest. */
  upper(x: string, without: number, type: "float32" | "float64"): string {
    const graph = this.#graph;
    // Fewer than 32 bits are left, which fit into an int32.
    return graph.cast(graph.cast(this.#down(graph.cast(x, "uint32"), without), "int32"), type);
  }
}

/** Returns the two words of each counter under a key of two words. */
function threefry(
  words: Words,
  [key0, key1]: readonly [string, string],
  counter: string,
): readonly [string, string] {
  const keys = [key0, key1, words.xor(words.constant(PARITY), words.xor(key0, key1))] as const;
  let x0 = words.add(counter, key0);
  let x1 = key1;
  for (let group = 0; group < 5; group++) {
    for (let round = 0; round < 4; round++) {
      x0 = words.add(x0, x1);
      x1 = words.xor(words.rotated(x1, ROTATIONS[(group % 2) * 4 + round] ?? 0), x0);
    }
    x0 = words.add(x0, keys[(group + 1) % 3] ?? key0);
    x1 = words.add(words.add(x1, keys[(group + 2) % 3] ?? key1), words.constant(group + 1));
  }
  return [x0, x1];
}

/** Returns the two words of seeds. The model refuses to run for what is no seed. */
function keysOf(graph: Builder, { name, dtype }: Operand): readonly [string, string] {
  if (dtype === "int32") {
    const isSeed = graph.node("GreaterOrEqual", [name, graph.scalar("int32", 0)]);
    return [graph.onlyIf(isSeed, name, "int32"), graph.scalar("int32", 0)];
  }
  const limit = graph.node("Clip", [
    name,
    graph.scalar("float64", 0),
    graph.scalar("float64", 2 ** 53 - 1),
  ]);
  const seed = graph.node("Floor", [limit]);
  const upper = graph.node("Floor", [graph.node("Div", [seed, graph.scalar("float64", 2 ** 32)])]);
  const lower = graph.node("Sub", [
    seed,
    graph.node("Mul", [upper, graph.scalar("float64", 2 ** 32)]),
  ]);
  const word = (x: string) => graph.cast(graph.cast(graph.cast(x, "int64"), "uint32"), "int32");
  return [graph.onlyIf(graph.node("Equal", [seed, name]), word(lower), "int32"), word(upper)];
}

/** The attributes of random ops in core, where numbers may depend on open axes. */
interface Drawn {
  /** The shape for each seed. */
  readonly shape: readonly Length[];
  readonly dtype: "float32" | "float64";
}

interface Uniform extends Drawn {
  readonly low: Quantity;
  readonly high: Quantity;
  /** The elements of the sequence: first, first + step, … */
  readonly first: Length;
  readonly step: Length;
}

interface Normal extends Drawn {
  readonly mean: Quantity;
  readonly deviation: Quantity;
}

/** Numbers in [low, high) of the elements first, first + step, … of the sequence of each seed. */
export const uniform: Row = written<Uniform>(({ graph, inputs, attributes, results }) => {
  const [seed] = inputs as [Operand];
  const [{ shape: target }] = results as [(typeof results)[number]];
  const { shape, dtype, low, high, first, step } = attributes;
  const positions = graph.node("Range", [
    graph.scalar("int32", 0),
    graph.count(sizeOf(shape), "int32"),
    graph.scalar("int32", 1),
  ]);
  const unit = unitNumbers(graph, seed, countersOf(graph, positions, first, step), dtype);
  const [from, to] = [graph.quantity(low, "float64"), graph.quantity(high, "float64")];
  const range =
    typeof low === "number" && typeof high === "number"
      ? graph.scalar(dtype, high - low)
      : graph.cast(graph.node("Sub", [to, from]), dtype);
  // low is added in float64, and the sum rounded.
  const scaled = graph.node("Mul", [unit, range]);
  const wide = dtype === "float32" ? graph.cast(scaled, "float64") : scaled;
  const sum = graph.node("Add", [wide, from]);
  const value = dtype === "float32" ? graph.cast(sum, "float32") : sum;
  // Rounding may reach `high`, which is excluded. It is compared in float64.
  const compared = dtype === "float32" ? graph.cast(value, "float64") : value;
  const isBelow = graph.node("Less", [compared, to]);
  const chosen = graph.node("Where", [isBelow, value, graph.quantity(low, dtype)]);
  return graph.reshape(chosen, target);
});

/** The transform of Box and Muller (Ann. Math. Stat. 29, 1958), along one axis and the other. */
const BOX_MULLER = [(angle: Tensor) => angle.cos(), (angle: Tensor) => angle.sin()].map(
  (direction): Formula =>
    (u, v, mean, deviation) => {
      const [first, second] = [u, v] as [Tensor, Tensor];
      const radius = first.neg().add(1).log().mul(-2).sqrt();
      return radius
        .mul(deviation ?? 1)
        .mul(direction(second.mul(2 * Math.PI)))
        .add(mean ?? 0);
    },
);

/**
 * Numbers of a normal distribution, in pairs, as core computes them in float64. It is no composite here: the number
 * of pairs, half of the elements rounded up, is no such length.
 */
export const normal: Row = written<Normal>((application) => {
  const { graph, inputs, attributes, results } = application;
  const [seed] = inputs as [Operand];
  const [{ shape: target }] = results as [(typeof results)[number]];
  const { shape, dtype, mean, deviation } = attributes;
  const size = sizeOf(shape);
  const [zero, one, two] = [
    graph.scalar("int32", 0),
    graph.scalar("int32", 1),
    graph.scalar("int32", 2),
  ];
  const pairs = graph.node("Div", [graph.node("Add", [graph.count(size, "int32"), one]), two]);
  const positions = graph.node("Range", [zero, pairs, one]);
  const operand = (name: string): Operand => ({ name, shape: [], dtype: "float64" });
  const unit = (first: number) =>
    operand(unitNumbers(graph, seed, countersOf(graph, positions, first, 2), "float64"));
  const operands = [
    unit(0),
    unit(1),
    operand(graph.quantity(mean, "float64")),
    operand(graph.quantity(deviation, "float64")),
  ];
  const halves = BOX_MULLER.map((formula) => writeFormula(application, formula, operands));
  const axis = seed.shape.length;
  const all = graph.node("Concat", halves, { axis });
  const values = graph.node("Slice", [
    all,
    graph.constant("int64", [0]),
    graph.length(size),
    graph.constant("int64", [axis]),
  ]);
  const shaped = graph.reshape(values, target);
  return dtype === "float32" ? graph.cast(shaped, dtype) : shaped;
});

/** Numbers in [0, 1) of the elements at counters, after the axes of the seeds. */
function unitNumbers(
  graph: Builder,
  seed: Operand,
  counters: string,
  dtype: "float32" | "float64",
): string {
  const words = new Words(graph);
  const key = keysOf(graph, seed);
  const alone = [...seed.shape, 1];
  const keys = key.map((word) =>
    word === key[1] && seed.dtype === "int32" ? word : graph.reshape(word, alone),
  );
  const [upper, lower] = threefry(words, [keys[0] ?? "", keys[1] ?? ""], counters);
  if (dtype === "float32") {
    return graph.node("Mul", [words.upper(upper, 8, dtype), graph.scalar(dtype, 2 ** -24)]);
  }
  const high = graph.node("Mul", [words.upper(upper, 5, dtype), graph.scalar(dtype, 2 ** 26)]);
  const whole = graph.node("Add", [high, words.upper(lower, 6, dtype)]);
  return graph.node("Mul", [whole, graph.scalar(dtype, 2 ** -53)]);
}

/** first, first + step, … as words, for the positions 0, 1, … */
function countersOf(graph: Builder, positions: string, first: Length, step: Length): string {
  const scaled =
    step === 1 ? positions : graph.node("Mul", [positions, graph.count(step, "int32")]);
  return first === 0 ? scaled : graph.node("Add", [scaled, graph.count(first, "int32")]);
}
