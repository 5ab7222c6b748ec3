/**
 * A node of the stage: its operation, with the value above and the gradient below; the shape is hollow until its value
 * is computed.
 */

import { useRef } from "preact/hooks";
import { SIZES } from "./arrange.ts";
import type { Shape } from "./arranged.ts";
import { focusable, focusNode } from "./focus.ts";
import { neighbour } from "./neighbour.ts";
import { nodeLabel } from "./nodeLabel.ts";
import type { Store } from "./store.ts";
import { widthOf } from "./textWidth.ts";
import { useDrag } from "./useDrag.ts";
import {
  afterPaint,
  fit,
  setAttribute,
  setFitted,
  setText,
  useDerived,
  useLive,
} from "./useLive.ts";

interface NodeProps {
  readonly store: Store;
  readonly id: number;
}

export function StageNode({ store, id }: NodeProps) {
  const arranged = store.arranged.value;
  const [place, shape] = [arranged.places.get(id), arranged.shapes.get(id)];
  const group = useRef<SVGGElement>(null);
  const look = useDerived(
    () =>
      [
        "node",
        `is-${store.arranged.value.shapes.get(id)?.kind}`,
        store.arranged.value.shapes.get(id)?.numbers === "left" ? "is-left" : "",
        store.graph.peek().nodes[id]?.kind ?? "",
        store.progress.value.hasValue(id) ? "has-value" : "is-hollow",
        store.isAdjusted(id) ? "is-adjusted" : "",
        store.chosen.value === id ? "is-chosen" : "",
        store.lit.value.has(id) ? "is-lit" : "",
        isCurrent(store, id) ? "is-current" : "",
        (store.moved.value.get(id) ?? 0) > 0 ? "is-moved" : "",
      ]
        .filter(Boolean)
        .join(" "),
    store,
    id,
  );
  const grip = useRef<SVGGElement>(null);
  useLive(() => {
    // The label is computed from the readings, so the effect subscribes to them.
    store.readings.value;
    afterPaint(() => setAttribute(grip.current, "aria-label", nodeLabel(store, id)));
  });
  const tab = useDerived(() => (focusable(store) === id ? 0 : -1), store, id);
  const drag = useDrag(store, id);
  if (place === undefined || shape === undefined) return null;
  const { x, y } = place;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = neighbour(store.arranged.value, id, event.key);
    if (next !== undefined) {
      event.preventDefault();
      store.choose(next);
      focusNode(next, group.current?.ownerSVGElement);
      return;
    }
    if (event.key === "+" || event.key === "=") store.addTo(id, store.stepOf(id));
    else if (event.key === "-" || event.key === "−") store.addTo(id, -store.stepOf(id));
    else if (event.key === "Enter") openFocused(store, id);
    else if (event.key === "Escape" && store.state.value.card) store.closeCard();
    else return;
    event.preventDefault();
  };
  return (
    <g class={look} ref={group}>
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: the texts of a button would be its name. */}
      <g
        class="grip"
        ref={grip}
        data-node={id}
        role="img"
        // The attribute of SVG is in small letters: with tabIndex, Firefox reaches no node.
        tabindex={tab}
        onFocus={() => store.choose(id)}
        onKeyDown={onKeyDown}
        onPointerEnter={() => {
          store.lit.value = new Set([id]);
        }}
        onPointerLeave={() => {
          store.lit.value = new Set();
        }}
        {...drag.handlers}
        onClick={() => {
          if (!drag.wasDragged()) store.openCard(id);
        }}
      >
        <Target shape={shape} x={x} y={y} />
        <rect
          class="shape"
          x={x - shape.half}
          y={y - shape.halfHeight}
          width={2 * shape.half}
          height={2 * shape.halfHeight}
          rx={cornersOf(shape)}
        />
        <Moved store={store} id={id} />
        {shape.kind === "folded" && (
          <rect
            class="inner"
            x={x - shape.half + 3}
            y={y - shape.halfHeight + 3}
            width={2 * shape.half - 6}
            height={2 * shape.halfHeight - 6}
            rx={5}
          />
        )}
        {shape.text.map((line, i) => (
          <text
            key={i}
            class={[...line].length > 3 ? "inside long" : "inside"}
            x={x}
            y={y + 5 + (i - (shape.text.length - 1) / 2) * SIZES.line}
          >
            {line}
          </text>
        ))}
        <Numbers store={store} id={id} />
      </g>
      <Fold store={store} id={id} />
    </g>
  );
}

/** Opens the card of a node, and focuses its field once it is rendered. */
function openFocused(store: Store, id: number): void {
  store.openCard(id);
  const focus = (tries: number) => {
    const field = document.getElementById(`${store.prefix}-field`);
    if (field !== null) field.focus();
    else if (tries > 0) setTimeout(() => focus(tries - 1), 16);
  };
  focus(60);
}

interface ShapeProps {
  readonly shape: Shape;
  readonly x: number;
  readonly y: number;
}

/** Shows the area that can be tapped: at least 44 pixels wide, and 44 high where no other node is near. */
function Target({ shape, x, y }: ShapeProps) {
  const half = Math.max(22, shape.half + 4);
  const halfHeight =
    shape.kind === "chip" ? Math.max(22, shape.halfHeight) : shape.halfHeight + SIZES.text + 4;
  return (
    <rect class="target" x={x - half} y={y - halfHeight} width={2 * half} height={2 * halfHeight} />
  );
}

function cornersOf({ kind, halfHeight }: Shape): number {
  if (kind === "chip") return 7;
  if (kind === "circle") return halfHeight;
  return kind === "folded" ? 8 : Math.min(SIZES.operation, halfHeight);
}

/** Marks a parameter that the last step has changed; a larger change has a stronger yellow. */
function Moved({ store, id }: NodeProps) {
  const strength = useDerived(() => store.moved.value.get(id) ?? 0, store, id).value;
  const at = store.trainer.shown.value?.at ?? 0;
  const arranged = store.arranged.value;
  const [place, shape] = [arranged.places.get(id), arranged.shapes.get(id)];
  if (strength === 0 || place === undefined || shape === undefined) return null;
  return (
    <rect
      key={at}
      class="moved"
      x={place.x - shape.half}
      y={place.y - shape.halfHeight}
      width={2 * shape.half}
      height={2 * shape.halfHeight}
      rx={cornersOf(shape)}
      fill-opacity={strength.toFixed(3)}
    />
  );
}

function isCurrent(store: Store, id: number): boolean {
  const place = store.place.value;
  // A lesson without a timeline has no current step either.
  if (store.panel.value === "none" && store.place.value > 0) return false;
  return place > 0 && !store.isDone() && store.steps.value[place - 1]?.node === id;
}

/** Shows the numbers of a node: above and below it, both on one side, or inside. */
function Numbers({ store, id }: NodeProps) {
  const arranged = store.arranged.value;
  const [place, shape] = [arranged.places.get(id), arranged.shapes.get(id)];
  const isConstant = store.graph.peek().nodes[id]?.kind === "constant";
  const [terms, below] = [useRef<SVGTextElement>(null), useRef<SVGTextElement>(null)];
  const above = useRef<SVGTextElement>(null);
  const isNetwork = arranged.direction === "network";
  const room = (isNetwork ? arranged.edgeWidth : (place?.width ?? 0)) - APART;
  const isInside = shape?.numbers === "inside" || shape?.kind === "operation";
  const label = isInside && arranged.direction !== "down" ? (shape?.name ?? "") : "";
  const name = label === "" ? 0 : widthOf(label, 12) + 6;
  const [value, derivative] = [useRef<SVGTSpanElement>(null), useRef<SVGTSpanElement>(null)];
  const check = useRef<SVGTSpanElement>(null);
  const y = place?.y ?? 0;
  const half = shape?.halfHeight ?? 0;
  const isSingle = store.lesson.value.forwardOnly === true;
  const lines = linesOf(shape, y, half, arranged.detailed, isSingle);
  // A drawing that goes down has no room for a name beside its number.
  const isStacked = arranged.direction === "down" && shape?.kind === "operation";
  const x = (place?.x ?? 0) - (shape?.numbers === "left" ? shape.half + 6 : 0);
  // The width of a letter: 0.602 of the size in every usual monospaced font.
  const letter = 0.602 * (isNetwork ? (arranged.detailed ? 12.5 : 11) : 13);
  useLive(() => {
    const readings = store.readings.value;
    const [first, second] = readings.below(id);
    const shown = isConstant ? "" : readings.value(id);
    const checked = badge(store, id);
    const sum = isNetwork ? "" : first;
    // The sign before a sum is dropped if its terms are shown only in the card.
    const told = isNetwork || first === "" ? second.replace(/^[=≈→] /, "") : second;
    if (!isConstant) setText(value.current, shown);
    setFitted(terms.current, sum, sum.length * SIZES.letter, room);
    setText(derivative.current, told);
    setText(check.current, isNetwork ? "" : checked);
    const marks = isNetwork ? 0 : checked.length;
    fit(above.current, name + shown.length * letter, room);
    fit(below.current, (told.length + marks) * letter, room);
    setAttribute(below.current, "y", String(sum === "" ? lines.below : lines.below + lines.step));
  });
  if (place === undefined || shape === undefined) return null;
  return (
    <>
      {isStacked && shape.name !== "" && (
        <text class="name-line" x={x} y={lines.above - SIZES.text}>
          {shape.name}
        </text>
      )}
      <text class="numbers" ref={above} x={x} y={lines.above}>
        {label !== "" && <tspan class="name">{label} </tspan>}
        <tspan class="value" ref={value} />
      </text>
      <text class="derivative sum" ref={terms} x={x} y={lines.below} />
      <text class="derivative" ref={below} x={x}>
        <tspan ref={derivative} />
        <tspan class="check" ref={check} />
      </text>
    </>
  );
}

/** Returns the base lines of the value and of the gradient, and the distance of two lines. */
function linesOf(
  shape: Shape | undefined,
  y: number,
  half: number,
  isWide: boolean,
  isSingle: boolean,
) {
  const step = isWide ? 15.5 : 14;
  switch (shape?.numbers) {
    case "above":
      return { above: y - half - 6 - step, below: y - half - 6, step };
    case "below":
      return { above: y + half + step, below: y + half + 2 * step, step };
    case "left": {
      // On a narrow stage the line is lower, since there is only one line below.
      const middle = y + (isWide ? 0 : half + 12);
      return { above: middle - 3, below: middle + step - 3, step };
    }
    case "inside":
      // A value without a gradient is in the middle.
      return { above: isSingle ? y + 4.5 : y - 3, below: y + step - 3.5, step };
    default:
      return { above: y - half - 5, below: y + half + SIZES.text - 2, step: SIZES.text - 2 };
  }
}

/** The least distance between two texts that fill their rooms. */
const APART = 6;

/** Returns the number of digits in which a numerical derivative agrees with a gradient. */
export function badge(store: Store, id: number): string {
  if (store.mode.value.kind !== "reverse" || !store.arranged.value.detailed) return "";
  const check = store.checks.made.value.get(id);
  // The checks of an earlier graph stay in the layout until all are computed again; they are invisible until then (see
  // Stage).
  if (check?.graph.nodes.length !== store.graph.peek().nodes.length) return "";
  if (!store.readings.value.hasDerivative(id) || !store.showsChecks.value) return "";
  const { verdict } = check;
  return verdict.kind === "agrees" ? ` ✓${verdict.digits}` : verdict.kind === "differs" ? " ✗" : "";
}

/** Shows the button that opens a folded node, or folds it again. */
function Fold({ store, id }: NodeProps) {
  const arranged = store.arranged.value;
  const [place, shape] = [arranged.places.get(id), arranged.shapes.get(id)];
  // A network is opened only as a whole, in the menu.
  const canFold = arranged.foldable.has(id) && arranged.direction !== "network";
  if (!canFold || place === undefined || shape === undefined) return null;
  const isFolded = shape.kind === "folded";
  if (isFolded && place.hides.length === 0) return null;
  const { open, fold } = store.texts.stage;
  const [x, y] = [place.x + shape.half + 1, place.y - shape.halfHeight + 4];
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button cannot be in SVG.
    <g
      class="fold"
      role="button"
      tabindex={0}
      aria-label={(isFolded ? open : fold)(store.nameOf(id))}
      onClick={() => store.toggle(id)}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        event.stopPropagation();
        store.toggle(id);
      }}
    >
      <circle class="target" cx={x} cy={y} r={arranged.detailed ? 15 : 20} />
      <circle class="knob" cx={x} cy={y} r={7.5} />
      <path d={`M${x - 3.5} ${y}H${x + 3.5}${isFolded ? `M${x} ${y - 3.5}V${y + 3.5}` : ""}`} />
    </g>
  );
}
