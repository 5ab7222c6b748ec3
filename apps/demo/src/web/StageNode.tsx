/**
 * A node of the stage: its operation, its value above and its gradient below, hollow while not computed.
 */

import { useRef } from "preact/hooks";
import { SIZES } from "./arrange.ts";
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
        store.graph.peek().nodes[id]?.kind ?? "",
        store.progress.value.hasValue(id) ? "has-value" : "is-hollow",
        store.isAdjusted(id) ? "is-adjusted" : "",
        store.chosen.value === id ? "is-chosen" : "",
        store.lit.value.has(id) ? "is-lit" : "",
        isCurrent(store, id) ? "is-current" : "",
      ]
        .filter(Boolean)
        .join(" "),
    store,
    id,
  );
  const grip = useRef<SVGGElement>(null);
  useLive(() => {
    // All that a label tells follows from the readings.
    store.readings.value;
    afterPaint(() => setAttribute(grip.current, "aria-label", nodeLabel(store, id)));
  });
  const tab = useDerived(
    () => {
      const first = store.arranged.value.layout.layers.find((layer) => layer.length > 0)?.[0];
      return (store.chosen.value ?? first) === id ? 0 : -1;
    },
    store,
    id,
  );
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
    else if (event.key === "Enter") document.getElementById(`${store.prefix}-field`)?.focus();
    else return;
    event.preventDefault();
  };
  return (
    <g class={look} ref={group}>
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: its texts are no names, as a button's are. */}
      <g
        class="grip"
        ref={grip}
        data-node={id}
        role="img"
        // SVG has attributes of its own, in small letters: with tabIndex Firefox reaches no node.
        tabindex={tab}
        onFocus={() => store.choose(id)}
        onKeyDown={onKeyDown}
        onPointerEnter={() => {
          store.lit.value = new Set([id]);
        }}
        onPointerLeave={() => {
          store.lit.value = new Set();
        }}
        {...drag}
      >
        <rect
          class="target"
          x={x - Math.max(22, shape.half + 4)}
          y={y - shape.halfHeight - SIZES.text - 4}
          width={2 * Math.max(22, shape.half + 4)}
          height={2 * (shape.halfHeight + SIZES.text + 4)}
        />
        <rect
          class="shape"
          x={x - shape.half}
          y={y - shape.halfHeight}
          width={2 * shape.half}
          height={2 * shape.halfHeight}
          rx={shape.kind === "folded" ? 8 : Math.min(SIZES.operation, shape.halfHeight)}
        />
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

/** Focuses a node, which may be drawn only when it has come into sight. */
function focusNode(id: number, stage: SVGSVGElement | null | undefined): void {
  const found = () => stage?.querySelector<SVGGElement>(`[data-node="${id}"]`);
  const target = found();
  target?.focus();
  target?.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (target === null) requestAnimationFrame(() => found()?.focus());
}

function isCurrent(store: Store, id: number): boolean {
  const place = store.place.value;
  return place > 0 && !store.isDone() && store.steps.value[place - 1]?.node === id;
}

/** The numbers above and below a node. */
function Numbers({ store, id }: NodeProps) {
  const arranged = store.arranged.value;
  const [place, shape] = [arranged.places.get(id), arranged.shapes.get(id)];
  const isConstant = store.graph.peek().nodes[id]?.kind === "constant";
  const [terms, below] = [useRef<SVGTextElement>(null), useRef<SVGTextElement>(null)];
  const above = useRef<SVGTextElement>(null);
  const room = (place?.width ?? 0) - APART;
  const name = shape === undefined || shape.name === "" ? 0 : widthOf(shape.name, 12) + 6;
  const [value, derivative] = [useRef<SVGTSpanElement>(null), useRef<SVGTSpanElement>(null)];
  const check = useRef<SVGTSpanElement>(null);
  const start = (place?.y ?? 0) + (shape?.halfHeight ?? 0) + SIZES.text - 2;
  useLive(() => {
    const readings = store.readings.value;
    const [first, second] = readings.below(id);
    const shown = isConstant ? "" : readings.value(id);
    const checked = badge(store, id);
    if (!isConstant) setText(value.current, shown);
    setFitted(terms.current, first, first.length * SIZES.letter, room);
    setText(derivative.current, second);
    setText(check.current, checked);
    fit(above.current, name + shown.length * SIZES.number, room);
    fit(below.current, second.length * SIZES.number + checked.length * SIZES.letter, room);
    setAttribute(below.current, "y", String(first === "" ? start : start + SIZES.text - 2));
  });
  if (place === undefined || shape === undefined) return null;
  return (
    <>
      <text class="numbers" ref={above} x={place.x} y={place.y - shape.halfHeight - 5}>
        {shape.name !== "" && <tspan class="name">{shape.name} </tspan>}
        <tspan class="value" ref={value} />
      </text>
      <text class="derivative sum" ref={terms} x={place.x} y={start} />
      <text class="derivative" ref={below} x={place.x}>
        <tspan ref={derivative} />
        <tspan class="check" ref={check} />
      </text>
    </>
  );
}

/** So much stands between two texts that need all of their rooms. */
const APART = 6;

/** In how many digits a difference agrees with a gradient. */
export function badge(store: Store, id: number): string {
  if (store.mode.value.kind !== "reverse" || !store.arranged.value.detailed) return "";
  if (!store.readings.value.hasDerivative(id) || !store.showsChecks.value) return "";
  const check = store.checks.made.value.get(id);
  // That of the graph before stays until all are made anew; it is hidden until then (see Stage).
  if (check?.graph.nodes.length !== store.graph.peek().nodes.length) return "";
  const { verdict } = check;
  return verdict.kind === "agrees" ? ` ✓${verdict.digits}` : verdict.kind === "differs" ? " ✗" : "";
}

/** The button that opens a folded node, or folds it again. */
function Fold({ store, id }: NodeProps) {
  const arranged = store.arranged.value;
  const [place, shape] = [arranged.places.get(id), arranged.shapes.get(id)];
  const name = store.graph.peek().nodes[id]?.name;
  const canFold = name !== undefined && store.lesson.value.folded?.includes(name) === true;
  if (!canFold || place === undefined || shape === undefined) return null;
  const isFolded = shape.kind === "folded";
  if (isFolded && place.hides.length === 0) return null;
  const { open, fold } = store.texts.stage;
  const [x, y] = [place.x + shape.half + 1, place.y - shape.halfHeight + 4];
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button cannot stand in SVG.
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
