import { compile, grad, scan, type Tensor, tensor } from "@graddiff/core";
import type { Eval } from "../eval.ts";
import { loss, lossGradient, type Net } from "../reference/lstm.ts";
import { at } from "./at.ts";

/** A net of l layers for characters of b bits. */
export interface Parameters {
  /** 2l × 4b: for each layer a row of weights and one of biases, of the gates f, i, o, g. */
  readonly main: Tensor;
  /** 3 × b: the factors of characters, and the weights and biases of the prediction. */
  readonly extra: Tensor;
}

/** The memory of a layer, b numbers each. */
interface Memory {
  readonly hidden: Tensor;
  readonly cell: Tensor;
}

/**
 * Returns the error with which the net predicts each next character of a text, C × b. The state is 2l × b: for each
 * layer a row of hidden values and one of cells.
 */
function error({ main, extra }: Parameters, state: Tensor, text: Tensor): Tensor {
  const [count = 0, bits = 0] = text.shape;
  const gates = main.reshape([-1, 2, 4, bits]);
  const start = Array.from({ length: gates.shape[0] ?? 0 }, (_, layer) => ({
    hidden: at(state, 2 * layer),
    cell: at(state, 2 * layer + 1),
  }));

  const step = (memories: readonly Memory[], character: Tensor): [Memory[], Tensor] => {
    let value = character.mul(at(extra, 0));
    const next = memories.map(({ hidden, cell }, layer) => {
      const gate = (x: Tensor, i: number) =>
        x.mul(at(gates, layer, 0, i)).add(at(gates, layer, 1, i));
      const forget = gate(value, 0).sigmoid();
      const input = gate(hidden, 1).sigmoid();
      const output = gate(value, 2).sigmoid();
      const change = gate(hidden, 3).tanh();
      const memory = cell.mul(forget).add(input.mul(change));
      value = output.mul(memory.tanh());
      return { hidden: value, cell: memory };
    });
    return [next, value];
  };
  const [, values] = scan(step, start, text.slice([0], [-1]));
  const prediction = values.mul(at(extra, 1)).add(at(extra, 2));
  const normalizer = prediction.exp().sum(1, { keepDims: true }).add(2).log();
  return text
    .slice([1])
    .mul(normalizer.sub(prediction))
    .sum()
    .div((count - 1) * bits);
}

export const objective = compile(error);
export const jacobian = compile(grad(error));

/** The bits of a character of GradBench's text, which has typographic quotes. */
const bits = 14;

interface Size {
  readonly l: number;
  readonly c: number;
}

export const lstm: Eval<Size, Net> = {
  name: "lstm",
  description: "recurrent net of l layers with diagonal weights on a text of c characters",
  functions: ["objective", "jacobian"],
  score: "sum",
  sizes: [2, 4, 6]
    .flatMap((l) => [1024, 4096, 8192].map((c) => ({ l, c })))
    .sort((first, second) => first.l * first.c - second.l * second.c),
  nameOf: ({ l, c }) => `l=${l},c=${c}`,
  // GradBench reads the text from a file, and its parameters have no seed. Random bits and numbers replace both.
  input: ({ l, c }, random) => ({
    bits,
    main: random.uniform(2 * l * 4 * bits),
    extra: random.uniform(3 * bits),
    state: random.uniform(2 * l * bits),
    text: random.uniform(c * bits).map(Math.round),
  }),
  prepare: ({ bits, ...input }) => {
    const layers = input.state.length / (2 * bits);
    const parameters: Parameters = {
      main: tensor(input.main, { shape: [2 * layers, 4 * bits] }),
      extra: tensor(input.extra, { shape: [3, bits] }),
    };
    const state = tensor(input.state, { shape: [2 * layers, bits] });
    const text = tensor(input.text, { shape: [input.text.length / bits, bits] });
    return {
      objective: () => [objective(parameters, state, text)],
      jacobian: () => {
        const { main, extra } = jacobian(parameters, state, text);
        return [main, extra];
      },
    };
  },
  expected: (net) => ({
    objective: () => [[loss(net)]],
    jacobian: () => {
      const { main, extra } = lossGradient(net);
      return [main, extra];
    },
  }),
};
