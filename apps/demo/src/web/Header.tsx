/**
 * The header of the page: the lessons, and the settings of the display.
 */

import type { LessonName } from "../course/catalogue/index.ts";
import { type Language, languageNames, languages } from "../course/catalogue/languages.ts";
import { lessons } from "../course/lessons.ts";
import { type Digits, MOST_DIGITS } from "../instrument/format.ts";
import { initialState, linkOf } from "../instrument/link.ts";
import { addressOf } from "./language.ts";
import { goTo } from "./own.ts";
import type { Store } from "./store.ts";
import { setTheme, THEMES, type Theme, theme } from "./theme.ts";

const PRECISIONS = [3, 4, 6, 9] as const;

export function Header({ store }: { readonly store: Store }) {
  const { page, teacher } = store.texts;
  const name = store.lesson.value.name;
  return (
    <header>
      <p class="brand">
        <b>graddiff</b>
      </p>
      <nav class="lessons" aria-label={page.lessons}>
        <ol>
          {lessons.map((lesson) => {
            const { title, short } = store.texts.lessons[lesson.name];
            return (
              <li key={lesson.name}>
                <a
                  href={linkOf(initialState(lesson))}
                  title={title}
                  aria-current={lesson.name === name ? "page" : undefined}
                  onClick={(event) => {
                    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
                    event.preventDefault();
                    goTo(store, lesson.name);
                  }}
                >
                  {short}
                </a>
              </li>
            );
          })}
        </ol>
        {/* One button replaces the names for which there is no room. */}
        <select
          class="lesson-choice"
          aria-label={page.lessons}
          value={name}
          onChange={(event) => goTo(store, event.currentTarget.value as LessonName)}
        >
          {lessons.map((lesson) => (
            <option key={lesson.name} value={lesson.name}>
              {store.texts.lessons[lesson.name].title}
            </option>
          ))}
        </select>
      </nav>
      <details class="menu settings">
        <summary>{page.settings}</summary>
        <div class="menu-items">
          <label>
            <span>{page.digits}</span>
            <select
              value={String(store.digits.value)}
              onChange={(event) => store.update({ digits: readDigits(event.currentTarget.value) })}
            >
              {precisions(store.digits.value).map((digits) => (
                <option key={digits} value={String(digits)}>
                  {digits}
                </option>
              ))}
              <option value="exact">{page.exact}</option>
            </select>
          </label>
          <label>
            <span>{page.theme}</span>
            <select
              value={theme.value}
              onChange={(event) => setTheme(event.currentTarget.value as Theme)}
            >
              {THEMES.map((each) => (
                <option key={each} value={each}>
                  {page[each]}
                </option>
              ))}
            </select>
          </label>
          <button
            type="button"
            onClick={() => {
              store.isPresented.value = true;
            }}
          >
            {teacher.presenter}
          </button>
          <p class="keys">{page.keys}</p>
        </div>
      </details>
      <nav class="languages" aria-label={page.language}>
        {languages.map((language) => (
          <LanguageLink key={language} store={store} language={language} />
        ))}
      </nav>
    </header>
  );
}

interface LanguageProps {
  readonly store: Store;
  readonly language: Language;
}

/**
 * Shows the link to a language. It has the whole state, so that the page in the other language is at the same position,
 * also in a new tab.
 */
function LanguageLink({ store, language }: LanguageProps) {
  const complete = (event: Event & { readonly currentTarget: HTMLAnchorElement }) => {
    event.currentTarget.href = addressOf(language) + linkOf(store.state.value);
  };
  return (
    <a
      href={addressOf(language)}
      lang={language}
      hrefLang={language}
      aria-current={language === store.language ? "true" : undefined}
      onPointerDown={complete}
      onClick={complete}
    >
      {languageNames[language]}
    </a>
  );
}

/** Returns the usual precisions, and the precision of the link. */
function precisions(present: Digits): number[] {
  const all = present === "exact" ? PRECISIONS : [...new Set([...PRECISIONS, present])];
  return [...all].sort((a, b) => a - b);
}

function readDigits(text: string): Digits {
  return text === "exact" ? "exact" : Math.min(MOST_DIGITS, Number(text));
}
