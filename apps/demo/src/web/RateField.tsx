/**
 * The field of the learning rate, which is no node of the graph.
 */

import { useSignal } from "@preact/signals";
import { complaintAbout, readNumber } from "../course/lesson.ts";
import type { Store } from "./store.ts";

export function RateField({ store }: { readonly store: Store }) {
  const typed = useSignal<string | undefined>(undefined);
  const complaint = useSignal("");
  const { training: words, complaints } = store.texts;
  const { inputs } = store.state.value;
  const input = store.lesson.value.inputs["rate"];
  if (input === undefined) return null;
  const rate = inputs["rate"] ?? 0;
  const check = (text: string) => complaintAbout(input, readNumber(text), complaints);
  return (
    <label class="number-field form">
      {words.rate}{" "}
      <input
        id="rate"
        type="text"
        inputMode="decimal"
        autoComplete="off"
        value={typed.value ?? store.number(rate)}
        aria-invalid={complaint.value === "" ? undefined : "true"}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
          if (check(typed.value) !== undefined) return;
          complaint.value = "";
          store.setRate(readNumber(typed.value));
        }}
        onBlur={() => {
          if (typed.value !== undefined) complaint.value = check(typed.value) ?? "";
          typed.value = undefined;
        }}
      />
      <span class="complaint" role="alert">
        {complaint}
      </span>
    </label>
  );
}
