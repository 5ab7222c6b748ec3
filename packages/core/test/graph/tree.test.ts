import { describe, expect, test } from "vitest";
import {
  checkpoint,
  compile,
  grad,
  jvp,
  Layer,
  type Tensor,
  tensor,
  treeLeaves,
  treeMap,
  Variable,
  vectorize,
  vjp,
} from "../../src/index.ts";

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

  /** A layer with a Variable, an object with a list, and a number. */
  class Sized extends Layer {
    readonly gain = new Variable(tensor([10, 20]));
    readonly options = { widths: [2, 3] };
    size: number;

    constructor(size: number) {
      super();
      this.size = size;
    }

    override compute(x: Tensor): Tensor {
      const isKnown = this.size === 2 && this.options.widths.includes(3);
      return isKnown ? x.mul(this.gain.value) : x;
    }
  }

  test("have settings in instances with methods: their numbers stay numbers, however a function is recorded", () => {
    const call = (x: Tensor, sized: Sized) => sized.compute(x);
    const [x, sized] = [tensor([1, 2]), new Sized(2)];
    const results = {
      plain: call(x, sized),
      compile: compile(call)(x, sized),
      grad: grad((y: Tensor, own: Sized) => call(y, own).sum())(x, sized).mul(x),
      vjp: vjp(call)(x, sized).value,
      jvp: jvp((y: Tensor) => call(y, sized))([x], [x]).value,
      vectorize: vectorize(call)(x.reshape([1, 2]), sized).reshape([2]),
      nested: compile(vectorize(call))(x.reshape([1, 2]), sized).reshape([2]),
    };
    for (const [name, result] of Object.entries(results)) {
      expect([name, result.toArray()]).toEqual([name, [10, 40]]);
    }
    expect(treeLeaves(sized).length).toBe(1);
  });

  test("with another setting are another program", () => {
    const call = compile((x: Tensor, sized: Sized) => sized.compute(x));
    const [x, sized] = [tensor([1, 2]), new Sized(2)];
    expect(call(x, sized).toArray()).toEqual([10, 40]);
    sized.size = 3;
    expect(call(x, sized).toArray()).toEqual([1, 2]);
    sized.size = 2;
    expect(call(x, sized).toArray()).toEqual([10, 40]);
  });

  test("come out of recorded functions with their settings", () => {
    class Point {
      readonly x: Tensor;
      readonly scale = 7;
      constructor(x: Tensor) {
        this.x = x;
      }
      scaled(): Tensor {
        return this.x.mul(this.scale);
      }
    }
    const make = (x: Tensor): Point => new Point(x);
    for (const made of [compile(make), checkpoint(make), vectorize(make)]) {
      const point = made(tensor([3])) as unknown as Point;
      expect([point.scale, point.scaled().toArray()]).toEqual([7, [21]]);
    }
  });
});
