/**
 * The program beside the stage: pointing at a line highlights its nodes, and the reverse.
 */

import { useComputed, useSignal } from "@preact/signals";
import { namesByLine } from "../instrument/lines.ts";
import type { Store } from "./store.ts";
import { useDerived } from "./useLive.ts";

/** Shows the programs of a lesson, or the one of a typed function, and what they print. */
export function Code({ store }: { readonly store: Store }) {
  return (
    <>
      <Program store={store} />
      <Own store={store} />
      <Printed store={store} />
    </>
  );
}

/** Shows the program of a typed function, to copy. */
function Own({ store }: { readonly store: Store }) {
  const words = store.texts.own;
  const copied = useSignal("");
  const lines = useComputed(() => store.lesson.value.own?.code(store.values.value) ?? []).value;
  if (store.lesson.value.own === undefined) return null;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(`${lines.join("\n")}\n`);
      copied.value = store.texts.stage.copied;
    } catch {
      copied.value = "";
    }
  };
  return (
    <section class="own-code" aria-label={words.code}>
      <p class="own-code-head">
        <b>{words.code}</b> <output class="copied">{copied}</output>
        <button type="button" onClick={copy}>
          {words.copy}
        </button>
      </p>
      <pre class="code">{lines.join("\n")}</pre>
      <p class="note">{words.same}</p>
    </section>
  );
}

export function Program({ store }: { readonly store: Store }) {
  const lesson = store.lesson.value;
  const { program } = store.texts;
  if (lesson.programs.length === 0) return null;
  return (
    <section class="program" aria-label={program.heading}>
      {lesson.programs.map((lines) => (
        <Listing key={`${lesson.name} ${lines[0]}`} store={store} lines={lines} />
      ))}
    </section>
  );
}

/** Shows the lines that the program prints, beside it. */
export function Printed({ store }: { readonly store: Store }) {
  const text = useComputed(() => {
    const inputs = store.values.value;
    return (store.lesson.value.prints?.(inputs) ?? []).join("\n");
  });
  const hasAdjusted = useComputed(() => store.hasAdjusted());
  if (store.lesson.value.prints === undefined) return null;
  return (
    <section class="prints" aria-label={store.texts.program.prints}>
      <h2>{store.texts.program.prints}</h2>
      <pre class="lines">{text}</pre>
      {hasAdjusted.value && <p class="note">{store.texts.program.without}</p>}
    </section>
  );
}

interface ListingProps {
  readonly store: Store;
  readonly lines: readonly string[];
}

function Listing({ store, lines }: ListingProps) {
  const names = namesByLine(lines, store.graph.peek());
  return (
    <ol class="listing">
      {lines.map((line, i) => (
        <Line
          key={i}
          store={store}
          text={line}
          ids={(names[i] ?? []).flatMap((name) => store.idOf(name) ?? [])}
        />
      ))}
    </ol>
  );
}

interface LineProps {
  readonly store: Store;
  readonly text: string;
  readonly ids: readonly number[];
}

function Line({ store, text, ids }: LineProps) {
  const look = useDerived(
    () => {
      const { lit, steps, place } = store;
      const isLit = ids.some((id) => lit.value.has(id));
      const current = steps.value[place.value - 1]?.node;
      const isCurrent = !store.isDone() && current !== undefined && ids.includes(current);
      const names = ["line", isLit ? "is-lit" : "", isCurrent ? "is-current" : ""];
      return names.filter(Boolean).join(" ");
    },
    store,
    ids.join(),
  );
  const indent = text.length - text.trimStart().length;
  const code = <code>{colored(text.trimStart())}</code>;
  const spaces = `indent-${Math.min(2, indent / 2)}`;
  if (ids.length === 0) {
    return (
      <li class={look}>
        <span class={`text ${spaces}`}>{code}</span>
      </li>
    );
  }
  return (
    <li class={look}>
      <button
        type="button"
        class={`text ${spaces}`}
        onClick={() => store.choose(ids[0])}
        onPointerEnter={() => {
          store.lit.value = new Set(ids);
        }}
        onPointerLeave={() => {
          store.lit.value = new Set();
        }}
        onFocus={() => {
          store.lit.value = new Set(ids);
        }}
        onBlur={() => {
          store.lit.value = new Set();
        }}
      >
        {code}
      </button>
    </li>
  );
}

const TOKEN = /("[^"]*"|\b(?:const|return|function|new)\b|\b\d+(?:\.\d+)?\b)/;

/** Colours keywords, strings and numbers. A line breaks between words, or before a method. */
function colored(text: string) {
  return text.split(/( +)(?!\{$)/).map((word, i) =>
    i % 2 === 1 ? (
      word
    ) : (
      <span key={i} class="word">
        {word.split(TOKEN).flatMap((part, j) => {
          if (j % 2 === 0) return breakable(part);
          const look = part.startsWith('"') ? "string" : /^\d/.test(part) ? "literal" : "keyword";
          return (
            <span key={j} class={look}>
              {part}
            </span>
          );
        })}
      </span>
    ),
  );
}

function breakable(code: string) {
  return code
    .split(/(?=\.[a-z])/)
    .flatMap((part, i) => (i === 0 ? [part] : [<wbr key={part} />, part]));
}
