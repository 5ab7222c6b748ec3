// The snack-tax example on many purchases at once: total = price · count · tax, each purchase
// with its own tax factor. The loop does all in one pass; the kernels compute layer by layer, so this also shows the
// possible gain by a fused kernel.

import { type ElementType, float32Type, float64Type } from "../loops/index.ts";
import type { BenchmarkCase, Contestant, FloatArray, Suite } from "../suite.ts";
import { Workbench } from "../workbench.ts";
import { sizes } from "./elementwise.ts";

export const snackTax: Suite = {
  name: "snack tax",
  description: "total = price · count · tax for every purchase, in one loop or by two layers",
  cases: [...casesOf(float32Type), ...casesOf(float64Type)],
};

function casesOf<A extends FloatArray>(type: ElementType<A>): BenchmarkCase[] {
  const operations = { forward, "forward and gradients": gradients };
  return Object.entries(operations).flatMap(([name, prepare]) =>
    sizes.map((elements) => ({
      name,
      dtype: type.dtype,
      elements,
      prepare: () => prepare(type, elements),
    })),
  );
}

function forward<A extends FloatArray>(type: ElementType<A>, elements: number): Contestant[] {
  const bench = new Workbench(type, elements);
  const [price, count, tax] = [bench.input(), bench.input(), bench.input()];
  const total = bench.output();
  const subtotal = bench.temporary();
  const multiply = bench.exports[`multiplyForward_${type.ending}` as const];
  return bench.contestants(
    () => type.loops.snackTaxForward(price.array, count.array, tax.array, total.array),
    () => {
      multiply(price.address, count.address, subtotal, elements);
      multiply(subtotal, tax.address, total.address, elements);
    },
  );
}

function gradients<A extends FloatArray>(type: ElementType<A>, elements: number): Contestant[] {
  const bench = new Workbench(type, elements);
  const [price, count, tax] = [bench.input(), bench.input(), bench.input()];
  const [gradient, total] = [bench.input(), bench.output()];
  const [priceGradient, countGradient] = [bench.output(), bench.output()];
  const taxGradient = bench.output();
  const [subtotal, subtotalGradient] = [bench.temporary(), bench.temporary()];
  const multiplyForward = bench.exports[`multiplyForward_${type.ending}` as const];
  const multiplyBackward = bench.exports[`multiplyBackward_${type.ending}` as const];
  return bench.contestants(
    () =>
      type.loops.snackTaxGradients(
        price.array,
        count.array,
        tax.array,
        gradient.array,
        total.array,
        priceGradient.array,
        countGradient.array,
        taxGradient.array,
      ),
    () => {
      multiplyForward(price.address, count.address, subtotal, elements);
      multiplyForward(subtotal, tax.address, total.address, elements);
      multiplyBackward(
        gradient.address,
        subtotal,
        tax.address,
        subtotalGradient,
        taxGradient.address,
        elements,
      );
      multiplyBackward(
        subtotalGradient,
        price.address,
        count.address,
        priceGradient.address,
        countGradient.address,
        elements,
      );
    },
  );
}
