/**
 * An edge of the stage: the line of the value, the dashed line of the gradient, and the product on it.
 */

import type { LayoutRoute } from "@graddiff/core";
import { useComputed } from "@preact/signals";
import { curveBumpX, curveBumpY, line } from "d3-shape";
import { useRef } from "preact/hooks";
import type { Store } from "./store.ts";
import { setAttribute, setText, useLive } from "./useLive.ts";

interface RouteProps {
  readonly store: Store;
  readonly route: LayoutRoute;
}

export function StageRoute({ store, route }: RouteProps) {
  const { from, to, label } = route;
  const path = pathOf(store, route);
  const look = useComputed(() => {
    const { progress, mode, lit, chosen } = store;
    const near = lit.value.has(to) || lit.value.has(from) || chosen.value === to;
    return [
      "edge",
      progress.value.hasValue(from) ? "is-ready" : "",
      mode.value.kind === "reverse" && progress.value.hasFlowed(route) ? "is-passed" : "",
      near ? "is-near" : "",
    ]
      .filter(Boolean)
      .join(" ");
  });
  const [first, second] = [useRef<SVGTextElement>(null), useRef<SVGTextElement>(null)];
  const plate = useRef<SVGRectElement>(null);
  useLive(() => {
    if (label === undefined) return;
    const [factors, contribution] = store.readings.value.product(route);
    setText(first.current, factors);
    setText(second.current, contribution);
    setAttribute(plate.current, "class", factors === "" ? "plate is-empty" : "plate");
  });
  const isDown = store.arranged.value.direction === "down";
  return (
    <g class={look} data-edge={`${from}-${to}`}>
      <path class="flow" d={path.forward} marker-end="url(#arrow-value)" />
      <path class="backflow" d={path.backward} marker-end="url(#arrow-gradient)" />
      {label && (
        <>
          {isDown && (
            <rect ref={plate} x={label.x - 31} y={label.y - 15} width={62} height={33} rx={4} />
          )}
          <text class="product" ref={first} x={label.x} y={label.y - 5} />
          <text class="product" ref={second} x={label.x} y={label.y + 15} />
        </>
      )}
    </g>
  );
}

/** How far the line of the gradient runs beside that of the value. */
const BESIDE = 3;

function pathOf(store: Store, { from, to, points }: LayoutRoute) {
  const { places, shapes, direction } = store.arranged.value;
  const down = direction === "down";
  const ends = (shift: number): [number, number][] => {
    const moved = points.map(({ x, y }): [number, number] =>
      down ? [x + shift, y] : [x, y + shift],
    );
    // Downwards, numbers stand between a node and its lines; to the right, lines reach up to the nodes.
    if (down) return moved;
    const edge = (id: number, side: 1 | -1): [number, number] => {
      const [place, shape] = [places.get(id), shapes.get(id)];
      return [
        (place?.x ?? 0) + side * ((shape?.half ?? 0) + (side < 0 ? 1 : 0)),
        (place?.y ?? 0) + shift,
      ];
    };
    return [edge(from, 1), ...moved, edge(to, -1)];
  };
  const draw = line().curve(down ? curveBumpY : curveBumpX);
  return {
    forward: draw(ends(-BESIDE / 2)) ?? "",
    backward: draw(ends(BESIDE).toReversed()) ?? "",
  };
}
