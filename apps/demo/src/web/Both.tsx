/**
 * Both modes side by side: two stages that advance together, with the number of their passes.
 */

import { computed, type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { State } from "../instrument/link.ts";
import { forwardCost } from "../instrument/modes.ts";
import { Stage } from "./Stage.tsx";
import { type StateCell, Store } from "./store.ts";
import { useDerived } from "./useLive.ts";

interface OfStore {
  readonly store: Store;
}

/** The milliseconds for a step while playing. */
const PACE = 700;

/** The state of the forward-mode stage: it is the state of the page, except for the mode, the position and the pass. */
class ForwardState implements StateCell {
  readonly #main: StateCell;
  readonly #state: ReadonlySignal<State>;

  constructor(main: StateCell, state: ReadonlySignal<State>) {
    this.#main = main;
    this.#state = state;
  }

  get value(): State {
    return this.#state.value;
  }

  set value(next: State) {
    const { mode, place, both, card } = this.#main.value;
    this.#main.value = { ...next, mode, place, both, card };
  }

  peek(): State {
    return this.#state.peek();
  }
}

/** Returns the inputs by which forward mode differentiates, in order. */
function inputsOf(store: Store): readonly string[] {
  return store.graph
    .peek()
    .nodes.flatMap(({ kind, name, shape }) =>
      kind === "input" && name !== undefined && shape.length === 0 ? [name] : [],
    );
}

export function Both({ store }: OfStore) {
  const words = store.texts.both;
  const names = useDerived(() => inputsOf(store), store, store.lesson.value).value;
  const passes = names.length;
  const tick = useSignal<number | undefined>(store.state.peek().place);
  const isPlaying = useSignal(false);
  /** The number of drawn operations, each of which is a step of a pass. */
  const operations = useDerived(
    () => store.steps.value.filter(({ phase }) => phase === "forward").length,
    store,
  ).value;
  const all = Math.max(passes * operations, 2 * operations + 1);
  const now = tick.value ?? all;
  const pass = Math.min(passes, Math.floor(Math.max(0, now - 1) / Math.max(1, operations)) + 1);
  const passAt = useSignal(names[0] ?? "");
  const placeAt = useSignal(operations);
  const twin = useMemo(() => {
    const state = computed(
      (): State => ({
        ...store.state.value,
        mode: passAt.value,
        place: placeAt.value,
        both: false,
        card: false,
      }),
    );
    const cell = new ForwardState(store.state, state);
    return new Store(store.language, store.texts, cell, store.engine);
  }, [store, passAt, placeAt]);
  useEffect(() => {
    passAt.value = names[pass - 1] ?? names[0] ?? "";
    placeAt.value = Math.max(0, Math.min(operations, now - (pass - 1) * operations));
    twin.repeats.value = pass > 1;
    const place = Math.min(now, 2 * operations + 1);
    if (store.state.peek().place !== place && tick.value !== undefined) store.update({ place });
  }, [now, pass, names, operations, store, twin, passAt, placeAt]);
  useEffect(() => {
    if (!isPlaying.value) return undefined;
    const timer = setInterval(() => {
      const next = Math.min(all, (tick.peek() ?? 0) + 1);
      tick.value = next;
      if (next === all) isPlaying.value = false;
    }, PACE);
    return () => clearInterval(timer);
  }, [isPlaying.value, all]);
  const reverseDone = store.isDone();
  const result = store.nameOf(store.graph.value.output);
  const inputName = (name: string) => store.nameOf(store.idOf(name) ?? 0);
  return (
    <div class="both">
      <div class="both-stages">
        <section class="both-side reverse" aria-label={words.reverse}>
          <p class="both-head">
            <b>{words.reverse}</b> <span>{words.pass(1, 1)}</span>
            <Passes done={reverseDone ? 1 : 0} of={1} />
            <span class="meaning">{words.reverseMeaning(result)}</span>
          </p>
          <Stage store={store} side={words.reverse} isPlain />
          <Table
            store={store}
            names={names}
            isIn={() => reverseDone}
            label={words.gradientOf}
            number={(name) => store.graph.value.node(name)?.gradient?.item()}
            passOf={() => 1}
            look="gradient"
          />
        </section>
        <section class="both-side forward" aria-label={words.forward}>
          <p class="both-head">
            <b>{words.forward}</b> <span>{words.pass(pass, passes)}</span>
            <Passes done={Math.floor(now / Math.max(1, operations))} of={passes} />
            <span class="meaning">{words.forwardMeaning(inputName(names[pass - 1] ?? ""))}</span>
          </p>
          <Stage store={twin} side={words.forward} isPlain />
          <Table
            store={store}
            names={names}
            isIn={(_, i) => now >= (i + 1) * operations}
            label={words.derivativeBy}
            number={(name) => {
              const graph = store.graph.value;
              if (graph.node(name) === undefined) return undefined;
              return graph.tangents(Object.fromEntries([[name, 1]]))[graph.output]?.item() ?? 0;
            }}
            passOf={(i) => i + 1}
            look="tangent"
          />
        </section>
      </div>
      <p class="both-counts">{words.counts(passes, 1, forwardCost(store.graph.value).passes)}</p>
      <div class="both-bar controls">
        <button
          type="button"
          class="control play"
          aria-label={isPlaying.value ? store.texts.timeline.pause : store.texts.timeline.play}
          onClick={() => {
            if (!isPlaying.value && now === all) tick.value = 0;
            isPlaying.value = !isPlaying.value;
          }}
        >
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d={isPlaying.value ? "M8 5V19M16 5V19" : "M8 5L19 12L8 19Z"} />
          </svg>
        </button>
        <input
          type="range"
          class="both-scrub"
          min="0"
          max={all}
          step="1"
          value={now}
          aria-label={words.timeline}
          aria-valuetext={store.texts.timeline.place(now, all)}
          onInput={(event) => {
            isPlaying.value = false;
            tick.value = Number(event.currentTarget.value);
          }}
        />
        <button
          type="button"
          class="primary next-pass"
          onClick={() => {
            isPlaying.value = false;
            const next = (Math.floor(now / Math.max(1, operations)) + 1) * operations;
            tick.value = now >= all ? operations : Math.min(all, next);
          }}
        >
          {words.nextPass}
        </button>
      </div>
    </div>
  );
}

function Passes({ done, of }: { readonly done: number; readonly of: number }) {
  // With many passes, only their number is shown.
  if (of > 16) return null;
  return (
    <svg class="passes" width={of * 12} height="16" aria-hidden="true">
      {Array.from({ length: of }, (_, i) => (
        <rect
          key={i}
          class={i < done ? "is-done" : ""}
          x={i * 12 + 1}
          y="1"
          width="8"
          height="14"
          rx="2.5"
        />
      ))}
    </svg>
  );
}

interface TableProps extends OfStore {
  readonly names: readonly string[];
  readonly isIn: (name: string, index: number) => boolean;
  readonly label: (input: string) => string;
  readonly number: (name: string) => number | undefined;
  readonly passOf: (index: number) => number;
  readonly look: "gradient" | "tangent";
}

/** Shows the derivatives by all inputs, and the pass in which each comes. */
function Table({ store, names, isIn, label, number, passOf, look }: TableProps) {
  const words = store.texts.both;
  const box = useRef<HTMLDivElement>(null);
  const scrolls = useSignal(false);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => {
      const { scrollHeight, clientHeight, scrollWidth, clientWidth } = element;
      scrolls.value = scrollHeight > clientHeight || scrollWidth > clientWidth;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [scrolls]);
  return (
    // A scrolling part must be reachable by keyboard.
    <div class="scroll both-table" ref={box} tabIndex={scrolls.value ? 0 : undefined}>
      <table>
        <tbody>
          {names.map((name, i) => {
            const value = isIn(name, i) ? number(name) : undefined;
            return (
              <tr key={name}>
                <th scope="row">{label(store.nameOf(store.idOf(name) ?? 0))}</th>
                <td class={value === undefined ? "none" : look}>
                  {value === undefined ? words.notYet : store.number(value)}
                </td>
                <td class="pass">{words.inPass(passOf(i))}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
