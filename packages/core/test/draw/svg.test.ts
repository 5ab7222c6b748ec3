import { describe, expect, test } from "vitest";
import { drawSvg } from "../../src/draw/svg.ts";
import { monospacedWidth, proportionalWidth } from "../../src/draw/svgText.ts";
import { exp, explain, neg, reciprocal, sqrt, square, type Tensor } from "../../src/index.ts";
import fc from "../support/properties.ts";
import { WHOLE } from "../support/sampling.ts";
import { registeredOps } from "../support/table.ts";
import { expectWellFormed } from "../support/xml.ts";
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

const GRAPHS = {
  snackTax,
  applesAndTangerines,
  fanOut,
  chain,
  dense,
  unusedBranch,
  namedSteps,
  awkwardNames,
  identity,
};

describe("a drawing in SVG", () => {
  test.each(Object.entries(GRAPHS))("of %s looks as it did", async (name, graph) => {
    await expect(drawSvg(graph())).toMatchFileSnapshot(`snapshots/${name}.svg`);
  });

  test("rounds numbers, and has them in full in tooltips with the local derivative", () => {
    const svg = drawSvg(snackTax());
    expect(svg).toMatch(/<text class="value"[^>]*>220</);
    expect(svg).toContain("<title>total: value 220.00000000000003, gradient 1</title>");
    expect(svg).toContain("<title>tax → ×: value 1.1, local derivative 200, gradient 200</title>");
  });

  test("marks nodes and edges for pages that style and animate them", () => {
    const svg = drawSvg(fanOut());
    expect(svg).toContain('class="node leaf input" data-node="0"');
    expect(svg).toContain('class="node operation" data-node="1"');
    expect(svg).toContain('class="trunk" data-node="0"');
    expect(svg).toContain('class="edge" data-edge="0-1-0"');
    expect(svg).toContain('class="edge" data-edge="0-1-1"');
    expect(svg).toContain('class="edge" data-edge="3-end-0"');
    expect(svg).toContain('class="result" data-node="3"');
    expect(drawSvg(unusedBranch())).toContain('class="edge without-gradient"');
  });

  test("tells screen readers what it shows", () => {
    const svg = drawSvg(snackTax());
    expect(svg).toContain('role="img"');
    expect(svg).toContain("<title>Computational graph of total</title>");
    expect(svg).toContain(
      "<desc>2 operations, from the inputs on the left to the result on the right. total is 220. " +
        "Its gradient with respect to the inputs: price 2.2, count 110, tax 200.</desc>",
    );
    expect(drawSvg(snackTax(), { title: "Price < tax" })).toContain(
      "<title>Price &lt; tax</title>",
    );
  });

  test("has its colours as attributes, so that a strict policy of a page changes nothing", () => {
    for (const theme of ["light", "dark"] as const) {
      const svg = drawSvg(fanOut(), { theme });
      expect(svg).not.toMatch(/<style|style=|class="[^"]*" *style/);
      for (const [element] of svg.matchAll(/<(?:rect|path|circle|text) [^>]*>/g)) {
        expect(element).toMatch(/ fill="(none|#[0-9a-f]{6})"/);
      }
    }
    expect(drawSvg(chain())).toMatch(/class="background" [^>]*fill="#ffffff"/);
    expect(drawSvg(chain(), { theme: "dark" })).toContain('fill="#12181f"');
  });

  test("can be drawn of long chains", () => {
    expect(drawSvg(longChain(1000)).match(/class="node/g)).toHaveLength(1001);
  });
});

test("Every random graph becomes well-formed SVG with all nodes, edges and no overlapping text.", () => {
  fc.assert(
    fc.property(randomGraph, (graph) => {
      const svg = drawSvg(graph);
      expectWellFormed(svg);
      for (const { id, inputs } of graph.nodes) {
        expect(svg).toContain(` data-node="${id}"`);
        inputs.forEach(({ from }, input) => {
          expect(svg).toContain(` data-edge="${from}-${id}-${input}"`);
        });
      }
      expect(overlaps([...shapesOf(svg), ...labelsOf(svg)])).toEqual([]);
    }),
    { numRuns: WHOLE ? 200 : 15 },
  );
});

test("Names with characters of XML stay well-formed.", () => {
  const svg = drawSvg(awkwardNames());
  expectWellFormed(svg);
  expect(svg).toContain("a&quot;b\\ &lt;x&gt; &amp; c;");
});

interface Rectangle {
  readonly what: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function shapesOf(svg: string): Rectangle[] {
  const shape = /<rect class="shape" x="([^"]*)" y="([^"]*)" width="([^"]*)" height="([^"]*)"/g;
  return [...svg.matchAll(shape)].map(([what, ...numbers]) => {
    const [x = 0, y = 0, width = 0, height = 0] = numbers.map(Number);
    return { what, left: x, right: x + width, top: y, bottom: y + height };
  });
}

/** Returns the rectangles of labels. Digits reach about 0.73 em above their base line. */
function labelsOf(svg: string): Rectangle[] {
  const label = /<text class="(name|value|gradient)" x="([^"]*)" y="([^"]*)">([^<]*)</g;
  return [...svg.matchAll(label)].map(([what, kind, x, y, text = ""]) => {
    const size = kind === "name" ? 13 : 15;
    const width = (kind === "name" ? proportionalWidth : monospacedWidth)(text, size);
    const [center, base] = [Number(x), Number(y)];
    return {
      what,
      left: center - width / 2,
      right: center + width / 2,
      top: base - 0.73 * size,
      bottom: base,
    };
  });
}

function overlaps(rectangles: readonly Rectangle[]): string[] {
  return rectangles.flatMap((a, i) =>
    rectangles
      .slice(i + 1)
      .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
      .map((b) => `${a.what} over ${b.what}`),
  );
}

test("The symbol of an op has empty brackets for its input, and no letter that beside an input of this name would mean it.", () => {
  expect(registeredOps().length).toBeGreaterThan(100);
  for (const { name, symbol } of registeredOps()) {
    // The base of exp, the state of a recurrence and the count of topK are letters in symbols that are not inputs.
    const others = symbol.replace(/e\^|·h|top k/, "");
    expect(others, name).not.toMatch(/(?<![\p{L}\d])[a-z](?![\p{L}\d])|[ˣʸ]/u);
  }
  const op = (apply: (x: Tensor) => Tensor) => explain(apply)(2).nodes.at(-1)?.op?.symbol;
  expect([square, exp, reciprocal, sqrt, neg].map(op)).toEqual([
    "( )²",
    "e^( )",
    "1/( )",
    "√( )",
    "−( )",
  ]);
});
