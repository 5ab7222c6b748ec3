/** What the page and its worker tell each other. */

import type { WideSvgOptions } from "@graddiff/core";
import type { Shares } from "./models.ts";
import type { Part } from "./training.ts";

export type ToWorker =
  | { readonly kind: "look"; readonly look: WideSvgOptions }
  | { readonly kind: "train"; readonly train: Part; readonly epochs: number }
  | { readonly kind: "stop" };

export type FromWorker =
  | { readonly kind: "status"; readonly state: TrainingState; readonly text: string }
  /** The message of a tensor [count, 8, 8] from 0 to 1, and what each image shows. */
  | { readonly kind: "images"; readonly pixels: unknown; readonly labels: readonly number[] }
  /** The digits that a model reads in these images. */
  | { readonly kind: "answers"; readonly of: "old" | "new"; readonly digits: readonly number[] }
  /** The accuracy of the model as it came, with an untrained layer, and trained. */
  | { readonly kind: "shares"; readonly of: Stage; readonly shares: Shares }
  | { readonly kind: "progress"; readonly progress: Progress }
  | { readonly kind: "curves"; readonly svg: string }
  /** The trained network as ONNX. */
  | { readonly kind: "model"; readonly bytes: Uint8Array<ArrayBuffer> };

export type TrainingState = "waiting" | "ready" | "training";

export type Stage = "came" | "untrained" | "trained";

export interface Progress {
  /** The epochs that are complete, and all. */
  readonly epoch: number;
  readonly epochs: number;
  /** The mean of the last of them; undefined ahead of the first. */
  readonly loss: number | undefined;
  /** How many numbers are trained. */
  readonly weights: number;
}
