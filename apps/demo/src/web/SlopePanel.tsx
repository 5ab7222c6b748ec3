/**
 * The result as a function of one number: the curve, the tangent, and a change h whose quotient approximates the slope.
 */

import type { Graph } from "@graddiff/core";
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { between, curveAt } from "../instrument/curve.ts";
import { equationText } from "../instrument/equation.ts";
import { formatNumber, MOST_DIGITS } from "../instrument/format.ts";
import { pathOf, rangeOf } from "../instrument/plot.ts";
import {
  commonStart,
  defaultH,
  hAt,
  LEAST_H,
  MOST_H,
  placeOfH,
  type Quotient,
  remarkOn,
} from "../instrument/slope.ts";
import { roundTo } from "./change.ts";
import { type Frame, Plot } from "./Plot.tsx";
import type { Store } from "./store.ts";
import { useDerived, useSettled } from "./useLive.ts";

/** The number of points of a curve. */
const POINTS = 81;

/** The digits of a change h, which is a round number. */
const H_DIGITS = 3;

/** The number of digits that quotients have in addition to those of other numbers. */
const MORE_DIGITS = 3;

/** The changes of the quotients in the table: h, and a tenth, a hundredth and a thousandth of h. */
const ROWS = [1, 0.1, 0.01, 0.001] as const;

interface OfStore {
  readonly store: Store;
}

/**
 * Returns the node by which the slope is taken: the chosen one, or the first input. The result itself is left out,
 * since its slope is always 1.
 */
export function slopeNode(store: Store): number | undefined {
  const { nodes, output } = store.graph.peek();
  const chosen = store.chosen.value ?? store.chosenEdge.value?.from;
  const isUsable = (id: number | undefined) => {
    const node = nodes[id ?? -1];
    return node?.value?.rank === 0 && node.kind !== "constant" && node.id !== output;
  };
  if (isUsable(chosen)) return chosen;
  return nodes.find(({ id, kind }) => kind === "input" && isUsable(id))?.id;
}

export function SlopePanel({ store }: OfStore) {
  const words = store.texts.slope;
  const id = useDerived(() => slopeNode(store), store).value;
  if (id === undefined || store.mode.value.kind === "forward") {
    return <p class="hint">{words.none}</p>;
  }
  return (
    <div class="slope">
      <Against store={store} id={id} />
      <Slope key={`${store.lesson.value.name} ${id}`} store={store} id={id} />
    </div>
  );
}

interface OfNode extends OfStore {
  readonly id: number;
}

/** Shows the choice of the number on the horizontal axis. */
function Against({ store, id }: OfNode) {
  const words = store.texts.slope;
  const graph = store.graph.peek();
  const inputs = graph.nodes.filter(({ kind, shape }) => kind === "input" && shape.length === 0);
  const shown = inputs.some((each) => each.id === id) ? inputs : [...inputs, graph.nodes[id]];
  return (
    <div class="against">
      <label>
        <span>{words.against(store.nameOf(graph.output))}</span>
        <select
          value={String(id)}
          onChange={(event) => store.choose(Number(event.currentTarget.value))}
        >
          {shown.flatMap((node) =>
            node === undefined
              ? []
              : [
                  <option key={node.id} value={String(node.id)}>
                    {store.nameOf(node.id)}
                  </option>,
                ],
          )}
        </select>
      </label>
    </div>
  );
}

/** Subscribes to the signals from which curves are computed: the numbers, and the chosen change. */
export function followNumbers(store: Store): void {
  store.graph.value;
  store.state.value;
}

/** The number of nodes above which a curve takes so long that it waits for a pause. */
const MANY_NODES = 60;
const REST = 120;

/** Returns the milliseconds for which a curve waits after the paint of a change. */
export function restOf(store: Store): number {
  return store.graph.peek().nodes.length > MANY_NODES ? REST : 0;
}

/** Returns the numbers of the slope panel that are computed from the current graph. */
function slopeAt(store: Store, id: number) {
  const graph = store.graph.value;
  const node = graph.nodes[id];
  const x = node?.value?.item() ?? Number.NaN;
  const y = graph.nodes[graph.output]?.value?.item() ?? Number.NaN;
  const slope = node?.gradient?.item();
  const h = store.state.value.h ?? defaultH(x);
  return { graph, x, y, slope, h };
}

/** Returns the range of the horizontal axis around a number, wide enough for the change h. */
function rangeAround(x: number, h: number, least: number | undefined): readonly [number, number] {
  const half = Math.max(1.8 * Math.abs(h), 0.4 * Math.abs(x), 1e-6);
  const [from, to] = [x - half, x + half];
  return least !== undefined && from < least ? [least, Math.max(to, least + half)] : [from, to];
}

function Slope({ store, id }: OfNode) {
  const range = useSignal<readonly [number, number] | undefined>(undefined);
  const name = store.nameOf(id);
  const result = store.nameOf(store.graph.peek().output);
  const least = store.minimumOf(id);
  // Curves are computed after the numbers have been painted.
  const drawn = useSettled(
    () => {
      const { graph, x, y, slope, h } = slopeAt(store, id);
      const before = range.peek();
      const [from, to] = before ?? [Number.NaN, Number.NaN];
      const margin = 0.06 * (to - from);
      const isInside =
        x >= from + margin && x + h <= to - margin / 2 && to - from < 30 * Math.abs(h);
      const next = before !== undefined && isInside ? before : rangeAround(x, h, least);
      range.value = next;
      const curve = { lesson: store.lesson.value, inputs: store.values.value, graph };
      const xs = between(next[0], next[1], POINTS);
      // Large changes are included, since they also distinguish a straight line.
      const far = defaultH(x);
      const hs = [...ROWS.map((part) => roundedH(h * part)), 2 * h, -h, far, -far];
      const ys = curveAt(curve, id, [...xs, ...hs.map((each) => x + each)]);
      const quotients = hs.map((each, i): Quotient => {
        const there = ys[POINTS + i] ?? Number.NaN;
        // The quotient is computed with the change `each` of the node.
        return { h: each, change: there - y, quotient: (there - y) / each };
      });
      return { graph, x, y, slope, h, xs, ys: ys.slice(0, POINTS), quotients };
    },
    () => followNumbers(store),
    [store, id],
    restOf(store),
  ).value;
  // The condition is a derived signal, so that the panel is rendered with the curve and not with every number.
  const isKnown = useDerived(
    () =>
      store.progress.value.hasGradient(id) &&
      !store.readings.value.isAsked("gradient", id) &&
      !store.hasBlanks.value,
    store,
    id,
  ).value;
  if (drawn === undefined || range.value === undefined) {
    return <div class="plot slope-plot" data-later />;
  }
  const { x, y, slope, h, xs, ys, quotients, graph } = drawn;
  const hasSlope = slope !== undefined && isKnown;
  const there = y + (quotients[0]?.change ?? Number.NaN);
  const [low, high] = rangeOf([...ys, y, there], 0.1);
  return (
    <>
      <Plot
        look="slope-plot"
        label={store.texts.node.over(result, name)}
        xName={name}
        yName={result}
        xRange={range.value}
        yRange={[low, high]}
      >
        {(frame) => (
          <>
            <path
              class="curve-line"
              d={pathOf(xs.map((at, i) => [frame.x.at(at), frame.y.at(ys[i] ?? Number.NaN)]))}
            />
            {hasSlope && <Tangent frame={frame} x={x} y={y} slope={slope} />}
            <Triangle store={store} frame={frame} drawn={drawn} hasSlope={hasSlope} />
            <Grip store={store} id={id} frame={frame} x={x} y={y} />
          </>
        )}
      </Plot>
      <Step store={store} h={h} />
      <Rows
        store={store}
        id={id}
        graph={graph}
        quotients={quotients}
        slope={hasSlope ? slope : undefined}
        y={y}
      />
    </>
  );
}

/** Rounds a change h to a few digits, without those of binary fractions. */
const roundedH = (h: number) => Number(h.toPrecision(12));

type Drawn = ReturnType<typeof slopeAt> & { readonly quotients: readonly Quotient[] };

function Tangent({ frame, x, y, slope }: { frame: Frame; x: number; y: number; slope: number }) {
  const { from, to } = frame.x;
  const line = [from, to].map((at): [number, number] => [
    frame.x.at(at),
    frame.y.at(y + slope * (at - x)),
  ]);
  return <path class="tangent-line" d={pathOf(line)} clip-path="none" />;
}

interface TriangleProps extends OfStore {
  readonly frame: Frame;
  readonly drawn: Drawn;
  readonly hasSlope: boolean;
}

/** Shows the change h, the change of the result, and the error of the tangent. */
function Triangle({ store, frame, drawn, hasSlope }: TriangleProps) {
  const { x, y, h, slope = 0, quotients } = drawn;
  const change = quotients[0]?.change ?? Number.NaN;
  const [left, right] = [frame.x.at(x), frame.x.at(x + h)];
  const [from, to, along] = [y, y + change, y + slope * h].map((each) => frame.y.at(each));
  if (from === undefined || to === undefined || along === undefined) return null;
  if (![left, right, from, to].every(Number.isFinite) || Math.abs(right - left) < 8) return null;
  const misses = hasSlope && Math.abs(along - to) > 3 && Math.abs(along) < 1e5;
  const sign = change < 0 ? "−" : "+";
  const text = `${sign}${store.number(Math.abs(change))}`;
  const isRoomy = frame.width - right > 60;
  return (
    <g class="triangle">
      <path d={`M${left} ${from}H${right}V${to}`} />
      <path class="secant" d={`M${left} ${from}L${right} ${to}`} />
      {misses && <path class="miss" d={`M${right} ${along}V${to}`} />}
      {misses && <circle class="foretold" cx={right} cy={along} r={3.5} />}
      <circle class="there" cx={right} cy={to} r={5} />
      <text x={(left + right) / 2} y={from + (to < from ? 15 : -7)} text-anchor="middle">
        {store.texts.slope.run(formatNumber(h, H_DIGITS))}
      </text>
      <text
        x={right + (isRoomy ? 8 : -8)}
        y={(from + to) / 2 + 4}
        text-anchor={isRoomy ? "start" : "end"}
      >
        {text}
      </text>
    </g>
  );
}

interface GripProps extends OfNode {
  readonly frame: Frame;
  readonly x: number;
  readonly y: number;
}

/** Shows the point on the curve, which can be dragged along it. */
function Grip({ store, id, frame, x, y }: GripProps) {
  const isDragged = useRef(false);
  const set = (value: number) => {
    const step = store.stepOf(id);
    store.setValue(id, roundTo(Math.round(value / step) * step, step));
  };
  const follow = (event: PointerEvent & { readonly currentTarget: SVGElement }) => {
    const box = event.currentTarget.ownerSVGElement?.getBoundingClientRect();
    if (box) set(frame.x.inverse(event.clientX - box.left));
  };
  const [cx, cy] = [frame.x.at(x), frame.y.at(y)];
  if (!Number.isFinite(cx) || !Number.isFinite(cy)) return null;
  const { from, to } = frame.x;
  return (
    <g
      class="grip-point"
      role="slider"
      tabindex={0}
      aria-label={store.texts.slope.drag(store.nameOf(id))}
      aria-valuenow={x}
      aria-valuemin={Math.min(from, x)}
      aria-valuemax={Math.max(to, x)}
      aria-valuetext={store.texts.slope.point(
        store.nameOf(id),
        store.number(x),
        store.nameOf(store.graph.peek().output),
        store.number(y),
      )}
      onPointerDown={(event) => {
        isDragged.current = true;
        store.begin(id);
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (isDragged.current) follow(event as never);
      }}
      onPointerUp={() => {
        isDragged.current = false;
      }}
      onPointerCancel={() => {
        isDragged.current = false;
      }}
      onKeyDown={(event) => {
        const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        store.begin(id);
        set(x + by * store.stepOf(id));
      }}
    >
      <circle class="target" cx={cx} cy={cy} r={22} />
      <circle class="here" cx={cx} cy={cy} r={7} />
    </g>
  );
}

/** Shows the slider of h. */
function Step({ store, h }: OfStore & { readonly h: number }) {
  const words = store.texts.slope;
  return (
    <label class="slider">
      <span>{words.step}</span>
      <input
        type="range"
        min={LEAST_H}
        max={MOST_H}
        step="1"
        value={placeOfH(h)}
        aria-label={words.step}
        aria-valuetext={formatNumber(h, H_DIGITS)}
        onInput={(event) => store.update({ h: hAt(Number(event.currentTarget.value)) })}
      />
      <output>{formatNumber(h, H_DIGITS)}</output>
    </label>
  );
}

interface RowsProps extends OfNode {
  /** The graph for which the quotients were computed. */
  readonly graph: Graph;
  readonly quotients: readonly Quotient[];
  readonly slope: number | undefined;
  readonly y: number;
}

/** Shows quotients for ever smaller changes beside the slope, and marks the digits that agree. */
function Rows({ store, id, graph, quotients, slope, y }: RowsProps) {
  // Outdated quotients are pale until they are computed again; if they were hidden, the curve would move.
  const look = useDerived(
    () => (store.graph.value === graph ? "quotient-rows" : "quotient-rows is-waiting"),
    store,
    graph,
  );
  const words = store.texts.slope;
  const shown = quotients.slice(0, ROWS.length);
  const [first] = shown;
  // Quotients have more digits than other numbers, so that their convergence is visible.
  const digits = store.digits.value;
  const most = digits === "exact" ? digits : Math.min(MOST_DIGITS, digits + MORE_DIGITS);
  const told = slope === undefined ? "" : formatNumber(slope, most);
  const remark =
    slope === undefined || first === undefined
      ? undefined
      : remarkOn(first, slope, Math.abs(y), quotients.slice(ROWS.length));
  return (
    <div class={look}>
      {first !== undefined && Number.isFinite(first.quotient) && (
        <p class="quotient">
          <b>{equationText([first.change, "/", first.h], first.quotient, store.digits.value)}</b>
        </p>
      )}
      <table class="quotients">
        <tbody>
          {shown.map(({ h, quotient }) => {
            const text = formatNumber(quotient, most);
            const same = slope === undefined ? 0 : commonStart(text, told);
            return (
              <tr key={h}>
                <th scope="row">{words.row(formatNumber(h, H_DIGITS))}</th>
                <td>
                  <b>{text.slice(0, same)}</b>
                  {text.slice(same)}
                </td>
              </tr>
            );
          })}
          {slope !== undefined && (
            <tr class="limit">
              <th scope="row">{words.gradient(store.nameOf(id))}</th>
              <td class="gradient">{told}</td>
            </tr>
          )}
        </tbody>
      </table>
      <p class="slope-remark" aria-live="polite">
        {remark === undefined ? "" : remarkText(store, id, first?.h ?? 0, remark)}
      </p>
    </div>
  );
}

function remarkText(
  store: Store,
  id: number,
  h: number,
  remark: NonNullable<ReturnType<typeof remarkOn>>,
): string {
  const words = store.texts.slope;
  if (remark.kind === "straight") return words.straight(store.nameOf(id));
  if (remark.kind === "agrees") return words.agrees(remark.digits);
  if (remark.kind === "rounding") return words.rounding;
  return words.misses(formatNumber(h, H_DIGITS), store.number(remark.by));
}
