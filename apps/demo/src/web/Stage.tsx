/**
 * The stage: the graph as keyed SVG. An edit changes texts in place; nothing is laid out again.
 */

import type { GraphLayout } from "@graddiff/core";
import { useEffect, useRef } from "preact/hooks";
import { badge, StageNode } from "./StageNode.tsx";
import { StageRoute } from "./StageRoute.tsx";
import type { Store, View } from "./store.ts";
import { Toolbar } from "./Toolbar.tsx";
import { useDerived } from "./useLive.ts";

const MARGIN = 8;

/** So much of the window is left for the timeline and what stands around the stage. */
const RESERVED = 262;
const LEAST_HEIGHT = 340;

export function Stage({ store }: { readonly store: Store }) {
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
      const height = Math.max(LEAST_HEIGHT, window.innerHeight - RESERVED);
      const { width: before, height: beforeHeight } = store.box.value;
      if (width > 0 && (width !== before || height !== beforeHeight)) {
        store.box.value = { width, height };
      }
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
    <section class="stage" aria-label={title}>
      <Toolbar store={store} />
      {/* What scrolls must be reached by keyboard. */}
      <div class="canvas" ref={box} tabIndex={scrolls ? 0 : undefined}>
        <Drawing store={store} />
      </div>
      <Legend store={store} />
    </section>
  );
}

/** Whether the graph is larger than its window, which the style limits as well. */
function isLarger(store: Store): boolean {
  const { layout, scale } = store.arranged.value;
  const highest = Math.max(480, 0.78 * window.innerHeight);
  const room = 2 * MARGIN * scale;
  return (
    layout.width * scale + room > store.box.value.width + 2 * MARGIN ||
    layout.height * scale + room > highest
  );
}

/** So many pixels around the window are drawn in advance. */
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
      width={Math.round(width * scale)}
      height={Math.round(height * scale)}
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
    </svg>
  );
}

/** Smaller graphs are drawn as a whole. */
const MOST_WHOLE = 80;

/** What stands in the window of the stage or near it: a large graph is drawn in parts. */
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
    () => store.arranged.value.layout.nodes.some(({ id }) => badge(store, id).startsWith(" ✓")),
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
