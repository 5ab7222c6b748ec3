/** The messages of the page and its worker. */

import type { WideSvgOptions } from "@graddiff/core";
import type { Takes } from "./model/settings.ts";
import type { SessionState } from "./state.ts";

type Samples = Float32Array<ArrayBuffer>;

export type ToWorker =
  | { readonly kind: "look"; readonly look: WideSvgOptions }
  | { readonly kind: "train"; readonly word: string; readonly takes: Takes }
  | { readonly kind: "stop" }
  | { readonly kind: "open"; readonly name: string; readonly file: Uint8Array<ArrayBuffer> }
  /** A request for the spectrogram of a clip. */
  | { readonly kind: "take"; readonly id: number; readonly clip: Samples }
  /** The last 1.3 s of a source, at its rate. */
  | { readonly kind: "hear"; readonly samples: Samples; readonly rate: number };

export type FromWorker =
  | { readonly kind: "state"; readonly state: SessionState }
  | { readonly kind: "curves"; readonly svg: string }
  /** The trained detector as ONNX. */
  | { readonly kind: "model"; readonly word: string; readonly file: Uint8Array<ArrayBuffer> }
  /** A log-mel spectrogram, [frames, bands]. */
  | { readonly kind: "spectrogram"; readonly id: number; readonly values: Samples }
  /** The probability, from 0 to 1, that the word was in the last 1.3 s. */
  | { readonly kind: "heard"; readonly probability: number };
