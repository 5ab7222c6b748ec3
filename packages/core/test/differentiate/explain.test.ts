import { describe, expect, test } from "vitest";
import { parameterNames } from "../../src/differentiate/parameterNames.ts";
import {
  type ExplainOptions,
  explain,
  Graph,
  named,
  type Tensor,
  tensor,
  uniform,
} from "../../src/index.ts";
import { illegalities } from "../support/legality.ts";

const total = (applePrice: Tensor, appleCount: Tensor, tangerinePrice: Tensor, count: Tensor) =>
  applePrice
    .mul(appleCount)
    .add(tangerinePrice.mul(count))
    .mul(named("tax", tensor(1.1, { dtype: "float64" })));

describe("explain", () => {
  const graph = explain(total)(100, 2, 150, 3);

  test("gives every node its forward value and its gradient, in order of evaluation", () => {
    expect(illegalities(graph)).toEqual([]);
    const seen = graph.nodes.map(({ name, op, value, gradient }) => [
      name ?? op?.name,
      value?.item(),
      gradient?.item(),
    ]);
    expect(seen).toEqual([
      ["applePrice", 100, 2.2],
      ["appleCount", 2, 110.00000000000001],
      ["tangerinePrice", 150, 3.3000000000000003],
      ["count", 3, 165],
      ["mul", 200, 1.1],
      ["mul", 450, 1.1],
      ["add", 650, 1.1],
      ["tax", 1.1, undefined],
      ["total", 715.0000000000001, 1],
    ]);
  });

  test("gives every edge its local derivative and the gradient that flows along it", () => {
    const apples = graph.nodes[4];
    expect(
      apples?.inputs.map((edge) => [
        edge.from,
        edge.localDerivative?.item(),
        edge.gradient?.item(),
      ]),
    ).toEqual([
      [0, 2, 2.2],
      [1, 100, 110.00000000000001],
    ]);
  });

  test("tells the parts of a gradient that arrive along several edges", () => {
    const fan = explain((x: Tensor) => x.mul(x).add(x.sin()))(2);
    const [input] = fan.nodes;
    const parts = fan.nodes.flatMap(({ inputs }) => inputs).filter(({ from }) => from === 0);
    const sum = parts.reduce((s, { gradient }) => s + (gradient?.item() ?? 0), 0);
    expect(parts.length).toBe(3);
    expect(input?.gradient?.item()).toBeCloseTo(sum, 14);
  });

  test("names nodes after keys of object arguments and after named", () => {
    const { nodes } = explain(({ item }: { item: { price: Tensor } }, rate: Tensor) =>
      named("with tax", item.price.mul(rate)).sum(),
    )({ item: { price: 3 } }, 1.5);
    expect(nodes.map(({ name }) => name).slice(0, 3)).toEqual(["item.price", "rate", "with tax"]);
  });

  test("shows values and gradients of tensors, and stays legal for every kind of op", () => {
    const w = uniform([3, 2], { seed: 1 });
    const graphOfTensors = explain((x: Tensor) =>
      x.matmul(w).relu().max(1).mean().add(x.greater(0).cast("float32").sum()),
    )(uniform([4, 3], { seed: 2, low: -1 }));
    expect(illegalities(graphOfTensors)).toEqual([]);
    const matmul = graphOfTensors.nodes.find(({ op }) => op?.name === "matmul");
    expect(matmul?.gradient?.shape).toEqual([4, 2]);
    expect(matmul?.inputs[0]?.localDerivative).toBeUndefined();
  });

  test("explains a result that is a constant, and one that is an argument itself", () => {
    expect(explain((_x: Tensor) => tensor(5))(1).nodes.length).toBe(2);
    const same = explain((x: Tensor) => x)(3);
    expect([same.nodes.length, same.nodes[0]?.gradient?.item()]).toEqual([1, 1]);
  });

  test("gives a graph of plain data", () => {
    const data = JSON.parse(JSON.stringify(graph)) as { nodes: { op?: string }[] };
    expect(data.nodes.map(({ op }) => op).filter(Boolean)).toEqual(["mul", "mul", "add", "mul"]);
  });
});

describe("the names that are given to explain", () => {
  // A minifier leaves such a source and such names of a function.
  const source = "return function e(t,{w:n},...r){return t.mul(n).add(r[0])}";
  const mangled = new Function(source)() as (
    x: Tensor,
    model: { w: Tensor },
    ...rest: Tensor[]
  ) => Tensor;
  const namesOf = ({ nodes }: Graph) => nodes.map(({ name }) => name);

  test("stand in the place of the parameters' and the function's, before the paths of trees", () => {
    const run = (options?: ExplainOptions) => namesOf(explain(mangled, options)(2, { w: 3 }, 4));
    const names = ["x", "model", "bias"];
    expect(run()).toEqual(["t", "w", undefined, undefined, "e"]);
    expect(run({})).toEqual(run());
    expect(run({ names })).toEqual(["x", "model.w", "bias", undefined, "e"]);
    expect(run({ result: "y" })).toEqual(["t", "w", undefined, undefined, "y"]);
    const none = { names: ["x", "", ""], result: "" };
    expect(run(none)).toEqual(["x", "w", undefined, undefined, undefined]);
  });

  test("yield to those that the user gave by named", () => {
    const f = (a: Tensor) => named("inside", a.mul(2));
    const graph = explain(f, { names: ["x"], result: "y" })(named("outside", tensor(1)));
    expect(namesOf(graph).filter(Boolean)).toEqual(["outside", "inside"]);
  });

  test("may be those of the function itself, which is called only once", () => {
    let calls = 0;
    const x = (x: Tensor) => {
      calls++;
      return x.sin();
    };
    expect(namesOf(explain(x, { names: ["x"] })(1))).toEqual(["x", "x"]);
    expect(calls).toBe(1);
  });

  const f = (a: Tensor, b: Tensor) => a.mul(b);
  const call = (options: unknown) => () => explain(f, options as ExplainOptions)(1, 2);
  test.each([
    [{ name: ["a"] }, /explain: options: expected no others than names, result, got "name"/],
    ["a", /explain: options: expected an object of options, got "a"/],
    [{ names: "ab" }, /explain: names: expected an array of texts, a name for each argument/],
    [{ names: ["a", 2] }, /explain: names\[1\]: expected a text, got 2/],
    [{ names: ["a", "a"] }, /explain: names\[1\]: expected a name that no other node has, got "a"/],
    [{ names: ["a", "b"], result: "b" }, /explain: result: expected a name that no other node has/],
    [{ result: 1 }, /explain: result: expected a text, got 1/],
    [{ names: ["a"] }, /explain: names: expected as many names as arguments, 2, got 1\./],
    [{ names: ["a", "b", "c"] }, /as many names as arguments, 2, got 3\./],
  ] as const)("are refused as %j", (options, message) => {
    expect(call(options)).toThrow(message);
  });
});

test("an illegal graph is told what is wrong with it", () => {
  const { trace, output } = explain((x: Tensor) => x.sin())(1);
  const [input, sine] = trace.nodes;
  if (input === undefined || sine === undefined) throw new Error("two nodes expected");
  const backwards = new Graph({ ...trace, nodes: [sine, input], outputs: [5] }, output);
  expect(illegalities(backwards).join("; ")).toBe("node 0 (sin) reads 0; the result 5 is no node");
  const wrongShape = new Graph({ ...trace, nodes: [input, { ...sine, shape: [2] }] }, output);
  expect(illegalities(wrongShape)[0]).toContain("its op gives float64 []");
  const wrongValue = new Graph(trace, output, { values: [tensor([1, 2])] });
  expect(illegalities(wrongValue)).toEqual([
    "node 0 has a value or gradient of another shape or dtype",
  ]);
});

test.each([
  ["(a, b) => a", ["a", "b"]],
  ["x => x", ["x"]],
  ["function area(width, height = f(1, 2)) {}", ["width", "height"]],
  ["({ price, count }, tax) => 0", ["", "tax"]],
  ["([a, b], c) => 0", [undefined, "c"]],
  ["(a /* first, of two */, b) => 0", ["a", "b"]],
  ["async (größe) => 0", ["größe"]],
  ["() => 0", []],
  ["function () { [native code] }", []],
] as const)("the parameters of %s are read", (source, expected) => {
  expect(parameterNames({ toString: () => source } as never)).toEqual(expected);
});
