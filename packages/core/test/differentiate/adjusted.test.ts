import { describe, expect, test } from "vitest";
import {
  checkpoint,
  compile,
  explain,
  type Graph,
  grad,
  graphOf,
  jvp,
  named,
  scan,
  split,
  type Tensor,
  tensor,
  Variable,
} from "../../src/index.ts";
import { illegalities } from "../support/legality.ts";

const total = (apples: Tensor, price: Tensor, tangerines: Tensor, tax: Tensor) =>
  named("fruit", named("apple total", apples.mul(price)).add(tangerines.mul(150))).mul(tax);
const purchase = () => explain(total)(2, 100, 3, 1.25);

const value = (graph: Graph, name: string) => graph.node(name)?.value?.item();
const gradient = (graph: Graph, name: string) => graph.node(name)?.gradient?.item();
const ids = (graph: Graph) =>
  graph.nodes.map(({ name, op, inputs }) => [name, op?.name, ...inputs.map(({ from }) => from)]);

describe("an adjusted graph", () => {
  test("has new values and gradients after the node, and the same elsewhere", () => {
    const graph = purchase();
    const adjusted = graph.adjusted({ fruit: 50 });
    expect([value(graph, "total"), value(adjusted, "total")]).toEqual([812.5, 875]);
    expect([value(adjusted, "fruit"), gradient(adjusted, "tax")]).toEqual([700, 700]);
    expect([value(adjusted, "apple total"), gradient(adjusted, "fruit")]).toEqual([200, 1.25]);
    expect(adjusted.node("fruit")?.difference?.item()).toBe(50);
    expect(graph.node("fruit")?.difference).toBeUndefined();
    expect(ids(adjusted)).toEqual(ids(graph));
    expect(illegalities(adjusted)).toEqual([]);
  });

  test("without differences is the same graph, to the last bit and on every edge", () => {
    for (const graph of [purchase(), several(), branching()]) {
      expect(JSON.stringify(graph.adjusted({}))).toBe(JSON.stringify(graph));
    }
  });

  test("changes inputs, constants and the result, by name and by id", () => {
    const graph = purchase();
    const byName = graph.adjusted({ price: 10 });
    expect(value(byName, "total")).toBe(837.5);
    expect(value(graph.adjusted({ [graph.node("price")?.id ?? -1]: 10 }), "total")).toBe(837.5);
    const constant = graph.nodes.find(({ kind }) => kind === "constant");
    expect(value(graph.adjusted({ [constant?.id ?? -1]: -50 }), "total")).toBe(625);
    expect(value(graph.adjusted({ total: -0.5 }), "total")).toBe(812);
    const fixed = explain((_x: Tensor) => tensor(5))(1);
    expect(fixed.adjusted({ [fixed.output]: 2 }).nodes[fixed.output]?.value?.item()).toBe(7);
  });

  test("takes names that objects have, and refuses the prototypes of classes", () => {
    const graph = explain((x: Tensor, y: Tensor) => x.mul(y), {
      names: ["constructor", "valueOf"],
    });
    const [product, changes] = [graph(2, 3), { constructor: 1, valueOf: 1 }];
    expect(product.adjusted(changes).nodes[product.output]?.value?.item()).toBe(12);
    expect(product.tangents({ constructor: 1 })[product.output]?.item()).toBe(3);
    class Model {}
    for (const none of [Model.prototype, new Model(), Math]) {
      expect(() => product.tangents(none as never)).toThrow(
        /^tangents: directions: expected an object of numbers or tensors/,
      );
    }
  });

  test("keeps earlier differences and adds to them", () => {
    const twice = purchase().adjusted({ fruit: 20, tax: 0.25 }).adjusted({ fruit: 30 });
    expect([value(twice, "fruit"), value(twice, "total")]).toEqual([700, 1050]);
    expect([
      twice.node("fruit")?.difference?.item(),
      twice.node("tax")?.difference?.item(),
    ]).toEqual([50, 0.25]);
    expect(value(twice.adjusted({ fruit: -50, tax: -0.25 }), "total")).toBe(812.5);
  });

  test("keeps the derivative of an op that reads its own result", () => {
    const exponential = (x: Tensor) => named("y", x.exp()).mul(3);
    const graph = explain(exponential)(1).adjusted({ y: 10 });
    expect(gradient(graph, "x")).toBe(3 * Math.E);
    const [edge] = graph.node("y")?.inputs ?? [];
    expect(edge?.localDerivative?.item()).toBe(Math.E);
  });

  test("has the gradients of the function with the differences written into it", () => {
    const x = tensor([0.5, -1, 2], { dtype: "float64" });
    const shift = tensor([0.1, 0.2, -0.3], { dtype: "float64" });
    const f = (x: Tensor) => named("s", x.sin()).mul(x).square().sum();
    const g = (x: Tensor) => x.sin().add(shift).mul(x).square().sum();
    const adjusted = explain(f)(x).adjusted({ s: shift });
    expect(adjusted.node("x")?.gradient?.toArray()).toEqual(grad(g)(x).toArray());
    const number = explain(f)(x).adjusted({ s: 0.25 });
    const h = (x: Tensor) => x.sin().add(0.25).mul(x).square().sum();
    expect(number.node("x")?.gradient?.toArray()).toEqual(grad(h)(x).toArray());
  });

  test("leaves the branch that JavaScript took, and calls the function only once", () => {
    let calls = 0;
    const step = (x: Tensor) => {
      calls++;
      return named("y", x.mul(2)).item() > 0 ? x.mul(2) : x.neg();
    };
    const graph = explain(step)(1).adjusted({ x: -5 });
    expect([value(graph, "step"), calls]).toEqual([-8, 1]);
  });

  test("assigns no Variable", () => {
    const count = new Variable(tensor(1));
    const f = (x: Tensor) => {
      count.assign(count.value.add(1));
      return x.mul(count.value);
    };
    const graph = explain(f)(3);
    graph.adjusted({ x: 1 });
    expect([count.value.item(), value(graph.adjusted({ x: 1 }), "f")]).toEqual([2, 8]);
  });

  test("goes through ops of several results and ops with bodies", () => {
    const graph = several();
    const adjusted = graph.adjusted({ low: 1 });
    const g = (x: Tensor) => {
      const [low, high] = split(x, 2) as [Tensor, Tensor];
      return checkpoint((a: Tensor) => a.square())(low.add(1))
        .mul(high)
        .sum();
    };
    const x = tensor([1, 2, 3, 4], { dtype: "float64" });
    expect(adjusted.node("x")?.gradient?.toArray()).toEqual(grad(g)(x).toArray());
  });
});

describe("tangents of a graph", () => {
  test("are those of jvp, at every node, and undefined where nothing comes", () => {
    const graph = purchase();
    const tangents = graph.tangents({ price: 1, tax: 0.5 });
    const { tangent } = jvp(total)([2, 100, 3, 1.25], [0, 1, 0, 0.5]);
    expect(tangents[graph.output]?.item()).toBe(tangent.item());
    expect(tangents[graph.node("fruit")?.id ?? -1]?.item()).toBe(2);
    expect(tangents[graph.node("tangerines")?.id ?? -1]).toBeUndefined();
  });

  test("start in the middle, too, and know of differences", () => {
    const graph = purchase().adjusted({ tax: 0.75 });
    const tangents = graph.tangents({ fruit: 3, apples: 1 });
    expect(tangents[graph.node("fruit")?.id ?? -1]?.item()).toBe(103);
    expect(tangents[graph.output]?.item()).toBe(206);
  });

  test("agree with the gradients of the same graph", () => {
    for (const graph of [several().adjusted({ low: 0.5 }), branching().adjusted({ x: 0.25 })]) {
      const x = graph.node("x");
      const ones = graph.tangents({ x: 1 })[graph.output]?.sum().item() ?? Number.NaN;
      expect(ones).toBeCloseTo(x?.gradient?.sum().item() ?? 0, 12);
    }
  });
});

describe("what cannot be adjusted is refused:", () => {
  const twins = explain((x: Tensor) => named("a", x.mul(2)).add(named("a", x.mul(3))))(1);
  const mixed = explain((x: Tensor) => named("big", x.greater(0)).cast("float64").mul(x))(2);
  const wide = explain((x: Tensor) => x.square().sum())(tensor([1, 2], { dtype: "float64" }));
  const x = (changes: object) => () => wide.adjusted(changes as never);

  test.each([
    ["an unknown name", x({ y: 1 }), /got "y"\. Names and ids: "x" \(0\)/],
    ["an id that no node has", x({ 7: 1 }), /ids of nodes, from 0 to 2, got "7"/],
    [
      "a name of two nodes",
      () => twins.adjusted({ a: 1 }),
      /2 nodes have\. Use an id: "a" \(2\), "a" \(4\)/,
    ],
    ["a node named twice", x({ x: 1, 0: 2 }), /each node once/],
    [
      "a bool",
      () => mixed.adjusted({ big: 1 }),
      /expected a node of float32 or float64, got a node of bool/,
    ],
    ["a shape", x({ x: tensor([1, 2, 3]) }), /shape \[2\], got \[3\]/],
    ["a dtype", x({ x: tensor([1, 2]) }), /dtype float64, got float32/],
    ["NaN", x({ x: Number.NaN }), /a finite number/],
    ["a list", () => wide.adjusted([1] as never), /expected an object/],
    [
      "a graph without values",
      () => graphOf(compile((x: Tensor) => x.sin()).program(1)).adjusted({}),
      /adjusted: graph: expected a graph with values.*recorded and not run/,
    ],
    [
      "a direction without values",
      () => graphOf(compile((x: Tensor) => x.sin()).program(1)).tangents({}),
      /tangents: graph: expected a graph with values/,
    ],
  ])("%s", (_what, call, message) => {
    expect(call).toThrow(message);
  });
});

function several(): Graph {
  const f = (x: Tensor) => {
    const [low, high] = split(x, 2) as [Tensor, Tensor];
    const squared = checkpoint((a: Tensor) => a.square())(named("low", low.mul(1)));
    return squared.mul(high).sum();
  };
  return explain(f)(tensor([1, 2, 3, 4], { dtype: "float64" }));
}

function branching(): Graph {
  const f = (x: Tensor) => {
    const [last] = scan(
      (h: Tensor, _row: Tensor): [Tensor, []] => [h.mul(x).add(x), []],
      x,
      tensor([1, 2], { dtype: "float64" }),
    );
    return last.mul(x.sin()).add(x.mul(x));
  };
  return explain(f)(0.5);
}
