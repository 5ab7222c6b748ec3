/**
 * The position of the card: beside its node or edge, so that it hides as little of the drawing as possible; on a phone
 * at the bottom of the window.
 */

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { type Arranged, MARGIN } from "./arranged.ts";
import { focusOwner } from "./focus.ts";
import { later } from "./Later.tsx";
import type { Store } from "./store.ts";

const Card = later(async () => (await import("./Card.tsx")).Card);

/**
 * The width from which on a window shows everything at once; narrower pages scroll, and are high enough for any card.
 */
const WHOLE = 1100;

/** True if the window shows the whole stage. It is computed again when the presenter's view begins or ends. */
export function isWhole({ isEmbedded, isPresented }: Store): boolean {
  return window.innerWidth >= WHOLE || isEmbedded || isPresented.value;
}

/** Returns the drawing of a stage in its window. */
function drawingOf({ prefix }: Store): SVGElement | null {
  return document.querySelector(`#${prefix}-canvas svg.graph`);
}

/** The width below which the card is a sheet at the bottom of the window. */
const SHEET = 700;
const APART = 12;

interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

interface Spot {
  readonly left: number;
  readonly top: number;
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
    const drawing = drawingOf(store);
    const canvas = drawing?.parentElement;
    if (element === null || !drawing || !canvas) return;
    const isSheet = window.innerWidth < SHEET && !store.isEmbedded;
    const size = { width: roundUp(element.offsetWidth), height: roundUp(element.offsetHeight) };
    const { width, height } = store.cardSize.peek() ?? {};
    if (isSheet) store.cardSize.value = undefined;
    else if (size.width !== width || size.height !== height) store.cardSize.value = size;
    drawing.style.removeProperty("transform");
    if (isSheet) {
      element.style.removeProperty("left");
      element.style.removeProperty("top");
      return;
    }
    const rects = rectsOf(store, canvas, drawing);
    const { place, shift } = placeOf(element, canvas, drawing, rects, isWhole(store));
    element.style.left = `${Math.round(place.left)}px`;
    element.style.top = `${Math.round(place.top)}px`;
    if (shift.left === 0 && shift.top === 0) return;
    drawing.style.transform = `translate(${Math.round(shift.left)}px, ${Math.round(shift.top)}px)`;
  };
  // A layout effect runs before the next paint, so that the drawing is never shifted without its card.
  useLayoutEffect(() => {
    arrange();
    return () => drawingOf(store)?.style.removeProperty("transform");
  }, [isOpen, chosen, edge, arranged]);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    // The card is arranged again when its size changes, since its content comes later and changes with the numbers.
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

/** The sizes of the card are rounded up to a multiple of these pixels. */
const GRAIN = 12;

function roundUp(size: number): number {
  return Math.ceil(size / GRAIN) * GRAIN;
}

/** Rectangles in pixels of the stage. */
interface Rects {
  /** The rectangle of the card's subject. */
  readonly target: Rect;
  /** All other nodes with their numbers, and the results on edges. */
  readonly others: readonly Rect[];
  /** The room that the drawing leaves for the card. */
  readonly room: Rect | undefined;
}

function rectsOf(store: Store, canvas: HTMLElement, drawing: SVGElement): Rects {
  const { places, shapes, scale, layout, edgeWidth, card } = store.arranged.value;
  const origin = canvas.offsetParent?.getBoundingClientRect();
  const box = drawing.getBoundingClientRect();
  const left = box.left - (origin?.left ?? 0);
  const top = box.top - (origin?.top ?? 0);
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
  const labels = layout.routes.flatMap(({ label }) =>
    label === undefined ? [] : [rect(label.x, label.y, edgeWidth / 2, 10)],
  );
  const others = [...[...places.keys()].filter((each) => each !== id).map(nodeRect), ...labels];
  const room = card && rect(card.x, card.y, card.half, card.halfHeight);
  if (route !== undefined) {
    const { x, y } = route.label ?? middleOf(route.points, layout);
    return { target: rect(x, y, 30, 14), others, room };
  }
  return { target: nodeRect(id ?? -1), others, room };
}

function middleOf(
  points: Arranged["layout"]["routes"][number]["points"],
  layout: Arranged["layout"],
): { readonly x: number; readonly y: number } {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return { x: layout.width / 2, y: 0 };
  return { x: (first.x + last.x) / 2, y: (first.y + last.y) / 2 };
}

/** The pixels by which the card extends above its room, into the margin above the drawing. */
const EDGE = 4;

/**
 * The most rectangles for which all positions are tried; with more, only the four sides of the target are tried.
 */
const MOST_SEARCHED = 160;

/** The pixels between two positions that are tried. */
const STEP = 24;

/**
 * Returns the position of the card in the stage, and the shift of the drawing for it. The best position hides least of
 * the target, then least of other parts, and is nearest to the target.
 */
function placeOf(
  card: HTMLElement,
  canvas: HTMLElement,
  drawing: SVGElement,
  { target, others, room }: Rects,
  isInside: boolean,
): { readonly place: Spot; readonly shift: Spot } {
  const { offsetWidth: width, offsetHeight: height } = card;
  const { offsetLeft, offsetTop, clientWidth, clientHeight } = canvas;
  const within = (wanted: number, start: number, room: number, size: number) =>
    Math.max(start + 4, Math.min(wanted, start + room - size - 4));
  const fitted = ({ left, top }: Spot): Spot => ({
    left: within(left, offsetLeft, clientWidth, width),
    // If the page scrolls, a card may extend below a low stage.
    top: isInside ? within(top, offsetTop, clientHeight, height) : Math.max(offsetTop + 4, top),
  });
  if (room !== undefined) {
    const middle = room.left + (room.width - width) / 2;
    return { place: fitted({ left: middle, top: room.top - EDGE }), shift: NO_SHIFT };
  }
  const isLarge = others.length > MOST_SEARCHED;
  const lowestInside = offsetTop + clientHeight - height - 4;
  // Positions below the stage are tried only as far as the window shows them.
  const seen = window.innerHeight - canvas.getBoundingClientRect().top + offsetTop - height - 4;
  const bottom = isInside
    ? lowestInside
    : Math.max(lowestInside, Math.min(offsetTop + clientHeight, seen));
  let best = { place: fitted({ left: 0, top: 0 }), shift: NO_SHIFT };
  let least = Infinity;
  for (const shift of isLarge ? [NO_SHIFT] : shiftsOf(canvas, drawing)) {
    const at = moved(target, shift);
    const middle = at.left + at.width / 2 - width / 2;
    const level = at.top + at.height / 2 - height / 2;
    const lowest = at.top + at.height + APART;
    const spots = [
      { left: middle, top: lowest },
      { left: at.left + at.width + APART, top: level },
      { left: at.left - width - APART, top: level },
      { left: middle, top: at.top - height - APART },
    ].map(fitted);
    if (!isLarge) {
      for (let top = offsetTop + 4; top <= bottom; top += STEP) {
        for (let left = offsetLeft + 4; left <= offsetLeft + clientWidth - width - 4; left += STEP)
          spots.push({ left, top });
      }
    }
    const rects = others.map((other) => moved(other, shift));
    for (const place of spots) {
      const rect = { ...place, width, height };
      const cost = costOf(rect, at, rects) + (shift === NO_SHIFT ? 0 : COSTS.shift);
      if (cost < least) [least, best] = [cost, { place, shift }];
    }
  }
  return best;
}

const NO_SHIFT: Spot = { left: 0, top: 0 };

/** Returns the shifts to try: none, and to each side of the window. */
function shiftsOf(canvas: HTMLElement, drawing: SVGElement): Spot[] {
  const box = drawing.getBoundingClientRect();
  const [across, down] = [
    Math.max(0, (canvas.clientWidth - box.width) / 2),
    Math.max(0, (canvas.clientHeight - box.height) / 2),
  ];
  const ways = (free: number) => (free < 1 ? [0] : [0, -free, free]);
  return ways(across).flatMap((left) =>
    ways(down).map((top) => (left === 0 && top === 0 ? NO_SHIFT : { left, top })),
  );
}

/** The costs of a position, in units of a hidden square pixel. */
const COSTS = {
  /** The cost of each hidden square pixel of the target. */
  target: 50,
  /** The cost of each partly hidden rectangle, besides its area. */
  hidden: 2000,
  /** The cost of each pixel between the card and its target. */
  distance: 12,
  /** The cost of a shift of the drawing. */
  shift: 3000,
};

function costOf(card: Rect, target: Rect, others: readonly Rect[]): number {
  const between = (start: number, size: number, from: number, length: number) =>
    Math.max(0, start - from - length, from - start - size);
  const distance = Math.hypot(
    between(card.left, card.width, target.left, target.width),
    between(card.top, card.height, target.top, target.height),
  );
  let cost = COSTS.target * overlap(card, target) + COSTS.distance * distance;
  for (const other of others) {
    const area = overlap(card, other);
    if (area > 0) cost += COSTS.hidden + area;
  }
  return cost;
}

function moved(rect: Rect, { left, top }: Spot): Rect {
  return { ...rect, left: rect.left + left, top: rect.top + top };
}

/** Returns the area that two rectangles have in common. */
function overlap(a: Rect, b: Rect): number {
  const across = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const down = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  return across > 0 && down > 0 ? across * down : 0;
}
