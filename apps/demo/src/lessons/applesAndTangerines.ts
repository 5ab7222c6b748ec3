/**
 * The shopping example: a graph of four nodes, forward and backward.
 */

import { Add, explain, Multiply, named, type Tensor } from "@graddiff/core";
import { defineLesson } from "./lesson.ts";
import { formatNumber, plain } from "./numbers.ts";

type Names = "applePrice" | "appleCount" | "tangerinePrice" | "tangerineCount" | "tax";

const total = ({
  applePrice,
  appleCount,
  tangerinePrice,
  tangerineCount,
  tax,
}: Record<Names, Tensor>) =>
  named("total", applePrice.mul(appleCount).add(tangerinePrice.mul(tangerineCount)).mul(tax));

/** Apples and tangerines with tax: multiply, add, and back again. */
export const applesAndTangerines = defineLesson({
  name: "apples-and-tangerines",
  title: "Apples and tangerines",
  explanation:
    "A computational graph makes a calculation out of small steps. Each node does one simple thing " +
    "and keeps what it saw, so a long calculation is easy to write and its intermediate results are " +
    "there to look at. Forward, from left to right, it gives the total of a purchase. Backward, " +
    "from right to left, it gives the gradient of the total: how much each price, each count and " +
    "the tax matter, all of them in one pass.",
  inputs: {
    applePrice: { label: "Apple price", initial: 100, minimum: 0 },
    appleCount: { label: "Apple count", initial: 2, minimum: 0 },
    tangerinePrice: { label: "Tangerine price", initial: 150, minimum: 0 },
    tangerineCount: { label: "Tangerine count", initial: 3, minimum: 0 },
    tax: { label: "Tax factor", initial: 1.1, minimum: 0 },
  },
  run({ applePrice, appleCount, tangerinePrice, tangerineCount, tax }) {
    const apples = new Multiply();
    const tangerines = new Multiply();
    const fruit = new Add();
    const taxed = new Multiply();

    const appleTotal = apples.forward(applePrice, appleCount);
    const tangerineTotal = tangerines.forward(tangerinePrice, tangerineCount);
    const fruitTotal = fruit.forward(appleTotal, tangerineTotal);
    const payment = taxed.forward(fruitTotal, tax);

    const [dFruit, dTax] = plain(taxed.backward(1));
    const [dApples, dTangerines] = plain(fruit.backward(dFruit));
    const [dTangerinePrice, dTangerineCount] = plain(tangerines.backward(dTangerines));
    const [dApplePrice, dAppleCount] = plain(apples.backward(dApples));

    return {
      sections: [
        {
          heading: "The graph",
          text: "Above each line the forward value, below it the gradient of the total.",
          graph: explain(total)({ applePrice, appleCount, tangerinePrice, tangerineCount, tax }),
        },
        {
          heading: "Forward: the total",
          table: {
            columns: [
              { title: "step" },
              { title: "layer" },
              { title: "calculation", kind: "formula" },
              { title: "value", kind: "value" },
            ],
            rows: [
              [
                "apples",
                "Multiply",
                `${formatNumber(applePrice)} × ${formatNumber(appleCount)}`,
                appleTotal,
              ],
              [
                "tangerines",
                "Multiply",
                `${formatNumber(tangerinePrice)} × ${formatNumber(tangerineCount)}`,
                tangerineTotal,
              ],
              [
                "all fruit",
                "Add",
                `${formatNumber(appleTotal)} + ${formatNumber(tangerineTotal)}`,
                fruitTotal,
              ],
              [
                "with tax",
                "Multiply",
                `${formatNumber(fruitTotal)} × ${formatNumber(tax)}`,
                payment,
              ],
            ],
          },
        },
        {
          heading: "Backward: the gradients",
          text:
            "It starts with 1, the gradient of the total with respect to itself. Each layer takes " +
            "the gradient of its output and gives those of its two inputs.",
          table: {
            columns: [
              { title: "step" },
              { title: "layer" },
              { title: "arrives", kind: "gradient" },
              { title: "to 1st input", kind: "gradient" },
              { title: "to 2nd input", kind: "gradient" },
            ],
            rows: [
              ["with tax", "Multiply", 1, dFruit, dTax],
              ["all fruit", "Add", dFruit, dApples, dTangerines],
              ["tangerines", "Multiply", dTangerines, dTangerinePrice, dTangerineCount],
              ["apples", "Multiply", dApples, dApplePrice, dAppleCount],
            ],
          },
        },
        {
          heading: "What the gradients say",
          text: "If an input grows by a little, the total grows by that much times its gradient.",
          table: {
            columns: [
              { title: "input" },
              { title: "is", kind: "value" },
              { title: "∂total/∂input", kind: "gradient" },
            ],
            rows: [
              ["apple price", applePrice, dApplePrice],
              ["apple count", appleCount, dAppleCount],
              ["tangerine price", tangerinePrice, dTangerinePrice],
              ["tangerine count", tangerineCount, dTangerineCount],
              ["tax factor", tax, dTax],
            ],
          },
        },
      ],
    };
  },
});
