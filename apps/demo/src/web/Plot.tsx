/**
 * The frame of a plot: round numbers at the axes, thin lines at them, and what is drawn in it.
 */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { formatNumber } from "../instrument/format.ts";
import { type Scale, scale, ticks } from "../instrument/plot.ts";

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
  /** The height in pixels; undefined for that of the box. */
  readonly height?: number;
  readonly look?: string;
  children(frame: Frame): ComponentChildren;
}

/** Digits of numbers at axes. */
const TICK_DIGITS = 4;
const LEFT = 46;
const RIGHT = 14;
const TOP = 20;
const BOTTOM = 34;

/** The room between two numbers at an axis, in pixels. */
const APART = { x: 62, y: 30 };

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
  const frame: Frame = {
    x: scale(xRange[0], xRange[1], LEFT, right),
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
          {ticks(yRange[0], yRange[1], (bottom - TOP) / APART.y).map((value) => (
            <g key={value}>
              <path class="grid" d={`M${LEFT} ${frame.y.at(value)}H${right}`} />
              <text class="tick" x={LEFT - 6} y={frame.y.at(value) + 4} text-anchor="end">
                {formatNumber(value, TICK_DIGITS)}
              </text>
            </g>
          ))}
          {ticks(xRange[0], xRange[1], (right - LEFT) / APART.x).map((value) => (
            <text
              key={value}
              class="tick"
              x={frame.x.at(value)}
              y={bottom + 16}
              text-anchor="middle"
            >
              {formatNumber(value, TICK_DIGITS)}
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
