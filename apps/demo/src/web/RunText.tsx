/**
 * The guided run of a lesson: a step's text with its live numbers, its formula, its question and its offer.
 */

import { mathml } from "virtual:mathml";
import { useComputed, useSignal } from "@preact/signals";
import { initialInputs, type RunStep, readNumber } from "../course/lesson.ts";
import { lessons } from "../course/lessons.ts";
import { agreement } from "../instrument/check.ts";
import { piecesOf } from "../instrument/template.ts";
import { errorAfter } from "../instrument/training.ts";
import { NumberField } from "./NumberField.tsx";
import { SettingField } from "./SettingField.tsx";
import type { Store } from "./store.ts";

export function RunText({ store }: { readonly store: Store }) {
  const lesson = store.lesson.value;
  const step = store.step.value;
  const number = lesson.run.indexOf(step);
  const { page } = store.texts;
  const { title, steps } = store.texts.lessons[lesson.name];
  const texts: Readonly<Record<string, string>> = steps;
  const place = lessons.indexOf(lesson);
  const following = lessons[place + 1];
  return (
    <section class="run" aria-labelledby="title">
      <h1 id="title">
        {place >= 0 && <span class="ordinal">{place}</span>} {title}
      </h1>
      <div class="run-text" aria-live="polite">
        <p key={`${lesson.name} ${step.key}`}>
          {piecesOf(texts[step.key] ?? "").map((piece, i) =>
            typeof piece === "string" ? (
              unbroken(piece)
            ) : piece.kind === "input" && store.idOf(piece.name) === undefined ? (
              <SettingField
                key={`${step.key} ${i}`}
                store={store}
                name={piece.name}
                label={store.inputName(piece.name)}
                look="inline"
              />
            ) : piece.kind === "input" ? (
              <NumberField
                key={`${step.key} ${i}`}
                store={store}
                id={store.idOf(piece.name)}
                label={store.nameOf(store.idOf(piece.name) ?? 0)}
                look="inline"
              />
            ) : piece.kind === "after" ? (
              <b key={`${step.key} ${i}`} class="live value">
                {errorAfter(initialInputs(lesson), Number(piece.name))}
              </b>
            ) : (
              <Live key={`${step.key} ${i}`} store={store} kind={piece.kind} name={piece.name} />
            ),
          )}
        </p>
        {step.formula !== undefined && (
          // The build has made it from our own formulas.
          <div class="formula" dangerouslySetInnerHTML={{ __html: mathml[step.formula] ?? "" }} />
        )}
      </div>
      {step.ask !== undefined && (
        <Question key={`${lesson.name} ${step.key}`} store={store} ask={step.ask} />
      )}
      {step.offer !== undefined && <Offer store={store} offer={step.offer} />}
      <nav class="run-steps" aria-label={title}>
        <button type="button" disabled={number === 0} onClick={() => store.goToStep(number - 1)}>
          {page.previous}
        </button>
        <span class="step-of">{page.stepOf(number + 1, lesson.run.length)}</span>
        {number + 1 < lesson.run.length ? (
          <button type="button" class="primary" onClick={() => store.goToStep(number + 1)}>
            {page.next}
          </button>
        ) : (
          <button
            type="button"
            class="primary"
            disabled={following === undefined}
            onClick={() => following && store.goToLesson(following.name)}
          >
            {page.nextLesson}
          </button>
        )}
      </nav>
    </section>
  );
}

/** Formulas in a sentence stay on one line. */
function unbroken(text: string): string {
  return text.replace(/ ([×=+]) ?/g, (_, sign) => `\u00a0${sign}\u00a0`);
}

interface LiveProps {
  readonly store: Store;
  readonly kind: "value" | "gradient";
  readonly name: string;
}

/** A value or a gradient in a sentence. */
function Live({ store, kind, name }: LiveProps) {
  const text = useComputed(() => {
    const id = store.idOf(name);
    if (id === undefined) return "";
    if (store.readings.value.isAsked(kind, id)) return "?";
    return store.tensor(store.graph.value.nodes[id]?.[kind]);
  });
  return (
    <b
      class={`live ${kind}`}
      onPointerEnter={() => {
        const id = store.idOf(name);
        if (id !== undefined) store.lit.value = new Set([id]);
      }}
      onPointerLeave={() => {
        store.lit.value = new Set();
      }}
    >
      {text}
    </b>
  );
}

interface QuestionProps {
  readonly store: Store;
  readonly ask: NonNullable<RunStep["ask"]>;
}

/** Predict, then reveal. */
function Question({ store, ask }: QuestionProps) {
  const { texts } = store;
  const typed = useSignal("");
  const id = store.idOf(ask.node);
  if (id === undefined) return null;
  const node = store.graph.value.nodes[id];
  const right = (ask.what === "value" ? node?.value : node?.gradient)?.item() ?? Number.NaN;
  const answers = store.answers.value;
  const isAnswered = answers.has(store.questionKey());
  const said = answers.get(store.questionKey());
  const question = texts.ask[ask.what](store.nameOf(id));
  const reveal = (event: Event) => {
    event.preventDefault();
    const value = readNumber(typed.value);
    store.answer(Number.isNaN(value) ? undefined : value);
  };
  const verdict = !isAnswered
    ? ""
    : said === undefined
      ? texts.ask.shown(store.number(right))
      : agreement(said, right) >= ANSWER_DIGITS
        ? texts.ask.right(store.number(right))
        : texts.ask.near(store.number(right), store.number(said));
  return (
    <form class="question" onSubmit={reveal}>
      <label for="answer">{question}</label>
      <span class="answer">
        <input
          id="answer"
          type="text"
          inputMode="decimal"
          autoComplete="off"
          placeholder={texts.ask.answer}
          readOnly={isAnswered}
          value={typed}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
          }}
        />
        <button type="submit" class="primary" disabled={isAnswered}>
          {texts.ask.reveal}
        </button>
      </span>
      <output class={isAnswered ? "verdict" : "verdict empty"}>{verdict}</output>
    </form>
  );
}

/** An answer is right to two digits: nobody should need a calculator. */
const ANSWER_DIGITS = 2;

interface OfferProps {
  readonly store: Store;
  readonly offer: NonNullable<RunStep["offer"]>;
}

/** A change to try, with what was told and what came. */
function Offer({ store, offer }: OfferProps) {
  const id = store.idOf(offer.node);
  if (id === undefined) return null;
  const sign = offer.by < 0 ? "−" : "+";
  const change = `${sign} ${store.number(Math.abs(offer.by))}`;
  return (
    <p class="offer">
      <button type="button" onClick={() => store.addTo(id, offer.by)}>
        {store.texts.page.try(store.nameOf(id), change)}
      </button>
    </p>
  );
}
