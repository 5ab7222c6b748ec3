import { describe, expect, test } from "vitest";
import { LineTexts, nodeText, resultName } from "../../src/draw/label.ts";
import { layoutGraph } from "../../src/draw/layout.ts";
import { shortestNumber } from "../../src/draw/shortestNumber.ts";
import { explain, Graph, named, type Tensor, tensor, vectorize } from "../../src/index.ts";
import fc from "../support/properties.ts";
import { WHOLE } from "../support/sampling.ts";
import {
  applesAndTangerines,
  awkwardNames,
  chain,
  dense,
  fanOut,
  identity,
  longChain,
  namedSteps,
  randomGraph,
  snackTax,
  unusedBranch,
} from "./graphs.ts";

/** Returns a drawing between line breaks, so that snapshots show its columns aligned. */
const drawing = (graph: Graph, digits?: number) =>
  `\n${graph.text(digits === undefined ? {} : { digits })}\n`;

describe("a drawing in text", () => {
  test("has forward values above the lines and gradients below", () => {
    expect(drawing(snackTax())).toMatchInlineSnapshot(`
      "
             100
      price ─────────────────────┐
             2.2                 │  200
                                (×)──────┐
             2                   │  1.1  │
      count ─────────────────────┘       │
             110.00000000000001          │  220.00000000000003
                                        (×)──────────────────── total
             1.1                         │  1
      tax   ─────────────────────────────┘
             200
      "
    `);
  });

  test("equates a name with a number only where it is not rounded", () => {
    const graph = explain((x: Tensor) => named("third", x.div(3)).add(named("double", x.mul(2))))(
      1,
    );
    expect(graph.text({ digits: 3 })).toContain("third ≈ 0.333");
    expect(graph.text({ digits: 3 })).toContain("double = 2");
    expect(graph.text()).toContain("third = 0.3333333333333333");
    const single = explain((x: Tensor) => named("t", x.add(0)).mul(2))(
      tensor(0.1, { dtype: "float32" }),
    );
    expect(single.text({ digits: 4 })).toContain("t = 0.1");
  });

  test("writes numbers with the digits that are asked for, and all before the point", () => {
    expect(drawing(snackTax(), 3)).toMatchInlineSnapshot(`
      "
             100
      price ──────┐
             2.2  │  200
                 (×)──────┐
             2    │  1.1  │
      count ──────┘       │
             110          │  220
                         (×)───── total
             1.1          │  1
      tax   ──────────────┘
             200
      "
    `);
    const large = explain((x: Tensor) => x.mul(-1))(1234567.891);
    expect(large.text({ digits: 2 })).toContain("-1234568");
    expect(explain((x: Tensor) => x.mul(1e20))(1.2345).text({ digits: 2 })).toContain(
      "120000000000000000000",
    );
    expect(large.list({ digits: 2 })).toContain("-1234568");
    for (const digits of [0, 18, 2.5, Number.NaN, "4" as never]) {
      expect(() => large.text({ digits })).toThrow(
        "text: digits: expected an integer from 1 to 17",
      );
    }
  });

  test("puts a node at the middle of its inputs", () => {
    expect(drawing(applesAndTangerines())).toMatchInlineSnapshot(`
      "
                      2
      apples         ─────────────────────┐
                      110.00000000000001  │  200
                                         (×)──────┐
                      100                 │  1.1  │
      applePrice     ─────────────────────┘       │
                      2.2                         │  650
                                                 (+)──────┐
                      3                           │  1.1  │
      tangerines     ─────────────────────┐       │       │
                      165                 │  450  │       │
                                         (×)──────┘       │
                      150                 │  1.1          │  715.0000000000001
      tangerinePrice ─────────────────────┘              (×)─────────────────── total
                      3.3000000000000003                  │  1
                                                          │
                      1.1                                 │
      tax            ─────────────────────────────────────┘
                      650
      "
    `);
  });

  test("gives each branch its part of the gradient, and the line before the fork the sum", () => {
    expect(drawing(fanOut())).toMatchInlineSnapshot(`
      "
                                2
                            ┌─────────────────────────┐
                            │   2                     │   4
                            │                        (×)──────────────────────┐
         2                  │   2                     │   1                   │
      x ────────────────────┼─────────────────────────┘                       │
         3.583853163452858  │   2                                             │  4.909297426825682
                            │                                                (+)─────────────────── f
                            │   2                         0.9092974268256817  │  1
                            └───────────────────────(sin)─────────────────────┘
                                -0.4161468365471424       1
      "
    `);
  });

  test("draws a chain straight", () => {
    expect(drawing(chain())).toMatchInlineSnapshot(`
      "
         0         0         -0         1
      x ────(( )²)────(−( ))────(e^( ))─── f
         -0        -1        1          1
      "
    `);
  });

  test("shows small tensors and the type of larger ones", () => {
    expect(drawing(dense())).toMatchInlineSnapshot(`
      "
              float32[3, 2]
      x      ─────────────────────┐
              float32[3, 2]       │  float32[3, 2]
                                 (@)────────────────┐
              [[1, 0], [0, 0.1]]  │  float32[3, 2]  │
      weight ─────────────────────┘                 │
              float32[2, 2]                         │  float32[3, 2]        float32[3, 2]        12.226666
                                                   (+)───────────────(( )²)───────────────(mean)─────────── loss
              [1, 2]                                │  float32[3, 2]        float32[3, 2]        1
      bias   ───────────────────────────────────────┘
              [4, 2.4]
      "
    `);
  });

  test("shows what nothing uses, without gradients", () => {
    expect(drawing(unusedBranch())).toMatchInlineSnapshot(`
      "
          5
      _z ────── unused


                       0
             ┌────────────┐
             │            │  0         1
             │           (×)───(e^( ))─── unused
          0  │            │
      x  ────┤      3 ────┘
          1  │
             │
             │         0
             └────────────┐
                       1  │  2
                         (+)───────────── f
          2               │  1
      y  ─────────────────┘
          1
      "
    `);
  });

  test("names steps above their lines, and keeps late inputs beside their consumers", () => {
    expect(drawing(namedSteps())).toMatchInlineSnapshot(`
      "
              3
      x      ─────┐
              4   │  prediction = 6
                 (×)─────────────────┐
              2   │  2               │
      weight ─────┘                  │
              6                      │  1        1
                                    (−)───(( )²)─── loss
              5                      │  2        1
      target ────────────────────────┘
              -2
      "
    `);
  });

  test("keeps its columns whatever characters a name has", () => {
    expect(drawing(awkwardNames())).toMatchInlineSnapshot(`
      "
         1         a"b\\ <x> & c; = -1
      x ────(−( ))─────────────────────┐
         -6        6                   │  2
                                      (×)─────┐
         2         数学 é·#\` = -2      │  -3  │
      y ────(−( ))─────────────────────┘      │
         -3        3                          │  -6
                                             (×)──── f
         3         ]--> | = -3                │  1
      z ────(−( ))────────────────────────────┘
         -2        2
      "
    `);
  });

  test("of an input alone is a line from it to the result", () => {
    expect(drawing(identity())).toMatchInlineSnapshot(`
      "
         1
      x ─── result
         1
      "
    `);
  });

  test("shows types in a graph that was not run", () => {
    const { trace, output } = fanOut();
    expect(drawing(new Graph(trace, output))).toMatchInlineSnapshot(`
      "
                      float64
                  ┌─────────────┐
                  │             │   float64
                  │            (×)───────────┐
         float64  │   float64   │            │
      x ──────────┼─────────────┘            │
                  │                          │  float64
                  │                         (+)───────── f
                  │   float64       float64  │
                  └───────────(sin)──────────┘
      "
    `);
  });

  test("shows types inside vectorize, where a value stands for many", () => {
    let text = "";
    const square = (x: Tensor): Tensor => {
      text = `\n${explain((y: Tensor) => y.square())(x).text()}\n`;
      return x;
    };
    vectorize(square)(tensor([1, 2]));
    expect(text).toMatchInlineSnapshot(`
      "
         float32        float32
      y ─────────(( )²)───────── result
         float32        1
      "
    `);
  });

  test("has no trailing spaces", () => {
    for (const graph of [applesAndTangerines(), fanOut(), unusedBranch()]) {
      expect(graph.text()).not.toMatch(/ $/m);
    }
  });
});

describe("a listing", () => {
  test("has a line for each node", () => {
    expect(`\n${namedSteps().list()}\n`).toMatchInlineSnapshot(`
      "
      id    name        operation  type     value  gradient  local derivatives
      #0    x           input      float64  3      4
      #1    weight      input      float64  2      6
      #2    target      input      float64  5      -2
      #3    prediction  × #0 #1    float64  6      2         2 3
      #4                − #3 #2    float64  1      2         1 -1
      #5 →  loss        ( )² #4    float64  1      1         2
      "
    `);
  });

  test("takes the place of the drawing of a graph with more than 60 nodes", () => {
    expect(longChain(10).text()).toContain("(−( ))");
    const graph = longChain(1000);
    expect(graph.text()).toBe(graph.list());
    expect(graph.text().split("\n")).toHaveLength(graph.nodes.length + 1);
  });

  test("takes the place of a drawing wider than 240 columns", () => {
    const graph = longChain(50);
    expect(graph.nodes.length).toBeLessThan(60);
    expect(graph.text()).toBe(graph.list());
  });
});

test("Every node, value and gradient of a random graph is drawn, and nothing is drawn over.", () => {
  // Drawing throws an error where two texts or lines would collide.
  fc.assert(
    fc.property(randomGraph, (graph) => {
      const text = graph.text();
      if (text === graph.list()) return;
      expect(
        oneWord(text)
          .split(/[\s│─┌┐└┘├┤┬┴┼]+/)
          .filter((word) => word !== "")
          .sort(),
      ).toEqual(wordsOf(graph).sort());
    }),
    { numRuns: WHOLE ? 400 : 40 },
  );
});

/** Returns a text with the spaces in symbols removed: `()²`. */
function oneWord(text: string): string {
  return text.replaceAll("( )", "()");
}

/** Returns all words that a drawing has to contain. */
function wordsOf(graph: Graph): string[] {
  const layout = layoutGraph(graph, {
    across: () => 4,
    step: 2,
    stiffness: 4,
    column: () => ({ width: 1, labels: 0, gap: 0 }),
  });
  const texts = new LineTexts(graph.output, shortestNumber);
  const lines = layout.layers.flat().flatMap((vertex) => texts.of(vertex) ?? []);
  const unused = layout.layers.flat().filter(({ kind }) => kind === "unused");
  return [
    ...graph.nodes.map((node) => {
      const inside = oneWord(nodeText(node, shortestNumber).inside);
      return node.op === undefined ? inside : `(${inside})`;
    }),
    ...lines
      .flatMap(({ value, gradient }) => [value, gradient])
      .filter((word) => word !== undefined),
    ...unused.map(() => "unused"),
    resultName(layout.result.node),
  ];
}
