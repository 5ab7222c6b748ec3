import { explain, Graph, type Tensor } from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { findLesson, lessons } from "../src/lessons/index.ts";
import { complaintAbout, initialInputs, type Lesson, readNumber } from "../src/lessons/lesson.ts";
import { nodeSentence } from "../src/lessons/nodeSentence.ts";
import { formatNumber } from "../src/lessons/numbers.ts";
import { pathsToResult, productAlong } from "../src/lessons/paths.ts";
import { cell, graphOf, row, runLesson, tableOf } from "./support/results.ts";

describe("every lesson", () => {
  test.each(lessons.map((lesson) => [lesson.name, lesson] as const))(
    "%s starts with good inputs and gives sections of rows that fit their columns",
    (_, lesson) => {
      const inputs = initialInputs(lesson);
      for (const [name, input] of Object.entries(lesson.inputs)) {
        expect(complaintAbout(input, inputs[name] ?? Number.NaN)).toBeUndefined();
      }
      const small = "purchases" in inputs ? { ...inputs, purchases: 1000 } : inputs;
      const { sections } = lesson.run(small);
      expect(sections.length).toBeGreaterThan(1);
      for (const { table } of sections) {
        for (const cells of table?.rows ?? [])
          expect(cells).toHaveLength(table?.columns.length ?? 0);
      }
    },
  );

  test("has a name of its own, and is found by it", () => {
    expect(new Set(lessons.map(({ name }) => name)).size).toBe(lessons.length);
    for (const lesson of lessons) expect(findLesson(lesson.name)).toBe(lesson);
    expect(findLesson("none")).toBeUndefined();
  });
});

describe("snack-tax", () => {
  test("prints the three lines of the two Multiply layers", () => {
    expect(runLesson("snack-tax").sections[0]?.lines).toEqual([
      "200 220.00000000000003",
      "1.1 200",
      "2.2 110.00000000000001",
    ]);
  });

  test("computes with other inputs", () => {
    const { sections } = runLesson("snack-tax", { snack: 250, count: 4, tax: 1.25 });
    expect(sections[0]?.lines).toEqual(["1000 1250", "1.25 1000", "5 312.5"]);
  });

  test("draws the same numbers that the layers give", () => {
    const graph = graphOf(runLesson("snack-tax"), "The graph");
    expect(graph.node("total")?.value?.item()).toBe(220.00000000000003);
    expect(graph.node("snack")?.gradient?.item()).toBe(2.2);
    expect(graph.node("count")?.gradient?.item()).toBe(110.00000000000001);
    expect(graph.node("tax")?.gradient?.item()).toBe(200);
  });
});

describe("apples-and-tangerines", () => {
  test("totals 715 and has the gradients of the book", () => {
    const result = runLesson("apples-and-tangerines");
    expect(cell(result, "Forward: the total", "with tax", 3)).toBeCloseTo(715, 12);
    const gradients = tableOf(result, "What the gradients say").rows.map(([, , slope]) => slope);
    const expected = [2.2, 110, 3.3, 165, 650];
    expect(gradients).toHaveLength(expected.length);
    expected.forEach((slope, i) => {
      expect(gradients[i]).toBeCloseTo(slope, 12);
    });
  });

  test("gives the same gradients by layers and by the graph, bit for bit", () => {
    const inputs = {
      applePrice: 37,
      appleCount: 3.5,
      tangerinePrice: 0,
      tangerineCount: 9,
      tax: 1.07,
    };
    const result = runLesson("apples-and-tangerines", inputs);
    const graph = graphOf(result, "The graph");
    const slopes = tableOf(result, "What the gradients say").rows.map(([, , slope]) => slope);
    expect(Object.keys(inputs).map((name) => graph.node(name)?.gradient?.item())).toEqual(slopes);
  });
});

describe("chain-rule", () => {
  test("multiplies 2t and 1 to the derivative of (x + y)²", () => {
    const result = runLesson("chain-rule", { x: 1.5, y: -4 });
    const heading = "z = (x + y)², with t = x + y";
    expect(cell(result, heading, "∂z/∂t", 1)).toBe(-5);
    expect(cell(result, heading, "∂t/∂x", 1)).toBe(1);
    expect(cell(result, heading, "product", 1)).toBe(-5);
    expect(cell(result, heading, "grad() says", 1)).toBe(-5);
  });

  test("agrees with the derivative of sin(x²) and, over two paths, of x · sin(x)", () => {
    const x = 0.7;
    const result = runLesson("chain-rule", { x });
    const one = 2 * x * Math.cos(x * x);
    const both = Math.sin(x) + x * Math.cos(x);
    const sine = "z = sin(x²), with t = x²";
    const forked = "z = x · s, with s = sin(x): two paths";
    expect(cell(result, sine, "product", 1)).toBeCloseTo(one, 12);
    expect(cell(result, sine, "grad() says", 1)).toBeCloseTo(one, 12);
    expect(cell(result, forked, "sum of the paths", 1)).toBeCloseTo(both, 12);
    expect(cell(result, forked, "grad() says", 1)).toBeCloseTo(both, 12);
  });
});

describe("add-and-multiply", () => {
  test("passes the gradient through the add node and swaps the inputs of the multiply node", () => {
    const result = runLesson("add-and-multiply", { x: 3, y: -2, rest: 4 });
    const heading = "Both layers, forward and backward";
    expect(row(result, heading, "Add")).toEqual(["Add", 1, 4, 4, 4]);
    expect(row(result, heading, "Multiply")).toEqual(["Multiply", -6, 4, -8, 12]);
    expect(graphOf(result, "The multiply node in a graph").node("x")?.gradient?.item()).toBe(-8);
  });
});

describe("batch", () => {
  test("gives the same bits in JavaScript and in WebAssembly, and the right gradients", () => {
    const result = runLesson("batch", { purchases: 5000 });
    expect(cell(result, "The result", "gradients", 1)).toBe(15_000);
    expect(cell(result, "The result", "both runners agree", 1)).toBe("to the last bit");
    const rows = tableOf(result, "The first purchases and their gradients").rows as number[][];
    for (const [price, count, tax, dPrice, dCount, dTax] of rows as [number, ...number[]][]) {
      expect(dPrice).toBeCloseTo(Number(count) * Number(tax), 12);
      expect(dCount).toBeCloseTo(price * Number(tax), 10);
      expect(dTax).toBeCloseTo(price * Number(count), 10);
    }
  });

  test("marks what depends on the machine", () => {
    const { sections } = runLesson("batch", { purchases: 1 });
    expect(sections.filter(({ measured }) => measured).map(({ heading }) => heading)).toEqual([
      "Times on this machine",
    ]);
  });
});

describe("inputs", () => {
  const lesson = findLesson("batch") as Lesson;
  const purchases = lesson.inputs["purchases"] ?? { label: "", initial: 0 };

  test.each([
    ["", "must be a number"],
    [" ", "must be a number"],
    ["ten", "must be a number"],
    ["1e999", "must be a finite number"],
    ["0", "must be 1 or more"],
    ["3e6", "must be 2000000 or less"],
    ["2.5", "must be a whole number"],
    ["1e3", undefined],
  ])("%j for the purchases: %s", (text, complaint) => {
    expect(complaintAbout(purchases, readNumber(text))).toBe(complaint);
  });
});

test("formatNumber keeps nine digits, and whole large numbers", () => {
  expect(
    [220.00000000000003, -0.1, 0.298371108760003, 1615305142.77, 1e300].map(formatNumber),
  ).toEqual(["220", "-0.1", "0.298371109", "1615305142.77", "1e+300"]);
});

describe("paths and sentences", () => {
  const area = ({ side }: { side: Tensor }) => side.mul(side).mul(3);

  test("a path is found for every way from an input to the result", () => {
    const graph = explain(area)({ side: 5 });
    expect(graph).toBeInstanceOf(Graph);
    const paths = pathsToResult(graph, "side");
    expect(paths.map(productAlong)).toEqual([15, 15]);
    expect(() => pathsToResult(graph, "width")).toThrow('no node "width"');
  });

  test("every node of a graph explains itself", () => {
    const graph = graphOf(runLesson("snack-tax"), "The graph");
    const sentences = graph.nodes.map(({ id }) => nodeSentence(graph, id));
    expect(sentences).toEqual([
      "snack is an input, 100. Its gradient is 2.2: if it grows by a little, total grows 2.2 times as much.",
      "count is an input, 2. Its gradient is 110: if it grows by a little, total grows 110 times as much.",
      "tax is an input, 1.1. Its gradient is 200: if it grows by a little, total grows 200 times as much.",
      "× takes snack (100) and count (2) and gives price = 200. The gradient 1.1 arrives from the right. " +
        "The local derivative for snack is 2, so 1.1 × 2 = 2.2 goes back to it. " +
        "The local derivative for count is 100, so 1.1 × 100 = 110 goes back to it.",
      "× takes price (200) and tax (1.1) and gives total = 220. " +
        "It is the result, so the backward pass starts here with the gradient 1. " +
        "The local derivative for price is 1.1, so 1 × 1.1 = 1.1 goes back to it. " +
        "The local derivative for tax is 200, so 1 × 200 = 200 goes back to it.",
    ]);
  });

  test("gradients of several uses are added, in words too", () => {
    const graph = explain(area)({ side: 5 });
    expect(nodeSentence(graph, 0)).toBe(
      "side is an input, 5. It is used 2 times, so the gradients 15 and 15 that come back are added. " +
        "Its gradient is 30: if it grows by a little, area grows 30 times as much.",
    );
  });
});
