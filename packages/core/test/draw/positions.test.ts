import { describe, expect, test } from "vitest";
import { explain, type GraphLayout, type LayoutSize, named, type Tensor } from "../../src/index.ts";
import fc from "../support/properties.ts";
import { WHOLE } from "../support/sampling.ts";
import { applesAndTangerines, fanOut, longChain, randomGraph, snackTax } from "./graphs.ts";

const SIZE: LayoutSize = {
  node: () => ({ width: 60, height: 40 }),
  edge: () => ({ width: 80, height: 20 }),
  gap: 30,
};

const neuron = (x: Tensor, w: Tensor, b: Tensor) =>
  named("o", named("h", x.mul(w).add(b).sigmoid()).mul(0.5).add(x).sigmoid());
const network = () => explain(neuron)(1, 2, 3);

describe("a layout", () => {
  test("is plain data in the units of the sizes", () => {
    const layout = snackTax().layout({ size: SIZE });
    expect(JSON.parse(JSON.stringify(layout))).toEqual(layout);
    expect(layout.layers).toEqual([[0, 1, 2], [], [3], [], [4]]);
    expect([layout.width, layout.height]).toEqual([3 * 60 + 2 * 80 + 4 * 30, 120]);
    expect(layout.nodes[0]).toEqual({
      id: 0,
      x: 30,
      y: 20,
      width: 60,
      height: 40,
      layer: 0,
      order: 0,
      hides: [],
    });
    expect(layout.routes[0]).toMatchObject({ from: 0, to: 3, reader: 3, input: 0 });
    expect(layout.routes[0]?.label).toEqual({ x: 130, y: 20 });
  });

  test("turns for a phone: what was across is along", () => {
    const turned = { node: () => ({ width: 40, height: 60 }), gap: 30 };
    const right = applesAndTangerines().layout({ size: { ...SIZE, edge: undefined } as never });
    const down = applesAndTangerines().layout({ size: turned, direction: "down" });
    expect([down.width, down.height]).toEqual([right.height, right.width]);
    expect(down.nodes.map(({ x, y }) => [y, x])).toEqual(right.nodes.map(({ x, y }) => [x, y]));
    expect(down.routes.map(({ points }) => points.map(({ x, y }) => [y, x]))).toEqual(
      right.routes.map(({ points }) => points.map(({ x, y }) => [x, y])),
    );
  });

  test("does not depend on values", () => {
    const graph = applesAndTangerines();
    expect(graph.adjusted({ apples: 7 }).layout({ size: SIZE })).toEqual(
      graph.layout({ size: SIZE }),
    );
  });

  test("hides in a folded node what leads to it alone", () => {
    const open = network().layout({ size: SIZE });
    expect(open.nodes).toHaveLength(network().nodes.length);
    const { nodes, routes } = network().layout({ size: SIZE, folded: ["h", "o"] });
    const names = nodes.map(({ id }) => network().nodes[id]?.name);
    expect(names).toEqual(["x", "w", "b", "h", "o"]);
    const hides = nodes.map((node) =>
      node.hides.map((id) => network().nodes[id]?.op?.symbol ?? "0.5"),
    );
    expect(hides).toEqual([[], [], [], ["×", "+"], ["0.5", "×", "+"]]);
    const h = nodes[3]?.id;
    expect(routes.filter(({ to }) => to === h).map(({ from }) => from)).toEqual([0, 1, 2]);
    expect(routes.find(({ from, to }) => from === 0 && to === h)?.reader).not.toBe(h);
  });

  test("never hides an input, a named node, a node with other readers or the result", () => {
    const shared = (x: Tensor) => {
      const y = x.mul(2);
      return named("a", y.add(1)).mul(named("b", y.sub(1)));
    };
    const graph = explain(shared)(3);
    const hidden = graph
      .layout({ folded: ["a", "b", "shared"] })
      .nodes.flatMap(({ hides }) => hides);
    expect(hidden.map((id) => graph.nodes[id]?.kind)).toEqual(["constant", "constant"]);
  });

  test("keeps the rooms of everything disjoint and inside, in both directions", () => {
    fc.assert(
      fc.property(randomGraph, fc.constantFrom("right", "down"), (graph, direction) => {
        const layout = graph.layout({ size: SIZE, direction: direction as "right" | "down" });
        const rooms = roomsOf(layout);
        expect(rooms.filter((room) => !inside(room, layout))).toEqual([]);
        expect(
          rooms.flatMap((room, i) => rooms.slice(i + 1).filter((o) => overlap(room, o))),
        ).toEqual([]);
        expect(layout.nodes).toHaveLength(graph.nodes.length);
        expect(layout.routes).toHaveLength(graph.nodes.flatMap(({ inputs }) => inputs).length);
      }),
      { numRuns: WHOLE ? 200 : 50 },
    );
  });

  test("leads every edge from the border of one node to that of the other", () => {
    fc.assert(
      fc.property(randomGraph, (graph) => {
        const { nodes, routes } = graph.layout({ size: SIZE });
        const place = new Map(nodes.map((node) => [node.id, node]));
        for (const { from, to, points } of routes) {
          const [source, target] = [place.get(from), place.get(to)];
          expect(points[0]).toEqual({ x: (source?.x ?? 0) + 30, y: source?.y });
          expect(points.at(-1)).toEqual({ x: (target?.x ?? 0) - 30, y: target?.y });
        }
      }),
      { numRuns: WHOLE ? 100 : 30 },
    );
  });

  test("of a long chain is straight", () => {
    const ys = new Set(
      longChain(1000)
        .layout({ size: SIZE })
        .nodes.map(({ y }) => y),
    );
    expect(ys).toEqual(new Set([20]));
  });

  test("has rooms of 1 where no sizes are given", () => {
    expect(fanOut().layout()).toMatchObject({ width: 5, height: 2 });
  });
});

test.each([
  [{ folded: ["nothing"] }, /layout: folded\[0\]: expected names or ids.*got "nothing"/],
  [{ folded: "total" }, /layout: folded: expected an array/],
  [{ folded: [{}] }, /layout: folded\[0\]: expected a name or an id/],
  [{ direction: "up" }, /layout: direction: expected "right" or "down"/],
  [{ size: 3 }, /layout: size: expected/],
  [{ size: { node: () => 1 } }, /layout: size.node: expected/],
  [
    { size: { node: () => ({ width: -1, height: 0 }) } },
    /size.node\(\).width: expected a number from 0/,
  ],
  [{ size: { ...SIZE, edge: () => ({ width: 1 }) } }, /size.edge\(\).height/],
  [{ size: { ...SIZE, gap: Number.NaN } }, /size.gap: expected a finite number/],
  [{ sizes: 1 }, /sizes/],
])("The options %j are refused.", (options, message) => {
  expect(() => snackTax().layout(options as never)).toThrow(message);
});

interface Room {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function roomsOf({ nodes, routes }: GraphLayout): Room[] {
  const room = (x: number, y: number, width: number, height: number) => ({
    left: x - width / 2,
    right: x + width / 2,
    top: y - height / 2,
    bottom: y + height / 2,
  });
  return [
    ...nodes.map(({ x, y, width, height }) => room(x, y, width, height)),
    ...routes.flatMap(({ label }) => (label ? [room(label.x, label.y, 80, 20)] : [])),
  ];
}

const SLACK = 1e-9;

function inside({ left, right, top, bottom }: Room, { width, height }: GraphLayout): boolean {
  return left >= -SLACK && top >= -SLACK && right <= width + SLACK && bottom <= height + SLACK;
}

function overlap(a: Room, b: Room): boolean {
  const [left, right] = [Math.max(a.left, b.left), Math.min(a.right, b.right)];
  const [top, bottom] = [Math.max(a.top, b.top), Math.min(a.bottom, b.bottom)];
  return right - left > SLACK && bottom - top > SLACK;
}
