// The data of the workloads, as plain numbers and typed arrays, so that every library gets the same. All data follow
// from fixed seeds.

/** Returns a pseudorandom sequence of numbers, uniform in [low, high). */
export function randomNumbers(count: number, seed: number, low = 0, high = 1): Float32Array {
  const next = generator(seed);
  return Float32Array.from({ length: count }, () => low + (high - low) * next());
}

/** Returns a pseudorandom sequence of integers, from 0 to `limit` − 1. */
export function randomIntegers(count: number, seed: number, limit: number): Int32Array {
  const next = generator(seed);
  return Int32Array.from({ length: count }, () => Math.floor(limit * next()));
}

/** Returns inputs of given shapes, each from a different seed, uniform in [−limit, limit). */
export function randomInputs(
  shapes: readonly (readonly number[])[],
  limitOf: (shape: readonly number[]) => number = () => 1,
): (readonly [Float32Array, readonly number[]])[] {
  return shapes.map((shape, i) => {
    const count = shape.reduce((all, length) => all * length, 1);
    return [randomNumbers(count, 61 + i, -limitOf(shape), limitOf(shape)), shape];
  });
}

/** Returns the generator of Numerical Recipes; its upper bits are random enough for timings. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The plan by which a network is trained. */
export interface TrainingPlan {
  /** The lengths of its layers, the input first. */
  readonly widths: readonly number[];
  /** The activation between the layers. */
  readonly activation: "tanh" | "relu";
  /** Mean squared error against numbers, or softmax cross-entropy against class indices. */
  readonly loss: "squared error" | "cross-entropy";
  readonly batch: number;
  readonly optimizer: "SGD" | "Adam";
  readonly learningRate: number;
  /** The momentum of SGD. */
  readonly momentum: number;
}

export const trainingPlans = {
  tiny: {
    widths: [2, 16, 16, 1],
    activation: "tanh",
    loss: "squared error",
    batch: 32,
    optimizer: "SGD",
    learningRate: 0.05,
    momentum: 0,
  },
  digits: {
    widths: [784, 128, 64, 10],
    activation: "relu",
    loss: "cross-entropy",
    batch: 64,
    optimizer: "SGD",
    learningRate: 0.01,
    momentum: 0.9,
  },
  wide: {
    widths: [784, 512, 512, 10],
    activation: "relu",
    loss: "cross-entropy",
    batch: 128,
    optimizer: "Adam",
    learningRate: 0.001,
    momentum: 0,
  },
} satisfies Record<string, TrainingPlan>;

/** The first weights of a network and its only batch. */
export interface TrainingData {
  /** The weights by rows, inputs × outputs for each layer; biases begin at zero. */
  readonly weights: readonly Float32Array[];
  /** batch × the first width. */
  readonly x: Float32Array;
  /** Numbers, batch × 1, or a class for each row. */
  readonly y: Float32Array | Int32Array;
}

export function trainingData({ widths, loss, batch }: TrainingPlan): TrainingData {
  const weights = widths.slice(1).map((outputs, layer) => {
    const inputs = widths[layer] ?? 0;
    const limit = Math.sqrt(6 / (inputs + outputs));
    return randomNumbers(inputs * outputs, 100 + layer, -limit, limit);
  });
  const outputs = widths.at(-1) ?? 0;
  return {
    weights,
    x: randomNumbers(batch * (widths[0] ?? 0), 1),
    y:
      loss === "cross-entropy"
        ? randomIntegers(batch, 2, outputs)
        : randomNumbers(batch * outputs, 2, -1, 1),
  };
}

/** A network of convolutions, each with relu and a max pool of 2 × 2, and then of dense layers with relu between. */
export interface CnnPlan {
  readonly name: string;
  /** The height and width of the images, which have one channel. */
  readonly side: number;
  readonly convolutions: readonly {
    readonly channels: number;
    readonly size: number;
    readonly padding: number;
  }[];
  /** The lengths of the dense layers' results. */
  readonly dense: readonly number[];
  readonly batch: number;
  /** The learning rate of SGD. */
  readonly learningRate: number;
}

export const cnnPlans: readonly CnnPlan[] = [
  {
    name: "train a CNN of 28 × 28",
    side: 28,
    convolutions: [
      { channels: 8, size: 3, padding: 1 },
      { channels: 16, size: 3, padding: 1 },
    ],
    dense: [10],
    batch: 32,
    learningRate: 0.05,
  },
  {
    name: "train LeNet",
    side: 28,
    convolutions: [
      { channels: 6, size: 5, padding: 0 },
      { channels: 16, size: 5, padding: 0 },
    ],
    dense: [120, 84, 10],
    batch: 32,
    learningRate: 0.05,
  },
];

/**
 * Returns weights with their shapes, biases of zero, a batch of images [batch, 1, side, side], and a class for each.
 */
export function cnnData({ side, convolutions, dense, batch }: CnnPlan) {
  let [channels, length] = [1, side];
  const shapes: (readonly number[])[] = [];
  for (const { channels: next, size, padding } of convolutions) {
    shapes.push([next, channels, size, size]);
    channels = next;
    length = Math.floor((length + 2 * padding - size + 1) / 2);
  }
  let inputs = channels * length ** 2;
  for (const outputs of dense) {
    shapes.push([inputs, outputs]);
    inputs = outputs;
  }
  const weights = shapes.map((shape, i) => {
    const count = shape.reduce((all, own) => all * own, 1);
    // The number of inputs and outputs of one element, as in Glorot and Bengio's initialisation.
    const ends =
      shape.length === 4
        ? ((shape[0] ?? 0) + (shape[1] ?? 0)) * (shape[2] ?? 0) ** 2
        : (shape[0] ?? 0) + (shape[1] ?? 0);
    const limit = Math.sqrt(6 / ends);
    return [randomNumbers(count, 50 + i, -limit, limit), shape] as const;
  });
  return {
    weights,
    images: [randomNumbers(batch * side ** 2, 48), [batch, 1, side, side]] as const,
    classes: randomIntegers(batch, 49, dense.at(-1) ?? 0),
    /** The elements of the last convolution's result: height and width are alike. */
    flattened: { channels, side: length },
  };
}

export const purchaseCount = 1_000_000;

/** Returns a million purchases: prices, counts and tax factors. */
export function purchases(): Record<"price" | "count" | "tax", Float32Array> {
  return {
    price: randomNumbers(purchaseCount, 11, 0.5, 1.5),
    count: randomNumbers(purchaseCount, 12, 1, 5),
    tax: randomNumbers(purchaseCount, 13, 1, 1.25),
  };
}

/** A node of the scalar graph. Operands are numbered: first the inputs, then the nodes. */
export interface ScalarNode {
  readonly kind: "add" | "mul" | "tanh";
  readonly first: number;
  /** An input; tanh does not use it. */
  readonly second: number;
}

export interface ScalarGraph {
  readonly inputs: readonly number[];
  readonly nodes: readonly ScalarNode[];
  /** The number of last nodes whose sum is the result. */
  readonly summed: number;
}

/**
 * 1000 nodes on 10 inputs, each made from one of the eight values before it: from any of them, so that only 244
 * contribute to the result, or from the eighth, so that all do.
 */
export function scalarGraph(from: "any" | "eighth"): ScalarGraph {
  const count = 1000;
  const inputs = [...randomNumbers(10, 21, -0.9, 0.9)];
  const kinds = Array.from({ length: count }, (_, i) => (["add", "mul", "tanh"] as const)[i % 3]);
  const next = generator(22);
  const below = (limit: number) => Math.floor(limit * next());
  // Fisher–Yates shuffle: equally many nodes of each kind, in random order.
  for (let i = count - 1; i > 0; i--) {
    const j = below(i + 1);
    [kinds[i], kinds[j]] = [kinds[j], kinds[i]];
  }
  const nodes = kinds.map((kind = "add", i): ScalarNode => {
    const values = inputs.length + i;
    const back = from === "any" ? 1 + below(8) : 8;
    return { kind, first: values - back, second: below(inputs.length) };
  });
  return { inputs, nodes, summed: 16 };
}

/** The sides of the square matrices that are multiplied. */
export const matrixSizes = [64, 256, 512, 1024] as const;

export function matrices(size: number): readonly [Float32Array, Float32Array] {
  return [randomNumbers(size * size, 31, -1, 1), randomNumbers(size * size, 32, -1, 1)];
}

/** Pools: windows without padding. */
export const pooling = { size: 3, stride: 2 } as const;

/** The number of attention heads of a transformer block. */
export const blockHeads = 4;

/** Stacks of square matrices that are factorised: their names, the number of matrices, and their side. */
export const stacks = [
  { name: "64 × 64", count: 1, side: 64 },
  { name: "512 × 512", count: 1, side: 512 },
  { name: "10⁴ of 4 × 4", count: 10_000, side: 4 },
] as const;

export type Stack = (typeof stacks)[number];

/** Returns the shape of a stack. One matrix has no axis for it. */
export function stackShape({ count, side }: Stack): readonly number[] {
  return count === 1 ? [side, side] : [count, side, side];
}

/** Returns matrices of random elements from −1 to 1. */
export function randomStack({ count, side }: Stack): Float32Array {
  return randomNumbers(count * side * side, 41, -1, 1);
}

/** Returns symmetric matrices, (A + Aᵀ)/2 of random ones, with eigenvalues of both signs. */
export function symmetricStack(stack: Stack): Float32Array {
  const { side } = stack;
  const random = randomStack(stack);
  return random.map((value, i) => {
    const column = i % side;
    const row = Math.floor(i / side) % side;
    return (value + (random[i + (column - row) * (side - 1)] ?? 0)) / 2;
  });
}

/**
 * Returns positive definite matrices: symmetric ones plus 2√n on the diagonal, which exceeds the norm of a random
 * matrix.
 */
export function definiteStack(stack: Stack): Float32Array {
  return shifted(symmetricStack(stack), stack, false);
}

/**
 * Returns well-conditioned matrices whose greatest elements are on the other diagonal, so that pivoting exchanges rows.
 */
export function invertibleStack(stack: Stack): Float32Array {
  return shifted(randomStack(stack), stack, true);
}

/** Adds 2√n to the diagonal of matrices, or to the diagonal from the upper right to the lower left. */
function shifted(elements: Float32Array, { side }: Stack, isOther: boolean): Float32Array {
  return elements.map((value, i) => {
    const column = i % side;
    const row = Math.floor(i / side) % side;
    return row === (isOther ? side - 1 - column : column) ? value + 2 * Math.sqrt(side) : value;
  });
}

/** Returns one right-hand side for each matrix, of the matching shape. */
export function rightSides({ count, side }: Stack): readonly [Float32Array, readonly number[]] {
  return [randomNumbers(count * side, 42, -1, 1), count === 1 ? [side, 1] : [count, side, 1]];
}
