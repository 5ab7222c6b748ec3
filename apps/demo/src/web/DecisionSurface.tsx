/**
 * The output of a program over the plane of two of its inputs, with the points that it is trained on.
 */

import { tensor } from "@graddiff/core";
import { useEffect, useRef } from "preact/hooks";
import type { Point, TrainingPlan } from "../course/plan.ts";
import { formatNumber } from "../instrument/format.ts";
import { scale } from "../instrument/plot.ts";
import { followNumbers } from "./SlopePanel.tsx";
import type { Store } from "./store.ts";
import { theme } from "./theme.ts";
import { useSettled } from "./useLive.ts";

type Surface = NonNullable<TrainingPlan["surface"]>;

interface SurfaceProps {
  readonly store: Store;
  readonly surface: Surface;
}

/** The number of points along each side at which the output is computed; the browser interpolates between them. */
const SIDE = 28;

/** The size of the drawing, in units of the SVG. */
const SIZE = 200;
const MARGIN = 0.12;

/** The digits of a point's numbers. */
const DIGITS = 3;

export function DecisionSurface({ store, surface }: SurfaceProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { training: words } = store.texts;
  const plan = store.lesson.value.training;
  const { data } = plan ?? {};
  const values = store.values.value;
  const [ix, iy] = [data?.names.indexOf(surface.x) ?? -1, data?.names.indexOf(surface.y) ?? -1];
  const target = surface.target;
  const it = target === undefined ? -1 : (data?.names.indexOf(target) ?? -1);
  const all = [...(data?.points ?? []), ...(data?.heldOut ?? [])];
  const ranges = [
    sideOf(
      all.map((point) => point[ix] ?? 0),
      values[surface.x] ?? 0,
    ),
    sideOf(
      all.map((point) => point[iy] ?? 0),
      values[surface.y] ?? 0,
    ),
  ] as const;
  const key = ranges.flat().join(" ");
  const outputs = useSettled(
    () => outputsOn(store, surface, ranges),
    () => followNumbers(store),
    [store, surface, key],
  ).value;
  useEffect(() => {
    if (canvas.current !== null && outputs !== undefined) paint(canvas.current, outputs);
  }, [outputs, theme.value]);
  const [x, y] = [scale(...ranges[0], 0, SIZE), scale(...ranges[1], SIZE, 0)];
  const label = words.surface(surface.node, surface.x, surface.y);
  const here: Point = [values[surface.x] ?? 0, values[surface.y] ?? 0];
  const dots = (points: readonly Point[], isHeld: boolean) =>
    points.map((point, i) => {
      const wanted = point[it] ?? 0;
      const numbers = [point[ix] ?? 0, point[iy] ?? 0, wanted].map((each) =>
        formatNumber(each, DIGITS),
      );
      return (
        // biome-ignore lint/a11y/useSemanticElements: a button cannot be in SVG.
        <g
          key={i}
          class={`dot ${isHeld ? "is-held" : ""} ${wanted >= 0.5 ? "is-one" : "is-zero"}`}
          role="button"
          tabindex={0}
          aria-label={`${words.point(numbers[0] ?? "", numbers[1] ?? "", numbers[2] ?? "")}, ${isHeld ? words.heldOut : words.trained}`}
          onClick={() => show(store, data?.names ?? [], point)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" && event.key !== " ") return;
            event.preventDefault();
            event.stopPropagation();
            show(store, data?.names ?? [], point);
          }}
        >
          <circle class="target" cx={x.at(point[ix] ?? 0)} cy={y.at(point[iy] ?? 0)} r={12} />
          <circle class="mark" cx={x.at(point[ix] ?? 0)} cy={y.at(point[iy] ?? 0)} r={5.5} />
        </g>
      );
    });
  return (
    <figure class="surface">
      <figcaption>{label}</figcaption>
      <div class="plane">
        <canvas ref={canvas} width={SIDE} height={SIDE} role="img" aria-label={label} />
        <svg viewBox={`0 0 ${SIZE} ${SIZE}`}>
          <title>{label}</title>
          {dots(data?.points ?? [], false)}
          {dots(data?.heldOut ?? [], true)}
          <path class="cross" d={`M${x.at(here[0] ?? 0) - 8} ${y.at(here[1] ?? 0)}h16m-8-8v16`} />
        </svg>
      </div>
      {data !== undefined && data.heldOut.length > 0 && (
        <p class="surface-legend">
          <span class="is-trained">{words.trained}</span>
          <span class="is-held">{words.heldOut}</span>
        </p>
      )}
    </figure>
  );
}

/** Shows a point in the graph: its numbers become the inputs. The training stays. */
function show(store: Store, names: readonly string[], point: Point): void {
  store.showPoint(Object.fromEntries(names.map((name, i) => [name, point[i] ?? 0])));
}

/**
 * Returns the range of one side of the plane: all points with a margin, or the numbers from 0 to 1 and the present
 * number.
 */
function sideOf(values: readonly number[], present: number): readonly [number, number] {
  const all = values.length > 0 ? values : [0, 1, present];
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const room = (most - least || 1) * MARGIN;
  return [least - room, most + room];
}

/** Returns the outputs in rows, from the top. */
function outputsOn(
  store: Store,
  { x, y, node }: Surface,
  [across, up]: readonly [readonly [number, number], readonly [number, number]],
): readonly number[] {
  const at = ([from, to]: readonly [number, number], i: number) =>
    from + ((to - from) * (i + 0.5)) / SIDE;
  const places = Array.from({ length: SIDE * SIDE }, (_, i) => i);
  const graph = store.lesson.value.explain({
    ...store.values.value,
    [x]: tensor(Float64Array.from(places, (i) => at(across, i % SIDE))),
    [y]: tensor(Float64Array.from(places, (i) => at(up, SIDE - 1 - Math.floor(i / SIDE)))),
  });
  const value = graph.node(node)?.value;
  if (value === undefined) return [];
  return value.rank === 0 ? places.map(() => value.item()) : (value.toArray() as number[]);
}

/** Paints outputs: those near 0 in one colour of the page, those near 1 in another. */
function paint(canvas: HTMLCanvasElement, outputs: readonly number[]): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const color = (name: string) => rgbOf(canvas, name);
  const [zero, one] = [color("--surface-zero"), color("--surface-one")];
  const image = context.createImageData(SIDE, SIDE);
  outputs.forEach((output, i) => {
    const part = Math.min(1, Math.max(0, Number.isFinite(output) ? output : 0));
    for (let k = 0; k < 3; k++) {
      image.data[4 * i + k] = (zero[k] ?? 0) + ((one[k] ?? 0) - (zero[k] ?? 0)) * part;
    }
    image.data[4 * i + 3] = 255;
  });
  context.putImageData(image, 0, 0);
}

/** Returns a colour of the page's theme as three numbers. */
function rgbOf(canvas: HTMLCanvasElement, name: string): readonly number[] {
  canvas.style.color = `var(${name})`;
  const text = getComputedStyle(canvas).color;
  canvas.style.removeProperty("color");
  return (text.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
}
