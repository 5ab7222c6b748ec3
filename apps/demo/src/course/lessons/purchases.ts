/**
 * Many purchases, the same on every run: prices from 50 to 549, counts from 1 to 9, taxes of 5, 8 or 10 %.
 */

import { type Tensor, tensor } from "@graddiff/core";

const TAXES = [1.05, 1.08, 1.1];

/** The purchases as arrays, which hand-written loops read. */
export interface PurchaseArrays {
  readonly price: Float64Array;
  readonly count: Float64Array;
  readonly tax: Float64Array;
}

export function purchaseArrays(purchases: number): PurchaseArrays {
  const make = (element: (index: number) => number) =>
    Float64Array.from({ length: purchases }, (_, i) => element(i));
  return {
    price: make((i) => 50 + ((i * 7919) % 500)),
    count: make((i) => 1 + ((i * 31) % 9)),
    tax: make((i) => TAXES[(i * 17) % TAXES.length] ?? 1),
  };
}

export function makePurchases(purchases: number): Record<"price" | "count" | "tax", Tensor> {
  const { price, count, tax } = purchaseArrays(purchases);
  return { price: tensor(price), count: tensor(count), tax: tensor(tax) };
}
