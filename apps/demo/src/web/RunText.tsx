/**
 * The guided run of a lesson: a step's text with its live numbers, its formula, its question and its offer.
 */

import { mathml } from "virtual:mathml";
import type { Offer, RunStep } from "../course/lesson.ts";
import { lessons } from "../course/lessons.ts";
import {
  type Mark,
  markText,
  piecesOf,
  type Said,
  sentencesOf,
  wordsBefore,
} from "../instrument/template.ts";
import { NumberField } from "./NumberField.tsx";
import { offerText } from "./offer.ts";
import { goTo } from "./own.ts";
import { Prediction } from "./Prediction.tsx";
import { Question } from "./Question.tsx";
import { SettingField } from "./SettingField.tsx";
import type { Store } from "./store.ts";
import { useDerived } from "./useLive.ts";

export function RunText({ store }: { readonly store: Store }) {
  const lesson = store.lesson.value;
  const step = store.step.value;
  const { page, both } = store.texts;
  const { title } = store.texts.lessons[lesson.name];
  const number = lesson.run.indexOf(step);
  const following = lessons[lessons.findIndex(({ name }) => name === lesson.name) + 1];
  return (
    <section class="run" aria-labelledby={`${store.prefix}-title`}>
      <div class="run-main">
        <h1 id={`${store.prefix}-title`}>{title}</h1>
        <div class="run-text" aria-live="polite">
          <Sentences key={`${lesson.name} ${step.key}`} store={store} step={step} />
        </div>
        {step.formula !== undefined && (
          // The HTML is safe: the build has made it from the project's formulas.
          <div class="formula" dangerouslySetInnerHTML={{ __html: mathml[step.formula] ?? "" }} />
        )}
        <Question key={`${lesson.name} ${step.key}`} store={store} />
        {store.lesson.value.forwardOnly !== true && store.panel.value !== "none" && (
          <Prediction store={store} />
        )}
      </div>
      <div class="run-side">
        {store.isBoth.value && (
          <button
            type="button"
            class="one-mode"
            onClick={() => store.update({ both: false, place: undefined })}
          >
            {both.one}
          </button>
        )}
        {step.offer !== undefined && <OfferButton store={store} offer={step.offer} />}
        <nav class="run-steps" aria-label={title}>
          {lesson.run.length > 1 && (
            <span class="step-of">{page.stepOf(number + 1, lesson.run.length)}</span>
          )}
          <button type="button" disabled={number === 0} onClick={() => store.goToStep(number - 1)}>
            {page.previous}
          </button>
          {number + 1 < lesson.run.length ? (
            <button type="button" class="primary" onClick={() => store.goToStep(number + 1)}>
              {page.next}
            </button>
          ) : (
            <button
              type="button"
              class="primary"
              onClick={() => goTo(store, (following ?? lessons[0] ?? lesson).name)}
            >
              {following === undefined ? page.again : page.nextLesson}
            </button>
          )}
        </nav>
      </div>
    </section>
  );
}

/** Shows the sentences of a step that are true now. */
function Sentences({ store, step }: { readonly store: Store; readonly step: RunStep }) {
  const lesson = store.lesson.value;
  const said = useDerived(
    () => JSON.stringify(sentencesOf(lesson, step, store.situation(), store.texts, "page")),
    store,
    step,
  );
  const sentences: readonly Said[] = JSON.parse(said.value);
  return (
    <p>
      {sentences.flatMap(({ key, text }) => [
        <Sentence key={key} store={store} name={key} text={text} />,
        " ",
      ])}
    </p>
  );
}

interface SentenceProps {
  readonly store: Store;
  readonly name: string;
  readonly text: string;
}

/** Shows one sentence with its live numbers. */
function Sentence({ store, name, text }: SentenceProps) {
  const pieces = piecesOf(text);
  return (
    <span data-sentence={name}>
      {pieces.map((piece, i) =>
        typeof piece === "string" ? (
          <Words key={i} store={store} text={piece} next={pieces[i + 1]} />
        ) : piece.kind === "input" ? (
          <span key={i} data-mark={`input ${piece.name}`}>
            <InputField store={store} name={piece.name} />
          </span>
        ) : (
          <Live key={i} store={store} mark={piece} />
        ),
      )}
    </span>
  );
}

/** Shows the field of an input in a sentence; the input may not be a node. */
function InputField({ store, name }: { readonly store: Store; readonly name: string }) {
  const id = store.idOf(name);
  return id === undefined ? (
    <SettingField store={store} name={name} label={store.inputName(name)} look="inline" />
  ) : (
    <NumberField store={store} id={id} label={store.nameOf(id)} look="inline" />
  );
}

interface WordsProps {
  readonly store: Store;
  readonly text: string;
  readonly next: string | Mark | undefined;
}

/** Shows the words between numbers. Formulas in a sentence stay on one line. */
function Words({ store, text, next }: WordsProps) {
  const words = useDerived(
    () =>
      wordsBefore(text, next, store.situation()).replace(
        / ([×=≈+]) ?/g,
        (_, sign) => `\u00a0${sign}\u00a0`,
      ),
    store,
    text,
    typeof next === "string" ? next : `${next?.kind} ${next?.name}`,
  );
  return <>{words}</>;
}

interface LiveProps {
  readonly store: Store;
  readonly mark: Mark;
}

/** Shows a number in a sentence. */
function Live({ store, mark: { kind, name } }: LiveProps) {
  const text = useDerived(
    () => {
      const id = store.idOf(name);
      const isAsked = kind === "value" || kind === "gradient" ? kind : undefined;
      if (id !== undefined && isAsked && store.readings.value.isAsked(isAsked, id)) return "?";
      return markText({ kind, name }, store.lesson.value, store.situation());
    },
    store,
    kind,
    name,
  );
  return (
    <b
      class={`live ${kind}`}
      data-mark={`${kind} ${name}`}
      onPointerEnter={() => {
        const id = kind === "fact" ? undefined : store.idOf(name);
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

interface OfferProps {
  readonly store: Store;
  readonly offer: Offer;
}

/** Shows a change to try. */
function OfferButton({ store, offer }: OfferProps) {
  const text = useDerived(() => offerText(store, offer), store, offer);
  return (
    <p class="offer">
      <button type="button" onClick={() => store.take(offer)}>
        {text}
      </button>
    </p>
  );
}
