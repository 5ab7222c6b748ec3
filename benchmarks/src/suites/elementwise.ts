// Batched add and multiply, forward and backward.

import { type ElementType, float32Type, float64Type } from "../loops/index.ts";
import type { BenchmarkCase, Contestant, FloatArray, Suite } from "../suite.ts";
import { Workbench } from "../workbench.ts";

/** Elements in each array: within the first-level cache, within the second, beyond the caches. */
export const sizes = [1024, 32 * 1024, 1024 * 1024] as const;

export const elementwise: Suite = {
  name: "elementwise",
  description: "a loop in JavaScript, a kernel on resident arrays, a kernel with copies",
  cases: [...casesOf(float32Type), ...casesOf(float64Type)],
};

function casesOf<A extends FloatArray>(type: ElementType<A>): BenchmarkCase[] {
  const operations = { addForward, addBackward, multiplyForward, multiplyBackward };
  return Object.entries(operations).flatMap(([operation, prepare]) =>
    sizes.map((elements) => ({
      // "addForward" is printed as "add forward".
      name: operation.replace(/[A-Z]/, (letter) => ` ${letter.toLowerCase()}`),
      dtype: type.dtype,
      elements,
      prepare: () => prepare(type, elements),
    })),
  );
}

function addForward<A extends FloatArray>(type: ElementType<A>, elements: number): Contestant[] {
  const bench = new Workbench(type, elements);
  const [x, y, out] = [bench.input(), bench.input(), bench.output()];
  const kernel = bench.exports[`addForward_${type.ending}` as const];
  return bench.contestants(
    () => type.loops.addForward(x.array, y.array, out.array),
    () => kernel(x.address, y.address, out.address, elements),
  );
}

function addBackward<A extends FloatArray>(type: ElementType<A>, elements: number): Contestant[] {
  const bench = new Workbench(type, elements);
  const [gradient, xGradient, yGradient] = [bench.input(), bench.output(), bench.output()];
  const kernel = bench.exports[`addBackward_${type.ending}` as const];
  return bench.contestants(
    () => type.loops.addBackward(gradient.array, xGradient.array, yGradient.array),
    () => kernel(gradient.address, xGradient.address, yGradient.address, elements),
  );
}

function multiplyForward<A extends FloatArray>(
  type: ElementType<A>,
  elements: number,
): Contestant[] {
  const bench = new Workbench(type, elements);
  const [x, y, out] = [bench.input(), bench.input(), bench.output()];
  const kernel = bench.exports[`multiplyForward_${type.ending}` as const];
  return bench.contestants(
    () => type.loops.multiplyForward(x.array, y.array, out.array),
    () => kernel(x.address, y.address, out.address, elements),
  );
}

function multiplyBackward<A extends FloatArray>(
  type: ElementType<A>,
  elements: number,
): Contestant[] {
  const bench = new Workbench(type, elements);
  const [gradient, x, y] = [bench.input(), bench.input(), bench.input()];
  const [xGradient, yGradient] = [bench.output(), bench.output()];
  const kernel = bench.exports[`multiplyBackward_${type.ending}` as const];
  return bench.contestants(
    () =>
      type.loops.multiplyBackward(
        gradient.array,
        x.array,
        y.array,
        xGradient.array,
        yGradient.array,
      ),
    () =>
      kernel(
        gradient.address,
        x.address,
        y.address,
        xGradient.address,
        yGradient.address,
        elements,
      ),
  );
}
