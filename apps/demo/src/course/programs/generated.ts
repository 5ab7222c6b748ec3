/**
 * The text of the programs, written by scripts/programs.mjs.
 */

export const sources = {
  addAndMultiply: {
    L: [
      "function L({ x, y }) {",
      '  const sum = named("sum", x.add(y));',
      '  const product = named("product", x.mul(y));',
      '  return named("L", sum.mul(product));',
      "}",
    ],
    layers: [
      "function layers(x, y, print) {",
      "  const add = new Add();",
      "  const multiply = new Multiply();",
      "  const sum = add.forward(x, y);",
      "  const product = multiply.forward(x, y);",
      "  print(sum, product);",
      "  print(...add.backward(product));",
      "  print(...multiply.backward(sum));",
      "}",
    ],
  },
  classifier: {
    E: [
      "function E({ x1, x2, w1, w2, b1, w3, w4,",
      "  b2, w5, w6, b3, v1, v2, v3, c, t }) {",
      '  const h1 = named("h1", sigmoid(w1.mul(x1).add(w2.mul(x2)).add(b1)));',
      '  const h2 = named("h2", sigmoid(w3.mul(x1).add(w4.mul(x2)).add(b2)));',
      '  const h3 = named("h3", sigmoid(w5.mul(x1).add(w6.mul(x2)).add(b3)));',
      "  const sum = v1.mul(h1).add(v2.mul(h2)).add(v3.mul(h3)).add(c);",
      '  const o = named("o", sigmoid(sum));',
      '  return named("E", t.sub(o).square().mul(0.5));',
      "}",
    ],
  },
  network: {
    E: [
      "function E({ i1, i2, w1, w2, w3, w4, b1,",
      "  w5, w6, w7, w8, b2, t1, t2 }) {",
      '  const h1 = named("h1", sigmoid(w1.mul(i1).add(w2.mul(i2)).add(b1)));',
      '  const h2 = named("h2", sigmoid(w3.mul(i1).add(w4.mul(i2)).add(b1)));',
      '  const o1 = named("o1", sigmoid(w5.mul(h1).add(w6.mul(h2)).add(b2)));',
      '  const o2 = named("o2", sigmoid(w7.mul(h1).add(w8.mul(h2)).add(b2)));',
      '  const E1 = named("E1", t1.sub(o1));',
      '  const E2 = named("E2", t2.sub(o2));',
      '  return named("E", E1.square().add(E2.square()).mul(0.5));',
      "}",
    ],
    share: [
      "function share(error, weight, other) {",
      "  return error.mul(weight.div(weight.add(other)));",
      "}",
    ],
    updated: [
      "function updated(weight, gradient, rate) {",
      "  return weight.sub(rate.mul(gradient));",
      "}",
    ],
  },
  neuron: {
    E: [
      "function E({ x1, x2, w1, w2, b, t }) {",
      '  const o = named("o", sigmoid(w1.mul(x1).add(w2.mul(x2)).add(b)));',
      '  return named("E", t.sub(o).square().mul(0.5));',
      "}",
    ],
  },
  purchases: {
    total: [
      "function total({ price, count, tax }) {",
      '  return named("total", price.mul(count).mul(tax).sum());',
      "}",
    ],
  },
  shopping: {
    total: [
      "function total({ apples, applePrice,",
      "  tangerines, tangerinePrice, tax }) {",
      '  const appleSum = named("appleSum", apples.mul(applePrice));',
      '  const tangerineSum = named("tangerineSum", tangerines.mul(tangerinePrice));',
      '  const fruit = named("fruit", appleSum.add(tangerineSum));',
      '  return named("total", fruit.mul(tax));',
      "}",
    ],
  },
  snackTax: {
    layers: [
      "function layers(snack, count, tax, print) {",
      "  const snackLayer = new Multiply();",
      "  const taxLayer = new Multiply();",
      "  const price = snackLayer.forward(snack, count);",
      "  const total = taxLayer.forward(price, tax);",
      "  print(price, total);",
      "  const [dPrice, dTax] = taxLayer.backward(1);",
      "  print(dPrice, dTax);",
      "  const [dSnack, dCount] = snackLayer.backward(dPrice);",
      "  print(dSnack, dCount);",
      "}",
    ],
    total: [
      "function total({ snack, count, tax }) {",
      '  const price = named("price", snack.mul(count));',
      '  return named("total", price.mul(tax));',
      "}",
    ],
  },
  squareArea: {
    area: ["function area({ side }) {", '  return named("area", side.square());', "}"],
  },
  squareOfSum: {
    z: [
      "function z({ x, y }) {",
      '  const t = named("t", x.add(y));',
      '  return named("z", t.square());',
      "}",
    ],
  },
  squash: {
    o: [
      "function o({ x }) {",
      '  const minus = named("minus", x.neg());',
      '  const power = named("power", minus.exp());',
      '  const sum = named("sum", power.add(1));',
      '  return named("o", sum.reciprocal());',
      "}",
    ],
  },
  twoApples: {
    total: [
      "function total({ price, count, tax }) {",
      '  const apples = named("apples", price.mul(count));',
      '  return named("total", apples.mul(tax));',
      "}",
    ],
  },
} as const;
