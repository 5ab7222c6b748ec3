/** Parameters, state and text of a net, in row-major arrays. */
export interface Net {
  readonly bits: number;
  /** 2l × 4b: weights and biases of each layer, for the gates f, i, o, g. */
  readonly main: Float64Array;
  /** 3 × b */
  readonly extra: Float64Array;
  /** 2l × b: hidden values and cells of each layer. */
  readonly state: Float64Array;
  /** C × b */
  readonly text: Float64Array;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

export function loss(net: Net): number {
  return forward(net).value;
}

/** Returns the bounds of the loops over bits, layers and steps: the state has two numbers for each bit of each layer. */
function sizes({ bits, state, text }: Net) {
  return { bits, layers: state.length / (2 * bits), steps: text.length / bits - 1 };
}

/**
 * Returns the loss, the states before and after each step, and the derivatives of the loss with respect to predictions.
 */
function forward(net: Net) {
  const { bits, layers, steps } = sizes(net);
  const { main, extra, text } = net;
  const width = 2 * layers * bits;
  const states = new Float64Array((steps + 1) * width);
  states.set(net.state);
  const slopes = new Float64Array(steps * bits);
  let value = 0;
  for (let t = 0; t < steps; t++) {
    let normalizer = 2;
    for (let bit = 0; bit < bits; bit++) {
      let v = (text[t * bits + bit] as number) * (extra[bit] as number);
      for (let layer = 0; layer < layers; layer++) {
        const at = t * width + 2 * layer * bits + bit;
        const [f, i, o, g] = gatesOf(net, layer, bit, v, states[at] as number);
        const cell = (states[at + bits] as number) * f + i * g;
        v = o * Math.tanh(cell);
        states[at + width] = v;
        states[at + width + bits] = cell;
      }
      const y = v * (extra[bits + bit] as number) + (extra[2 * bits + bit] as number);
      slopes[t * bits + bit] = y;
      normalizer += Math.exp(y);
    }
    const targets = text.subarray((t + 1) * bits, (t + 2) * bits);
    const hits = targets.reduce((sum, target) => sum + target, 0);
    for (let bit = 0; bit < bits; bit++) {
      const y = slopes[t * bits + bit] as number;
      const target = targets[bit] as number;
      value -= target * (y - Math.log(normalizer));
      slopes[t * bits + bit] = (hits * Math.exp(y)) / normalizer - target;
    }
  }
  const scale = 1 / (steps * bits);
  return { value: value * scale, states, slopes: slopes.map((slope) => slope * scale), main };
}

/** Returns the four gates of a layer for one bit. */
function gatesOf({ main, bits }: Net, layer: number, bit: number, v: number, h: number) {
  const before = (gate: number, x: number) => {
    const at = layer * 8 * bits + gate * bits + bit;
    return x * (main[at] as number) + (main[at + 4 * bits] as number);
  };
  const f = sigmoid(before(0, v));
  const i = sigmoid(before(1, h));
  const o = sigmoid(before(2, v));
  return [f, i, o, Math.tanh(before(3, h))] as const;
}

/** Returns the gradient for `main` and `extra` by backpropagation through time. Different bits do not interact. */
export function lossGradient(net: Net): { main: Float64Array; extra: Float64Array } {
  const { bits, layers, steps } = sizes(net);
  const { extra, text, main: weights } = net;
  const { states, slopes } = forward(net);
  const width = 2 * layers * bits;
  const main = new Float64Array(weights.length);
  const extraGradient = new Float64Array(extra.length);
  const add = (array: Float64Array, at: number, value: number) => {
    array[at] = (array[at] as number) + value;
  };
  for (let bit = 0; bit < bits; bit++) {
    const toHidden = new Float64Array(layers);
    const toCell = new Float64Array(layers);
    for (let t = steps - 1; t >= 0; t--) {
      const slope = slopes[t * bits + bit] as number;
      const last = states[(t + 1) * width + 2 * (layers - 1) * bits + bit] as number;
      add(extraGradient, bits + bit, slope * last);
      add(extraGradient, 2 * bits + bit, slope);
      let toValue = slope * (extra[bits + bit] as number);
      for (let layer = layers - 1; layer >= 0; layer--) {
        const at = t * width + 2 * layer * bits + bit;
        const character = text[t * bits + bit] as number;
        const below =
          layer === 0
            ? character * (extra[bit] as number)
            : (states[at + width - 2 * bits] as number);
        const h = states[at] as number;
        const [f, i, o, g] = gatesOf(net, layer, bit, below, h);
        const squashed = Math.tanh(states[at + width + bits] as number);
        const incoming = toValue + (toHidden[layer] as number);
        const cell = (toCell[layer] as number) + incoming * o * (1 - squashed * squashed);
        const toGates = [
          cell * (states[at + bits] as number) * f * (1 - f),
          cell * g * i * (1 - i),
          incoming * squashed * o * (1 - o),
          cell * i * (1 - g * g),
        ];
        const first = layer * 8 * bits + bit;
        const through = (gate: number) =>
          (toGates[gate] as number) * (weights[first + gate * bits] as number);
        for (const [gate, value] of toGates.entries()) {
          add(main, first + gate * bits, value * (gate % 2 === 0 ? below : h));
          add(main, first + (4 + gate) * bits, value);
        }
        toValue = through(0) + through(2);
        toHidden[layer] = through(1) + through(3);
        toCell[layer] = cell * f;
      }
      add(extraGradient, bit, toValue * (text[t * bits + bit] as number));
    }
  }
  return { main, extra: extraGradient };
}
