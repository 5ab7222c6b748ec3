import { checkNode, explain, type Graph, named, type Tensor } from "@graddiff/core";
import { describe, expect, test } from "vitest";
import fc from "../../../packages/core/test/support/properties.ts";
import { catalogueOf } from "../src/course/catalogue/index.ts";
import { initialInputs } from "../src/course/lesson.ts";
import { presetInputs, RATES } from "../src/course/lessons/training.ts";
import { findLesson, told } from "../src/course/lessons.ts";
import { mistakeOf, readAnswer } from "../src/instrument/answer.ts";
import {
  backwardProduct,
  forwardProduct,
  productLines,
  sumLines,
} from "../src/instrument/calculation.ts";
import { curveAt } from "../src/instrument/curve.ts";
import {
  decimalProduct,
  type Expression,
  equationText,
  isDecimal,
  storedText,
  written,
} from "../src/instrument/equation.ts";
import { formatFactor, formatNumber, isRounded } from "../src/instrument/format.ts";
import { factorText, formulaOf } from "../src/instrument/formula.ts";
import { forwardCost, reverseCost } from "../src/instrument/modes.ts";
import { networkOf } from "../src/instrument/network.ts";
import { pathOf, rangeOf, scale, ticks, tickTexts } from "../src/instrument/plot.ts";
import { Readings, type Shown } from "../src/instrument/readings.ts";
import { defaultH, hAt, placeOfH, remarkOn } from "../src/instrument/slope.ts";
import { Progress, placeOf, timelineOf } from "../src/instrument/timeline.ts";
import { trainedFor } from "../src/instrument/training.ts";
import { arrange } from "../src/web/arrange.ts";
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
  const graph = start("apples");
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

  test("finds the positions of a guided run", () => {
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
        // A constant has no gradient.
        if (graph.nodes[route.from]?.kind === "constant") continue;
        if (product?.local === undefined) throw new Error("every edge has a product");
        expect(product.upstream * product.local).toBeCloseTo(product.contribution, 14);
        const forward = forwardProduct(graph, route, graph.tangents({ [route.from]: 1 }));
        expect(forward?.contribution).toBeCloseTo(product.local, 12);
      }
    }
  });

  test("are right where nothing arrives: the ops in the fold tell the local derivative", () => {
    const graph = explain(({ a, b }: Record<"a" | "b", Tensor>) => a.mul(b).mul(0))({ a: 3, b: 4 });
    const folded = graph.layout({ folded: [graph.output] });
    expect(folded.routes.map((route) => backwardProduct(graph, route)?.contribution)).toEqual([
      0, 0,
    ]);
    // Two edges of one node lead into the folded node, and each has a separate contribution.
    const twice = explain((x: Tensor) => named("inner", x.mul(x).neg()).mul(0), { names: ["x"] })(
      3,
    );
    const { routes } = twice.layout({ folded: ["inner"] });
    const locals = routes
      .filter(({ from }) => twice.nodes[from]?.name === "x")
      .map((route) => backwardProduct(twice, route)?.local);
    expect(locals).toEqual([-3, -3]);
    // The same holds for numbers that overflow.
    const wide = explain((x: Tensor) => named("inner", x.mul(2).neg()).mul(1e308).mul(100))(3);
    const [edge] = wide.layout({ folded: ["inner"] }).routes;
    expect(edge && backwardProduct(wide, edge)).toMatchObject({ upstream: Infinity, local: -2 });
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
    expect(sumLines(graph, graph.layout().routes, 0, 4)).toEqual(["10 + 35", "= 45"]);
    expect(sumLines(graph, graph.layout().routes, graph.output, 4)).toBeUndefined();
  });

  test("of many that meet have a sign that nobody takes for a sum", () => {
    const graph = explain(({ w }: { readonly w: Tensor }) => {
      let h = w;
      for (let i = 0; i < 66; i++) h = h.mul(w);
      return h;
    })({ w: 0.9 });
    const w = graph.node("w")?.id ?? -1;
    expect(sumLines(graph, graph.layout().routes, w, 4)?.[0]).toBe("Σ₆₇");
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
    // The edges show only the results.
    const results = layout.routes.map((route) => late.result(route));
    expect(results).toContain("35");
    expect(results.every((text) => /^[−\d.]+$/.test(text))).toBe(true);
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

describe("a calculation that is written out", () => {
  test.each([
    [[1.1, "×", 100], 110.00000000000001, 4, "1.1 × 100 = 110"],
    [[1.1, "×", 100], 110.00000000000001, "exact", "1.1 × 100 ≈ 110.00000000000001"],
    [[0.741365, "×", 0.110835], 0.08216704, 4, "0.7414 × 0.1108 ≈ 0.08217"],
    [[0.05540109, "+", -0.01904903], 0.03635206, 4, "0.0554 − 0.01905 = 0.03635"],
    [[2, "×", -3], -6, 4, "2 × (−3) = −6"],
    [[0.4, "/", [0.4, "+", 0.45]], 0.4 / 0.85, 4, "0.4 / (0.4 + 0.45) ≈ 0.4706"],
    [[0.4, "/", [0.4, "+", -0.4]], Infinity, 4, "0.4 / (0.4 − 0.4) → ∞"],
    [[1, "/", [2, "+", 2]], 0.25, 4, "1 / (2 + 2) = 0.25"],
    [[0.4, "−", [0.5, "×", 0.08216704]], 0.35891648, 4, "0.4 − 0.5 × 0.08217 ≈ 0.3589"],
    [[0.5, "−", [0.5, "×", -0.0226]], 0.5113, 4, "0.5 − 0.5 × (−0.0226) = 0.5113"],
    [[-5.277e-20, "×", 0], 0, 4, "−5.277e−20 × 0 = 0"],
    [[Infinity, "×", 0], Number.NaN, 4, "∞ × 0 → NaN"],
  ] as const)("%j has the sign that a calculator finds", (expression, result, digits, text) => {
    expect(equationText(expression, result, digits)).toBe(text);
  });

  test("knows what decimal arithmetic gives, and what is kept in twos", () => {
    expect([decimalProduct(100, 2, 1.1).nearest, 100 * 2 * 1.1]).toEqual([220, 220.00000000000003]);
    expect(decimalProduct(0.1, 3).nearest).toBe(0.3);
    expect([decimalProduct(0.1, 3).isExactly(0.3), decimalProduct(1 / 3, 3).isExactly(1)]).toEqual([
      true,
      false,
    ]);
    expect([0.5, 3, 2 ** 50, 0.1, 1e-20].map(isDecimal)).toEqual([true, true, true, false, false]);
    expect(storedText(1.1, 33)).toBe("1.100000000000000088817841970012523…");
    expect([storedText(1.25, 33), storedText(-3, 33)]).toEqual(["1.25", "−3"]);
  });
});

describe("the check of a gradient", () => {
  test("agrees in many digits for every node of every lesson", () => {
    for (const name of [
      "apples",
      "graph",
      "chain-rule",
      "nodes",
      "slope",
      "sigma",
      "neuron",
      "training",
    ]) {
      const graph = start(name);
      for (const { id, gradient } of graph.nodes) {
        if (gradient === undefined) continue;
        const verdict = checkNode(graph, id)?.verdict;
        expect(verdict).toMatchObject({ kind: "agrees" });
        expect(verdict?.kind === "agrees" && verdict.digits).toBeGreaterThanOrEqual(7);
      }
    }
  });

  test("compares nothing where the difference is noise", () => {
    const lesson = findLesson("training");
    const stuck = presetInputs(RATES.stuck);
    if (lesson?.training === undefined) throw new Error("no training");
    const { parameters } = trainedFor(lesson.training, stuck, 100);
    const graph = lesson.explain({ ...stuck, ...parameters });
    const w5 = graph.node("w5");
    expect(Math.abs(w5?.gradient?.item() ?? 1)).toBeLessThan(1e-18);
    expect(checkNode(graph, w5?.id ?? -1)).toMatchObject({
      difference: 0,
      verdict: { kind: "small" },
    });
  });
});

describe("a folded node", () => {
  const graph = network();
  const { nodes, routes } = graph.layout({ folded: FOLDED });
  const place = (name: string) => nodes.find(({ id }) => graph.nodes[id]?.name === name);
  const nameOf = (id: number) => graph.nodes[id]?.name ?? String(graph.nodes[id]?.value?.item());

  test("is named by all that it computes", () => {
    const formulas = ["h1", "o2", "E1", "E", "w5"].map((name) => {
      const found = place(name);
      return found && formulaOf(graph, found, nameOf);
    });
    expect(formulas).toEqual([
      "σ(w1 × i1 + w2 × i2 + b1)",
      "σ(w7 × h1 + w8 × h2 + b2)",
      "t1 − o1",
      "(E1² + E2²) × 0.5",
      undefined,
    ]);
  });

  test("multiplies inside: the factor on an edge is split", () => {
    const text = (from: string, to: string) => {
      const route = routes.find((each) => nameOf(each.from) === from && nameOf(each.to) === to);
      return route && factorText(graph, route, place(to)?.hides ?? [], nameOf, 4);
    };
    expect(text("w5", "o1")).toBe("σ′ · h1 ≈ 0.1868 × 0.5933 ≈ 0.1108");
    expect(text("E1", "E")).toBe("0.5 · 2 · E1 ≈ 0.5 × (−1.483) ≈ −0.7414");
    expect(text("b2", "o1")).toBeUndefined();
  });
});

describe("an answer", () => {
  test.each([
    ["2.2", 2.2],
    ["2,2", 2.2],
    [" −0,5 ", -0.5],
    ["0,125", 0.125],
    ["1,234", Number.NaN],
    ["2,2,2", Number.NaN],
    ["two", Number.NaN],
    ["", Number.NaN],
  ])("%j is read as %s", (text, number) => {
    expect(readAnswer(text)).toBe(number);
  });

  const mistake = (lesson: string, node: string, what: "value" | "gradient", said: number) => {
    const graph = start(lesson);
    const layout = graph.layout();
    const id = graph.node(node)?.id ?? -1;
    const found = mistakeOf(
      graph,
      {
        from: layout.routes.filter(({ from }) => from === id),
        to: layout.routes.filter(({ to }) => to === id),
      },
      layout.nodes.map((each) => each.id),
      { id, what },
      said,
    );
    return "node" in found ? [found.kind, graph.nodes[found.node]?.name] : found.kind;
  };

  test("that is wrong is known by what it mixes up", () => {
    expect(mistake("apples", "price", "gradient", 110)).toEqual(["gradient", "count"]);
    expect(mistake("apples", "price", "gradient", 100)).toBe("unknown");
    expect(mistake("apples", "price", "gradient", 2)).toEqual(["value", "count"]);
    expect(mistake("apples", "price", "gradient", -2.2)).toBe("sign");
    expect(mistake("apples", "price", "gradient", 22)).toBe("point");
    expect(mistake("apples", "price", "gradient", 3.1)).toBe("sum");
    expect(mistake("nodes", "x", "gradient", 10)).toEqual(["part", "sum"]);
    expect(mistake("graph", "fruit", "value", 200)).toEqual(["value", "appleSum"]);
    expect(mistake("apples", "price", "gradient", 7)).toBe("unknown");
  });
});

test("The work of both modes is counted by edges and by sums.", () => {
  expect([reverseCost(start("apples")), forwardCost(start("apples"))]).toEqual([
    { passes: 1, operations: 4 },
    { passes: 3, operations: 5 },
  ]);
  expect(reverseCost(start("nodes")).operations).toBe(6 + 2);
  expect(forwardCost(network()).passes).toBe(14);
});

test("An arrow key leads to the nearest node in its direction.", () => {
  const graph = start("apples");
  const layout = graph.layout({ size: { node: () => ({ width: 60, height: 60 }), gap: 60 } });
  const places = new Map(layout.nodes.map((node) => [node.id, node]));
  const go = (id: number, key: string) => neighbour({ layout, places }, id, key);
  expect([go(0, "ArrowDown"), go(1, "ArrowRight"), go(4, "ArrowLeft"), go(0, "ArrowLeft")]).toEqual(
    [1, 3, 3, undefined],
  );
  expect(go(0, "a")).toBeUndefined();
});

describe("a network", () => {
  test("is known by its sums of weighted inputs, and nothing else is one", () => {
    const found = networkOf(network());
    const g = network();
    const names = (ids: readonly number[] = []) => ids.map((id) => g.nodes[id]?.name).join(" ");
    expect(names(found?.units.map(({ id }) => id))).toBe("h1 h2 o1 o2");
    expect([names(found?.sources), names(found?.biases)]).toEqual(["i1 i2", "b1 b2"]);
    expect([names(found?.tails), names(found?.targets)]).toEqual(["E1 E2 E", "t1 t2"]);
    expect(found?.units.flatMap(({ edges }) => edges.map(({ weight }) => names([weight])))).toEqual(
      ["w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8"],
    );
    for (const name of ["apples", "graph", "chain-rule", "nodes", "sigma"]) {
      expect(networkOf(start(name))).toBeUndefined();
    }
    expect(networkOf(start("neuron"))?.units).toHaveLength(1);
    expect(networkOf(start("points"))?.units).toHaveLength(4);
  });

  test.each([
    [350, 420],
    [728, 500],
    [858, 540],
    [1400, 800],
  ])(
    "is drawn in a room of %i × %i without a chip on another or outside of it",
    (width, height) => {
      for (const name of ["neuron", "question", "training", "points"]) {
        const lesson = findLesson(name);
        if (lesson === undefined) throw new Error("no lesson");
        const digits = width < 560 ? 3 : 4;
        const drawn = arrange(
          start(name),
          lesson,
          [],
          { width, height },
          digits,
          catalogueOf("en"),
        );
        expect(drawn.direction).toBe("network");
        const { nodes, width: all, height: high } = drawn.layout;
        for (const [i, node] of nodes.entries()) {
          expect(node.x - node.width / 2).toBeGreaterThanOrEqual(-1);
          expect(node.x + node.width / 2).toBeLessThanOrEqual(all + 1);
          expect(node.y - node.height / 2).toBeGreaterThanOrEqual(-1);
          expect(node.y + node.height / 2).toBeLessThanOrEqual(high + 1);
          for (const other of nodes.slice(i + 1)) {
            const across = (node.width + other.width) / 2 - Math.abs(node.x - other.x);
            const down = (node.height + other.height) / 2 - Math.abs(node.y - other.y);
            expect(across < 2 || down < 2, `${name}: ${node.id} and ${other.id}`).toBe(true);
          }
        }
      }
    },
  );
});

describe("a slope", () => {
  test("has changes that are round numbers, and begins with one that can be seen", () => {
    expect([hAt(0), hAt(1), hAt(2), hAt(3), hAt(-1), hAt(-3)]).toEqual([1, 2, 5, 10, 0.5, 0.1]);
    for (const h of [1e-9, 0.002, 0.5, 20]) expect(hAt(placeOfH(h))).toBe(h);
    expect([defaultH(100), defaultH(3), defaultH(0.4), defaultH(0)]).toEqual([20, 1, 0.1, 1]);
  });

  test("is told to be straight, near, missed or spoilt by rounding as its quotients are", () => {
    const of = (f: (x: number) => number, x: number, h: number, slope: number) => {
      const quotient = (each: number) => ({
        h: each,
        change: f(x + each) - f(x),
        quotient: (f(x + each) - f(x)) / each,
      });
      return remarkOn(quotient(h), slope, Math.abs(f(x)), [...[2 * h, -h, 1, -1].map(quotient)])
        ?.kind;
    };
    expect(of((x) => 2.2 * x, 100, 20, 2.2)).toBe("straight");
    expect(of((x) => x * x, 3, 1, 6)).toBe("misses");
    expect(of((x) => x * x, 3, 0.01, 6)).toBe("agrees");
    expect(of((x) => x * x, 3, 1e-14, 6)).toBe("rounding");
    expect(of((x) => 1 / x, 0, 1, Number.NaN)).toBeUndefined();
  });
});

test("A curve has the results of the lesson at each number, in the middle and with what was added, too.", () => {
  const lesson = findLesson("graph");
  if (lesson === undefined) throw new Error("no lesson");
  const inputs = initialInputs(lesson);
  const plainGraph = lesson.explain(inputs);
  const fruit = plainGraph.node("fruit")?.id ?? -1;
  const graph = plainGraph.adjusted({ appleSum: 10 });
  const price = graph.node("applePrice")?.id ?? -1;
  expect(curveAt({ lesson, inputs, graph }, price, [0, 100, 150])).toEqual(
    [0, 100, 150].map((x) => (2 * x + 10 + 450) * 1.1),
  );
  expect(curveAt({ lesson, inputs, graph }, fruit, [0, 660])).toEqual([0, 660 * 1.1]);
});

test("A curve has the results at any number of any node, be it a constant: those of the graph with that difference.", () => {
  for (const lesson of told) {
    const inputs = initialInputs(lesson);
    const graph = lesson.explain(inputs);
    for (const { id, value, kind } of graph.nodes) {
      if (value?.rank !== 0 || kind === "input") continue;
      const present = value.item();
      const at = [present - 0.5, present, present + 2];
      const expected = at.map((x) => {
        const changed = graph.adjusted({ [id]: x - present });
        return changed.nodes[changed.output]?.value?.item();
      });
      expect(curveAt({ lesson, inputs, graph }, id, at), `${lesson.name} ${id}`).toEqual(expected);
    }
  }
});

test("A negative factor after a sign is taken away or stands in brackets.", () => {
  const product = (a: number, b: number) => [a, "×", b] as const;
  expect(equationText([product(0.4, 1), "+", product(-0.3, 0.5)], 0.25, 4)).toBe(
    "0.4 × 1 − 0.3 × 0.5 = 0.25",
  );
  expect(equationText([product(0.4, 1), "−", product(-0.3, 0.5)], 0.55, 4)).toBe(
    "0.4 × 1 − (−0.3) × 0.5 = 0.55",
  );
  const numbers = fc.constantFrom(-2, -0.5, -0.3, 0.25, 1, 3);
  const expressions = fc.letrec<{ expression: Expression }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 3, depthIdentifier: "expression" },
      numbers,
      fc.tuple(
        tie("expression"),
        fc.constantFrom("+" as const, "−" as const, "×" as const),
        tie("expression"),
      ),
    ),
  })).expression;
  const resultOf = (of: Expression): number => {
    if (typeof of === "number") return of;
    const [a, b] = [resultOf(of[0]), resultOf(of[2])];
    return of[1] === "+" ? a + b : of[1] === "−" ? a - b : a * b;
  };
  fc.assert(
    fc.property(expressions, (drawn) => {
      const text = written(drawn, "exact");
      expect(text).not.toMatch(/[+−×] −/);
      const plain = text.replaceAll("−", "-").replaceAll("×", "*");
      expect(Number(new Function(`return ${plain};`)())).toBeCloseTo(resultOf(drawn), 9);
    }),
  );
});

test("The numbers of an axis are told from each other.", () => {
  expect(tickTexts([0, 0.5, 1], 4)).toEqual(["0", "0.5", "1"]);
  expect(tickTexts([100.05, 100.06, 100.07], 4)).toEqual(["100.05", "100.06", "100.07"]);
  expect(tickTexts([1234567, 1234568], 4)).toEqual(["1234567", "1234568"]);
});

test("Axes have round numbers, and lines of plots stop at what is no number.", () => {
  expect(ticks(0, 1, 4)).toEqual([0, 0.5, 1]);
  expect(ticks(-3, 27, 6)).toEqual([0, 5, 10, 15, 20, 25]);
  expect(ticks(1, 1, 4)).toEqual([]);
  expect(
    pathOf([
      [0, 1],
      [1, Number.NaN],
      [2, 3],
      [3, 4],
    ]),
  ).toBe("M0 1M2 3L3 4");
  expect(rangeOf([Number.NaN, 2, 2])).toEqual([1.8, 2.2]);
  const { at, inverse } = scale(0, 10, 100, 200);
  expect([at(5), inverse(150)]).toEqual([150, 5]);
});
