// Loops and other ops with bodies inside of compiled functions, and their cost relative to other work.

import {
  compile,
  grad,
  scan,
  type Tensor,
  tensor,
  topK,
  uniform,
  Variable,
  whileLoop,
} from "@graddiff/core";
import type { Contestant, Suite } from "../suite.ts";
import { contestant } from "./contestant.ts";

const float64 = { dtype: "float64" } as const;

/** A position and a velocity in a plane. */
type Orbit<Value> = readonly [x: Value, y: Value, u: Value, v: Value];

const STEPS = 10_000;
const STEP = 0.001;

/** Returns a step of the classical method of Runge and Kutta in Kepler's field. */
function step(orbit: Orbit<Tensor>): Orbit<Tensor> {
  const field = ([x, y, u, v]: Orbit<Tensor>): Orbit<Tensor> => {
    const square = x.mul(x).add(y.mul(y));
    const cube = square.mul(square.sqrt());
    return [u, v, x.neg().div(cube), y.neg().div(cube)];
  };
  const moved = ([x, y, u, v]: Orbit<Tensor>, [a, b, c, d]: Orbit<Tensor>, by: number) =>
    [x.add(a.mul(by)), y.add(b.mul(by)), u.add(c.mul(by)), v.add(d.mul(by))] as const;
  const first = field(orbit);
  const second = field(moved(orbit, first, STEP / 2));
  const third = field(moved(orbit, second, STEP / 2));
  const last = field(moved(orbit, third, STEP));
  return moved(orbit, moved(moved(moved(first, second, 2), third, 2), last, 1), STEP / 6);
}

/** Returns the same steps, written by hand for JavaScript. */
function orbitByHand(): Orbit<number> {
  let [x, y, u, v] = [1, 0, 0, 1];
  for (let i = 0; i < STEPS; i++) {
    let square = x * x + y * y;
    let cube = square * Math.sqrt(square);
    const [u1, v1, a1, b1] = [u, v, -x / cube, -y / cube];
    const [x2, y2] = [x + u1 * (STEP / 2), y + v1 * (STEP / 2)];
    const [u2, v2] = [u + a1 * (STEP / 2), v + b1 * (STEP / 2)];
    square = x2 * x2 + y2 * y2;
    cube = square * Math.sqrt(square);
    const [a2, b2] = [-x2 / cube, -y2 / cube];
    const [x3, y3] = [x + u2 * (STEP / 2), y + v2 * (STEP / 2)];
    const [u3, v3] = [u + a2 * (STEP / 2), v + b2 * (STEP / 2)];
    square = x3 * x3 + y3 * y3;
    cube = square * Math.sqrt(square);
    const [a3, b3] = [-x3 / cube, -y3 / cube];
    const [x4, y4] = [x + u3 * STEP, y + v3 * STEP];
    const [u4, v4] = [u + a3 * STEP, v + b3 * STEP];
    square = x4 * x4 + y4 * y4;
    cube = square * Math.sqrt(square);
    const [a4, b4] = [-x4 / cube, -y4 / cube];
    x += (u1 + u2 * 2 + u3 * 2 + u4) * (STEP / 6);
    y += (v1 + v2 * 2 + v3 * 2 + v4) * (STEP / 6);
    u += (a1 + a2 * 2 + a3 * 2 + a4) * (STEP / 6);
    v += (b1 + b2 * 2 + b3 * 2 + b4) * (STEP / 6);
  }
  return [x, y, u, v];
}

const start = (x: Tensor): Orbit<Tensor> => [
  x,
  tensor(0, float64),
  tensor(0, float64),
  tensor(1, float64),
];

/** Returns a contestant of tensors, compared in float64. */
const own = (name: string, call: () => readonly Tensor[]) => contestant(name, "float64", call);

function orbits(): Contestant[] {
  const inScan = (x: Tensor) =>
    scan((orbit: Orbit<Tensor>) => [step(orbit), []] as const, start(x), undefined, {
      length: STEPS,
    })[0];
  const inWhile = (x: Tensor) =>
    whileLoop(
      ({ n }: { n: Tensor; orbit: Orbit<Tensor> }) => n.less(STEPS),
      ({ n, orbit }: { n: Tensor; orbit: Orbit<Tensor> }) => ({ n: n.add(1), orbit: step(orbit) }),
      { n: tensor(0, float64), orbit: start(x) },
    ).orbit;
  let last: Orbit<number> = [1, 0, 0, 1];
  const x = tensor(1, float64);
  const [scanned, whiled] = [compile(inScan), compile(inWhile)];
  return [
    {
      name: "by hand",
      run: () => {
        last = orbitByHand();
      },
      results: () => last.map((value) => Float64Array.of(value)),
    },
    own("scan", () => [...scanned(x)]),
    own("whileLoop", () => [...whiled(x)]),
  ];
}

function slopes(): Contestant[] {
  const place = (checkpoint: boolean | "sqrt") =>
    compile(
      grad(
        (x: Tensor) =>
          scan((orbit: Orbit<Tensor>) => [step(orbit), []] as const, start(x), undefined, {
            length: STEPS,
            checkpoint,
          })[0][0],
      ),
    );
  const x = tensor(1, float64);
  const [whole, steps, segments] = [place(false), place(true), place("sqrt")];
  return [
    own("all kept", () => [whole(x)]),
    own("checkpoint", () => [steps(x)]),
    own('checkpoint "sqrt"', () => [segments(x)]),
  ];
}

/** Returns the update of two large Variables, alone and together with small ops. */
function updates(): Contestant[] {
  const beside = (name: string, also: (x: Tensor) => Tensor) => {
    const make = (seed: number) => new Variable(uniform([1_000_000], { seed }));
    const [a, b] = [make(1), make(2)];
    const step = compile((x: Tensor, few: Tensor) => {
      a.assign(a.value.mul(0.5).add(x));
      b.assign(b.value.mul(0.5).sub(x));
      return also(few);
    });
    const [x, few] = [tensor(0.001), tensor([3, 1, 2])];
    let starts = [a.value, b.value];
    return {
      ...own(name, () => {
        step(x, few);
        return [];
      }),
      // Contestants have made different numbers of steps, so all begin again with one step.
      results: () => {
        starts = starts.map((value) => value.mul(1));
        const [first, second] = starts as [Tensor, Tensor];
        a.assign(first);
        b.assign(second);
        step(x, few);
        return [a, b].map(({ value }) => Float64Array.from(value.slice([0], [1000]).data()));
      },
    };
  };
  return [
    beside("alone", (few) => few),
    beside("beside topK", (few) => topK(few, 1).values),
    beside(
      "beside a scan",
      (few) => scan((h: Tensor) => [h.mul(0.5), []] as const, few, undefined, { length: 2 })[0],
    ),
  ];
}

/** Returns contestants for the recurrence h ← tanh(h·W + x). */
function recurrences(): Contestant[] {
  const weights = uniform([128, 128], { seed: 1, low: -0.1, high: 0.1 });
  const rows = uniform([50, 32, 128], { seed: 2 });
  const first = uniform([32, 128], { seed: 3 });
  const last = (w: Tensor) =>
    scan((h: Tensor, x: Tensor) => [h.matmul(w).add(x).tanh(), []] as const, first, rows)[0].sum();
  const unrolled = (w: Tensor) => {
    let h = first;
    for (let i = 0; i < 50; i++) h = h.matmul(w).add(rows.take(i)).tanh();
    return h.sum();
  };
  const [whole, loop] = [compile(grad(unrolled)), compile(grad(last))];
  return [own("unrolled", () => [whole(weights)]), own("scan", () => [loop(weights)])];
}

const kepler = { name: `${STEPS} steps in Kepler's field`, dtype: "float64" } as const;

/** Suites with one case each, since their contestants differ. */
export const bodies: readonly Suite[] = [
  {
    name: "loops",
    description: "a loop of small steps, by hand in JavaScript and compiled",
    cases: [{ ...kepler, prepare: orbits, compiles: true }],
  },
  {
    name: "gradients of loops",
    description: "the gradient of the same loop, by what it keeps of each step",
    cases: [{ ...kepler, prepare: slopes, compiles: true }],
  },
  {
    name: "beside",
    description: "the update of two Variables of 1,000,000 elements, and small ops beside it",
    cases: [{ name: "update", dtype: "float32", prepare: updates }],
  },
  {
    name: "recurrence",
    description: "the gradient of a loop of products",
    cases: [
      {
        name: "50 steps of tanh(h·W + x)",
        dtype: "float32",
        operations: 3 * 2 * 32 * 128 * 128 * 50,
        prepare: recurrences,
        compiles: true,
      },
    ],
  },
];
