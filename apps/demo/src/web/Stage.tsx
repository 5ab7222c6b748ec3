/**
 * The stage: the graph as keyed SVG. An edit changes texts in place, without a new layout. The card of the chosen node
 * or edge is on the stage.
 */

import type { GraphLayout } from "@graddiff/core";
import { useEffect, useRef } from "preact/hooks";
import { MARGIN } from "./arranged.ts";
import { CardFrame, isWhole } from "./CardFrame.tsx";
import { Menu } from "./Menu.tsx";
import { badge, StageNode } from "./StageNode.tsx";
import { StageRoute } from "./StageRoute.tsx";
import type { Store, View } from "./store.ts";
import { useDerived } from "./useLive.ts";

/** The part of the window's height that a stage has if the page scrolls, and its least height. */
const PART = 0.52;
const LEAST_HEIGHT = 330;

interface StageProps {
  readonly store: Store;
  /** True if the stage is beside another one, and has no menu and no legend. */
  readonly isPlain?: boolean;
  /** The name that distinguishes the stage from the other one, for screen readers. */
  readonly side?: string;
}

export function Stage({ store, side, isPlain = false }: StageProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const look = () => {
      const { scrollLeft: left, scrollTop: top, clientWidth, clientHeight } = element;
      const next = { left, top, right: left + clientWidth, bottom: top + clientHeight };
      if (!isNear(store.view.value, next)) store.view.value = next;
    };
    const measure = () => {
      const width = element.clientWidth - 2 * MARGIN;
      const isAtOnce = isWhole(store);
      const room = isAtOnce ? element.clientHeight : window.innerHeight * PART;
      const height = Math.max(isAtOnce ? 200 : LEAST_HEIGHT, room) - 2 * MARGIN;
      const { width: before, height: beforeHeight } = store.box.value;
      const isOther = width !== before || height !== beforeHeight;
      if (width > 0 && isOther) store.box.value = { width, height };
    };
    measure();
    look();
    element.addEventListener("scroll", look, { passive: true });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    window.addEventListener("resize", measure);
    return () => {
      element.removeEventListener("scroll", look);
      observer.disconnect();
      window.removeEventListener("resize", measure);
    };
  }, [store]);
  const title = store.texts.stage.label(store.texts.lessons[store.lesson.value.name].title);
  const scrolls = isLarger(store);
  return (
    <section class="stage" aria-label={side === undefined ? title : `${title}: ${side}`}>
      {/* A scrolling part must be reachable by keyboard. */}
      <div
        class="canvas"
        id={`${store.prefix}-canvas`}
        ref={box}
        tabIndex={scrolls ? 0 : undefined}
      >
        <Drawing store={store} />
      </div>
      {!isPlain && <CardFrame store={store} />}
      {!isPlain && !store.isEmbedded && (
        <div class="stage-foot">
          {store.panel.value === "none" ? <span /> : <Legend store={store} />}
          <Menu store={store} />
        </div>
      )}
    </section>
  );
}

/** True if the graph is larger than its window. */
function isLarger(store: Store): boolean {
  const { layout, scale } = store.arranged.value;
  const { width, height } = store.box.value;
  const margin = 2 * MARGIN;
  return (
    (layout.width + margin) * scale > width + margin + 1 ||
    (layout.height + margin) * scale > height + margin + 1
  );
}

/** The number of pixels around the window that are drawn in advance. */
const AHEAD = 400;

function isNear(a: View, b: View): boolean {
  return [a.left - b.left, a.right - b.right, a.top - b.top, a.bottom - b.bottom].every(
    (distance) => Math.abs(distance) < AHEAD / 2,
  );
}

function Drawing({ store }: { readonly store: Store }) {
  const { layout, scale, direction } = store.arranged.value;
  const lesson = store.lesson.value.name;
  const [width, height] = [layout.width + 2 * MARGIN, layout.height + 2 * MARGIN];
  const label = store.texts.stage.label(store.texts.lessons[lesson].title);
  const mode = useDerived(() => {
    const { detailed } = store.arranged.value;
    const what = store.lesson.value.forwardOnly ? "shares" : store.mode.value.kind;
    const isChecked = store.checks.graph.value === store.graph.value;
    return [
      "graph",
      `mode-${what}`,
      store.arranged.value.direction,
      detailed ? "" : "is-narrow",
      isChecked ? "" : "is-unchecked",
    ]
      .filter(Boolean)
      .join(" ");
  }, store);
  const seen = seenPart(store);
  const sighted = [...seen.nodes].sort((a, b) =>
    direction === "down" ? a.y - b.y || a.x - b.x : a.x - b.x || a.y - b.y,
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: no other element draws.
    <svg
      key={lesson}
      class={mode}
      role="group"
      aria-label={label}
      width={Math.floor(width * scale)}
      height={Math.floor(height * scale)}
      viewBox={`${-MARGIN} ${-MARGIN} ${width} ${height}`}
    >
      <defs>
        {ARROWS.map((id) => (
          <Arrow key={id} id={`${store.prefix}-${id}`} kind={id} />
        ))}
      </defs>
      {seen.routes.map((route) => (
        <StageRoute key={`${lesson} ${route.reader} ${route.input}`} store={store} route={route} />
      ))}
      {sighted.map(({ id }) => (
        <StageNode key={`${lesson} ${id}`} store={store} id={id} />
      ))}
      <DragHint store={store} />
    </svg>
  );
}

/** Shows at a number the hint that it can be dragged, until a number was changed. */
function DragHint({ store }: { readonly store: Store }) {
  const id = store.idOf(store.step.value.drag);
  const [place, shape] = [
    store.arranged.value.places.get(id ?? -1),
    store.arranged.value.shapes.get(id ?? -1),
  ];
  if (place === undefined || shape === undefined || store.isChanged()) return null;
  return (
    <text class="drag-hint" x={place.x} y={place.y + shape.halfHeight + 16}>
      {store.texts.stage.drag}
    </text>
  );
}

/** The most nodes of a graph that is always drawn as a whole. */
const MOST_WHOLE = 80;

/** Returns the nodes and edges in the window of the stage or near it: a large graph is drawn in parts. */
function seenPart(store: Store): Pick<GraphLayout, "nodes" | "routes"> {
  const { layout, scale } = store.arranged.value;
  if (layout.nodes.length <= MOST_WHOLE) return layout;
  const view = store.view.value;
  const [left, right] = [(view.left - AHEAD) / scale, (view.right + AHEAD) / scale];
  const [top, bottom] = [(view.top - AHEAD) / scale, (view.bottom + AHEAD) / scale];
  const isInside = (x: number, y: number) => x > left && x < right && y > top && y < bottom;
  return {
    nodes: layout.nodes.filter(({ x, y }) => isInside(x, y)),
    routes: layout.routes.filter(({ points }) => {
      const [first, last] = [points[0], points.at(-1)];
      if (first === undefined || last === undefined) return false;
      const passes = first.x < right && last.x > left && first.y < bottom && last.y > top;
      return passes || isInside(first.x, first.y) || isInside(last.x, last.y);
    }),
  };
}

const ARROWS = ["waiting", "value", "gradient", "tangent", "share"] as const;

function Arrow({ id, kind }: { readonly id: string; readonly kind: string }) {
  return (
    <marker
      id={id}
      class={`arrow-${kind}`}
      viewBox="0 0 8 8"
      refX="7"
      refY="4"
      markerWidth="7"
      markerHeight="7"
      markerUnits="userSpaceOnUse"
      orient="auto"
    >
      <path d="M0 0.5L8 4L0 7.5Z" />
    </marker>
  );
}

function Legend({ store }: { readonly store: Store }) {
  const { stage } = store.texts;
  const mode = store.mode.value;
  const hasBadges = useDerived(
    () =>
      store.arranged.value.direction !== "network" &&
      store.arranged.value.layout.nodes.some(({ id }) => badge(store, id).startsWith(" ✓")),
    store,
  ).value;
  return (
    <p class="legend">
      <span class="key value">{stage.legendValue}</span>
      {store.lesson.value.forwardOnly ? (
        store.shares.value !== undefined && <span class="key share">{stage.legendShare}</span>
      ) : mode.kind === "reverse" ? (
        <>
          <span class="key gradient">{stage.legendGradient}</span>
          {hasBadges && <span class="key check">✓ {stage.legendCheck}</span>}
        </>
      ) : (
        <span class="key tangent">
          {stage.legendTangent(store.nameOf(store.idOf(mode.by) ?? 0))}
        </span>
      )}
    </p>
  );
}
