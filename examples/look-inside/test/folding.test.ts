import { type ImportedNode, importOnnx } from "@graddiff/onnx";
import { expect, test } from "vitest";
import {
  boxesOf,
  edgesOf,
  firstOpen,
  groupsAround,
  type Item,
  inputId,
  isGroup,
  type Tree,
  treeOf,
} from "../src/folding.ts";
import { layOut, SIZES } from "../src/layout.ts";
import { generator, model } from "./support.ts";

/** Returns a node from `operator inputs -> output`, with a name if there is one before it. */
function node(text: string, name = ""): ImportedNode {
  const [left = "", output = ""] = text.split(" -> ");
  const [operator = "", ...inputs] = left.split(" ");
  return { name: name || output, operator, inputs, outputs: [output], bodies: {} };
}

/** Returns a tree as nested lists of labels. */
const labels = (items: readonly Item[]): unknown[] =>
  items.map((item) => (isGroup(item) ? { [item.label]: labels(item.children) } : item.label));

const groups = (items: readonly Item[]): Item[] =>
  items.filter(isGroup).flatMap((item) => [item, ...groups(item.children)]);

test("names with slashes are folded by their folders, and a folder with one node is that node", () => {
  const { nodes, inputs } = importOnnx(model());
  const tree = treeOf(
    nodes,
    inputs.map(({ name }) => name),
  );
  expect(labels(tree.items)).toEqual([
    {
      features: [
        { block1: ["conv/Conv", "act/Relu", "pool/MaxPool"] },
        { block2: ["conv/Conv", "act/Relu", "pool/MaxPool"] },
        { residual: ["conv1/Conv", "act1/Relu", "conv2/Conv", "Add", "act2/Relu"] },
      ],
    },
    { classifier: ["flatten/Flatten", "linear/Gemm"] },
  ]);
  expect([...firstOpen(tree)]).toEqual(["/features", "/classifier"]);
  expect([...firstOpen(tree, 6)]).toEqual([]);
  expect(groupsAround(tree, 9).map(({ label }) => label)).toEqual(["features", "residual"]);
});

test("nodes without names of their own take the folders of their weights, and others those of what they read", () => {
  const nodes = [
    node("Conv x net.stem.0.weight -> a", "Conv_0"),
    node("Relu a -> b", "Relu_1"),
    node("Conv b net.head.conv.weight -> c", "Conv_2"),
    node("Add b c -> d", "Add_3"),
  ];
  expect(labels(treeOf(nodes, ["x"]).items)).toEqual([
    { "stem/0": ["Conv_0", "Relu_1"] },
    "head/conv/Conv_2",
    "Add_3",
  ]);
});

test("what does not depend on the input is not drawn", () => {
  const nodes = [node("Transpose w -> v"), node("MatMul x v -> y"), node("Relu y -> z")];
  const tree = treeOf(nodes, ["x"]);
  expect(labels(tree.items)).toEqual(["y", "z"]);
  const edges = edgesOf(tree, boxesOf(tree, new Set()));
  expect(edges).toEqual([
    { from: inputId("x"), to: "node 1" },
    { from: "node 1", to: "node 2" },
  ]);
});

test("where many nodes stand side by side, a convolution is folded with what follows it alone", () => {
  const nodes = Array.from({ length: 8 }, (_, i) => [
    node(`Conv ${i === 0 ? "x" : `sum${i - 1}`} w${i} -> conv${i}`),
    node(`BatchNormalization conv${i} s${i} -> norm${i}`),
    node(`Relu norm${i} -> relu${i}`),
    node(`Add relu${i} ${i === 0 ? "x" : `sum${i - 1}`} -> sum${i}`),
  ]).flat();
  const { items } = treeOf(nodes, ["x"]);
  // An addition reads two nodes, and begins no run.
  const run = { "Conv + BatchNormalization + Relu": expect.any(Array) };
  expect(labels(items)).toEqual(nodes.flatMap((_, i) => (i % 4 ? [] : [run, `sum${i / 4}`])));
  expect(labels(treeOf(nodes.slice(0, 20), ["x"]).items)).not.toContainEqual(run);
});

/** Returns a model of nested blocks with lines that skip some of them. */
function network(seed: number): { readonly tree: Tree; readonly nodes: readonly ImportedNode[] } {
  const random = generator(seed);
  const any = (count: number) => Math.floor(random() * count);
  const nodes: ImportedNode[] = [];
  for (let i = 0; i < 40; i++) {
    const reads = new Set([i === 0 ? "x" : `v${i - 1}`]);
    for (let more = any(3); more > 0 && i > 0; more--) reads.add(any(9) === 0 ? "y" : `v${any(i)}`);
    const folders = [`a${Math.floor(i / 14)}`, `b${Math.floor(i / 5)}`, `c${any(2)}`];
    const name = `/${folders.slice(0, any(4)).join("/")}/n${i}`;
    nodes.push({ name, operator: "Op", inputs: [...reads], outputs: [`v${i}`], bodies: {} });
  }
  return { tree: treeOf(nodes, ["x", "y"]), nodes };
}

const SEEDS = Array.from({ length: 12 }, (_, i) => i + 1);

test.each(SEEDS)(
  "however it is folded, each node stands once and no line is lost (seed %i)",
  (seed) => {
    const { tree, nodes } = network(seed);
    const all = tree.items.flatMap((item) => item.nodes).sort((a, b) => a - b);
    expect(all).toEqual(nodes.map((_, i) => i));
    const random = generator(seed);
    const open = new Set(groups(tree.items).flatMap(({ id }) => (random() < 0.6 ? [id] : [])));
    const boxes = boxesOf(tree, open);
    const closed = boxes.filter(({ isOpen }) => !isOpen);
    const holder = new Map(closed.flatMap(({ item }) => item.nodes.map((each) => [each, item.id])));
    expect(new Set(boxes.map(({ item }) => item.id)).size).toBe(boxes.length);
    expect(holder.size).toBe(nodes.length);
    const expected = new Set<string>();
    for (const [i, sources] of tree.sources.entries()) {
      for (const source of sources) {
        const from = typeof source === "string" ? inputId(source) : holder.get(source);
        if (from !== holder.get(i)) expected.add(`${from} > ${holder.get(i)}`);
      }
    }
    const edges = edgesOf(tree, boxes).map(({ from, to }) => `${from} > ${to}`);
    expect(new Set(edges)).toEqual(expected);
    expect(edges.length).toBe(expected.size);
  },
);

test.each(SEEDS)(
  "boxes overlap nowhere, stand within their groups, and lines join them (seed %i)",
  (seed) => {
    const { tree } = network(seed);
    const random = generator(seed);
    const open = new Set(groups(tree.items).flatMap(({ id }) => (random() < 0.7 ? [id] : [])));
    const boxes = boxesOf(tree, open);
    const edges = edgesOf(tree, boxes);
    const { places, lines, width, height } = layOut(boxes, edges, ["x", "y"]);
    const place = (id: string) => places.get(id) ?? { x: -1, y: -1, width: 0, height: 0 };
    const parent = new Map(boxes.map((box) => [box.item.id, box.parent]));
    const siblings = new Map<string | undefined, string[]>();
    for (const id of [...boxes.map(({ item }) => item.id), inputId("x"), inputId("y")]) {
      const around = parent.get(id);
      siblings.set(around, [...(siblings.get(around) ?? []), id]);
      const own = place(id);
      const frame = around === undefined ? { x: 0, y: 0, width, height } : place(around);
      const header = around === undefined ? 0 : SIZES.header;
      expect(own.x).toBeGreaterThanOrEqual(frame.x);
      expect(own.y).toBeGreaterThanOrEqual(frame.y + header);
      expect(own.x + own.width).toBeLessThanOrEqual(frame.x + frame.width);
      expect(own.y + own.height).toBeLessThanOrEqual(frame.y + frame.height);
    }
    for (const ids of siblings.values()) {
      for (const [i, id] of ids.entries()) {
        for (const other of ids.slice(i + 1)) {
          const [a, b] = [place(id), place(other)];
          const apart =
            a.x + a.width <= b.x ||
            b.x + b.width <= a.x ||
            a.y + a.height <= b.y ||
            b.y + b.height <= a.y;
          expect(apart, `${id} and ${other}`).toBe(true);
        }
      }
    }
    // The parts of lines from each box lead to all boxes that read it.
    const within = (x: number, y: number, id: string) => {
      const own = place(id);
      const near = 1e-6;
      return (
        x >= own.x - near &&
        x <= own.x + own.width + near &&
        y >= own.y - near &&
        y <= own.y + own.height + near
      );
    };
    for (const { from, to } of edges) {
      const parts = lines.filter((line) => line.from === from);
      const reached = new Set<number>();
      const grow = (starts: (x: number, y: number) => boolean): void => {
        for (const [i, { points }] of parts.entries()) {
          const [first] = points;
          if (reached.has(i) || !first || !starts(first.x, first.y)) continue;
          reached.add(i);
          const last = points.at(-1) ?? first;
          // Within an open group, a line continues below the header.
          grow(
            (x, y) =>
              Math.abs(x - last.x) < 1e-6 &&
              [0, SIZES.header].some((gap) => Math.abs(y - last.y - gap) < 1e-6),
          );
        }
      };
      grow((x, y) => within(x, y, from));
      const arrived = [...reached].some((i) => {
        const last = parts[i]?.points.at(-1);
        return parts[i]?.arrives && last && within(last.x, last.y, to);
      });
      expect(arrived, `${from} to ${to}`).toBe(true);
    }
  },
);
