import { describe, expect, test } from "vitest";
import { routeChannel } from "../../src/draw/channel.ts";
import { columnsOf } from "../../src/draw/columns.ts";
import { Grid } from "../../src/draw/grid.ts";
import { type Layout, layoutGraph } from "../../src/draw/layout.ts";
import { roundedNumber, shortestNumber } from "../../src/draw/shortestNumber.ts";
import type { Graph } from "../../src/index.ts";
import fc from "../support/properties.ts";
import { WHOLE } from "../support/sampling.ts";
import { applesAndTangerines, chain, longChain, randomGraph } from "./graphs.ts";

const SEPARATION = 4;

/** Returns a layout in the units of text. */
function layoutOf(graph: Graph): Layout {
  const column = () => ({ width: 1, labels: 0, gap: 0 });
  return layoutGraph(graph, { across: () => SEPARATION, step: 2, stiffness: 4, column });
}

describe("the grid", () => {
  test("refuses to write over what is there", () => {
    const grid = new Grid();
    grid.write(0, 2, "100");
    expect(() => grid.write(0, 4, "2")).toThrow("row 0, column 4");
    expect(() => grid.horizontal(0, 0, 9, 1)).toThrow("row 0, column 2");
    expect(() => grid.vertical(3, 0, 2, 1)).toThrow("row 0, column 3");
  });

  test("joins lines of one net, and lets a line pass over one of another net", () => {
    const joined = new Grid();
    joined.horizontal(1, 0, 4, 1);
    joined.vertical(2, 0, 2, 1);
    expect(joined.toString()).toBe("  │\n──┼──\n  │");
    const crossed = new Grid();
    crossed.horizontal(1, 0, 4, 1);
    crossed.vertical(2, 0, 2, 2);
    expect(crossed.toString()).toBe("  │\n──│──\n  │");
  });

  test("refuses to let lines of two nets meet otherwise", () => {
    const along = new Grid();
    along.horizontal(0, 0, 4, 1);
    expect(() => along.horizontal(0, 4, 8, 2)).toThrow("row 0, column 4");
    const corner = new Grid();
    corner.horizontal(0, 0, 4, 1);
    corner.vertical(4, 0, 4, 2);
    expect(() => corner.toString()).toThrow("row 0, column 4");
  });

  test("gives wide characters two columns and combining marks none", () => {
    expect([columnsOf("xʸ"), columnsOf("数学"), columnsOf("e\u0301"), columnsOf("🍎")]).toEqual([
      2, 4, 1, 2,
    ]);
    const grid = new Grid();
    grid.write(0, 0, "数e\u0301");
    grid.write(0, 3, "|");
    expect(grid.toString()).toBe("数e\u0301|");
  });
});

describe("the channel", () => {
  test("lets two lines exchange their rows by a dogleg", () => {
    const { tracks, columns } = routeChannel([
      { id: 1, left: [0], right: [4] },
      { id: 2, left: [4], right: [0] },
    ]);
    expect(tracks).toHaveLength(3);
    expect(columns).toBe(3);
  });

  test("splits a net of the circle, not one that merely waits for it", () => {
    const { tracks } = routeChannel([
      { id: 1, left: [2], right: [0] },
      { id: 2, left: [4, 0], right: [8] },
      { id: 3, left: [8], right: [4] },
    ]);
    expect(tracks).toHaveLength(4);
    expect(tracks.filter(({ id }) => id === 1)).toHaveLength(1);
  });

  test("shares a column between lines that do not overlap", () => {
    const { columns } = routeChannel([
      { id: 1, left: [0], right: [4] },
      { id: 2, left: [8], right: [12] },
    ]);
    expect(columns).toBe(1);
  });

  test("never lays two nets over each other, whatever is to be connected", () => {
    const rows = fc.shuffledSubarray([0, 2, 4, 6, 8, 10, 12, 14, 16]);
    fc.assert(
      fc.property(rows, rows, (left, right) => {
        const nets = Array.from({ length: Math.min(left.length, right.length) }, (_, i) => ({
          id: i,
          left: [left[i] ?? 0],
          right: [right[i] ?? 0],
        })).filter((net) => net.left[0] !== net.right[0]);
        const { tracks, columns } = routeChannel(nets);
        const grid = new Grid();
        for (const { id, left, right, top, bottom, column, dogleg } of tracks) {
          const at = 1 + 2 * column;
          for (const row of left) grid.horizontal(row, 0, at, id);
          for (const row of right) grid.horizontal(row, at, 2 * columns + 1, id);
          if (dogleg) grid.horizontal(dogleg.row, at, 1 + 2 * dogleg.to.column, id);
          grid.vertical(at, top, bottom, id);
        }
        grid.toString();
      }),
      { numRuns: WHOLE ? 2000 : 150 },
    );
  });
});

describe("the layout", () => {
  test("puts every node right of its inputs, and keeps a distance of neighbours", () => {
    fc.assert(
      fc.property(randomGraph, (graph) => {
        const { layers, routes, drawn } = layoutOf(graph);
        expect(drawn.map(({ node }) => node)).toEqual(graph.nodes);
        for (const { path } of routes) {
          path.slice(1).forEach((vertex, i) => {
            expect(vertex.layer).toBe((path[i]?.layer ?? 0) + 1);
          });
        }
        for (const layer of layers) {
          layer.slice(1).forEach((vertex, i) => {
            expect(vertex.row - (layer[i]?.row ?? 0)).toBeGreaterThanOrEqual(SEPARATION);
          });
        }
      }),
      { numRuns: WHOLE ? 200 : 60 },
    );
  });

  test("draws a tree without crossings, its nodes at the middle of their inputs", () => {
    const { drawn } = layoutOf(applesAndTangerines());
    const rows = Object.fromEntries(drawn.map(({ node, row }) => [node.id, row]));
    expect(rows).toEqual({ 0: 0, 1: 4, 2: 8, 3: 12, 4: 16, 5: 2, 6: 10, 7: 6, 8: 12 });
  });

  test("keeps chains straight, long ones too", () => {
    for (const graph of [chain(), longChain(1000)]) {
      expect(new Set(layoutOf(graph).drawn.map(({ row }) => row))).toEqual(new Set([0]));
    }
  });
});

test("Numbers are written in the fewest digits that read back, or in six.", () => {
  expect(shortestNumber(1.1 * 200, "float64")).toBe("220.00000000000003");
  expect(shortestNumber(Math.fround(0.1), "float32")).toBe("0.1");
  expect(shortestNumber(Math.fround(12.638333), "float32")).toBe("12.638333");
  expect(shortestNumber(-0, "float64")).toBe("-0");
  expect(shortestNumber(Number.NaN, "float32")).toBe("NaN");
  expect(shortestNumber(1, "bool")).toBe("true");
  expect(roundedNumber(220.00000000000003, "float64")).toBe("220");
  expect(roundedNumber(-1.5e-9, "float32")).toBe("−1.5e−9");
  expect(roundedNumber(Number.NEGATIVE_INFINITY, "float64")).toBe("−∞");
});
