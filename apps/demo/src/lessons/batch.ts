/**
 * A million purchases at once, in JavaScript and in WebAssembly.
 */

import {
  activeRunner,
  compile,
  type RunnerName,
  type Tensor,
  tensor,
  valueAndGrad,
} from "@graddiff/core";
import { defineLesson } from "./lesson.ts";

type Purchases = Record<"price" | "count" | "tax", Tensor>;

const totalWithGradient = valueAndGrad(({ price, count, tax }: Purchases) =>
  price.mul(count).mul(tax).sum(),
);

/** The forward and the backward pass as one program, for each runner. */
const programs = {
  js: compile(totalWithGradient, { backend: "js" }),
  wasm: compile(totalWithGradient, { backend: "wasm" }),
};

/** Runs that are not timed: they load the kernel and let the engine compile. */
const WARM_UP = 3;
const TIMED = 5;

/** One calculation over many purchases, timed on both runners. */
export const batch = defineLesson({
  name: "batch",
  title: "A million purchases at once",
  explanation:
    "The same three numbers, a million times: price, count and tax are arrays now, and the total is " +
    "the sum of price · count · tax over all purchases. The graph stays as small as before, since a " +
    "node works on whole arrays, and one backward pass gives three million gradients. The same " +
    "calculation is compiled twice, to plain JavaScript and to WebAssembly, where forward and " +
    "backward become a single loop; the results must be the same to the last bit.",
  inputs: {
    purchases: {
      label: "Purchases",
      initial: 1_000_000,
      minimum: 1,
      maximum: 2_000_000,
      whole: true,
    },
  },
  long: true,
  run({ purchases }) {
    const inputs = makePurchases(purchases);
    const [javascript, wasm] = measureBoth(inputs);
    const available = activeRunner() === "wasm";
    const gradients = Object.values(javascript.gradient).map((gradient) => gradient.data());
    const others = Object.values(wasm.gradient).map((gradient) => gradient.data());
    const total = javascript.value.item();
    const equal =
      total === wasm.value.item() &&
      gradients.every((gradient, i) => gradient.every((value, j) => value === others[i]?.[j]));
    const ratio = javascript.best / wasm.best;
    return {
      sections: [
        {
          heading: "The result",
          table: {
            columns: [{ title: "quantity" }, { title: "number", kind: "value" }],
            rows: [
              ["purchases", purchases],
              ["total of all", total],
              ["gradients", gradients.reduce((sum, { length }) => sum + length, 0)],
              ["both runners agree", equal ? "to the last bit" : "no"],
            ],
          },
        },
        {
          heading: "The first purchases and their gradients",
          table: {
            columns: [
              { title: "price", kind: "value" },
              { title: "count", kind: "value" },
              { title: "tax", kind: "value" },
              { title: "∂/∂price", kind: "gradient" },
              { title: "∂/∂count", kind: "gradient" },
              { title: "∂/∂tax", kind: "gradient" },
            ],
            rows: firstRows(inputs, javascript.gradient),
          },
        },
        {
          heading: "Times on this machine",
          text:
            `Measured: the total and all gradients, forward and backward, of ${purchases.toLocaleString("en")} ` +
            `purchases in float64; the best of ${TIMED} runs after ${WARM_UP} to warm up. Gradients of ` +
            "one run are disposed of before the next, which spares their copy. " +
            (available
              ? `WebAssembly is here ${ratio.toFixed(2)} times as fast as JavaScript.`
              : "WebAssembly is not available here, so JavaScript computed both."),
          table: {
            columns: [
              { title: "runner" },
              { title: "best, ms", kind: "number" },
              { title: "million purchases a second", kind: "number" },
            ],
            rows: [
              ["JavaScript", round(javascript.best), perSecond(purchases, javascript.best)],
              [
                available ? "WebAssembly" : "JavaScript instead",
                round(wasm.best),
                perSecond(purchases, wasm.best),
              ],
            ],
          },
          measured: true,
        },
      ],
    };
  },
});

/** Prices from 50 to 549, counts from 1 to 9, taxes of 5, 8 or 10 %: the same on every run. */
function makePurchases(purchases: number): Purchases {
  const make = (element: (index: number) => number) =>
    tensor(Float64Array.from({ length: purchases }, (_, i) => element(i)));
  const taxes = [1.05, 1.08, 1.1];
  return {
    price: make((i) => 50 + ((i * 7919) % 500)),
    count: make((i) => 1 + ((i * 31) % 9)),
    tax: make((i) => taxes[(i * 17) % taxes.length] ?? 1),
  };
}

type Outcome = ReturnType<typeof totalWithGradient>;
/** What the last run gave, and the shortest time that one took. */
type Measurement = Outcome & { readonly best: number };

/** Both runners in turn, so that a slow moment of the machine meets both. */
function measureBoth(inputs: Purchases): readonly [Measurement, Measurement] {
  const run = (runner: RunnerName, before: Measurement | undefined, timed: boolean) => {
    if (before !== undefined) for (const each of Object.values(before.gradient)) each.dispose();
    const start = performance.now();
    const outcome = programs[runner](inputs);
    const time = performance.now() - start;
    const best = timed
      ? Math.min(time, before?.best ?? Number.POSITIVE_INFINITY)
      : Number.POSITIVE_INFINITY;
    return { ...outcome, best };
  };
  let javascript = run("js", undefined, false);
  let wasm = run("wasm", undefined, false);
  for (let i = 1; i < WARM_UP + TIMED; i++) {
    javascript = run("js", javascript, i >= WARM_UP);
    wasm = run("wasm", wasm, i >= WARM_UP);
  }
  return [javascript, wasm];
}

function firstRows(inputs: Purchases, gradient: Purchases): number[][] {
  const columns = [
    inputs.price,
    inputs.count,
    inputs.tax,
    gradient.price,
    gradient.count,
    gradient.tax,
  ];
  const data = columns.map((column) => column.data());
  const shown = Math.min(3, inputs.price.size);
  return Array.from({ length: shown }, (_, i) => data.map((column) => column[i] ?? Number.NaN));
}

function round(milliseconds: number): number {
  return Number(milliseconds.toFixed(2));
}

/** In millions. */
function perSecond(purchases: number, milliseconds: number): number {
  return Number((purchases / milliseconds / 1000).toFixed(1));
}
