/**
 * The guided run of a lesson: a step's text with its live numbers, its formula, its question and its offer.
 */

import { mathml } from "virtual:mathml";
import { type Offer, textKey } from "../course/lesson.ts";
import { lessons } from "../course/lessons.ts";
import { type Mark, markText, piecesOf, textFor, wordsBefore } from "../instrument/template.ts";
import { NumberField } from "./NumberField.tsx";
import { offerText, takeOffer } from "./offer.ts";
import { Question } from "./Question.tsx";
import { SettingField } from "./SettingField.tsx";
import type { Store } from "./store.ts";
import { useDerived } from "./useLive.ts";

export function RunText({ store }: { readonly store: Store }) {
  const lesson = store.lesson.value;
  const step = store.step.value;
  const number = lesson.run.indexOf(step);
  const { page } = store.texts;
  const { title, steps } = store.texts.lessons[lesson.name];
  const texts: Readonly<Record<string, string>> = steps;
  const place = lessons.indexOf(lesson);
  const following = lessons[place + 1];
  const key = useDerived(() => textKey(step, store.state.value.inputs), store, step).value;
  const pieces = piecesOf(textFor(texts[key] ?? "", "page"));
  return (
    <section class="run" aria-labelledby="title">
      <h1 id="title">
        {place >= 0 && <span class="ordinal">{place}</span>} {title}
      </h1>
      <div class="run-text" aria-live="polite">
        <p key={`${lesson.name} ${key}`}>
          {pieces.map((piece, i) =>
            typeof piece === "string" ? (
              <Words key={`${key} ${i}`} store={store} text={piece} next={pieces[i + 1]} />
            ) : piece.kind === "input" && store.idOf(piece.name) === undefined ? (
              <SettingField
                key={`${key} ${i}`}
                store={store}
                name={piece.name}
                label={store.inputName(piece.name)}
                look="inline"
              />
            ) : piece.kind === "input" ? (
              <NumberField
                key={`${key} ${i}`}
                store={store}
                id={store.idOf(piece.name)}
                label={store.nameOf(store.idOf(piece.name) ?? 0)}
                look="inline"
              />
            ) : (
              <Live key={`${key} ${i}`} store={store} mark={piece} />
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
      {step.offer !== undefined && <OfferButton store={store} offer={step.offer} />}
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
            onClick={() => store.goToLesson((following ?? lessons[0] ?? lesson).name)}
          >
            {following === undefined ? page.again : page.nextLesson}
          </button>
        )}
      </nav>
    </section>
  );
}

interface WordsProps {
  readonly store: Store;
  readonly text: string;
  readonly next: string | Mark | undefined;
}

/** Words between numbers. Formulas in a sentence stay on one line. */
function Words({ store, text, next }: WordsProps) {
  const words = useDerived(
    () =>
      wordsBefore(text, next, store.given()).replace(
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

/** A number in a sentence. */
function Live({ store, mark: { kind, name } }: LiveProps) {
  const text = useDerived(
    () => {
      const id = store.idOf(name);
      const isAsked = kind === "value" || kind === "gradient" ? kind : undefined;
      if (id !== undefined && isAsked && store.readings.value.isAsked(isAsked, id)) return "?";
      return markText({ kind, name }, store.lesson.value, store.given());
    },
    store,
    kind,
    name,
  );
  return (
    <b
      class={`live ${kind}`}
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

/** A change to try. */
function OfferButton({ store, offer }: OfferProps) {
  return (
    <p class="offer">
      <button type="button" onClick={() => takeOffer(store, offer)}>
        {offerText(store, offer)}
      </button>
    </p>
  );
}
