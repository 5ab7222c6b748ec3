/** The verdict on an answer: right, or the mistake that explains it. */

import { isRight, mistakeOf } from "../instrument/answer.ts";
import type { Asked } from "../instrument/readings.ts";
import type { Store } from "./store.ts";

/** Returns the verdict on the last answer. */
export function verdict(store: Store, asked: Asked): string {
  const words = store.texts.ask;
  const { isShown, said } = store.answer();
  const last = said.at(-1);
  const right = store.askedNumber();
  if (last !== undefined && isRight(last, right)) return words.right(store.number(right));
  if (last !== undefined && !isShown) return words.again(hint(store, asked, last));
  if (!isShown) return "";
  return last === undefined
    ? words.shown(store.number(right))
    : words.near(store.number(right), store.number(last), hint(store, asked, last));
}

function hint(store: Store, asked: Asked, said: number): string {
  const words = store.texts.ask;
  const { layout, routesFrom } = store.arranged.value;
  const routes = {
    from: routesFrom.get(asked.id) ?? [],
    to: layout.routes.filter(({ to }) => to === asked.id),
  };
  const drawn = layout.nodes.map(({ id }) => id);
  const mistake = mistakeOf(store.graph.value, routes, drawn, asked, said);
  const number = store.number(said);
  switch (mistake.kind) {
    case "gradient":
      return words.isGradient(number, store.nameOf(mistake.node));
    case "value":
      return words.isValue(number, store.nameOf(mistake.node));
    case "part":
      return words.isPart(number, store.nameOf(mistake.node));
    case "sign":
      return words.isSign;
    case "point":
      return words.isPoint;
    case "sum":
      return words.isSum;
    case "product":
      return words.isProduct;
    case "unknown":
      return asked.what === "value"
        ? words.hintValue(store.operationOf(asked.id))
        : words.hintGradient;
    default:
      return mistake satisfies never;
  }
}
