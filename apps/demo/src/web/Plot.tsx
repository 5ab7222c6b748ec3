/**
 * The frame of a plot: round numbers at the axes, thin grid lines, and the content.
 */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type Scale, scale, ticks, tickTexts } from "../instrument/plot.ts";
import { widthOf } from "./textWidth.ts";

export interface Frame {
  readonly x: Scale;
  readonly y: Scale;
  readonly width: number;
  readonly height: number;
}

interface PlotProps {
  readonly label: string;
  readonly xName: string;
  readonly yName: string;
  readonly xRange: readonly [number, number];
  readonly yRange: readonly [number, number];
  /** The height in pixels; undefined for the height of the box. */
  readonly height?: number;
  readonly look?: string;
  children(frame: Frame): ComponentChildren;
}

/** The digits of numbers at axes. */
const TICK_DIGITS = 4;
/** The font size of numbers at axes, and the least room for them on the left, in pixels. */
const TICK_SIZE = 13;
const LEFT = 46;
const RIGHT = 14;
const TOP = 20;
const BOTTOM = 34;

/**
 * The least distance between two numbers at an axis, and the least gap between two numbers at the lower axis, in
 * pixels.
 */
const DISTANCE = { x: 62, y: 30, between: 16 };

interface Tick {
  readonly value: number;
  readonly text: string;
}

/** Returns the numbers at an axis. */
function ticksOf([from, to]: readonly [number, number], count: number): readonly Tick[] {
  const values = ticks(from, to, count);
  const texts = tickTexts(values, TICK_DIGITS);
  return values.map((value, i) => ({ value, text: texts[i] ?? "" }));
}

/** Returns the width of the widest number at an axis. */
function widest(all: readonly Tick[]): number {
  return Math.max(0, ...all.map(({ text }) => widthOf(text, TICK_SIZE)));
}

export function Plot({ label, xName, yName, xRange, yRange, height, look, children }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const size = useSignal({ width: 320, height: height ?? 200 });
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const measure = () => {
      const { clientWidth, clientHeight } = element;
      const next = { width: clientWidth, height: height ?? clientHeight };
      const { width: before, height: high } = size.peek();
      if (next.width > 0 && (next.width !== before || next.height !== high)) size.value = next;
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [height, size]);
  const { width, height: high } = size.value;
  const [right, bottom] = [width - RIGHT, high - BOTTOM];
  const rows = ticksOf(yRange, (bottom - TOP) / DISTANCE.y);
  const left = Math.max(LEFT, widest(rows) + 10);
  const room = right - left;
  // Wide numbers need larger distances.
  const narrow = ticksOf(xRange, room / DISTANCE.x);
  const distance = Math.max(DISTANCE.x, widest(narrow) + DISTANCE.between);
  const columns = distance > DISTANCE.x ? ticksOf(xRange, room / distance) : narrow;
  const frame: Frame = {
    x: scale(xRange[0], xRange[1], left, right),
    y: scale(yRange[0], yRange[1], bottom, TOP),
    width,
    height: high,
  };
  return (
    <div class={`plot ${look ?? ""}`} ref={box}>
      {/* biome-ignore lint/a11y/useSemanticElements: no other element draws. */}
      <svg
        width={width}
        height={high}
        viewBox={`0 0 ${width} ${high}`}
        role="group"
        aria-label={label}
      >
        <g class="axes">
          {rows.map(({ value, text }) => (
            <g key={value}>
              <path class="grid" d={`M${left} ${frame.y.at(value)}H${right}`} />
              <text class="tick" x={left - 6} y={frame.y.at(value) + 4} text-anchor="end">
                {text}
              </text>
            </g>
          ))}
          {columns.map(({ value, text }) => (
            <text
              key={value}
              class="tick"
              x={Math.min(frame.x.at(value), width - widthOf(text, TICK_SIZE) / 2)}
              y={bottom + 16}
              text-anchor="middle"
            >
              {text}
            </text>
          ))}
          <text class="axis-name" x={LEFT - 6} y={12} text-anchor="start">
            {yName}
          </text>
          <text class="axis-name" x={right} y={high - 4} text-anchor="end">
            {xName}
          </text>
        </g>
        {children(frame)}
      </svg>
    </div>
  );
}
