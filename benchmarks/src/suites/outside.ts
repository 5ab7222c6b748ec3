// Compiled functions and loops inside code that is not compiled, compared with the same code compiled as a whole.

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
  unstack,
  Variable,
  valueAndGrad,
  vectorize,
} from "@graddiff/core";
import {
  batches as batchesOf,
  Dense,
  LBFGS,
  meanSquaredError,
  Sequential,
  SGD,
  trainingStep,
} from "@graddiff/nn";
import type { BenchmarkCase, Contestant, Suite } from "../suite.ts";
import { contestant } from "./contestant.ts";

const float64 = { dtype: "float64" } as const;

/** Returns a contestant of tensors, compared in float64. */
const own = (name: string, call: () => readonly Tensor[]) => contestant(name, "float64", call);

/** Returns a network 8-32-32-4 and a loss of 32 examples. */
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
    own("compile(valueAndGrad(f))", () => results(whole(x, y))),
    own("valueAndGrad(compile(f))", () => results(outside(x, y))),
    own("valueAndGrad(() => compile(f)())", () => results(inside(x, y))),
  ];
}

function steps(): Contestant[] {
  const all = ["compile(() => minimize(f))", "minimize(compile(f))"] as const;
  return all.map((name, i) => {
    const { model, loss, x, y } = network();
    // The learning rate is 0, so that losses do not depend on the number of steps.
    const optimizer = new SGD(model, { learningRate: 0 });
    const compiled = compile(() => loss(x, y));
    const whole = compile(() => optimizer.minimize(() => loss(x, y)));
    return own(name, () => [i === 0 ? whole() : optimizer.minimize(compiled)]);
  });
}

type Of = (z: Tensor) => Tensor;

/** Returns contestants for a compiled transform, and for the transform of a compiled function. */
function bothWays(name: string, transform: (f: Of) => Of, f: Of, z: Tensor): Contestant[] {
  const [whole, outside] = [compile(transform(f)), transform(compile(f))];
  return [
    own(`compile(${name}(f))`, () => [whole(z)]),
    own(`${name}(compile(f))`, () => [outside(z)]),
  ];
}

/** Returns the case of second derivatives at a point of n numbers. */
const second = (n: number) => {
  const f = (z: Tensor) => z.mul(z.sum()).sin().sum().add(z.pow(3).mean());
  return bothWays("hessian", (own) => hessian(own), f, uniform([n], { seed: 1, ...float64 }));
};

function directions(): Contestant[] {
  const a = uniform([30, 20], { seed: 2, ...float64 });
  const f = (z: Tensor) => a.matmul(z).tanh().mul(z.sum());
  return bothWays("jacobian", (own) => jacobian(own), f, uniform([20], { seed: 1, ...float64 }));
}

function batches(): Contestant[] {
  const f = (z: Tensor) => z.mul(z.sum()).sin().sum();
  const z = uniform([64, 10], { seed: 1, ...float64 });
  return bothWays("vectorize", (own) => vectorize(own), f, z);
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

/** Returns contestants for a function of a number, compiled and called directly. */
function asItIs(f: Of): Contestant[] {
  const whole = compile(f);
  const x = tensor(1, float64);
  return [own("compiled", () => [whole(x)]), own("eager", () => [f(x)])];
}

const double = { dtype: "float64", compiles: true } as const;

/** Cases of two numbers of steps. */
const stepCases = (prepare: (count: number) => Contestant[]): readonly BenchmarkCase[] =>
  [300, 100_000].map((count) => ({
    ...double,
    name: `${count} Runge–Kutta steps`,
    prepare: () => prepare(count),
  }));

/** Rosenbrock's function, minimized by L-BFGS from the usual start: 37 steps, 46 evaluations. */
function searches(): Contestant[] {
  const start = tensor([-1.2, 1], float64);
  const rosenbrock = (w: Variable) => {
    const [x, y] = unstack(w.value) as [Tensor, Tensor];
    return y.sub(x.square()).square().mul(100).add(x.sub(1).square());
  };
  const outside = (name: string, compiles: boolean) => {
    const w = new Variable(start);
    const loss = compiles ? compile(() => rosenbrock(w)) : () => rosenbrock(w);
    return own(name, () => {
      w.assign(start);
      new LBFGS(w).minimize(loss);
      return [w.value];
    });
  };
  const w = new Variable(start);
  const optimizer = new LBFGS(w);
  const { count } = optimizer.state["memory"] as { readonly count: Variable };
  const whole = compile(() => {
    // Each run begins with its state reset.
    count.assign(tensor(0, { dtype: "int32" }));
    w.assign(start);
    optimizer.minimizeRecorded(() => rosenbrock(w));
    return w.value;
  });
  return [
    own("compile(() => minimizeRecorded(f))", () => [whole()]),
    outside("minimize(compile(f))", true),
    outside("minimize(f)", false),
  ];
}

/** Returns an epoch of small steps: on stored batches, and on batches that a loop draws. */
function epochs(): Contestant[] {
  const [count, size] = [100, 32];
  const x = uniform([count * size, 2], { seed: 1 });
  const y = uniform([count * size, 1], { seed: 2 });
  const all = ["batches that are there", "in order", "shuffled"] as const;
  return all.map((name, i) => {
    const layers = [new Dense(2, 16), tanh, new Dense(16, 16), tanh, new Dense(16, 1)] as const;
    const model = new Sequential(...layers, { seed: 1 });
    // The learning rate is 0, so that the weights do not depend on the number and the order of steps.
    const optimizer = new SGD(model, { learningRate: 0 });
    const loss = (own: typeof model, batch: { x: Tensor; y: Tensor }) =>
      meanSquaredError(own.forward(batch.x), batch.y);
    const step = trainingStep(model, loss, optimizer);
    const shuffled = { shuffle: true, seed: 1 };
    const data = batchesOf({ x, y }, { size, ...(i === 2 && shuffled) });
    const there = [...batchesOf({ x, y }, { size })];
    return own(name, () => {
      for (const batch of i === 0 ? there : data) step(batch);
      return [...model.variables].map(({ value }) => value);
    });
  });
}

const networkCase = { name: "8-32-32-4, batch 32", dtype: "float32", compiles: true } as const;

/** Suites with one case each, since their contestants differ. */
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
    name: "L-BFGS from outside",
    description: "a whole search, as a program, and of a compiled and an eager loss",
    cases: [{ ...double, name: "Rosenbrock, 46 evaluations", prepare: searches }],
  },
  {
    name: "Hessians from outside",
    description: "second derivatives, compiled and of a compiled function",
    cases: [10, 300, 1000].map((n) => ({ ...double, name: `n = ${n}`, prepare: () => second(n) })),
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
    name: "batches of data",
    description: "100 small training steps, on batches that are there and on those of a loop",
    cases: [{ ...networkCase, name: "2-16-16-1, batch 32", prepare: epochs }],
  },
  {
    name: "loops from outside",
    description: "a loop, compiled and called as it is",
    cases: stepCases((count) => asItIs(pendulum(count))),
  },
  {
    name: "gradients of loops from outside",
    description: "the gradient of a loop, compiled and called as it is",
    cases: stepCases((count) => asItIs(grad(pendulum(count)))),
  },
];
