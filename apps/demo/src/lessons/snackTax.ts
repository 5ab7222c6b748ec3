/**
 * Two multiplications: the smallest graph that shows everything.
 */

import { explain, Multiply, named, type Tensor } from "@graddiff/core";
import { defineLesson } from "./lesson.ts";
import { plain } from "./numbers.ts";

const total = ({ snack, count, tax }: Record<"snack" | "count" | "tax", Tensor>) =>
  named("total", named("price", snack.mul(count)).mul(tax));

/** The price of some snacks with tax, forward and backward, by two Multiply layers. */
export const snackTax = defineLesson({
  name: "snack-tax",
  title: "Snacks and tax, in two layers",
  explanation:
    "A layer is a node of the graph that one can hold in the hand. Its forward computes and keeps " +
    "the inputs it saw; its backward multiplies the gradient that comes in by the local derivative " +
    "of each input. Two Multiply layers, one after the other, make the price of some snacks with " +
    "tax. Going back through them in reverse order gives the gradient of the total with respect " +
    "to every number that went in.",
  inputs: {
    snack: { label: "Price of a snack", initial: 100, minimum: 0 },
    count: { label: "Count", initial: 2, minimum: 0 },
    tax: { label: "Tax factor", initial: 1.1, minimum: 0 },
  },
  run({ snack, count, tax }) {
    const snackLayer = new Multiply();
    const taxLayer = new Multiply();
    const price = snackLayer.forward(snack, count);
    const totalPrice = taxLayer.forward(price, tax);
    const [dPrice, dTax] = plain(taxLayer.backward(1));
    const [dSnack, dCount] = plain(snackLayer.backward(dPrice));
    return {
      sections: [
        {
          heading: "What the program prints",
          text:
            "First line: the price and the total. Second: the gradients of the price and of the " +
            "tax. Third: those of the snack and of the count. The last digits are those of binary " +
            "floating point.",
          lines: [`${price} ${totalPrice}`, `${dPrice} ${dTax}`, `${dSnack} ${dCount}`],
        },
        {
          heading: "The graph",
          text: "Above each line the forward value, below it the gradient of the total.",
          graph: explain(total)({ snack, count, tax }),
        },
        {
          heading: "The two layers",
          table: {
            columns: [
              { title: "call", kind: "formula" },
              { title: "takes", kind: "number" },
              { title: "and", kind: "number" },
              { title: "gives", kind: "number" },
              { title: "and", kind: "number" },
            ],
            rows: [
              ["snackLayer.forward", snack, count, price, ""],
              ["taxLayer.forward", price, tax, totalPrice, ""],
              ["taxLayer.backward", 1, "", dPrice, dTax],
              ["snackLayer.backward", dPrice, "", dSnack, dCount],
            ],
          },
        },
      ],
    };
  },
});
