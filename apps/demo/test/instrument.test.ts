import { explain, type Graph, type Tensor } from "@graddiff/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { initialInputs } from "../src/course/lesson.ts";
import { findLesson } from "../src/course/lessons.ts";
import {
  backwardProduct,
  forwardProduct,
  productLines,
  sumOf,
} from "../src/instrument/calculation.ts";
import { agreement, checkGradient } from "../src/instrument/check.ts";
import { formatFactor, formatNumber, isRounded } from "../src/instrument/format.ts";
import { forwardCost, reverseCost } from "../src/instrument/modes.ts";
import { Readings, type Shown } from "../src/instrument/readings.ts";
import { Progress, placeOf, timelineOf } from "../src/instrument/timeline.ts";
import { roundTo, stepOf } from "../src/web/change.ts";
import { neighbour } from "../src/web/neighbour.ts";

function start(name: string): Graph {
  const lesson = findLesson(name);
  if (lesson === undefined) throw new Error(`no lesson ${name}`);
  return lesson.explain(initialInputs(lesson));
}

const network = () => start("training");
const FOLDED = ["h1", "h2", "o1", "o2", "E1", "E2", "E"];

describe("numbers", () => {
  test.each([
    [220.00000000000003, 4, "220"],
    [715.0000000000001, "exact", "715.0000000000001"],
    [0.29837110876, 4, "0.2984"],
    [1234567.891, 4, "1234568"],
    [-0.0000001, 4, "−1e−7"],
    [0.00002842123, 4, "2.842e−5"],
    [0.0004386, 4, "0.0004386"],
    [1e21, 4, "1e+21"],
    [Number.POSITIVE_INFINITY, 4, "∞"],
    [Number.NEGATIVE_INFINITY, "exact", "−∞"],
    [Number.NaN, 4, "NaN"],
    [-0, 4, "0"],
    [0, "exact", "0"],
  ] as const)("%s in %s digits is %s", (value, digits, text) => {
    expect(formatNumber(value, digits)).toBe(text);
  });

  test("of seventeen digits are exact", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = formatNumber(value, 17).replaceAll("−", "-");
        expect(Number(text)).toBe(value + 0);
        expect(isRounded(value, "exact")).toBe(false);
      }),
    );
  });

  test("as factors have brackets where they are negative", () => {
    expect([formatFactor(-2, 4), formatFactor(2, 4)]).toEqual(["(−2)", "2"]);
  });

  test("change by steps of their own size, without the noise of binary fractions", () => {
    expect([stepOf(100), stepOf(0.15), stepOf(-3), stepOf(0)]).toEqual([10, 0.01, 0.1, 0.1]);
    expect([roundTo(0.1 + 0.2, 0.1), roundTo(1.1 + 3 * 0.01, 0.01)]).toEqual([0.3, 1.13]);
  });
});

describe("the timeline", () => {
  const graph = start("backward");
  const layout = graph.layout();
  const steps = timelineOf(graph, layout, "reverse");

  test("goes forward through every operation, then back from the result", () => {
    expect(steps.map(({ phase, node }) => `${phase} ${graph.nodes[node]?.name}`)).toEqual([
      "forward apples",
      "forward total",
      "seed total",
      "backward total",
      "backward apples",
    ]);
    expect(timelineOf(graph, layout, "forward").length).toBe(2);
    expect(timelineOf(graph, layout, "reverse", true).length).toBe(2);
  });

  test("has a gradient where all of it has come, and not before", () => {
    const nodes = start("nodes");
    const drawing = nodes.layout();
    const all = timelineOf(nodes, drawing, "reverse");
    const x = nodes.node("x")?.id ?? -1;
    const come = all.map((_, i) => new Progress(nodes, drawing, all, i + 1).hasGradient(x));
    expect(come).toEqual([false, false, false, false, false, false, true]);
    const values = all.map((_, i) => new Progress(nodes, drawing, all, i).hasValue(nodes.output));
    expect(values.slice(0, 4)).toEqual([false, false, false, true]);
  });

  test("finds the places of a guided run", () => {
    const at = (place: Parameters<typeof placeOf>[2]) => placeOf(steps, graph, place);
    expect([at("start"), at("forward"), at("end")]).toEqual([0, 2, 5]);
    expect(at({ phase: "backward", node: "total" })).toBe(4);
    expect(at({ phase: "backward", node: "total", before: true })).toBe(3);
  });

  test("of a folded network has a step for each node that is drawn", () => {
    const g = network();
    const folded = timelineOf(g, g.layout({ folded: FOLDED }), "reverse");
    expect(folded.length).toBe(7 + 1 + 7);
    expect(timelineOf(g, g.layout(), "reverse").length).toBeGreaterThan(40);
  });
});

describe("the products on edges", () => {
  test("are upstream × local, also through folded nodes", () => {
    for (const folded of [[], FOLDED]) {
      const graph = network();
      const { routes } = graph.layout({ folded });
      for (const route of routes) {
        const product = backwardProduct(graph, route);
        // Nothing flows to a constant.
        if (graph.nodes[route.from]?.kind === "constant") continue;
        if (product?.local === undefined) throw new Error("every edge has a product");
        expect(product.upstream * product.local).toBeCloseTo(product.contribution, 14);
        const forward = forwardProduct(graph, route, graph.tangents({ [route.from]: 1 }));
        expect(forward?.contribution).toBeCloseTo(product.local, 12);
      }
    }
  });

  test("are right where nothing arrives: the local derivative comes from forward mode", () => {
    const graph = explain(({ a, b }: Record<"a" | "b", Tensor>) => a.mul(b).mul(0))({ a: 3, b: 4 });
    const folded = graph.layout({ folded: [graph.output] });
    expect(folded.routes.map((route) => backwardProduct(graph, route)?.contribution)).toEqual([
      0, 0,
    ]);
  });

  test("add up to the gradient of the node that they come to", () => {
    const graph = network();
    const { routes, nodes } = graph.layout({ folded: FOLDED });
    for (const { id } of nodes) {
      const parts = routes.filter(({ from }) => from === id);
      if (parts.length === 0) continue;
      const sum = parts.reduce(
        (total, route) => total + (backwardProduct(graph, route)?.contribution ?? Number.NaN),
        0,
      );
      expect(sum).toBeCloseTo(graph.nodes[id]?.gradient?.item() ?? Number.NaN, 14);
    }
  });

  test("are written in two lines, and sums in one", () => {
    expect(productLines({ upstream: 1.1, local: -2, contribution: -2.2 }, 4)).toEqual([
      "1.1 × (−2)",
      "= −2.2",
    ]);
    const graph = start("nodes");
    expect(sumOf(graph, graph.layout().routes, 0, 4)).toBe("10 + 35");
    expect(sumOf(graph, graph.layout().routes, graph.output, 4)).toBeUndefined();
  });
});

describe("the readings of a drawing", () => {
  const graph = start("nodes");
  const layout = graph.layout();
  const x = graph.node("x")?.id ?? -1;
  const routesFrom = new Map(
    layout.nodes.map(({ id }) => [id, layout.routes.filter(({ from }) => from === id)]),
  );
  const readingsAt = (place: number, others: Partial<Shown> = {}) => {
    const steps = timelineOf(graph, layout, others.mode ?? "reverse");
    const progress = new Progress(graph, layout, steps, place);
    return new Readings({
      graph,
      progress,
      routesFrom,
      mode: "reverse",
      tangents: graph.tangents({ x: 1 }),
      asked: undefined,
      shares: undefined,
      detailed: true,
      digits: 4,
      ...others,
    });
  };
  const all = timelineOf(graph, layout, "reverse").length;
  const products = (readings: Readings) =>
    layout.routes.map((route) => readings.product(route).join(" ").trim());

  test("are empty until numbers have come", () => {
    const early = readingsAt(0);
    expect([early.value(x), early.value(graph.output)]).toEqual(["2", ""]);
    expect([early.derivative(x), early.below(x)]).toEqual(["", ["", ""]]);
    expect(products(early).every((text) => text === "")).toBe(true);
    const late = readingsAt(all);
    expect([late.derivative(x), late.below(x)]).toEqual(["45", ["10 + 35", "= 45"]]);
    expect(products(late)).toContain("7 × 5 = 35");
  });

  test("are question marks while a question hides them, and nowhere else", () => {
    const asked = readingsAt(all, { asked: { id: x, what: "gradient" } });
    expect([asked.value(x), asked.derivative(x), asked.below(x)]).toEqual(["2", "?", ["", "?"]]);
    expect(products(asked).map((text) => text === "?")).toEqual(
      layout.routes.map(({ from }) => from === x),
    );
    const before = readingsAt(0, { asked: { id: graph.output, what: "value" } });
    expect(before.value(graph.output)).toBe("");
    const hidden = readingsAt(all, { asked: { id: graph.output, what: "value" } });
    expect(hidden.value(graph.output)).toBe("?");
  });

  test("are tangents in forward mode, which come with the values", () => {
    const forward = readingsAt(all, { mode: "forward" });
    expect([forward.derivative(x), forward.derivative(graph.output)]).toEqual(["1", "45"]);
    expect(forward.below(x)).toEqual(["", "1"]);
    expect(readingsAt(0, { mode: "forward" }).derivative(graph.output)).toBe("");
  });
});

describe("the check of a gradient", () => {
  test("agrees in many digits for every node of every lesson", () => {
    for (const name of ["apples", "graph", "chain-rule", "nodes", "training"]) {
      const graph = start(name);
      for (const { id, gradient } of graph.nodes) {
        if (gradient === undefined) continue;
        expect(checkGradient(graph, id)?.digits).toBeGreaterThanOrEqual(7);
      }
    }
  });

  test("tells a wrong gradient", () => {
    const graph = start("backward");
    const wrong = explain((x: Tensor) => x.relu())(0);
    expect(checkGradient(wrong, 0)?.digits).toBe(0);
    expect(checkGradient(graph, 0)?.difference).toBeCloseTo(2.2, 8);
  });

  test("counts the digits that agree", () => {
    expect([
      agreement(1, 1),
      agreement(1, 1.001),
      agreement(2, 3),
      agreement(1, Number.NaN),
    ]).toEqual([15, 3, 0, 0]);
  });
});

test("The work of both modes is counted by edges and by sums.", () => {
  expect([reverseCost(start("backward")), forwardCost(start("backward"))]).toEqual([
    { passes: 1, operations: 4 },
    { passes: 3, operations: 5 },
  ]);
  expect(reverseCost(start("nodes")).operations).toBe(6 + 2);
  expect(forwardCost(network()).passes).toBe(14);
});

test("An arrow key leads to the nearest node in its direction.", () => {
  const graph = start("backward");
  const layout = graph.layout({ size: { node: () => ({ width: 60, height: 60 }), gap: 60 } });
  const places = new Map(layout.nodes.map((node) => [node.id, node]));
  const go = (id: number, key: string) => neighbour({ layout, places }, id, key);
  expect([go(0, "ArrowDown"), go(1, "ArrowRight"), go(4, "ArrowLeft"), go(0, "ArrowLeft")]).toEqual(
    [1, 3, 3, undefined],
  );
  expect(go(0, "a")).toBeUndefined();
});
