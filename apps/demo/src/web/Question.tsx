/**
 * A question of the guided run: the learner predicts a number before it is shown. After a wrong answer there is a hint
 * about the mistake, and a second try.
 */

import { useSignal } from "@preact/signals";
import { readAnswer } from "../instrument/answer.ts";
import type { Store } from "./store.ts";
import { verdict } from "./verdict.ts";

export function Question({ store }: { readonly store: Store }) {
  const words = store.texts.ask;
  const typed = useSignal("");
  const unread = useSignal("");
  const question = store.question.value;
  if (question === undefined || !store.canAsk()) return null;
  const { id, what, isByLink } = question;
  const answer = `${store.prefix}-answer`;
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
      <label for={answer}>
        {(isByLink ? store.texts.teacher.question : words[what])(store.nameOf(id))}
      </label>
      <span class="answer">
        <input
          id={answer}
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
        {isShown || unread.value === "" ? verdict(store, { id, what }) : unread.value}
      </output>
    </form>
  );
}
