/**
 * An edge of the stage: the line of the value, the dashed line of the gradient, and the number on it. Its product is in
 * its card, which a tap opens, and in its label for screen readers.
 */

import type { LayoutRoute } from "@graddiff/core";
import { curveBumpX, curveBumpY, line } from "d3-shape";
import { useRef } from "preact/hooks";
import { shareOn } from "../instrument/shares.ts";
import { SIZES } from "./arrange.ts";
import type { EdgeLook } from "./arranged.ts";
import { focusable, focusNode } from "./focus.ts";
import type { Store } from "./store.ts";
import { afterPaint, setAttribute, setFitted, useDerived, useLive } from "./useLive.ts";

interface RouteProps {
  readonly store: Store;
  readonly route: LayoutRoute;
}

export function StageRoute({ store, route }: RouteProps) {
  const { from, to, label } = route;
  const arranged = store.arranged.value;
  const edge = arranged.lookOf(route);
  const arrow = (kind: string) => `url(#${store.prefix}-${kind})`;
  const below = useDerived(() => textBelow(store, from), store, from).value;
  const path = pathOf(store, route, edge, below);
  const isReady = useDerived(() => store.progress.value.hasValue(from), store, from);
  const look = useDerived(
    () => {
      const { lit, chosen, chosenEdge } = store;
      const near = lit.value.has(to) || lit.value.has(from) || chosen.value === to;
      const isChosen = chosenEdge.value?.reader === route.reader;
      return [
        "edge",
        `is-${edge.kind}`,
        isReady.value ? "is-ready" : "",
        hasPassed(store, route) ? "is-passed" : "",
        near ? "is-near" : "",
        isChosen && chosenEdge.value?.input === route.input ? "is-chosen" : "",
      ]
        .filter(Boolean)
        .join(" ");
    },
    store,
    route,
    edge.kind,
  );
  const head = useDerived(() => arrow(isReady.value ? "value" : "waiting"), isReady, store);
  const tab = useDerived(() => (isInReach(store, route) ? 0 : -1), store, route);
  const [group, text] = [useRef<SVGGElement>(null), useRef<SVGTextElement>(null)];
  const [plate, flow] = [useRef<SVGRectElement>(null), useRef<SVGPathElement>(null)];
  const hollow = useRef<SVGPathElement>(null);
  useLive(() => {
    const readings = store.readings.value;
    if (edge.kind === "weighted") {
      const weight = store.graph.value.nodes[edge.weight]?.value?.item() ?? 0;
      const width = widthOfWeight(weight);
      setAttribute(flow.current, "stroke-width", width.toFixed(2));
      // The line of a negative weight is hollow.
      setAttribute(hollow.current, "stroke-width", Math.max(0, width - 2.4).toFixed(2));
      setAttribute(hollow.current, "visibility", weight < 0 ? "visible" : "hidden");
    }
    if (label !== undefined) {
      const result = readings.result(route);
      const room = store.arranged.value.edgeWidth - APART;
      setFitted(text.current, result, result.length * SIZES.letter, room);
      setAttribute(plate.current, "class", result === "" ? "plate is-empty" : "plate");
      const width = Math.min(room, result.length * SIZES.letter) + 10;
      setAttribute(plate.current, "width", String(width));
      setAttribute(plate.current, "x", String(label.x - width / 2));
    }
    // The label for screen readers is written after everything visible is painted.
    afterPaint(() => {
      const product = readings.productText(route);
      const name = store.texts.stage.edge(store.nameOf(from), store.nameOf(to));
      setAttribute(group.current, "aria-label", product === "" ? name : `${name}: ${product}`);
    });
  });
  if (edge.kind === "none") return null;
  const open = () => {
    if (edge.kind === "weighted") store.openCard(edge.weight);
    else store.chooseEdge(route);
  };
  const light = (ids: readonly number[]) => {
    store.lit.value = new Set(ids);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = AHEAD.has(event.key) ? to : BACK.has(event.key) ? from : undefined;
    if (next !== undefined) focusNode(next, group.current?.ownerSVGElement);
    else if (event.key === "Enter") open();
    else return;
    event.preventDefault();
  };
  return (
    // biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it is read as an image, and may be tapped, too.
    <g
      class={look}
      ref={group}
      role="img"
      data-edge={`${from}-${to}`}
      tabindex={tab}
      onClick={open}
      onKeyDown={onKeyDown}
      onFocus={() => light([from, to])}
      onBlur={() => light([])}
      onPointerEnter={() => light([from, to])}
      onPointerLeave={() => light([])}
    >
      <path class="hit" d={path.forward} />
      <path class="flow" ref={flow} d={path.forward} marker-end={path.hasHead ? head : undefined} />
      {edge.kind === "weighted" && <path class="hollow" ref={hollow} d={path.forward} />}
      {edge.kind !== "bias" && (
        <Beside store={store} back={path.back} beside={path.beside} arrow={arrow} />
      )}
      {label && (
        <>
          <rect ref={plate} class="plate is-empty" y={label.y - 10} height={20} rx={9} />
          <text class="result" ref={text} x={label.x} y={label.y + 4.5} />
        </>
      )}
    </g>
  );
}

interface BesideProps {
  readonly store: Store;
  readonly back: string;
  readonly beside: string;
  readonly arrow: (kind: string) => string;
}

/** Shows the second number on an edge: a gradient or a share, which goes back, or a tangent, which goes forward. */
function Beside({ store, back, beside, arrow }: BesideProps) {
  if (store.mode.value.kind === "forward") {
    return <path class="beside tangent" d={beside} marker-end={arrow("tangent")} />;
  }
  const kind = store.lesson.value.forwardOnly ? "share" : "gradient";
  return <path class={`beside ${kind}`} d={back} marker-end={arrow(kind)} />;
}

/** The arrow keys that lead along an edge and back, for every direction of the drawing. */
const AHEAD: ReadonlySet<string> = new Set(["ArrowRight", "ArrowDown"]);
const BACK: ReadonlySet<string> = new Set(["ArrowLeft", "ArrowUp"]);

/** True if the Tab key reaches an edge: it is the chosen one, or an edge of the focusable node. */
function isInReach(store: Store, { reader, input, from, to }: LayoutRoute): boolean {
  const edge = store.chosenEdge.value;
  if (edge !== undefined) return edge.reader === reader && edge.input === input;
  const id = focusable(store);
  return from === id || to === id;
}

/** Returns the width of the line of a weight, in pixels. */
function widthOfWeight(weight: number): number {
  const width = 1.4 + 5.6 * Math.min(1, Math.abs(weight));
  return Number.isFinite(width) ? width : 7;
}

/** True if the second number of an edge is computed: a gradient, a share or a tangent. */
function hasPassed(store: Store, route: LayoutRoute): boolean {
  const { mode, progress, tangents, shares } = store;
  // An edit does not change the names by which shares are found.
  if (shares.value !== undefined)
    return shareOn(shares.value, store.graph.peek(), route) !== undefined;
  if (mode.value.kind === "reverse") return progress.value.hasFlowed(route);
  return progress.value.hasTangent(route.to) && tangents.value[route.from] !== undefined;
}

/** The least distance between two texts that fill their rooms. */
const APART = 6;

/** The distance of the gradient's line from the value's line. */
const BESIDE = 3;

interface EdgePath {
  readonly forward: string;
  readonly beside: string;
  readonly back: string;
  readonly hasHead: boolean;
}

/** The distance between a shape or a text and a line that goes down from it. */
const GAP = 3;

/** Returns the height of the texts below a node in a drawing that goes down, in units of the drawing. */
function textBelow(store: Store, id: number): number {
  if (store.arranged.value.direction !== "down") return 0;
  const hint = store.idOf(store.step.value.drag) === id && !store.isChanged() ? 1 : 0;
  const lines = store.readings.value.below(id).filter((line) => line !== "").length;
  return Math.max(hint, lines) * SIZES.text;
}

function pathOf(store: Store, route: LayoutRoute, look: EdgeLook, below: number): EdgePath {
  const { places, shapes, direction } = store.arranged.value;
  const { from, to, points } = route;
  if (direction === "network") return straight(store, route, look);
  const down = direction === "down";
  const ends = (shift: number): [number, number][] => {
    const moved = points.map(({ x, y }): [number, number] =>
      down ? [x + shift, y] : [x, y + shift],
    );
    // In a drawing that goes down, numbers are between a node and its lines; in one to the right, lines reach the
    // nodes.
    if (down) {
      const [first = [0, 0], last = [0, 0]] = [moved[0], moved.at(-1)];
      const [start, end] = [places.get(from)?.y ?? 0, places.get(to)?.y ?? 0];
      const [above, beneath] = [shapes.get(to), shapes.get(from)];
      const names = above?.name === "" ? 1 : 2;
      const top = start + (beneath?.halfHeight ?? 0) + below + GAP;
      const bottom = end - (above?.halfHeight ?? 0) - names * SIZES.text - GAP;
      return [[first[0], Math.min(first[1], top)], ...moved, [last[0], Math.max(last[1], bottom)]];
    }
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
    hasHead: true,
  };
}

/** Returns a line of a network, from the border of one shape to the border of the other. */
function straight(store: Store, { from, to, points }: LayoutRoute, look: EdgeLook): EdgePath {
  const { shapes } = store.arranged.value;
  const [start, end] = points;
  if (start === undefined || end === undefined) {
    return { forward: "", beside: "", back: "", hasHead: false };
  }
  const [dx, dy] = [end.x - start.x, end.y - start.y];
  const length = Math.hypot(dx, dy) || 1;
  const [ux, uy] = [dx / length, dy / length];
  const [first, last] = [reach(shapes.get(from), ux, uy), reach(shapes.get(to), ux, uy)];
  const line = (shift: number, isBack: boolean): string => {
    const [ox, oy] = [-uy * shift, ux * shift];
    const a = `${round(start.x + ux * first + ox)} ${round(start.y + uy * first + oy)}`;
    const b = `${round(end.x - ux * last + ox)} ${round(end.y - uy * last + oy)}`;
    return isBack ? `M${b}L${a}` : `M${a}L${b}`;
  };
  const apart = look.kind === "weighted" ? 5.5 : BESIDE;
  return {
    forward: line(look.kind === "weighted" ? 0 : -BESIDE / 2, false),
    beside: line(apart, false),
    back: line(apart, true),
    hasHead: look.kind !== "bias",
  };
}

const round = (value: number) => Math.round(value * 10) / 10;

/** Returns the distance from the middle of a shape to its border, in a direction. */
function reach(
  shape: { readonly kind: string; readonly half: number; readonly halfHeight: number } | undefined,
  ux: number,
  uy: number,
): number {
  if (shape === undefined) return 0;
  const { half, halfHeight, kind } = shape;
  if (kind === "circle" && half <= halfHeight) return halfHeight + 1;
  return Math.min(half / Math.abs(ux || 1e-9), halfHeight / Math.abs(uy || 1e-9)) + 1;
}
