/** The messages of the page and its worker. */

import type { Shape, TypedArray } from "@graddiff/core";
import type { Description, Pick, Seen } from "./neuron.ts";

export type ToWorker =
  | { readonly kind: "open"; readonly bytes: Uint8Array }
  /** The message of a list of tensors. */
  | { readonly kind: "inputs"; readonly inputs: unknown }
  | { readonly kind: "look"; readonly look: LookAt };

/** A request for a value and a neuron. */
export interface LookAt {
  /** The number of the request; of several waiting requests, only the last one is answered. */
  readonly id: number;
  /** The name of a value in the model. */
  readonly value: string;
  /** The neuron of which the gradient is taken; undefined for none. */
  readonly pick: Pick | undefined;
  /** The index of the input to which the gradient is taken. */
  readonly input: number | undefined;
}

export type FromWorker =
  | { readonly kind: "model"; readonly description: Description }
  /** The shapes, by the names of values. */
  | { readonly kind: "shapes"; readonly shapes: Readonly<Record<string, Shape>> }
  | { readonly kind: "seen"; readonly look: LookAt; readonly seen: Seen }
  | {
      readonly kind: "gradient";
      readonly look: LookAt;
      readonly gradient: TypedArray;
      readonly milliseconds: number;
    }
  | { readonly kind: "error"; readonly during: ToWorker["kind"]; readonly text: string };
