// GradBench's modules: the conversion of its messages to inputs of the evals, and of results to answers. The
// computations are in `evals/`.

import { tensor } from "@graddiff/core";
import type { Call } from "../eval.ts";
import { ba } from "../evals/ba.ts";
import { det } from "../evals/det.ts";
import { gmm } from "../evals/gmm.ts";
import { double, square } from "../evals/hello.ts";
import { prepareHand } from "../evals/ht.ts";
import { kmeans } from "../evals/kmeans.ts";
import { llsq } from "../evals/llsq.ts";
import { lse } from "../evals/lse.ts";
import { lstm } from "../evals/lstm.ts";
import { ode } from "../evals/ode.ts";
import { bestCharge } from "../evals/particle.ts";
import { saddlePoint } from "../evals/saddle.ts";
import { callsOf } from "../evals/variants.ts";
import type { Fields } from "./fields.ts";

/** The functions of a module for one input, and the JSON form of an answer. */
export interface Prepared {
  readonly calls: Readonly<Record<string, Call>>;
  /** Returns the answer of a function from the elements of its results. */
  answer(name: string, results: readonly Numbers[]): unknown;
}

type Numbers = ArrayLike<number>;

/** Makes the functions of a module from the input of a message. */
export type Module = (input: Fields) => Prepared;

const list = (numbers: Numbers | undefined) => Array.from(numbers ?? []);

/** Returns numbers as rows of a length. */
function rows(numbers: Numbers | undefined, length: number): number[][] {
  const all = list(numbers);
  return Array.from({ length: all.length / length }, (_, i) =>
    all.slice(i * length, (i + 1) * length),
  );
}

const one = (numbers: Numbers | undefined) => numbers?.[0];

/** Returns a module whose functions return a number (those named in `ofNumber`) or a gradient as one list of numbers. */
function plain(calls: Readonly<Record<string, Call>>, ...ofNumber: readonly string[]): Prepared {
  return {
    calls,
    answer: (name, [result]) => (ofNumber.includes(name) ? one(result) : list(result)),
  };
}

export const modules: Readonly<Record<string, Module>> = {
  hello: (input) => {
    const x = tensor(input.number(), { dtype: "float64" });
    return plain({ square: () => [square(x)], double: () => [double(x)] }, "square", "double");
  },
  llsq: (input) => plain(llsq.prepare({ x: input.vector("x"), n: input.count("n") }), "primal"),
  lse: (input) => plain(lse.prepare(input.vector("x")), "primal"),
  gmm: (input) => {
    const [d, k] = [input.count("d"), input.count("k")];
    const below = (d * (d - 1)) / 2;
    const calls = gmm.prepare({
      d,
      x: input.matrix("x", input.count("n"), d),
      alpha: input.vector("alpha", k),
      mu: input.matrix("mu", k, d),
      q: input.matrix("q", k, d),
      l: input.matrix("l", k, below),
      m: input.count("m"),
      gamma: input.number("gamma"),
    });
    return {
      calls,
      answer: (name, results) => {
        const [alpha, mu, q, l] = results;
        if (name === "objective") return one(alpha);
        const empty = Array.from({ length: k }, () => []);
        return {
          alpha: list(alpha),
          mu: rows(mu, d),
          q: rows(q, d),
          l: below === 0 ? empty : rows(l, below),
        };
      },
    };
  },
  kmeans: (input) => {
    const d = input.columns("points");
    const points = input.matrix("points", undefined, d);
    const calls = kmeans.prepare({ d, points, centroids: input.matrix("centroids", undefined, d) });
    return {
      calls,
      answer: (name, [result]) => (name === "cost" ? one(result) : rows(result, d)),
    };
  },
  ode: (input) => plain(ode.prepare({ x: input.vector("x"), steps: input.count("s") })),
  lstm: (input) => {
    const bits = input.columns("state");
    const calls = lstm.prepare({
      bits,
      main: input.matrix("main_params", undefined, 4 * bits),
      extra: input.matrix("extra_params", 3, bits),
      state: input.matrix("state", undefined, bits),
      text: input.matrix("sequence", undefined, bits),
    });
    return {
      calls,
      answer: (name, [first, extra]) =>
        name === "objective" ? one(first) : [...list(first), ...list(extra)],
    };
  },
  det: (input) => {
    const size = input.count("ell");
    return plain(det.prepare({ size, elements: input.vector("A", size * size) }), "primal");
  },
  ba: (input) => {
    const [n, m, p] = [input.count("n"), input.count("m"), input.count("p")];
    const copies = (numbers: Float64Array, count: number) =>
      Float64Array.from(
        { length: numbers.length * count },
        (_, i) => numbers[i % numbers.length] ?? 0,
      );
    const calls = ba.prepare({
      cameras: copies(input.vector("cam", 11), n),
      points: copies(input.vector("x", 3), m),
      weights: new Float64Array(p).fill(input.number("w")),
      features: copies(input.vector("feat", 2), p),
      camera: Int32Array.from({ length: p }, (_, i) => i % n),
      point: Int32Array.from({ length: p }, (_, i) => i % m),
    });
    // All observations are copies, so GradBench sends only the 30 elements of the first observation, and the last
    // element.
    const first = (numbers: Numbers | undefined) => {
      const all = list(numbers);
      return [...all.slice(0, 30), ...all.slice(-1)];
    };
    return {
      calls,
      answer: (name, results) => {
        const [errors, cols, vals] = results;
        if (name !== "objective") {
          return { rows: first(errors), cols: first(cols), vals: first(vals) };
        }
        return {
          reproj_error: { elements: list(errors).slice(0, 2), repeated: p },
          w_err: { element: errors?.[2 * p], repeated: p },
        };
      },
    };
  },
  ht: (input) => {
    const [data, us] = [input.child("data"), input.rowCount("us")];
    const model = data.child("model");
    model.expect("is_mirrored", false);
    model.expect("parents", [-1, ...[0, 4, 8, 12, 16].flatMap((i) => [0, i + 1, i + 2, i + 3]), 0]);
    const measured = data.matrix("points", undefined, 3);
    const calls = prepareHand({
      relative: model.vector("base_relatives", 22 * 16),
      inverse: model.vector("inverse_base_absolutes", 22 * 16),
      vertices: model.matrix("base_positions", undefined, 4),
      weights: model.matrix("weights", undefined, 22),
      triangles: Int32Array.from(model.matrix("triangles", undefined, 3)),
      triangle: Int32Array.from(data.vector("correspondences", measured.length / 3)),
      measured,
      theta: input.vector("theta", 26),
      u: us === 0 ? undefined : input.matrix("us", us, 2),
    });
    return {
      calls,
      answer: (name, [result]) => {
        if (name === "objective") return list(result);
        const columns = rows(result, measured.length);
        return Array.from(measured, (_, i) => columns.map((column) => column[i]));
      },
    };
  },
  particle: (input) => {
    const start = input.number("w");
    return plain(
      callsOf((outer, inner) => {
        const best = bestCharge(outer, inner, start);
        return () => [best()];
      }),
      "rr",
      "ff",
      "fr",
      "rf",
    );
  },
  saddle: (input) => {
    const start = list(input.vector("start", 2));
    return {
      calls: callsOf((outer, inner) => saddlePoint(outer, inner, start)),
      answer: (_name, [p, q]) => [...list(p), ...list(q)],
    };
  },
};
