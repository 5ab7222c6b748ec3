/** The messages of the page and its worker. */

import type { WideSvgOptions } from "@graddiff/core";
import type { SessionState, Settings } from "./session.ts";

export type ToWorker =
  | { readonly kind: "look"; readonly look: WideSvgOptions }
  | { readonly kind: "train"; readonly settings: Settings }
  | { readonly kind: "stop" };

export type FromWorker =
  | { readonly kind: "state"; readonly state: SessionState }
  /** The message of a tensor [count, 8, 8] from 0 to 1, and the label of each image. */
  | { readonly kind: "images"; readonly pixels: unknown; readonly labels: readonly number[] }
  | { readonly kind: "curves"; readonly svg: string }
  /** The trained network as ONNX. */
  | { readonly kind: "model"; readonly bytes: Uint8Array<ArrayBuffer> };
