/**
 * A field for the number of a node. A valid number is applied while it is typed; an invalid one changes nothing, and
 * its message is shown only when the field is left.
 */

import { useSignal } from "@preact/signals";

import { readNumber } from "../course/lesson.ts";
import { roundTo } from "./change.ts";
import type { Store } from "./store.ts";
import { useDrag } from "./useDrag.ts";
import { useDerived } from "./useLive.ts";

interface FieldProps {
  readonly store: Store;
  readonly id: number | undefined;
  readonly label: string;
  /** The style: "inline" in a sentence, as wide as its number, or "form". */
  readonly look: "inline" | "form";
  readonly element?: string;
}

export function NumberField({ store, id, label, look, element }: FieldProps) {
  const typed = useSignal<string | undefined>(undefined);
  const complaint = useSignal<string | undefined>(undefined);
  const shown = useDerived(
    () => {
      if (typed.value !== undefined) return typed.value;
      const value = id === undefined ? undefined : store.graph.value.nodes[id]?.value;
      return value === undefined || value.rank > 0 ? "" : store.number(value.item());
    },
    store,
    id,
    typed,
  );
  const width = useDerived(() => Math.max(2, shown.value.length + 0.5), shown);
  const drag = useDrag(store, id);
  if (id === undefined) return null;

  const type = (text: string) => {
    typed.value = text;
    const value = readNumber(text);
    if (store.complaint(id, value, label) === undefined) {
      complaint.value = undefined;
      store.setValue(id, value);
    }
  };
  const leave = () => {
    const text = typed.value;
    typed.value = undefined;
    if (text === undefined) return;
    const wrong = store.complaint(id, readNumber(text), label);
    complaint.value = wrong === undefined ? undefined : `${wrong}.`;
  };
  const step = (by: number) => {
    const value = store.graph.value.nodes[id]?.value?.item() ?? 0;
    typed.value = undefined;
    const size = store.stepOf(id);
    store.setValue(id, roundTo(value + by * size, size));
  };
  const keys: Readonly<Record<string, () => void>> = {
    ArrowUp: () => step(1),
    ArrowDown: () => step(-1),
    PageUp: () => step(10),
    PageDown: () => step(-10),
    Enter: leave,
    Escape: () => {
      typed.value = undefined;
      complaint.value = undefined;
    },
  };
  return (
    <span class={`number-field ${look}`}>
      <input
        id={element}
        type="text"
        inputMode="decimal"
        autoComplete="off"
        spellcheck={false}
        aria-label={label}
        aria-invalid={complaint.value === undefined ? undefined : "true"}
        size={look === "inline" ? 1 : undefined}
        style={look === "inline" ? { width: `${width.value}ch` } : {}}
        value={shown}
        onFocus={(event) => {
          store.begin(id);
          event.currentTarget.select();
        }}
        onInput={(event) => type(event.currentTarget.value)}
        onBlur={leave}
        onKeyDown={(event) => {
          const key = keys[event.key];
          if (key === undefined) return;
          event.preventDefault();
          key();
        }}
        {...drag.handlers}
      />
      <span class="complaint" role="alert">
        {complaint}
      </span>
    </span>
  );
}
