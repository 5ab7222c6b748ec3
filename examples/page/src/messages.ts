/** What the page and its worker tell each other. */

import type { WideSvgOptions } from "@graddiff/core";

export type ToWorker =
  | { readonly kind: "look"; readonly look: WideSvgOptions }
  | { readonly kind: "train"; readonly epochs: number; readonly again: boolean }
  | { readonly kind: "stop" };

export type FromWorker =
  | { readonly kind: "status"; readonly state: TrainingState; readonly text: string }
  | { readonly kind: "progress"; readonly progress: Progress }
  /** The message of a tensor [height, width, 4]: red, green, blue and opacity, from 0 to 255. */
  | { readonly kind: "picture"; readonly of: "target" | "network"; readonly pixels: unknown }
  | { readonly kind: "curves"; readonly svg: string };

export type TrainingState = "waiting" | "ready" | "training";

export interface Progress {
  /** Counts from 0. */
  readonly epoch: number;
  /** Those of the epoch so far, and all. */
  readonly step: number;
  readonly steps: number | undefined;
  /** The mean of the epoch so far. */
  readonly loss: number | undefined;
  /** The mean of a step. */
  readonly milliseconds?: number | undefined;
}
