// Workloads that are a function of tensors of numbers, whose inputs can be passed to other languages.

import {
  compile,
  type Layer,
  type Tensor,
  tensor,
  type Variable,
  valueAndGrad,
} from "@graddiff/core";
import { randomInputs } from "./data.ts";
import { callOf, type Mode, type Numbers, type Workload } from "./workload.ts";

type Fn = NonNullable<Workload["fn"]>;

/** Returns the workload of a function of tensors, given their shapes. */
export function ofTensors(name: string, fn: Fn, inputs: () => readonly Numbers[]): Workload {
  return { name, inputs, fn, prepare: (mode) => call(mode, fn, inputs().map(toTensor)) };
}

/** Converts a scalar function of tensors to one with gradients with respect to the float inputs. */
export function withGradients(fn: (...inputs: Tensor[]) => Tensor): Fn {
  return (...inputs) => {
    const argnums = inputs.flatMap(({ dtype }, i) => (dtype === "int32" ? [] : [i]));
    const { value, gradient } = valueAndGrad(fn, { argnums })(...inputs);
    return [value, ...gradient];
  };
}

/** The loss that {@link gradientsOfLayer} differentiates. */
interface LayerLoss<Own extends Layer> {
  readonly make: () => Own;
  /** The shape of the layer's input. */
  readonly shape: readonly number[];
  readonly loss: (layer: Own, x: Tensor) => Tensor;
  /** The Variables with gradients. Default: all. */
  readonly trained?: (layer: Own) => readonly Variable[];
}

/**
 * Returns the loss of a layer, and its gradients with respect to the input and the Variables. The inputs are the
 * layer's input and the values of all its Variables, whose magnitude is that of PyTorch's initial LSTM weights.
 */
export function gradientsOfLayer<Own extends Layer>(
  name: string,
  { make, shape, loss, trained = ({ variables }) => variables }: LayerLoss<Own>,
): Workload {
  const inputs = () =>
    randomInputs([shape, ...make().variables.map((own) => own.shape)], (own) =>
      own === shape ? 1 : (own[0] ?? 1) ** -0.5,
    );
  const prepare = (mode: Mode) => {
    const layer = make();
    const [x, ...values] = inputs().map(toTensor) as [Tensor, ...Tensor[]];
    layer.variables.forEach((variable, i) => {
      variable.assign(values[i] as Tensor);
    });
    const variables = trained(layer);
    const gradients = valueAndGrad((own: Tensor) => loss(layer, own), { argnums: [0], variables });
    const fn = (own: Tensor) => {
      const { value, gradient } = gradients(own);
      return [value, ...gradient.arguments, ...gradient.variables];
    };
    return call(mode, fn, [x]);
  };
  return { name, inputs, prepare };
}

const toTensor = ([elements, shape]: Numbers) => tensor(elements, { shape });

/** Returns a call that always has the same inputs, and frees the results of the call before. */
function call(mode: Mode, fn: Fn, inputs: readonly Tensor[]) {
  const run = mode === "compiled" ? compile(fn) : fn;
  let last: readonly Tensor[] = [];
  return callOf(run, inputs, () => {
    for (const result of last) result.dispose();
    last = run(...inputs);
    return last;
  });
}
