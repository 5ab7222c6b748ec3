/**
 * Four ways to compute the total and the gradients of many purchases, timed in turn.
 */

import { activeRunner, compile, type Tensor, tensor, valueAndGrad } from "@graddiff/core";
import { total } from "../programs/purchases.ts";
import { type PurchaseArrays, purchaseArrays } from "./purchases.ts";
import { TIMED, type Timing, type TimingProgress, WAYS, type Way } from "./ways.ts";

/** The total of all purchases and its gradients. */
interface Outcome {
  readonly total: number;
  readonly price: Float64Array;
  readonly count: Float64Array;
  readonly tax: Float64Array;
}

/** The number of runs that are not timed: they load the kernel and let the engine compile. */
const WARM_UP = 2;

/**
 * Times the ways. It yields before each run, so that a worker can report progress.
 *
 * @param threads the number of threads that compute in WebAssembly, which the caller knows, since it has started them.
 */
export function* timing(purchases: number, threads = 1): Generator<TimingProgress, Timing> {
  const arrays = purchaseArrays(purchases);
  const run = runners(arrays);
  const best = { loop: Infinity, loops: Infinity, javascript: Infinity, wasm: Infinity };
  const outcomes: Partial<Record<Way, Outcome>> = {};
  const of = (WARM_UP + TIMED) * WAYS.length;
  let done = 0;
  // The ways run in turn, so that a slow moment of the machine affects all of them.
  for (let round = 0; round < WARM_UP + TIMED; round++) {
    for (const way of WAYS) {
      yield { way, done, of };
      const start = performance.now();
      const { finish } = run[way]();
      const time = performance.now() - start;
      if (round >= WARM_UP) best[way] = Math.min(best[way], time);
      const isLast = round === WARM_UP + TIMED - 1;
      const outcome = finish(isLast);
      if (outcome !== undefined) outcomes[way] = outcome;
      done++;
    }
  }
  const hasWasm = activeRunner() === "wasm";
  const agree = doAgree(WAYS.map((way) => outcomes[way]));
  return { purchases, best, hasWasm, threads: hasWasm ? threads : 1, agree };
}

/** A timed run; `finish` then returns its outcome, outside of the measured time. Unwanted results are released. */
type Run = () => { finish(wanted: boolean): Outcome | undefined };

function runners(arrays: PurchaseArrays): Record<Way, Run> {
  const plain =
    (way: (arrays: PurchaseArrays) => Outcome): Run =>
    () => {
      const outcome = way(arrays);
      return { finish: () => outcome };
    };
  return {
    loop: plain(oneLoop),
    loops: plain(oneLoopEach),
    javascript: compiled(arrays, "js"),
    wasm: compiled(arrays, "wasm"),
  };
}

/** Computes everything in one loop, as somebody who knows the formula would write it. */
function oneLoop({ price, count, tax }: PurchaseArrays): Outcome {
  const { length } = price;
  const [dPrice, dCount, dTax] = [0, 0, 0].map(() => new Float64Array(length)) as Triple;
  let sum = 0;
  for (let i = 0; i < length; i++) {
    const p = price[i] ?? 0;
    const c = count[i] ?? 0;
    const t = tax[i] ?? 0;
    const pc = p * c;
    sum += pc * t;
    dPrice[i] = t * c;
    dCount[i] = t * p;
    dTax[i] = pc;
  }
  return { total: sum, price: dPrice, count: dCount, tax: dTax };
}

type Triple = [Float64Array, Float64Array, Float64Array];

/** Computes everything with a loop for each operation, like a library without a compiler. */
function oneLoopEach({ price, count, tax }: PurchaseArrays): Outcome {
  const net = product(price, count);
  const all = product(net, tax);
  let sum = 0;
  for (let i = 0; i < all.length; i++) sum += all[i] ?? 0;
  const arriving = new Float64Array(all.length).fill(1);
  const dNet = product(arriving, tax);
  const dTax = product(arriving, net);
  return { total: sum, price: product(dNet, count), count: product(dNet, price), tax: dTax };
}

function product(a: Float64Array, b: Float64Array): Float64Array {
  const result = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) result[i] = (a[i] ?? 0) * (b[i] ?? 0);
  return result;
}

/** Returns the program of the lesson, compiled. */
function compiled({ price, count, tax }: PurchaseArrays, backend: "js" | "wasm"): Run {
  const program = compile(valueAndGrad(total), { backend });
  const inputs = { price: tensor(price), count: tensor(count), tax: tensor(tax) };
  return () => {
    const { value, gradient } = program(inputs);
    return {
      finish: (wanted) => {
        const read = (each: Tensor) => Float64Array.from(each.data());
        const outcome = wanted
          ? {
              total: value.item(),
              price: read(gradient.price),
              count: read(gradient.count),
              tax: read(gradient.tax),
            }
          : undefined;
        for (const each of Object.values(gradient)) each.dispose();
        return outcome;
      },
    };
  };
}

/** The tolerance of totals: sums of a million terms in different orders agree in twelve digits. */
const TOLERANCE = 1e-12;

function doAgree(outcomes: readonly (Outcome | undefined)[]): boolean {
  const [first] = outcomes;
  if (first === undefined) return false;
  return outcomes.every(
    (each) =>
      each !== undefined &&
      Math.abs(each.total - first.total) <= TOLERANCE * Math.abs(first.total) &&
      (["price", "count", "tax"] as const).every((name) =>
        each[name].every((value, i) => value === first[name][i]),
      ),
  );
}
