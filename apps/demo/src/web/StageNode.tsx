/**
 * A node of the stage: its operation, its value above and its gradient below, hollow while not computed.
 */

import { useComputed } from "@preact/signals";
import { useRef } from "preact/hooks";
import { sumOf } from "../instrument/calculation.ts";
import { SIZES } from "./arrange.ts";
import { checks } from "./checks.ts";
import { neighbour } from "./neighbour.ts";
import { nodeLabel } from "./nodeLabel.ts";
import { shareAt } from "./shares.ts";
import type { Store } from "./store.ts";
import { useDrag } from "./useDrag.ts";

interface NodeProps {
  readonly store: Store;
  readonly id: number;
}

export function StageNode({ store, id }: NodeProps) {
  const arranged = store.arranged.value;
  const [place, shape] = [arranged.places.get(id), arranged.shapes.get(id)];
  const group = useRef<SVGGElement>(null);
  const look = useComputed(() => {
    const node = store.graph.value.nodes[id];
    return [
      "node",
      `is-${store.arranged.value.shapes.get(id)?.kind}`,
      node?.kind ?? "",
      store.progress.value.hasValue(id) ? "has-value" : "is-hollow",
      node?.difference === undefined ? "" : "is-adjusted",
      store.chosen.value === id ? "is-chosen" : "",
      store.lit.value.has(id) ? "is-lit" : "",
      isCurrent(store, id) ? "is-current" : "",
    ]
      .filter(Boolean)
      .join(" ");
  });
  const label = useComputed(() => nodeLabel(store, id));
  const tab = useComputed(() => {
    const first = store.arranged.value.layout.layers.find((layer) => layer.length > 0)?.[0];
    return (store.chosen.value ?? first) === id ? 0 : -1;
  });
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
    else if (event.key === "Enter") document.getElementById("node-value")?.focus();
    else return;
    event.preventDefault();
  };
  return (
    <g class={look} ref={group}>
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: its texts are no names, as a button's are. */}
      <g
        class="grip"
        data-node={id}
        role="img"
        tabIndex={tab}
        aria-label={label}
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
          rx={shape.kind === "folded" ? 8 : shape.halfHeight}
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
        <text class={[...shape.text].length > 3 ? "inside long" : "inside"} x={x} y={y + 5}>
          {shape.text}
        </text>
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
  const value = useComputed(() => {
    if (!store.progress.value.hasValue(id)) return "";
    const asked = store.asked.value;
    if (asked?.id === id && asked.what === "value") return "?";
    return isConstant ? "" : store.tensor(store.graph.value.nodes[id]?.value);
  });
  const sum = useComputed(() =>
    store.arranged.value.detailed && store.mode.value.kind === "reverse" && isShown(store, id)
      ? sumOf(
          store.graph.value,
          store.arranged.value.routesFrom.get(id) ?? [],
          id,
          store.digits.value,
        )
      : undefined,
  );
  const share = useComputed(() => shareAt(store, id));
  const derivative = useComputed(() => {
    if (share.value !== undefined) return share.value.slice(share.value.indexOf("="));
    if (!isShown(store, id)) return "";
    const asked = store.asked.value;
    if (asked?.id === id && asked.what === "gradient") return "?";
    const text =
      store.mode.value.kind === "reverse"
        ? store.tensor(store.graph.value.nodes[id]?.gradient)
        : store.tensor(store.tangents.value[id]);
    return sum.value === undefined ? text : `= ${text}`;
  });
  const first = useComputed(() => {
    if (share.value !== undefined) {
      return store.arranged.value.detailed ? share.value.slice(0, share.value.indexOf("=")) : "";
    }
    return derivative.value === "?" ? "" : (sum.value ?? "");
  });
  const below = useComputed(() => {
    const { places, shapes } = store.arranged.value;
    const start = (places.get(id)?.y ?? 0) + (shapes.get(id)?.halfHeight ?? 0) + SIZES.text - 2;
    return first.value === "" ? start : start + SIZES.text - 2;
  });
  const badge = useComputed(() => {
    if (store.mode.value.kind !== "reverse" || !isShown(store, id)) return "";
    if (!store.arranged.value.detailed) return "";
    if (derivative.value === "" || derivative.value === "?") return "";
    const check = checks.value.get(id);
    return check === undefined || check.graph.nodes.length !== store.graph.value.nodes.length
      ? ""
      : ` ✓${check.digits}`;
  });
  if (place === undefined || shape === undefined) return null;
  const top = place.y - shape.halfHeight - 5;
  return (
    <>
      <text class="numbers" x={place.x} y={top}>
        {shape.name !== "" && <tspan class="name">{shape.name} </tspan>}
        <tspan class="value">{value}</tspan>
      </text>
      <text class="derivative sum" x={place.x} y={place.y + shape.halfHeight + SIZES.text - 2}>
        {first}
      </text>
      <text class="derivative" x={place.x} y={below}>
        {derivative}
        <tspan class="check">{badge}</tspan>
      </text>
    </>
  );
}

/** Whether the gradient, or in forward mode the tangent, of a node has come. */
function isShown(store: Store, id: number): boolean {
  return store.mode.value.kind === "reverse"
    ? store.progress.value.hasGradient(id)
    : store.progress.value.hasValue(id);
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
  const [x, y] = [place.x + shape.half - 1, place.y - shape.halfHeight + 1];
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button cannot stand in SVG.
    <g
      class="fold"
      role="button"
      tabIndex={0}
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
