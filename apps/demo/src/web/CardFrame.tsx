/**
 * Where the card stands: beside what it is of, so that it hides neither that nor more than it must; on a phone at the
 * bottom of the window.
 */

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { type Arranged, MARGIN } from "./arranged.ts";
import { focusOwner } from "./focus.ts";
import { later } from "./Later.tsx";
import type { Store } from "./store.ts";

const Card = later(async () => (await import("./Card.tsx")).Card);

/** Pages that are narrower scroll, and are high enough for any card. */
const WHOLE = 1100;

/** The sheet takes the bottom of windows that are narrower. */
const SHEET = 700;
const APART = 12;

interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export function CardFrame({ store }: { readonly store: Store }) {
  const frame = useRef<HTMLElement>(null);
  const isOpen =
    store.state.value.card &&
    (store.chosen.value !== undefined || store.chosenEdge.value !== undefined);
  const chosen = store.chosen.value;
  const edge = store.chosenEdge.value;
  const arranged = store.arranged.value;
  const arrange = () => {
    const element = frame.current;
    const canvas = document.getElementById(`${store.prefix}-canvas`);
    if (element === null || canvas === null) return;
    if (window.innerWidth < SHEET && !store.isEmbedded) {
      element.style.removeProperty("left");
      element.style.removeProperty("top");
      return;
    }
    const { target, others } = rectsOf(store, canvas);
    const place = placeOf(element, canvas, target, others);
    element.style.left = `${Math.round(place.left)}px`;
    element.style.top = `${Math.round(place.top)}px`;
  };
  useLayoutEffect(arrange, [isOpen, chosen, edge, arranged]);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    // Its content comes later, and changes with the numbers.
    const observer = new ResizeObserver(arrange);
    observer.observe(element);
    return () => observer.disconnect();
  }, [isOpen, chosen, edge, arranged]);
  if (!isOpen) return null;
  return (
    <section
      class="card node-panel"
      ref={frame}
      aria-label={store.texts.node.heading}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        store.closeCard();
        focusOwner(store);
      }}
    >
      <Card store={store} />
    </section>
  );
}

/** What the card is of, and all nodes beside it, in pixels of the stage. */
function rectsOf(
  store: Store,
  canvas: HTMLElement,
): { readonly target: Rect; readonly others: readonly Rect[] } {
  const { places, shapes, scale, layout } = store.arranged.value;
  const svg = canvas.querySelector("svg.graph");
  const origin = canvas.offsetParent?.getBoundingClientRect();
  const box = svg?.getBoundingClientRect();
  const left = (box?.left ?? 0) - (origin?.left ?? 0);
  const top = (box?.top ?? 0) - (origin?.top ?? 0);
  const rect = (x: number, y: number, half: number, halfHeight: number): Rect => ({
    left: left + (x + MARGIN - half) * scale,
    top: top + (y + MARGIN - halfHeight) * scale,
    width: 2 * half * scale,
    height: 2 * halfHeight * scale,
  });
  const nodeRect = (id: number) => {
    const [place, shape] = [places.get(id), shapes.get(id)];
    const room = shape?.numbers === "inside" ? 0 : 34;
    return rect(place?.x ?? 0, place?.y ?? 0, shape?.half ?? 0, (shape?.halfHeight ?? 0) + room);
  };
  const route = store.chosenEdge.value;
  const id = route === undefined ? (store.chosen.value ?? -1) : undefined;
  const others = [...places.keys()].filter((each) => each !== id).map(nodeRect);
  if (route !== undefined) {
    const { x, y } = route.label ?? middleOf(route.points, layout);
    return { target: rect(x, y, 30, 14), others };
  }
  return { target: nodeRect(id ?? -1), others };
}

function middleOf(
  points: Arranged["layout"]["routes"][number]["points"],
  layout: Arranged["layout"],
): { readonly x: number; readonly y: number } {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return { x: layout.width / 2, y: 0 };
  return { x: (first.x + last.x) / 2, y: (first.y + last.y) / 2 };
}

/** The place of the card in the stage: on the side of its target on which it hides least of that, and then of the others. */
function placeOf(
  card: HTMLElement,
  canvas: HTMLElement,
  target: Rect,
  others: readonly Rect[],
): Pick<Rect, "left" | "top"> {
  const { offsetWidth: width, offsetHeight: height } = card;
  const { offsetLeft, offsetTop, clientWidth, clientHeight } = canvas;
  const scrolls = window.innerWidth < WHOLE && height > clientHeight - 8;
  const middle = target.left + target.width / 2 - width / 2;
  const level = target.top + target.height / 2 - height / 2;
  const sides = [
    { left: middle, top: target.top + target.height + APART },
    { left: target.left + target.width + APART, top: level },
    { left: target.left - width - APART, top: level },
    { left: middle, top: target.top - height - APART },
  ];
  const within = (wanted: number, start: number, room: number, size: number) =>
    Math.max(start + 4, Math.min(wanted, start + room - size - 4));
  const fitted = sides.map(({ left, top }) => ({
    left: within(left, offsetLeft, clientWidth, width),
    // Where the page scrolls a card may reach below a low stage.
    top: scrolls ? Math.max(offsetTop + 4, top) : within(top, offsetTop, clientHeight, height),
  }));
  const ranked = fitted.map((place) => {
    const rect = { ...place, width, height };
    const hidden = others.reduce((sum, other) => sum + overlap(rect, other), 0);
    return { place, target: overlap(rect, target), hidden };
  });
  return ranked.reduce((best, each) => {
    const isBetter =
      each.target < best.target || (each.target === best.target && each.hidden < best.hidden);
    return isBetter ? each : best;
  }).place;
}

/** The area that two rectangles have in common. */
function overlap(a: Rect, b: Rect): number {
  const across = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const down = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  return across > 0 && down > 0 ? across * down : 0;
}
