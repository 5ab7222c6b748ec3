/** The messages of the page and the worker of a block. */

import type { Prepared } from "./program.ts";

export type Order = Prepared;

/** A picture as SVG, in both themes. */
export interface Picture {
  readonly light: string;
  readonly dark: string;
}

export type Report =
  /** The libraries are loaded, and the program begins. */
  | { readonly kind: "begun" }
  | { readonly kind: "line"; readonly text: string; readonly isWarning: boolean }
  | { readonly kind: "picture"; readonly picture: Picture }
  | { readonly kind: "error"; readonly text: string; readonly line: number | undefined }
  | { readonly kind: "forbidden" }
  | { readonly kind: "done"; readonly unshown: number };
