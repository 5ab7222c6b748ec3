/**
 * The programs of the lessons in plain arithmetic, with gradients written by hand, independent of the library.
 * Differences are added to nodes by their keys.
 */

import type { LessonName } from "../../src/course/catalogue/index.ts";
import type { InputValues } from "../../src/course/lesson.ts";

/** Values and gradients by the keys of nodes. */
export interface Plain {
  readonly values: Readonly<Record<string, number>>;
  readonly gradients: Readonly<Record<string, number>>;
}

type Differences = Readonly<Record<string, number>>;

type Program = (
  of: (name: string) => number,
  plus: (key: string, value: number) => number,
) => Plain;

const purchase =
  (price: string, count: string, net: string): Program =>
  (of, plus) => {
    const [p, c, t] = [of(price), of(count), of("tax")];
    const n = plus(net, p * c);
    const total = plus("total", n * t);
    return {
      values: { [price]: p, [count]: c, tax: t, [net]: n, total },
      gradients: { [price]: t * c, [count]: t * p, tax: n, [net]: t, total: 1 },
    };
  };

const shopping: Program = (of, plus) => {
  const [apples, applePrice] = [of("apples"), of("applePrice")];
  const [tangerines, tangerinePrice, tax] = [of("tangerines"), of("tangerinePrice"), of("tax")];
  const appleSum = plus("appleSum", apples * applePrice);
  const tangerineSum = plus("tangerineSum", tangerines * tangerinePrice);
  const fruit = plus("fruit", appleSum + tangerineSum);
  const total = plus("total", fruit * tax);
  return {
    values: {
      ...{ apples, applePrice, tangerines, tangerinePrice, tax },
      ...{ appleSum, tangerineSum, fruit, total },
    },
    gradients: {
      apples: tax * applePrice,
      applePrice: tax * apples,
      tangerines: tax * tangerinePrice,
      tangerinePrice: tax * tangerines,
      tax: fruit,
      appleSum: tax,
      tangerineSum: tax,
      fruit: tax,
      total: 1,
    },
  };
};

const squareOfSum: Program = (of, plus) => {
  const [x, y] = [of("x"), of("y")];
  const t = plus("t", x + y);
  const z = plus("z", t * t);
  return { values: { x, y, t, z }, gradients: { x: 2 * t, y: 2 * t, t: 2 * t, z: 1 } };
};

const addAndMultiply: Program = (of, plus) => {
  const [x, y] = [of("x"), of("y")];
  const sum = plus("sum", x + y);
  const product = plus("product", x * y);
  const L = plus("L", sum * product);
  return {
    values: { x, y, sum, product, L },
    gradients: { x: product + sum * y, y: product + sum * x, sum: product, product: sum, L: 1 },
  };
};

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

const network: Program = (of, plus) => {
  const values: Record<string, number> = {};
  const slopes: Record<string, number> = {};
  const keep = (key: string, value: number) => {
    values[key] = plus(key, value);
    return values[key];
  };
  for (const name of "i1 i2 w1 w2 w3 w4 b1 w5 w6 w7 w8 b2 t1 t2".split(" ")) keep(name, of(name));
  const v = (key: string) => values[key] ?? Number.NaN;
  const units = [
    ["h1", "w1", "i1", "w2", "i2", "b1"],
    ["h2", "w3", "i1", "w4", "i2", "b1"],
    ["o1", "w5", "h1", "w6", "h2", "b2"],
    ["o2", "w7", "h1", "w8", "h2", "b2"],
  ] as const;
  for (const [unit, w, x, u, y, b] of units) {
    const first = keep(`${unit}/0/0/0`, v(w) * v(x));
    const second = keep(`${unit}/0/0/1`, v(u) * v(y));
    const before = keep(`${unit}/0`, keep(`${unit}/0/0`, first + second) + v(b));
    const s = sigmoid(before);
    slopes[unit] = s * sigmoid(-before);
    keep(unit, s);
  }
  const E1 = keep("E1", v("t1") - v("o1"));
  const E2 = keep("E2", v("t2") - v("o2"));
  const sum = keep("E/0", keep("E/0/0", E1 * E1) + keep("E/0/1", E2 * E2));
  keep("E/1", 0.5);
  keep("E", sum * v("E/1"));
  const g: Record<string, number> = { E: 1, "E/0": v("E/1"), "E/0/0": v("E/1"), "E/0/1": v("E/1") };
  const give = (key: string, gradient: number) => {
    g[key] = (g[key] ?? 0) + gradient;
  };
  for (const k of [1, 2]) {
    give(`E${k}`, v("E/1") * 2 * v(`E${k}`));
    give(`t${k}`, g[`E${k}`] ?? 0);
    give(`o${k}`, -(g[`E${k}`] ?? 0));
  }
  for (const [unit, w, x, u, y, b] of units.toReversed()) {
    const inner = (g[unit] ?? 0) * (slopes[unit] ?? 0);
    for (const key of ["/0", "/0/0", "/0/0/0", "/0/0/1"]) g[unit + key] = inner;
    give(b, inner);
    give(w, inner * v(x));
    give(x, inner * v(w));
    give(u, inner * v(y));
    give(y, inner * v(u));
  }
  return { values, gradients: g };
};

const area: Program = (of, plus) => {
  const side = of("side");
  return {
    values: { side, area: plus("area", side * side) },
    gradients: { side: 2 * side, area: 1 },
  };
};

const squash: Program = (of, plus) => {
  const x = of("x");
  const minus = plus("minus", -x);
  const power = plus("power", Math.exp(minus));
  const own = Math.exp(minus);
  const sum = plus("sum", power + plus("sum/1", 1));
  const o = plus("o", 1 / sum);
  const g = -1 / (sum * sum);
  return {
    values: { x, minus, power, sum, o },
    gradients: { x: -g * own, minus: g * own, power: g, sum: g, o: 1 },
  };
};

/**
 * Returns the program of a network of one hidden layer or none, with one output, given the names of each unit's
 * weights, bias and sources.
 */
const layered =
  (
    names: string,
    units: readonly (readonly [
      unit: string,
      bias: string,
      ...terms: (readonly [string, string])[],
    ])[],
    output: string,
  ): Program =>
  (of, plus) => {
    const values: Record<string, number> = {};
    const slopes: Record<string, number> = {};
    const g: Record<string, number> = {};
    const v = (key: string) => values[key] ?? Number.NaN;
    const keep = (key: string, value: number) => {
      values[key] = plus(key, value);
    };
    const give = (key: string, gradient: number) => {
      g[key] = (g[key] ?? 0) + gradient;
    };
    for (const name of names.split(" ")) values[name] = of(name);
    for (const [unit, bias, ...terms] of units) {
      // The unit is a sum of n products and a bias; the products are the leaves of a chain of additions.
      let key = `${unit}/0${"/0".repeat(terms.length)}`;
      terms.forEach(([weight, source], i) => {
        const place = i === 0 ? key : `${key.slice(0, -2)}/1`;
        keep(place, v(weight) * v(source));
        if (i === 0) return;
        const sum = key.slice(0, -2);
        keep(sum, v(key) + v(place));
        key = sum;
      });
      const before = key.slice(0, -2);
      keep(before, v(key) + v(bias));
      const s = 1 / (1 + Math.exp(-v(before)));
      slopes[unit] = s * (1 / (1 + Math.exp(v(before))));
      keep(unit, s);
    }
    keep("E/0/0", of("t") - v(output));
    keep("E/0", v("E/0/0") ** 2);
    keep("E/1", 0.5);
    keep("E", v("E/0") * v("E/1"));
    g["E"] = 1;
    g["E/0"] = v("E/1");
    g["E/0/0"] = 2 * v("E/0/0") * v("E/1");
    give("t", g["E/0/0"] ?? 0);
    give(output, -(g["E/0/0"] ?? 0));
    for (const [unit, bias, ...terms] of units.toReversed()) {
      const inner = (g[unit] ?? 0) * (slopes[unit] ?? 0);
      give(bias, inner);
      for (const [weight, source] of terms) {
        give(weight, inner * v(source));
        give(source, inner * v(weight));
      }
      g[`${unit}/0`] = inner;
    }
    return { values, gradients: g };
  };

const neuron = layered("x1 x2 w1 w2 b t", [["o", "b", ["w1", "x1"], ["w2", "x2"]]], "o");

const classifier = layered(
  "x1 x2 w1 w2 b1 w3 w4 b2 w5 w6 b3 v1 v2 v3 c t",
  [
    ["h1", "b1", ["w1", "x1"], ["w2", "x2"]],
    ["h2", "b2", ["w3", "x1"], ["w4", "x2"]],
    ["h3", "b3", ["w5", "x1"], ["w6", "x2"]],
    ["o", "c", ["v1", "h1"], ["v2", "h2"], ["v3", "h3"]],
  ],
  "o",
);

const programs: Partial<Record<LessonName, Program>> = {
  apples: purchase("price", "count", "apples"),
  "snack-tax": purchase("snack", "count", "price"),
  graph: shopping,
  "chain-rule": squareOfSum,
  nodes: addAndMultiply,
  question: network,
  training: network,
  slope: area,
  sigma: squash,
  neuron,
  points: classifier,
};

/** Objects without any name, not even inherited ones. */
const NOTHING: Plain = { values: Object.create(null), gradients: Object.create(null) };

/** A relative error of a few units in the last place. */
const LAST_PLACES = 2 ** -50;

/** Returns the numbers of a lesson. */
export function plain(
  lesson: LessonName,
  inputs: InputValues,
  differences: Differences = {},
): Plain {
  const of = (name: string) => inputs[name] ?? Number.NaN;
  const plus = (key: string, value: number) => {
    const sum = value + (differences[key] ?? 0);
    // A sum that cancels almost completely is 0, since two implementations of e^x differ in the last places.
    return Math.abs(sum) < LAST_PLACES * Math.abs(value) ? 0 : sum;
  };
  return programs[lesson]?.(of, plus) ?? NOTHING;
}

/** The loss that training lowers, the inputs that it changes, and the points over which the loss is a mean. */
export interface Lowered {
  readonly lesson: LessonName;
  readonly result: string;
  readonly isTrained: (name: string, inputs: InputValues) => boolean;
  readonly points?: readonly Readonly<Record<string, number>>[];
}

export const LOWERED: Partial<Record<LessonName, Omit<Lowered, "points">>> = {
  training: {
    lesson: "training",
    result: "E",
    isTrained: (name, { frozen = 0 }) => (frozen === 0 ? /^[wb]\d$/ : /^w\d$/).test(name),
  },
  slope: { lesson: "slope", result: "area", isTrained: (name) => name === "side" },
  neuron: { lesson: "neuron", result: "E", isTrained: (name) => /^(w\d|b)$/.test(name) },
  points: { lesson: "points", result: "E", isTrained: (name) => /^([wvb]\d|c)$/.test(name) },
};

/** Returns the loss and its slopes: of one point, or their means. */
export function plainLoss(
  { lesson, result, isTrained, points = [{}] }: Lowered,
  inputs: InputValues,
  differences: Differences = {},
): { readonly loss: number; readonly slopes: Record<string, number> } {
  let loss = 0;
  const slopes: Record<string, number> = {};
  for (const point of points) {
    const own = plain(lesson, { ...inputs, ...point }, differences);
    loss += (own.values[result] ?? Number.NaN) / points.length;
    for (const [name, slope] of Object.entries(own.gradients)) {
      if (isTrained(name, inputs)) slopes[name] = (slopes[name] ?? 0) + slope / points.length;
    }
  }
  return { loss, slopes };
}

/** Returns the losses before each step downhill, and after the last. */
export function plainTraining(
  inputs: InputValues,
  steps: number,
  what?: Lowered,
): readonly number[] {
  const lowered = what ?? LOWERED.training;
  if (lowered === undefined) return [];
  const { rate = 0 } = inputs;
  const values: Record<string, number> = { ...inputs };
  const errors: number[] = [];
  for (let step = 0; step <= steps; step++) {
    const { loss, slopes } = plainLoss(lowered, values);
    errors.push(loss);
    for (const [name, slope] of Object.entries(slopes)) {
      values[name] = (values[name] ?? 0) - rate * slope;
    }
  }
  return errors;
}
