/**
 * The graphs that the tests of drawing share, and a generator of random ones.
 */

import { explain, type Graph, maximum, named, type Tensor, tensor } from "../../src/index.ts";
import fc from "../support/properties.ts";

export function snackTax(): Graph {
  function total(price: Tensor, count: Tensor, tax: Tensor): Tensor {
    return price.mul(count).mul(tax);
  }
  return explain(total)(100, 2, 1.1);
}

/** Returns two apples at 100, three tangerines at 150, a tax of 10 %. */
export function applesAndTangerines(): Graph {
  function total(
    apples: Tensor,
    applePrice: Tensor,
    tangerines: Tensor,
    tangerinePrice: Tensor,
    tax: Tensor,
  ): Tensor {
    return apples.mul(applePrice).add(tangerines.mul(tangerinePrice)).mul(tax);
  }
  return explain(total)(2, 100, 3, 150, 1.1);
}

export function fanOut(): Graph {
  function f(x: Tensor): Tensor {
    return x.mul(x).add(x.sin());
  }
  return explain(f)(2);
}

export function chain(): Graph {
  function f(x: Tensor): Tensor {
    return x.square().neg().exp();
  }
  return explain(f)(0);
}

export function longChain(operations: number): Graph {
  function f(x: Tensor): Tensor {
    let y = x;
    for (let i = 0; i < operations; i++) y = y.neg();
    return y;
  }
  return explain(f)(1);
}

export function dense(): Graph {
  function loss(x: Tensor, weight: Tensor, bias: Tensor): Tensor {
    return x.matmul(weight).add(bias).square().mean();
  }
  return explain(loss)(
    tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]),
    tensor([
      [1, 0],
      [0, 0.1],
    ]),
    tensor([1, 2]),
  );
}

export function identity(): Graph {
  function f(x: Tensor): Tensor {
    return x;
  }
  return explain(f)(1);
}

export function unusedBranch(): Graph {
  function f(x: Tensor, y: Tensor, _z: Tensor): Tensor {
    x.mul(3).exp();
    return x.add(y);
  }
  return explain(f)(0, 2, 5);
}

export function namedSteps(): Graph {
  function loss(x: Tensor, weight: Tensor, target: Tensor): Tensor {
    const prediction = named("prediction", x.mul(weight));
    return prediction.sub(target).square();
  }
  return explain(loss)(3, 2, 5);
}

/** Names with characters that have a meaning in XML, DOT and Mermaid, or would break a drawing. */
export const AWKWARD_NAMES = ['a"b\\ <x> & c;', "数学 e\u0301\n#`", "]--> |"] as const;

export function awkwardNames(): Graph {
  const [first, second, third] = AWKWARD_NAMES;
  function f(x: Tensor, y: Tensor, z: Tensor): Tensor {
    return named(first, x.neg()).mul(named(second, y.neg())).mul(named(third, z.neg()));
  }
  return explain(f)(1, 2, 3);
}

/** The steps of a random computation: an operation, and the earlier values that it takes. */
const steps = fc.array(
  fc.record({
    operation: fc.constantFrom("add", "sub", "mul", "maximum", "neg", "constant"),
    first: fc.nat({ max: 1000 }),
    second: fc.nat({ max: 1000 }),
  }),
  { minLength: 1, maxLength: 18 },
);

/** Graphs with forks, crossings, constants and unused branches; all numbers are short. */
export const randomGraph: fc.Arbitrary<Graph> = fc
  .tuple(fc.integer({ min: 1, max: 5 }), steps)
  .map(([inputs, list]) => {
    const random = (values: readonly Tensor[]): Tensor => {
      const known = [...values];
      // Recent values are taken more often, so that graphs grow deep as well as wide.
      const pick = (n: number) => known.at(-1 - (n % Math.min(known.length, 1 + (n % 7))));
      for (const { operation, first, second } of list) {
        const [x, y] = [pick(first), pick(second)];
        if (x === undefined || y === undefined) continue;
        known.push(apply(operation, x, y, second));
      }
      return known.at(-1) ?? tensor(0);
    };
    return explain(random)(
      Array.from({ length: inputs }, (_, i) => tensor(i % 2, { dtype: "float64" })),
    );
  });

function apply(operation: string, x: Tensor, y: Tensor, number: number): Tensor {
  switch (operation) {
    case "add":
      return maximum(x.add(y), 1).sub(1);
    case "sub":
      return x.sub(y);
    case "mul":
      return x.minimum(1).mul(y.minimum(2));
    case "maximum":
      return x.maximum(y);
    case "neg":
      return x.neg();
    default:
      return x.add(number % 3);
  }
}
