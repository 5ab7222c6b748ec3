/**
 * Types as an author of a library writes them, with functions that are generic in users' data and states. Only the
 * compiler reads this file, like `laws.ts`. Results of generic loops are cast, since numbers in a state become tensors.
 */

import {
  checkpoint,
  compile,
  cond,
  grad,
  jvp,
  scan,
  type Tensor,
  treeMap,
  valueAndGrad,
  vectorize,
  vjp,
  whileLoop,
} from "@graddiff/core";

/** Named tensors. */
type Named = Readonly<Record<string, Tensor>>;

/** A log density of unknowns, given data of the user's own type. */
type LogDensity<Data extends Named> = (q: Tensor, data: Data) => Tensor;

/** Returns a compiled density. */
export function compiledDensity<Data extends Named>(
  density: LogDensity<Data>,
): (q: Tensor, data: Data) => Tensor {
  const run = compile((q: Tensor, data: Data) => density(q, data));
  return (q, data) => run(q, data);
}

/** Returns the value and the slope of a density, compiled. */
export function slopes<Data extends Named>(density: LogDensity<Data>) {
  const run = compile((q: Tensor, data: Data) => {
    const { value, gradient } = valueAndGrad((own: Tensor) => density(own, data))(q);
    return { value, gradient };
  });
  return (q: Tensor, data: Data): { value: Tensor; gradient: Tensor } => run(q, data);
}

/** Returns the densities of many vectors of unknowns, with the same data. */
export function many<Data extends Named>(density: LogDensity<Data>, q: Tensor, data: Data): Tensor {
  return vectorize((one: Tensor, own: Data) => density(one, own), { axes: [0, null] })(q, data);
}

/** Returns the slope with respect to the unknowns only. */
export function slope<Data extends Named>(
  density: LogDensity<Data>,
  q: Tensor,
  data: Data,
): Tensor {
  return grad((own: Tensor, given: Data) => density(own, given))(q, data);
}

/** Returns a directional derivative, and a pullback. */
export function directions<Data extends Named>(density: LogDensity<Data>, q: Tensor, data: Data) {
  const { tangent } = jvp((own: Tensor) => density(own, data))([q], [q]);
  const [back] = vjp((own: Tensor) => density(own, data))(q).pullback(1);
  return [tangent, back] satisfies [Tensor, Tensor];
}

/** Returns a state of the user's own type after some steps. */
export function steps<State extends Named>(
  step: (state: State) => State,
  init: State,
  length: number,
): State {
  const [last] = scan((state: State) => [step(state), []] as const, init, undefined, { length });
  return last as State;
}

/** Returns a state of the user's own type after steps while a condition holds. */
export function goOn<State extends Named>(
  holds: (state: State) => Tensor,
  step: (state: State) => State,
  init: State,
): State {
  return whileLoop(holds, step, init) as State;
}

/** Chooses between two states. */
export function choose<State extends Named>(isFirst: Tensor, first: State, second: State): State {
  return cond(
    isFirst,
    () => first,
    () => second,
  ) as State;
}

/** Returns a density that the backward pass computes again. */
export function again<Data extends Named>(density: LogDensity<Data>): LogDensity<Data> {
  const own = checkpoint((q: Tensor, data: Data) => density(q, data));
  return (q, data) => own(q, data);
}

/** Returns a tree with each tensor halved, of the same type. */
export function halved<State extends Named>(state: State): State {
  return treeMap((leaf) => leaf.mul(0.5), state) as State;
}

/** Returns rows of numbers. */
export function rowsOf(x: Tensor): number[][] {
  return x.toArray<number[][]>();
}
