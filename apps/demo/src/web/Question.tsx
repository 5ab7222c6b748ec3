/**
 * A question of the guided run: predict, then reveal. A wrong answer gets a hint that knows the mistake, and a
 * second try.
 */

import { useSignal } from "@preact/signals";
import type { RunStep } from "../course/lesson.ts";
import { isRight, mistakeOf, readAnswer } from "../instrument/answer.ts";
import type { Asked } from "../instrument/readings.ts";
import type { Store } from "./store.ts";

interface QuestionProps {
  readonly store: Store;
  readonly ask: NonNullable<RunStep["ask"]>;
}

export function Question({ store, ask }: QuestionProps) {
  const words = store.texts.ask;
  const typed = useSignal("");
  const unread = useSignal("");
  const id = store.idOf(ask.node);
  if (id === undefined) return null;
  const { isShown, said } = store.answer();
  const submit = (event: Event) => {
    event.preventDefault();
    const number = readAnswer(typed.value);
    unread.value = Number.isNaN(number) ? words.unread(typed.value.trim()) : "";
    if (!Number.isNaN(number)) store.say(number);
  };
  const hasVerdict = unread.value !== "" || said.length > 0 || isShown;
  return (
    <form class="question" onSubmit={submit}>
      <label for="answer">{words[ask.what](store.nameOf(id))}</label>
      <span class="answer">
        <input
          id="answer"
          type="text"
          inputMode="decimal"
          autoComplete="off"
          placeholder={words.answer}
          readOnly={isShown}
          value={typed}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
          }}
        />
        <button type="submit" class="primary" disabled={isShown}>
          {words.check}
        </button>
        <button type="button" disabled={isShown} onClick={() => store.showAnswer()}>
          {words.reveal}
        </button>
      </span>
      <output class={hasVerdict ? "verdict" : "verdict empty"}>
        {isShown || unread.value === "" ? verdict(store, { id, what: ask.what }) : unread.value}
      </output>
    </form>
  );
}

/** What is said to the last answer. */
function verdict(store: Store, asked: Asked): string {
  const words = store.texts.ask;
  const { isShown, said } = store.answer();
  const last = said.at(-1);
  const right = store.askedNumber();
  if (last !== undefined && isRight(last, right)) return words.right(store.number(right));
  if (last !== undefined && !isShown) return words.again(hint(store, asked, last));
  if (!isShown) return "";
  return last === undefined
    ? words.shown(store.number(right))
    : words.near(store.number(right), store.number(last));
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
    case "unknown":
      return asked.what === "value"
        ? words.hintValue(store.operationOf(asked.id))
        : words.hintGradient;
    default:
      return mistake satisfies never;
  }
}
