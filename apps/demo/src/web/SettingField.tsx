/**
 * The field of an input that is no node of the graph, such as the learning rate.
 */

import { useSignal } from "@preact/signals";
import { complaintAbout, readNumber } from "../course/lesson.ts";
import type { Store } from "./store.ts";

interface SettingProps {
  readonly store: Store;
  /** The name of the input. */
  readonly name: string;
  readonly label: string;
  readonly look: "inline" | "form";
}

export function SettingField({ store, name, label, look }: SettingProps) {
  const typed = useSignal<string | undefined>(undefined);
  const complaint = useSignal("");
  const hasFocus = useSignal(false);
  const input = store.lesson.value.inputs[name];
  if (input === undefined) return null;
  const check = (text: string) => complaintAbout(input, readNumber(text), label, store.texts);
  const value = store.state.value.inputs[name] ?? 0;
  // While the field has the focus, its number has neither separators nor words.
  const shown = input.whole && !hasFocus.value ? store.texts.count(value) : store.number(value);
  const text = typed.value ?? shown;
  return (
    <span class={`number-field ${look}`}>
      <input
        type="text"
        inputMode="decimal"
        autoComplete="off"
        aria-label={label}
        size={look === "inline" ? 1 : undefined}
        style={look === "inline" ? { width: `${text.length + 0.5}ch` } : {}}
        value={text}
        aria-invalid={complaint.value === "" ? undefined : "true"}
        onFocus={() => {
          hasFocus.value = true;
        }}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
          if (check(typed.value) !== undefined) return;
          complaint.value = "";
          store.setSetting(name, readNumber(typed.value));
        }}
        onBlur={() => {
          const wrong = typed.value === undefined ? undefined : check(typed.value);
          complaint.value = wrong === undefined ? "" : `${wrong}.`;
          typed.value = undefined;
          hasFocus.value = false;
        }}
      />
      <span class="complaint" role="alert">
        {complaint}
      </span>
    </span>
  );
}
