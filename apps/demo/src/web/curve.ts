/**
 * The curve of the error, drawn by uPlot, which comes when it is needed.
 */

import { effect } from "@preact/signals";
import type uPlot from "uplot";
import type { Store } from "./store.ts";
import { theme } from "./theme.ts";

const HEIGHT = 190;

/** More points than pixels are thinned. */
const MOST_POINTS = 1500;

/** After an edit the curve waits until numbers have changed; while training it follows. */
const REST = 120;

/** Draws the curve into a box until the returned function is called. */
export function curve(store: Store, box: HTMLElement): () => void {
  let plot: uPlot | undefined;
  let timer = 0;
  let stop = () => {};
  let isGone = false;
  void import("./plot.ts").then(({ default: Plot }) => {
    if (isGone) return;
    const draw = (isNew: boolean) => {
      const data = points(errorsOf(store));
      if (plot !== undefined && !isNew) {
        plot.setData(data);
        return;
      }
      plot?.destroy();
      plot = new Plot(options(store, box), data, box);
    };
    let drawnTheme: string | undefined;
    stop = effect(() => {
      errorsOf(store);
      const isNew = drawnTheme !== theme.value;
      drawnTheme = theme.value;
      clearTimeout(timer);
      if (isNew || store.trainer.isBusy.value) draw(isNew);
      else timer = window.setTimeout(draw, REST, false);
    });
  });
  const observer = new ResizeObserver(() => {
    plot?.setSize({ width: box.clientWidth, height: HEIGHT });
  });
  observer.observe(box);
  return () => {
    isGone = true;
    clearTimeout(timer);
    observer.disconnect();
    stop();
    plot?.destroy();
  };
}

/** The errors of the training that is shown; before it that of the start. */
function errorsOf(store: Store): readonly number[] {
  const { shown } = store.trainer;
  if (shown.value !== undefined) return shown.value.errors;
  const { nodes, output } = store.graph.value;
  return [nodes[output]?.value?.item() ?? Number.NaN];
}

function points(errors: readonly number[]): [number[], number[]] {
  const stride = Math.max(1, Math.ceil(errors.length / MOST_POINTS));
  const kept = errors.map((error, i) => [i, error] as const);
  const shown = kept.filter(([i]) => i % stride === 0 || i === errors.length - 1);
  return [shown.map(([i]) => i), shown.map(([, error]) => error)];
}

function options(store: Store, box: HTMLElement): uPlot.Options {
  const style = getComputedStyle(box);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const probe = (name: string) => {
    // Colours of both themes stand in one variable, which only an element can resolve.
    box.style.color = `var(${name})`;
    const resolved = getComputedStyle(box).color;
    box.style.removeProperty("color");
    return resolved === "" ? color(name) : resolved;
  };
  const axis = {
    stroke: probe("--muted"),
    grid: { stroke: probe("--line"), width: 1 },
    ticks: { stroke: probe("--line"), width: 1 },
    font: "12px system-ui, sans-serif",
  };
  const { training } = store.texts;
  return {
    width: box.clientWidth,
    height: HEIGHT,
    title: "",
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false }, y: { range: (_, __, most) => [0, most * 1.08 || 1] } },
    axes: [axis, { ...axis, size: 62 }],
    series: [
      {},
      {
        label: training.error,
        stroke: probe("--value"),
        width: 2,
        points: { show: (plot) => (plot.data[0]?.length ?? 0) < 40, size: 6 },
      },
    ],
  };
}
