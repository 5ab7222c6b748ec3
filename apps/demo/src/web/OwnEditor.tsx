/**
 * The editor of the reader's own function: the text is read when typing pauses, troubles are marked at their position,
 * and points to train on can be entered.
 */

import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { readNumber } from "../course/lesson.ts";
import type { OwnPoints } from "../course/lessons.ts";
import type { Alternative } from "../own/choices.ts";
import { PRESET_NAMES, PRESETS } from "../own/presets.ts";
import { tryProgram } from "../own/program.ts";
import { choiceText, troubleText } from "../own/sentences.ts";
import { Trouble } from "../own/trouble.ts";
import { Formula } from "./Formula.tsx";
import { NumberField } from "./NumberField.tsx";
import { keepFunction, keptFunctions } from "./own.ts";
import type { Store } from "./store.ts";
import { useDerived } from "./useLive.ts";

interface OfStore {
  readonly store: Store;
}

/** The milliseconds between the last key and the reading of a text. */
const REST = 40;

/** Signs that keyboards of phones do not have, or have only on another page. */
const KEYS = ["√", "π", "²", "σ", "(", ")", "|"] as const;

/** The most texts that can be undone. */
const MOST_UNDONE = 50;

export function OwnEditor({ store }: OfStore) {
  const words = store.texts.own;
  const shown = useDerived(() => store.state.value.text, store).value;
  const typed = useSignal(shown);
  const trouble = useSignal<Trouble | undefined>(undefined);
  const before = useRef<string[]>([]);
  const undoable = useSignal(false);
  const kept = useSignal(keptFunctions());
  const timer = useRef(0);
  const isComposing = useRef(false);
  const last = useRef(shown);
  const input = useRef<HTMLTextAreaElement>(null);
  const undoButton = useRef<HTMLButtonElement>(null);
  // A link, a preset or the browser's history may set another text.
  useEffect(() => {
    if (shown !== last.current) {
      typed.value = shown;
      trouble.value = undefined;
    }
    last.current = shown;
  }, [shown, typed, trouble]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const apply = (text: string) => {
    const read = tryProgram(text);
    if (read instanceof Trouble) {
      trouble.value = read;
      return;
    }
    trouble.value = undefined;
    const present = store.state.peek().text;
    if (text === present) return;
    before.current = [...before.current, present].slice(-MOST_UNDONE);
    undoable.value = true;
    last.current = text;
    store.showOwn(text);
  };
  const type = (text: string) => {
    typed.value = text;
    clearTimeout(timer.current);
    // A text is not read while a syllable is being composed.
    if (!isComposing.current) timer.current = window.setTimeout(apply, REST, text);
  };
  const take = (text: string) => {
    typed.value = text;
    clearTimeout(timer.current);
    apply(text);
  };
  /** Writes another reading into the text. Its button disappears, so the undo button gets the focus. */
  const rewrite = (text: string) => {
    take(text);
    requestAnimationFrame(() => undoButton.current?.focus());
  };
  /** Inserts a sign at the cursor. */
  const insert = (sign: string) => {
    const area = input.current;
    if (area === null) return;
    const { selectionStart: start, selectionEnd: end } = area;
    const text = area.value.slice(0, start) + sign + area.value.slice(end);
    area.value = text;
    area.setSelectionRange(start + sign.length, start + sign.length);
    area.focus();
    type(text);
  };
  const undo = () => {
    const text = before.current.pop();
    undoable.value = before.current.length > 0;
    if (text === undefined) return;
    typed.value = text;
    trouble.value = undefined;
    last.current = text;
    store.showOwn(text);
  };
  const field = `${store.prefix}-own`;
  const lines = typed.value.split("\n").length;
  return (
    <section class="own" aria-label={words.field}>
      <label for={field}>{words.field}</label>
      <div class="own-field">
        <Marks text={typed.value} trouble={trouble.value} />
        <textarea
          ref={input}
          id={field}
          rows={Math.min(12, Math.max(2, lines))}
          spellcheck={false}
          autocapitalize="off"
          autocomplete="off"
          value={typed.value}
          aria-invalid={trouble.value === undefined ? undefined : "true"}
          aria-describedby={`${field}-read`}
          onCompositionStart={() => {
            isComposing.current = true;
          }}
          onCompositionEnd={(event) => {
            isComposing.current = false;
            type(event.currentTarget.value);
          }}
          onInput={(event) => type(event.currentTarget.value)}
          onScroll={(event) => {
            const marks = event.currentTarget.previousElementSibling;
            if (marks) marks.scrollTop = event.currentTarget.scrollTop;
          }}
        />
      </div>
      <fieldset class="own-keys" aria-label={words.keys}>
        {KEYS.map((sign) => (
          <button
            key={sign}
            type="button"
            // The default is prevented so that the field keeps the focus, and a phone shows its keyboard.
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => insert(sign)}
          >
            {sign}
          </button>
        ))}
      </fieldset>
      <div class="own-read" id={`${field}-read`} aria-live="polite">
        {trouble.value === undefined ? (
          <Read store={store} write={rewrite} />
        ) : (
          <>
            <p class="trouble">
              {troubleText(store.texts, trouble.value)}{" "}
              <Others store={store} others={trouble.value.others} write={rewrite} />
            </p>
            <p class="note">{words.waiting}</p>
          </>
        )}
      </div>
      <Starts store={store} />
      <div class="own-buttons">
        <button type="button" ref={undoButton} disabled={!undoable.value} onClick={undo}>
          {words.undo}
        </button>
        <button
          type="button"
          onClick={() => {
            kept.value = keepFunction(store.state.peek().text);
          }}
        >
          {words.keep}
        </button>
      </div>
      <div class="own-presets">
        <span>{words.presets}</span>
        {PRESET_NAMES.map((name) => (
          <button key={name} type="button" onClick={() => take(PRESETS[name])}>
            {words.preset[name]}
          </button>
        ))}
      </div>
      {kept.value.length > 0 && (
        <div class="own-presets own-kept">
          <span>{words.kept}</span>
          {kept.value.map((text) => (
            <span key={text} class="kept">
              <button type="button" onClick={() => take(text)}>
                {shortened(text)}
              </button>
              <button
                type="button"
                class="forget"
                aria-label={words.forget(shortened(text))}
                onClick={() => {
                  kept.value = keepFunction(text, false);
                }}
              >
                ×
              </button>
            </span>
          ))}
        </div>
      )}
      <Points store={store} />
    </section>
  );
}

/** Returns the first line of a text, as a label. */
function shortened(text: string): string {
  const [first = ""] = text.split("\n");
  return first.length <= 26 ? first : `${first.slice(0, 25)}…`;
}

/** Shows a copy of the text behind the field, with a mark where it cannot be read. */
function Marks({
  text,
  trouble,
}: {
  readonly text: string;
  readonly trouble: Trouble | undefined;
}) {
  const { start = 0, end = 0 } = trouble ?? {};
  // At the end of a line, a space is marked.
  const marked = text.slice(start, end) || " ";
  return (
    <pre class="marks" aria-hidden="true">
      {trouble === undefined ? (
        text
      ) : (
        <>
          {text.slice(0, start)}
          <mark>{marked}</mark>
          {text.slice(end)}
        </>
      )}
      {"\n"}
    </pre>
  );
}

interface ReadProps extends OfStore {
  readonly write: (text: string) => void;
}

/** Shows the function with all brackets, and the choices of the parser. */
function Read({ store, write }: ReadProps) {
  const words = store.texts.own;
  const read = tryProgram(store.lesson.value.own?.text ?? "");
  if (read instanceof Trouble) return null;
  return (
    <>
      <span class="label">{words.read}</span>
      {read.lines.map((line) => (
        <Formula key={line.name} line={line} />
      ))}
      {read.choices.length > 0 && (
        <ul class="own-choices">
          {read.choices.map((choice) => (
            <li key={`${choice.kind} ${choice.start} ${choice.end}`}>
              <code>{choiceText(store.texts, choice)}</code>{" "}
              <Others store={store} others={choice.others} write={write} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

interface OthersProps extends ReadProps {
  readonly others: readonly Alternative[];
}

/** Shows the buttons that write another reading into the text. */
function Others({ store, others, write }: OthersProps) {
  return (
    <>
      {others.map(({ shown, text }) => (
        <button key={shown} type="button" class="other" onClick={() => write(text)}>
          {store.texts.own.write(shown)}
        </button>
      ))}
    </>
  );
}

/** Shows the inputs with their numbers. */
function Starts({ store }: OfStore) {
  const words = store.texts.own;
  const graph = store.graph.peek();
  const ids = graph.nodes.filter(({ kind, name }) => kind === "input" && name !== undefined);
  return (
    <p class="own-starts">
      {ids.map(({ id, name }) => (
        <span key={name} class="start">
          <span>{name}</span> <NumberField store={store} id={id} label={name ?? ""} look="inline" />
        </span>
      ))}
      <span class="label">{words.starts}</span>
    </p>
  );
}

/** The number of rows before a point is typed. */
const FIRST_ROWS = 5;

/** Shows the points to which the function is fitted: the inputs that they set, and their numbers. */
function Points({ store }: OfStore) {
  const words = store.texts.own;
  const text = useDerived(() => store.state.value.text, store).value;
  const points = useDerived(() => store.state.value.points, store).value;
  const read = useMemo(() => tryProgram(text), [text]);
  if (read instanceof Trouble) return null;
  const names = [...read.inputs.keys()];
  const result = read.lines.at(-1)?.name ?? "";
  const show = (next: OwnPoints) => store.showOwn(text, next);
  const toggle = (name: string) => {
    const data = points.data.includes(name)
      ? points.data.filter((each) => each !== name)
      : names.filter((each) => points.data.includes(each) || each === name);
    if (data.length === 0) return show({ data, rows: [] });
    const count = points.rows.length || FIRST_ROWS;
    const rows = Array.from({ length: count }, (_, row) => [
      ...data.map((each) => {
        const column = points.data.indexOf(each);
        return column < 0 ? row : (points.rows[row]?.[column] ?? row);
      }),
      points.rows[row]?.at(-1) ?? row,
    ]);
    return show({ data, rows });
  };
  const set = (row: number, column: number, value: number) => {
    const rows = points.rows.map((point, i) =>
      i === row ? point.map((each, k) => (k === column ? value : each)) : point,
    );
    show({ ...points, rows });
  };
  const columns = [...points.data, words.target];
  return (
    <details class="own-points" open={points.data.length > 0}>
      <summary>{words.points}</summary>
      <p class="note">{points.data.length === 0 ? words.lowers(result) : words.fits(result)}</p>
      <fieldset>
        <legend>{words.data}</legend>
        {names.map((name) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={points.data.includes(name)}
              onChange={() => toggle(name)}
            />
            {name}
          </label>
        ))}
      </fieldset>
      {points.data.length > 0 && (
        <>
          <table class="points-table">
            <thead>
              <tr>
                {columns.map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
                <th />
              </tr>
            </thead>
            <tbody>
              {points.rows.map((point, row) => (
                <tr key={row}>
                  {point.map((value, column) => (
                    <td key={columns[column]}>
                      <Cell
                        label={words.cell(columns[column] ?? "", row + 1)}
                        value={value}
                        set={(next) => set(row, column, next)}
                      />
                    </td>
                  ))}
                  <td>
                    <button
                      type="button"
                      class="forget"
                      aria-label={words.remove(row + 1)}
                      disabled={points.rows.length === 1}
                      onClick={() =>
                        show({ ...points, rows: points.rows.filter((_, i) => i !== row) })
                      }
                    >
                      ×
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          <button
            type="button"
            disabled={points.rows.length >= 20}
            onClick={() => show({ ...points, rows: [...points.rows, points.rows.at(-1) ?? []] })}
          >
            {words.add}
          </button>
        </>
      )}
    </details>
  );
}

interface CellProps {
  readonly label: string;
  readonly value: number;
  readonly set: (value: number) => void;
}

/** Shows a field for a number of a point. A text that is not a number changes nothing. */
function Cell({ label, value, set }: CellProps) {
  const typed = useSignal<string | undefined>(undefined);
  return (
    <input
      type="text"
      inputMode="decimal"
      autoComplete="off"
      aria-label={label}
      value={typed.value ?? String(value)}
      onInput={(event) => {
        typed.value = event.currentTarget.value;
        const number = readNumber(typed.value);
        if (Number.isFinite(number)) set(number);
      }}
      onBlur={() => {
        typed.value = undefined;
      }}
    />
  );
}
