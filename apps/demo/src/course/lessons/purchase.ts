/**
 * The inputs of a purchase: two things at 100, and a tax of 10 %.
 */

export const purchase = {
  price: { initial: 100, step: 1, minimum: 0 },
  count: { initial: 2, step: 1, minimum: 0 },
  tax: { initial: 1.1, step: 0.01, minimum: 0 },
} as const;
