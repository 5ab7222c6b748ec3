/** The messages of the page and its worker. */

import type { WideSvgOptions } from "@graddiff/core";
import type { Position, SessionState } from "./session.ts";

export type ToWorker =
  | { readonly kind: "look"; readonly look: WideSvgOptions }
  | { readonly kind: "train"; readonly epochs: number; readonly again: boolean }
  | { readonly kind: "stop" };

export type FromWorker =
  | { readonly kind: "state"; readonly state: SessionState }
  /** The message of a tensor [height, width, 4]: red, green, blue and opacity, from 0 to 255. */
  | { readonly kind: "target"; readonly pixels: unknown }
  /** The same of what the network gives, and how far it was trained. */
  | { readonly kind: "network"; readonly pixels: unknown; readonly after: Position }
  | { readonly kind: "curves"; readonly svg: string };
