// Compiled functions and loops inside of code that is not compiled, beside the same compiled as a whole.

import {
  compile,
  grad,
  hessian,
  jacobian,
  scan,
  type Tensor,
  tanh,
  tensor,
  uniform,
  valueAndGrad,
  vectorize,
} from "@graddiff/core";
import { Dense, meanSquaredError, Sequential, SGD } from "@graddiff/core/nn";
import type { Contestant, Suite } from "../suite.ts";

const float64 = { dtype: "float64" } as const;

/** A contestant of tensors. */
function contestant(name: string, call: () => readonly Tensor[]): Contestant {
  let last: readonly Tensor[] = [];
  return {
    name,
    run: () => {
      last = call();
    },
    results: () => last.map((result) => Float64Array.from(result.data())),
  };
}

/** A network 8-32-32-4 and a loss of 32 examples. */
function network() {
  const model = new Sequential(new Dense(8, 32), tanh, new Dense(32, 32), tanh, new Dense(32, 4), {
    seed: 1,
  });
  const loss = (x: Tensor, y: Tensor) => meanSquaredError(model.forward(x), y);
  return { model, loss, x: uniform([32, 8], { seed: 5 }), y: uniform([32, 4], { seed: 6 }) };
}

function gradients(): Contestant[] {
  const { model, loss, x, y } = network();
  const options = { variables: [...model.variables] };
  const compiled = compile(loss);
  const whole = compile(valueAndGrad(loss, options));
  const outside = valueAndGrad(compiled, options);
  const inside = valueAndGrad((a: Tensor, b: Tensor) => compiled(a, b), options);
  const results = ({ value, gradient }: { value: Tensor; gradient: readonly Tensor[] }) => [
    value,
    ...gradient,
  ];
  return [
    contestant("compile(valueAndGrad(f))", () => results(whole(x, y))),
    contestant("valueAndGrad(compile(f))", () => results(outside(x, y))),
    contestant("valueAndGrad(() => compile(f)())", () => results(inside(x, y))),
  ];
}

function steps(): Contestant[] {
  const all = ["compile(() => minimize(f))", "minimize(compile(f))"] as const;
  return all.map((name, i) => {
    const { model, loss, x, y } = network();
    // Losses stay as they are, whoever has made more steps.
    const optimizer = new SGD(model, { learningRate: 0 });
    const compiled = compile(() => loss(x, y));
    const whole = compile(() => optimizer.minimize(() => loss(x, y)));
    return contestant(name, () => [i === 0 ? whole() : optimizer.minimize(compiled)]);
  });
}

/** Second derivatives at a point of n numbers. */
const second = (n: number) => (): Contestant[] => {
  const f = (z: Tensor) => z.mul(z.sum()).sin().sum().add(z.pow(3).mean());
  const [whole, outside] = [compile(hessian(f)), hessian(compile(f))];
  const z = uniform([n], { seed: 1, ...float64 });
  return [
    contestant("compile(hessian(f))", () => [whole(z)]),
    contestant("hessian(compile(f))", () => [outside(z)]),
  ];
};

function directions(): Contestant[] {
  const a = uniform([30, 20], { seed: 2, ...float64 });
  const f = (z: Tensor) => a.matmul(z).tanh().mul(z.sum());
  const [whole, outside] = [compile(jacobian(f)), jacobian(compile(f))];
  const z = uniform([20], { seed: 1, ...float64 });
  return [
    contestant("compile(jacobian(f))", () => [whole(z)]),
    contestant("jacobian(compile(f))", () => [outside(z)]),
  ];
}

function batches(): Contestant[] {
  const f = (z: Tensor) => z.mul(z.sum()).sin().sum();
  const [whole, outside] = [compile(vectorize(f)), vectorize(compile(f))];
  const z = uniform([64, 10], { seed: 1, ...float64 });
  return [
    contestant("compile(vectorize(f))", () => [whole(z)]),
    contestant("vectorize(compile(f))", () => [outside(z)]),
  ];
}

/** Steps of the classical method of Runge and Kutta for a pendulum. */
const pendulum =
  (count: number) =>
  (start: Tensor): Tensor => {
    const h = 0.01;
    type State = readonly [angle: Tensor, speed: Tensor];
    const slope = ([angle, speed]: State): State => [speed, angle.sin().neg()];
    const moved = ([a, b]: State, [c, d]: State, by: number): State => [
      a.add(c.mul(by)),
      b.add(d.mul(by)),
    ];
    const step = (state: State): readonly [State, []] => {
      const first = slope(state);
      const second = slope(moved(state, first, h / 2));
      const third = slope(moved(state, second, h / 2));
      const last = slope(moved(state, third, h));
      const sum = moved(moved(moved(first, second, 2), third, 2), last, 1);
      return [moved(state, sum, h / 6), []];
    };
    const init: State = [start, tensor(0, float64)];
    return scan(step, init, undefined, { length: count })[0][0];
  };

const loops = (count: number) => (): Contestant[] => {
  const f = pendulum(count);
  const whole = compile(f);
  const x = tensor(1, float64);
  return [contestant("compiled", () => [whole(x)]), contestant("eager", () => [f(x)])];
};

const slopes = (count: number) => (): Contestant[] => {
  const f = grad(pendulum(count));
  const whole = compile(f);
  const x = tensor(1, float64);
  return [contestant("compiled", () => [whole(x)]), contestant("eager", () => [f(x)])];
};

const networkCase = { name: "8-32-32-4, batch 32", dtype: "float32", compiles: true } as const;
const double = { dtype: "float64", compiles: true } as const;

/** Each of one case, since their contestants differ. */
export const outside: readonly Suite[] = [
  {
    name: "gradients from outside",
    description: "a gradient that is compiled, and that of a compiled function",
    cases: [{ ...networkCase, prepare: gradients }],
  },
  {
    name: "steps from outside",
    description: "a training step that is compiled, and one of a compiled loss",
    cases: [{ ...networkCase, prepare: steps }],
  },
  {
    name: "Hessians from outside",
    description: "second derivatives, compiled and of a compiled function",
    cases: [10, 300, 1000].map((n) => ({ ...double, name: `n = ${n}`, prepare: second(n) })),
  },
  {
    name: "Jacobians from outside",
    description: "a Jacobian, compiled and of a compiled function",
    cases: [{ ...double, name: "30 results of 20 numbers", prepare: directions }],
  },
  {
    name: "batches from outside",
    description: "a batch, compiled and of a compiled function",
    cases: [{ ...double, name: "64 vectors of 10", prepare: batches }],
  },
  {
    name: "loops from outside",
    description: "a loop, compiled and called as it is",
    cases: [300, 100_000].map((n) => ({
      ...double,
      name: `${n} Runge–Kutta steps`,
      prepare: loops(n),
    })),
  },
  {
    name: "gradients of loops from outside",
    description: "the gradient of a loop, compiled and called as it is",
    cases: [300, 100_000].map((n) => ({
      ...double,
      name: `${n} Runge–Kutta steps`,
      prepare: slopes(n),
    })),
  },
];
