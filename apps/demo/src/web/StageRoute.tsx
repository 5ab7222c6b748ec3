/**
 * An edge of the stage: the line of the value, the dashed line of the gradient, and the product on it.
 */

import type { LayoutRoute } from "@graddiff/core";
import { curveBumpX, curveBumpY, line } from "d3-shape";
import { useRef } from "preact/hooks";
import { shareOn } from "../instrument/shares.ts";
import { SIZES } from "./arrange.ts";
import type { Store } from "./store.ts";
import { setAttribute, setFitted, useDerived, useLive } from "./useLive.ts";

interface RouteProps {
  readonly store: Store;
  readonly route: LayoutRoute;
}

export function StageRoute({ store, route }: RouteProps) {
  const { from, to, label } = route;
  const arrow = (kind: string) => `url(#${store.prefix}-${kind})`;
  const path = pathOf(store, route);
  const isReady = useDerived(() => store.progress.value.hasValue(from), store, from);
  const look = useDerived(
    () => {
      const { lit, chosen } = store;
      const near = lit.value.has(to) || lit.value.has(from) || chosen.value === to;
      return [
        "edge",
        isReady.value ? "is-ready" : "",
        hasPassed(store, route) ? "is-passed" : "",
        near ? "is-near" : "",
      ]
        .filter(Boolean)
        .join(" ");
    },
    store,
    route,
  );
  const head = useDerived(() => arrow(isReady.value ? "value" : "waiting"), isReady, store);
  const [first, second] = [useRef<SVGTextElement>(null), useRef<SVGTextElement>(null)];
  const plate = useRef<SVGRectElement>(null);
  useLive(() => {
    if (label === undefined) return;
    const [factors, contribution] = store.readings.value.product(route);
    const room = store.arranged.value.edgeWidth - APART;
    setFitted(first.current, factors, factors.length * SIZES.letter, room);
    setFitted(second.current, contribution, contribution.length * SIZES.letter, room);
    setAttribute(plate.current, "class", factors === "" ? "plate is-empty" : "plate");
  });
  const plateWidth = store.arranged.value.edgeWidth - APART;
  const isDown = store.arranged.value.direction === "down";
  return (
    <g class={look} data-edge={`${from}-${to}`}>
      <path class="flow" d={path.forward} marker-end={head} />
      {store.mode.value.kind === "forward" ? (
        <path class="beside tangent" d={path.beside} marker-end={arrow("tangent")} />
      ) : store.lesson.value.forwardOnly ? (
        <path class="beside share" d={path.back} marker-end={arrow("share")} />
      ) : (
        <path class="beside gradient" d={path.back} marker-end={arrow("gradient")} />
      )}
      {label && (
        <>
          {isDown && (
            <rect
              ref={plate}
              x={label.x - plateWidth / 2}
              y={label.y - 15}
              width={plateWidth}
              height={33}
              rx={4}
            />
          )}
          <text class="product" ref={first} x={label.x} y={label.y - 5} />
          <text class="product" ref={second} x={label.x} y={label.y + 15} />
        </>
      )}
    </g>
  );
}

/** Whether something besides the value has gone along an edge: a gradient or a share back, or a tangent forward. */
function hasPassed(store: Store, route: LayoutRoute): boolean {
  const { mode, progress, tangents, shares } = store;
  // No edit changes the names by which shares are found.
  if (shares.value !== undefined)
    return shareOn(shares.value, store.graph.peek(), route) !== undefined;
  if (mode.value.kind === "reverse") return progress.value.hasFlowed(route);
  return progress.value.hasValue(route.to) && tangents.value[route.from] !== undefined;
}

/** So much stands between two texts that need all of their rooms. */
const APART = 6;

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
    beside: draw(ends(BESIDE)) ?? "",
    back: draw(ends(BESIDE).toReversed()) ?? "",
  };
}
