import { describe, expect, test } from "vitest";
import { type Tensor, tensor, treeLeaves, treeMap, Variable } from "../../src/index.ts";

describe("trees", () => {
  const tree = { layers: [{ weight: tensor([1, 2]) }, 3], name: "net", on: true, none: null };

  test("map every leaf with its path and keep the rest", () => {
    const paths: string[] = [];
    const doubled = treeMap((leaf, path) => {
      paths.push(path);
      return leaf.mul(2);
    }, tree);
    expect(paths).toEqual(["layers[0].weight", "layers[1]"]);
    expect(JSON.stringify(doubled)).toBe(
      '{"layers":[{"weight":[2,4]},6],"name":"net","on":true,"none":null}',
    );
  });

  test("list their leaves in order", () => {
    const leaves = treeLeaves([tree, new Variable(tensor(7))]);
    expect(leaves.map((leaf) => leaf.toArray())).toEqual([[1, 2], 3, 7]);
  });

  test("keep the class of objects, and untouched parts as they are", () => {
    class Point {
      readonly x: Tensor = tensor(1);
      twice(): Tensor {
        return this.x.mul(2);
      }
    }
    const moved = treeMap((leaf) => leaf.add(1), { point: new Point(), tag: { deep: ["a"] } });
    expect((moved.point as unknown as Point).twice().item()).toBe(4);
    const tag = { deep: ["a"] };
    expect(treeMap((leaf) => leaf, { tag, x: 1 }).tag).toBe(tag);
  });

  test("that contain themselves are an error, not an endless loop", () => {
    const cycle: Record<string, unknown> = { x: 1 };
    cycle["self"] = cycle;
    expect(() => treeLeaves(cycle)).toThrow("treeLeaves: self: expected tensors, numbers and");
  });

  test("may hold one tensor twice", () => {
    const x = tensor(2);
    expect(treeLeaves({ a: x, b: x }).length).toBe(2);
  });
});
