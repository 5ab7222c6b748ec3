/** The inside of a model: the values of its nodes for an input, and the gradient of one number in it by the input. */

import { compile, type Shape, type Tensor, type TypedArray, tensor, vjp } from "@graddiff/core";
import { type ImportedNode, type ImportedValue, importOnnx } from "@graddiff/onnx";

/** The arrangement of a tensor's numbers: as channels, each a picture. Only the first example of a batch is used. */
export interface Arrangement {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** A neuron: a number of a tensor, or the mean of a channel if no pixel is chosen. */
export interface Pick {
  readonly channel: number;
  readonly place?: { readonly row: number; readonly column: number } | undefined;
}

/** The description of a file's model. */
export interface Description {
  readonly inputs: readonly ImportedValue[];
  readonly outputs: readonly ImportedValue[];
  readonly nodes: readonly ImportedNode[];
  /** The number of elements of all weights. */
  readonly parameters: number;
}

/** The value of a node for the present inputs. */
export interface Seen {
  readonly shape: Shape;
  readonly isFloat: boolean;
  readonly numbers: TypedArray;
}

/** The model of a file, with the compiled function of the last requested value. */
export class Inside {
  readonly #bytes: Uint8Array;
  readonly #dtype: "float32" | "float64";
  #current: { readonly value: string; readonly look: Look } | undefined;

  /** @param options `dtype` is the precision of floats. Default "float32". */
  constructor(bytes: Uint8Array, options?: { readonly dtype?: "float32" | "float64" }) {
    this.#bytes = bytes;
    this.#dtype = options?.dtype ?? "float32";
  }

  describe(): Description {
    const { inputs, outputs, nodes, weights } = this.#read();
    const parameters = Object.values(weights).reduce((sum, { value }) => sum + value.size, 0);
    return { inputs, outputs, nodes, parameters };
  }

  /** Returns the shape of each value, by its name. */
  shapes(inputs: readonly Tensor[]): Record<string, Shape> {
    const { rows } = this.#read().summary(...inputs);
    return Object.fromEntries(
      rows.flatMap(({ outputs, shapes }) =>
        outputs.flatMap((name, i) => (shapes[i] ? [[name, shapes[i]]] : [])),
      ),
    );
  }

  /** @param value the name of the value in the model. */
  values(value: string, inputs: readonly Tensor[]): Seen {
    const result = this.#look(value).run(inputs);
    const isFloat = result.dtype === "float32" || result.dtype === "float64";
    return { shape: result.shape, isFloat, numbers: result.data() };
  }

  /**
   * Returns the gradient of a neuron by each number of an input, with the input's shape.
   * @param input the index of the input.
   */
  gradient(value: string, pick: Pick, inputs: readonly Tensor[], input: number): TypedArray {
    const look = this.#look(value);
    const result = look.run(inputs);
    const { dtype } = result;
    const weights = tensor(weightsOf(result.shape, pick), { shape: result.shape, dtype });
    return look.pull(inputs, weights, input).data();
  }

  /** Reads the model. Weights are read again each time, so that at most one copy of them stays in memory. */
  #read(outputs?: readonly string[]) {
    return importOnnx(this.#bytes, { dtype: this.#dtype, ...(outputs && { outputs }) });
  }

  #look(value: string): Look {
    if (this.#current?.value !== value) {
      this.#current = undefined;
      const { fn } = this.#read([value]);
      this.#current = { value, look: new Look((inputs) => fn(...inputs)[0]) };
    }
    return this.#current.look;
  }
}

/** One value of a model as a compiled function of the inputs. */
class Look {
  readonly #fn: (inputs: readonly Tensor[]) => Tensor;
  readonly #pulls = new Map<number, Pull>();
  #last: { readonly inputs: readonly Tensor[]; readonly result: Tensor } | undefined;

  constructor(fn: (inputs: readonly Tensor[]) => Tensor) {
    this.#fn = fn;
  }

  run(inputs: readonly Tensor[]): Tensor {
    if (this.#last?.inputs !== inputs) this.#last = { inputs, result: this.#fn(inputs) };
    return this.#last.result;
  }

  /**
   * Returns the gradient of the weighted sum of the value, with a compiled function that serves all neurons, which
   * differ only in the weights.
   */
  pull(inputs: readonly Tensor[], weights: Tensor, input: number): Tensor {
    const known = this.#pulls.get(input);
    const pull = known ?? compile(this.#puller(input));
    this.#pulls.set(input, pull);
    return pull([...inputs], weights);
  }

  #puller(input: number): Pull {
    return (inputs, weights) => {
      const ofInput = (x: Tensor) => this.#fn(inputs.map((each, i) => (i === input ? x : each)));
      const x = inputs[input];
      if (x === undefined) throw new Error(`the model has no input ${input}`);
      const [gradient] = vjp(ofInput)(x).pullback(weights);
      return gradient;
    };
  }
}

type Pull = (inputs: Tensor[], weights: Tensor) => Tensor;

/**
 * Returns the arrangement of a tensor. [N, C, …] has C channels, whose height is the product of all later axes but the
 * last; other tensors have one channel.
 */
export function arrangementOf(shape: Shape): Arrangement {
  const last = shape.at(-1) ?? 1;
  if (shape.length <= 1) return { channels: last, height: 1, width: 1 };
  const [batch = 1, channels = 1, ...rest] = shape;
  if (shape.length === 2) {
    return batch === 1
      ? { channels, height: 1, width: 1 }
      : { channels: 1, height: batch, width: last };
  }
  if (shape.length === 3) return { channels: 1, height: channels, width: last };
  const height = rest.slice(0, -1).reduce((product, length) => product * length, 1);
  return { channels, height, width: last };
}

/** Returns the number of a neuron. */
export function numberOf(numbers: ArrayLike<number>, shape: Shape, pick: Pick): number {
  const { height, width } = arrangementOf(shape);
  const area = height * width;
  const first = pick.channel * area;
  if (pick.place) return numbers[first + pick.place.row * width + pick.place.column] ?? Number.NaN;
  let sum = 0;
  for (let i = 0; i < area; i++) sum += numbers[first + i] ?? 0;
  return sum / area;
}

/** Returns the neuron with the largest number, among all or in one channel. */
export function largestNeuron(numbers: ArrayLike<number>, shape: Shape, channel?: number): Pick {
  const { channels, height, width } = arrangementOf(shape);
  const area = height * width;
  const first = (channel ?? 0) * area;
  const end = channel === undefined ? channels * area : first + area;
  let best = first;
  for (let i = first; i < end; i++) {
    if ((numbers[i] ?? 0) > (numbers[best] ?? 0)) best = i;
  }
  const own = Math.floor(best / area);
  if (area === 1) return { channel: own };
  const at = best - own * area;
  return { channel: own, place: { row: Math.floor(at / width), column: at % width } };
}

/** Returns the weights for which the weighted sum of all numbers is the neuron's number. */
function weightsOf(shape: Shape, { channel, place }: Pick): Float64Array {
  const weights = new Float64Array(shape.reduce((product, length) => product * length, 1));
  const { height, width } = arrangementOf(shape);
  const first = channel * height * width;
  if (place) weights[first + place.row * width + place.column] = 1;
  else weights.fill(1 / (height * width), first, first + height * width);
  return weights;
}
