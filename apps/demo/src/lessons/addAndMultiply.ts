/**
 * The two nodes that everything else can be compared with.
 */

import { Add, explain, Multiply, named, type Tensor } from "@graddiff/core";
import { defineLesson } from "./lesson.ts";
import { plain } from "./numbers.ts";

type Names = "x" | "y" | "rest";

// What comes after the node multiplies by `rest`, so that this gradient arrives at the node.
const sum = ({ x, y, rest }: Record<Names, Tensor>) => named("L", named("z", x.add(y)).mul(rest));
const product = ({ x, y, rest }: Record<Names, Tensor>) =>
  named("L", named("z", x.mul(y)).mul(rest));

/** Add passes the gradient on; multiply swaps its inputs. */
export const addAndMultiply = defineLesson({
  name: "add-and-multiply",
  title: "The add node and the multiply node",
  explanation:
    "Two rules carry most of back-propagation. For z = x + y both local derivatives are 1, so the " +
    "add node passes the gradient on unchanged. For z = x · y the local derivative of x is y, and " +
    "that of y is x, so the multiply node multiplies the gradient by its inputs, swapped. That is " +
    "why a multiply layer has to keep its inputs in forward, and an add layer need not.",
  inputs: {
    x: { label: "x", initial: 10 },
    y: { label: "y", initial: 5 },
    rest: { label: "Gradient that arrives", initial: 1.3 },
  },
  run({ x, y, rest }) {
    const add = new Add();
    const multiply = new Multiply();
    const addOutput = add.forward(x, y);
    const multiplyOutput = multiply.forward(x, y);
    const [addX, addY] = plain(add.backward(rest));
    const [multiplyX, multiplyY] = plain(multiply.backward(rest));
    return {
      sections: [
        {
          heading: "Both layers, forward and backward",
          table: {
            columns: [
              { title: "layer" },
              { title: "forward", kind: "value" },
              { title: "gradient arrives", kind: "gradient" },
              { title: "to x", kind: "gradient" },
              { title: "to y", kind: "gradient" },
            ],
            rows: [
              ["Add", addOutput, rest, addX, addY],
              ["Multiply", multiplyOutput, rest, multiplyX, multiplyY],
            ],
          },
        },
        {
          heading: "Where the numbers come from",
          table: {
            columns: [
              { title: "layer" },
              { title: "to x", kind: "formula" },
              { title: "to y", kind: "formula" },
              { title: "in words" },
            ],
            rows: [
              ["Add", `${rest} × 1`, `${rest} × 1`, "passed on unchanged"],
              ["Multiply", `${rest} × ${y}`, `${rest} × ${x}`, "times the other input"],
            ],
          },
        },
        {
          heading: "The add node in a graph",
          text: "The rest of the calculation multiplies by “rest”: that is the gradient that arrives.",
          graph: explain(sum)({ x, y, rest }),
        },
        {
          heading: "The multiply node in a graph",
          graph: explain(product)({ x, y, rest }),
        },
      ],
    };
  },
});
