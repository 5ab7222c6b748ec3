/**
 * Images of another size: elements that are taken, or weighed sums of two of them, along one axis after the other.
 */

import { at, type Taken } from "@graddiff/core/internal";
import { isPolynomial, type Length } from "../trace/length.ts";
import { sameLengths } from "../trace/simplify.ts";
import { idOf, type Native } from "./native.ts";
import {
  as,
  either,
  type Found,
  fixed,
  matched,
  op,
  type Pattern,
  reshaped,
  value,
} from "./pattern.ts";
import type { View } from "./view.ts";

const taken = (name: string) => as(`taken ${name}`, op("take", value("x"), fixed(name)));
const term = (name: string) =>
  op("mul", taken(name), as(`wide ${name}`, reshaped(fixed(`weights ${name}`))));
/** One step: along one axis. */
const step: Pattern = either(taken("first"), op("add", term("first"), term("second")));

/** An axis that is resized, and the positions of the result's elements among those of x. */
interface Resized {
  readonly axis: number;
  readonly length: number;
  readonly positions: readonly number[];
  readonly isLinear: boolean;
}

function resizedBy(view: View, found: Found): Resized | undefined {
  const valueNamed = (name: string) =>
    found.has(name) ? view.value(idOf(found, name)) : undefined;
  const attributesOf = (name: string) => {
    const id = found.get(`taken ${name}`);
    return id === undefined
      ? undefined
      : (view.operation(id, "take")?.attributes as unknown as Taken);
  };
  const [first, second] = [valueNamed("first"), valueNamed("second")];
  const [own, other] = [attributesOf("first"), attributesOf("second")];
  const x = view.node(idOf(found, "x"));
  if (first === undefined || own === undefined || first.rank !== 1 || own.shared !== 0)
    return undefined;
  const length = at(x.shape, own.axis);
  if (isPolynomial(length) || own.axis < 2) return undefined;
  const begun = [...first.data()];
  if (!found.has("second")) {
    return { axis: own.axis, length, positions: begun, isLinear: false };
  }
  const [w, v] = ["weights first", "weights second"].map((name) => [
    ...(valueNamed(name)?.data() ?? []),
  ]);
  const next = [...(second?.data() ?? [])];
  if (other?.axis !== own.axis || w?.length !== begun.length || v?.length !== begun.length)
    return undefined;
  // A weight for each element along the axis.
  const wide = [begun.length, ...x.shape.slice(own.axis + 1).map(() => 1)];
  const isAlong = ["first", "second"].every((name) =>
    sameLengths(view.node(idOf(found, `wide ${name}`)).shape, wide),
  );
  const isBetween = begun.every((position, i) => {
    const [a = 0, b = 0, to = 0] = [w[i], v[i], next[i]];
    return Math.abs(a + b - 1) < 1e-6 && (to === position + 1 || b === 0 || to === position);
  });
  if (!isAlong || !isBetween || w.length === 1) return undefined;
  const positions = begun.map((position, i) =>
    next[i] === position ? position : position + (v[i] ?? 0),
  );
  return { axis: own.axis, length, positions, isLinear: true };
}

/** The position from which the operator takes element i of the result, in float32, as onnxruntime computes it. */
const COORDINATES = {
  asymmetric: ({ scale }: Scale, i: number) => Math.fround(i / scale),
  half_pixel: ({ scale }: Scale, i: number) => Math.fround(Math.fround((i + 0.5) / scale) - 0.5),
  align_corners: ({ length, count }: Scale, i: number) =>
    count === 1 ? 0 : Math.fround((i * (length - 1)) / (count - 1)),
} as const;

interface Scale {
  readonly scale: number;
  readonly length: number;
  readonly count: number;
}

const NEAREST = {
  floor: Math.floor,
  round_prefer_ceil: (position: number) => Math.floor(position + 0.5),
  round_prefer_floor: (position: number) => Math.ceil(position - 0.5),
} as const;

/** Returns the settings by which the operator has all positions; undefined for others. */
function mannerOf(axes: readonly Resized[]): Readonly<Record<string, string>> | undefined {
  const isLinear = axes.every((each) => each.isLinear);
  if (!isLinear && axes.some((each) => each.isLinear)) return undefined;
  const fits = (coordinate: keyof typeof COORDINATES, round: (position: number) => number) =>
    axes.every(({ length, positions }) => {
      const scale = {
        scale: Math.fround(positions.length / length),
        length,
        count: positions.length,
      };
      return positions.every((position, i) => {
        const there = round(COORDINATES[coordinate](scale, i));
        const within = Math.min(Math.max(there, 0), length - 1);
        return Math.abs(within - position) <= (isLinear ? 1e-6 * length : 0);
      });
    });
  for (const coordinate of ["half_pixel", "asymmetric", "align_corners"] as const) {
    const own = { coordinate_transformation_mode: coordinate };
    if (isLinear) {
      if (fits(coordinate, (position) => position)) return { ...own, mode: "linear" };
      continue;
    }
    for (const [name, round] of Object.entries(NEAREST)) {
      if (fits(coordinate, round)) return { ...own, mode: "nearest", nearest_mode: name };
    }
  }
  return undefined;
}

/** Images of another size, by the nearest elements or by lines between them. */
export const resize: Native = {
  pattern: step,
  fit: (view, found, id) => {
    const axes: Resized[] = [];
    let from = id;
    let own: Found | undefined = found;
    while (own !== undefined) {
      const resized = resizedBy(view, own);
      if (resized === undefined || axes.some(({ axis }) => axis === resized.axis)) break;
      axes.push(resized);
      from = idOf(own, "x");
      own = matched(view, step, from);
    }
    const x = view.node(from);
    const manner = mannerOf(axes);
    if (axes.length === 0 || manner === undefined || x.dtype !== "float32" || x.shape.length > 5) {
      return undefined;
    }
    // A single axis of several that is taken in order is anything but an image.
    if (axes.length !== x.shape.length - 2) return undefined;
    const countOf = (axis: number) => axes.find((each) => each.axis === axis)?.positions.length;
    const sizes: Length[] = x.shape.map((length, axis) => countOf(axis) ?? length);
    const scales = x.shape.map((length, axis) => {
      const count = countOf(axis);
      return count === undefined || isPolynomial(length) ? 1 : Math.fround(count / length);
    });
    const isExact = scales.every((scale, axis) => {
      const [length, size] = [at(x.shape, axis), at(sizes, axis)];
      if (isPolynomial(length) || isPolynomial(size)) return true;
      // Some who infer lengths compute in float32, and others in float64.
      const products = [length * scale, Math.fround(length * scale)];
      return products.every((product) => Math.floor(product) === size);
    });
    return {
      inputs: [from],
      write: ({ graph, inputs: [input] }) => [
        graph.node(
          "Resize",
          isExact
            ? [input?.name ?? "", "", graph.constant("float32", scales)]
            : [input?.name ?? "", "", "", graph.lengths(sizes)],
          manner,
        ),
      ],
    };
  },
};
