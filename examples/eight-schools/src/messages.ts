/** The messages of the page and its worker. */

import type { WideSvgOptions } from "@graddiff/core";
import type { Form } from "./settings.ts";
import type { SessionState } from "./state.ts";

export type ToWorker =
  | { readonly kind: "look"; readonly look: WideSvgOptions }
  | { readonly kind: "choose"; readonly form: Form }
  | { readonly kind: "draw"; readonly seed: number }
  | { readonly kind: "stop" }
  /** The choice of slow or full speed. */
  | { readonly kind: "pace"; readonly isSlowed: boolean }
  /** The report that the last plots are on the screen. */
  | { readonly kind: "shown" }
  /** The request for the file of the draws. */
  | { readonly kind: "save" };

export type FromWorker =
  | { readonly kind: "state"; readonly state: SessionState }
  /** The texts of two SVG documents; undefined where nothing is drawn. */
  | { readonly kind: "plots"; readonly plots: Plots | undefined }
  | { readonly kind: "file"; readonly name: string; readonly text: string };

export type Plots = Readonly<Record<"rank" | "trace", string>>;
